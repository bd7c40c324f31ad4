"""Intake: exactly once, and nothing is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain import alerts, orders
from domain.catalogue.models import Barcode
from domain.channels import Listing
from domain.kernel import BadInput, Money, NotFound, Quantity, Work
from domain.orders import IncomingStatus, UnreadableTrade
from domain.orders.models import Trade, TradeState, TradeVersion
from tests.domain.orders.builders import (
    START,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    holds,
    lines,
    order_of,
    received,
    refunded,
)


async def test_a_paid_trade_becomes_an_order_to_review_with_its_stock_claimed(work: Work) -> None:
    shop = await a_shop(work)
    report = await orders.receive_trades(work, shop.channel_id, [a_trade("1001", a_line("A", 2), a_line("B"))])
    assert report == orders.IntakeReport(created=1)
    order = await order_of(work, shop)
    assert (order.status, order.total_amount, order.warehouse_id) == ("UNREVIEWED", Money("30"), shop.warehouses[0])
    assert [each.variant_id for each in await lines(work, order)] == [shop.variants["A"], shop.variants["B"]]
    assert order.customer_id is not None
    assert await claims(work, order) == ["TO_REVIEW 2", "TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_the_same_trade_again_changes_nothing(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade())
    report = await orders.receive_trades(work, shop.channel_id, [a_trade(), a_trade()])
    assert report == orders.IntakeReport(unchanged=2)
    assert (await order_of(work, shop)).version == 1


async def test_an_older_version_never_replaces_a_newer_one(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade(minute=5, seller_memo="new"))
    report = await orders.receive_trades(work, shop.channel_id, [a_trade(minute=3, seller_memo="old")])
    assert report == orders.IntakeReport(unchanged=1)
    assert (await order_of(work, shop)).seller_memo == "new"


async def test_the_newest_of_a_chunk_wins(work: Work) -> None:
    shop = await a_shop(work)
    trades = [a_trade(minute=each, seller_memo=str(each)) for each in (2, 9, 4)]
    report = await orders.receive_trades(work, shop.channel_id, trades)
    assert report == orders.IntakeReport(created=1, unchanged=2)
    assert (await order_of(work, shop)).seller_memo == "9"


async def test_a_replaced_payload_is_kept(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade(minute=1))
    await received(work, shop, a_trade(minute=2))
    kept = await work.rows(select(Trade.payload, TradeVersion.payload).join(TradeVersion))
    assert [tuple(each) for each in kept] == [({"tid": "1001", "minute": 2}, {"tid": "1001", "minute": 1})]


async def test_the_same_number_on_two_channels_is_two_orders(work: Work) -> None:
    one, other = await a_shop(work), await a_shop(work, prefix="X")
    assert (await received(work, one, a_trade())).id != (await received(work, other, a_trade())).id


@pytest.mark.parametrize(
    ("told", "status", "claimed"),
    [
        (IncomingStatus.AWAITING_PAYMENT, "AWAITING_PAYMENT", ["UNPAID 1"]),
        (IncomingStatus.DEPOSIT_PAID, "AWAITING_PAYMENT", ["UNPAID 1"]),
        (IncomingStatus.PAID, "UNREVIEWED", ["TO_REVIEW 1"]),
        (IncomingStatus.PARTLY_SHIPPED, "UNREVIEWED", ["TO_REVIEW 1"]),
        (IncomingStatus.SHIPPED, "SHIPPED", []),
        (IncomingStatus.COMPLETED, "COMPLETED", []),
        (IncomingStatus.CANCELLED, "CANCELLED", []),
        (IncomingStatus.CLOSED_REFUNDED, "CLOSED", []),
    ],
)
async def test_where_an_order_starts(work: Work, told: IncomingStatus, status: str, claimed: list[str]) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade(status=told))
    assert (order.status, await claims(work, order)) == (status, claimed)
    assert await broken(work) == {}


async def test_goods_match_by_listing_then_seller_code_then_barcode(work: Work) -> None:
    shop = await a_shop(work)
    work.session.add(Barcode(code="690001", variant_id=shop.variants["C"]))
    listing = {"external_item": "9", "seller_code": "gone", "created_at": work.now, "channel_id": shop.channel_id}
    work.session.add(Listing(variant_id=shop.variants["A"], external_sku="sku-1", **listing))
    await work.session.flush()
    order = await received(
        work,
        shop,
        a_trade(
            "1001",
            a_line("B", external_number="1", external_sku="sku-1"),
            a_line("B", external_number="2", barcode="690001"),
            a_line(None, external_number="3", barcode="690001"),
        ),
    )
    found = [each.variant_id for each in await lines(work, order)]
    assert found == [shop.variants["A"], shop.variants["B"], shop.variants["C"]]


async def test_what_does_not_match_is_held_and_the_rest_is_claimed(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("unheard of")))
    assert await holds(work, order) == {"UNMATCHED_GOODS": "no variant for title of unheard of"}
    assert await claims(work, order) == ["TO_REVIEW 1"]


async def test_a_shortage_is_a_hold_and_claims_nothing(work: Work) -> None:
    shop = await a_shop(work, stocks=(3,))
    report = await orders.receive_trades(work, shop.channel_id, [a_trade("1001", a_line("A", 4), a_line("B"))])
    assert report == orders.IntakeReport(created=1, held=1)
    order = await order_of(work, shop)
    assert await holds(work, order) == {"SHORTAGE": "short of title of A: 4.0000 wanted, 3.0000 free"}
    assert await claims(work, order) == []
    assert await broken(work) == {}


async def test_the_earlier_payment_is_served_first(work: Work) -> None:
    shop = await a_shop(work, stocks=(1,))
    late = a_trade("1", paid_at=START + timedelta(hours=1))
    await orders.receive_trades(work, shop.channel_id, [late, a_trade("2")])
    assert list(await holds(work, await order_of(work, shop, "1"))) == ["SHORTAGE"]
    assert await holds(work, await order_of(work, shop, "2")) == {}


async def test_odd_rows_stay_odd(work: Work) -> None:
    shop = await a_shop(work)
    trade = a_trade("1001", a_line("A", -2), a_line("B"), receiver=None)
    order = await received(work, shop, replace(trade, total_amount=Money("99")))
    assert sorted(await holds(work, order)) == ["ADDRESS_INCOMPLETE", "AMOUNT_MISMATCH", "ODD_QUANTITY"]
    assert [each.quantity for each in await lines(work, order)] == [Quantity(-2), Quantity(1)]
    assert await claims(work, order) == ["TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_a_line_refunded_before_we_saw_it_is_cancelled(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", refunded("A"), a_line("B")))
    assert [each.cancelled_quantity for each in await lines(work, order)] == [Quantity(1), Quantity(0)]
    assert (order.status, await claims(work, order)) == ("UNREVIEWED", ["TO_REVIEW 1"])
    assert (await received(work, shop, a_trade("1002", refunded("A")))).status == "CLOSED"


async def test_a_line_number_used_twice_is_two_lines(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("A")))
    assert [each.external_number for each in await lines(work, order)] == ["line-A", "line-A#2"]


async def test_an_unreadable_trade_is_kept_and_shown(work: Work) -> None:
    shop = await a_shop(work)
    trade = UnreadableTrade(external_number="1001", modified_at=START, problem="no amount", raw={"tid": 1001})
    report = await orders.receive_trades(work, shop.channel_id, [trade, a_trade("1002")])
    assert report == orders.IntakeReport(created=1, unreadable=1)
    kept = (await work.session.scalars(select(Trade).where(Trade.external_number == "1001"))).one()
    assert (kept.state, kept.problem, kept.payload) == (TradeState.UNREADABLE, "no amount", {"tid": 1001})
    alert = (await work.session.scalars(select(alerts.Alert).where(alerts.Alert.subject_id == kept.id))).one()
    assert (alert.kind, alert.resolved_at) == (alerts.AlertKind.UNREADABLE_TRADE, None)


async def test_an_unreadable_trade_becomes_an_order_once_it_can_be_read(work: Work) -> None:
    shop = await a_shop(work)
    trade = UnreadableTrade(external_number="1001", modified_at=START, problem="no amount", raw={})
    await orders.receive_trades(work, shop.channel_id, [trade])
    report = await orders.receive_trades(work, shop.channel_id, [a_trade()])
    assert report == orders.IntakeReport(created=1)
    assert (await work.session.scalars(select(alerts.Alert.resolved_at))).all() == [work.now]
    assert await broken(work) == {}


@pytest.mark.parametrize(
    "culprit",
    [
        a_trade("1002", seller_memo="a\0b"),
        a_trade("1002", raw={"memo": "a\0b"}),
        a_trade("1002", raw={"memo": "\ud800"}),
        a_trade("1002", seller_flag=10**30),
        a_trade("1002", a_line("A", price="1000000000000")),
        a_trade("1" * 300),
    ],
)
async def test_one_bad_trade_does_not_spoil_its_chunk(work: Work, culprit: orders.IncomingOrder) -> None:
    shop = await a_shop(work)
    report = await orders.receive_trades(work, shop.channel_id, [a_trade("1001"), culprit, a_trade("1003")])
    assert report == orders.IntakeReport(created=2, unreadable=1)
    assert await work.session.scalar(select(func.count()).select_from(orders.Order)) == 2
    assert await broken(work) == {}


async def test_a_chunk_is_limited_and_its_channel_must_be_seen(work: Work) -> None:
    shop = await a_shop(work)
    with pytest.raises(BadInput, match="at most 500"):
        await orders.receive_trades(work, shop.channel_id, [a_trade()] * 501)
    stranger = acting(work, a_reviewer("receive_trades", channels=frozenset()))
    with pytest.raises(NotFound):
        await orders.receive_trades(stranger, shop.channel_id, [a_trade()])


async def test_an_empty_chunk_is_fine(work: Work) -> None:
    shop = await a_shop(work)
    assert await orders.receive_trades(work, shop.channel_id, []) == orders.IntakeReport()


async def test_the_facts_name_the_orders(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade())
    assert orders.OrderImported(channel_id=shop.channel_id, order_ids=[order.id]) in work.facts
    work.facts.clear()
    await received(work, shop, a_trade(minute=1))
    assert work.facts == [orders.OrderRevised(channel_id=shop.channel_id, order_ids=[order.id])]
