"""Merging: orders of one buyer become one parcel, adding up in everything, and stand alone again as they were."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import alerts, fulfilment, orders
from domain.alerts import AlertKind
from domain.kernel import (
    BadInput,
    Money,
    PageRequest,
    Quantity,
    Refusal,
    SessionRead,
    Sessions,
    UnitPrice,
    Work,
    WrongState,
    begin,
    system,
    tried,
)
from domain.orders import Combining, HoldReason, IncomingStatus, MergeCondition, MergedOrder, MergeMode
from domain.orders.siblings import names_of_to_merge
from domain.papers.of_orders import of_orders
from tests.domain.desk.builders import a_colleague
from tests.domain.orders.builders import (
    RECEIVER,
    START,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    broken,
    claims,
    holds,
    lines,
    order_of,
    received,
    refunded,
)
from tests.domain.orders.test_giving import a_gift, a_rule, gifts, sends, wrong
from tests.domain.orders.test_review_rules import a_rule as a_review_rule
from tests.domain.orders.test_review_rules import later


def trade(number: str, *articles: orders.IncomingLine, minute: int = 0, **changes: Any) -> orders.IncomingOrder:
    """Make a paid trade with freight 3.00, placed the later the higher its number."""
    total = Money.total(each.line_amount for each in articles) + Money(3)
    given: dict[str, Any] = {"freight_amount": Money(3), "total_amount": total, "paid_amount": total}
    later = START + timedelta(minutes=int(number))
    return a_trade(number, *articles, minute=minute, **{**given, "placed_at": later, "paid_at": later, **changes})


async def two(work: Work, **changes: Any) -> tuple[ShopHere, orders.Order, orders.Order]:
    """Import 2 of A as trade 1 and 1 of A and 3 of B as trade 2: their lines are numbered alike."""
    shop = await a_shop(work)
    first = await received(work, shop, trade("1", a_line("A", 2)))
    second = await received(work, shop, trade("2", a_line("A", 1), a_line("B", 3, "5.00"), **changes))
    return shop, first, second


async def merged(work: Work, *found: orders.Order) -> orders.Order:
    return await orders.merge_orders(work, [MergedOrder(order_id=each.id) for each in found])


async def all_of(work: Work, order: orders.Order) -> Any:
    keys = orders.OrderLine.__table__.columns.keys()
    rows = [{key: getattr(each, key) for key in keys} for each in await lines(work, order)]
    return amounts(order), order.paid_amount, order.status, order.kept, await claims(work, order), rows


def amounts(order: orders.Order) -> str:
    return f"{order.goods_amount} - {order.discount_amount} + {order.freight_amount} = {order.total_amount}"


async def test_the_older_order_survives_with_all_lines_amounts_and_claims(work: Work) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, second, first)
    assert (survivor.id, amounts(survivor)) == (first.id, "45.00 - 0.00 + 6.00 = 51.00")
    assert survivor.paid_amount == Money(51)
    assert await claims(work, survivor) == ["TO_REVIEW 2", "TO_REVIEW 1", "TO_REVIEW 3"]
    assert [each.origin_order_id for each in await lines(work, survivor)] == [None, second.id, second.id]
    second = await order_of(work, shop, "2")
    assert (second.status, second.merged_into_id, amounts(second)) == (
        "MERGED",
        first.id,
        "25.00 - 0.00 + 3.00 = 28.00",
    )
    assert await broken(work) == {}


async def test_unmerged_each_is_what_it_was(work: Work) -> None:
    shop, first, second = await two(work)
    before = [await all_of(work, each) for each in (first, second)]
    await merged(work, first, second)
    await orders.review_order(work, first.id)
    with pytest.raises(orders.LivesOn, match=first.number):
        await orders.cancel_order(work, second.id, "wrong number")
    await orders.unmerge_order(work, first.id)
    after = [await all_of(work, await order_of(work, shop, each)) for each in ("1", "2")]
    assert after == before
    with pytest.raises(orders.NothingMerged):
        await orders.unmerge_order(work, first.id)
    assert await broken(work) == {}


async def test_an_edit_of_a_merged_line_goes_back_with_it(work: Work) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, first, second)
    _, theirs, _ = await lines(work, survivor)
    await orders.change_order_line_price(work, theirs.id, UnitPrice("9"), "price match")
    await orders.change_order_freight(work, survivor.id, Money(2), "one parcel")
    with pytest.raises(orders.FreightTooLow):
        await orders.unmerge_order(work, first.id)
    await orders.change_order_freight(work, survivor.id, Money(3), "as it was")
    await orders.unmerge_order(work, first.id)
    found = [amounts(await order_of(work, shop, each)) for each in ("1", "2")]
    assert found == ["20.00 - 0.00 + 0.00 = 20.00", "25.00 - 1.00 + 3.00 = 27.00"]
    assert await broken(work) == {}


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"buyer_id": "buyer-2"}, MergeCondition.SAME_BUYER),
        ({"receiver": replace(RECEIVER, name="李四")}, MergeCondition.SAME_RECEIVER),
        ({"receiver": replace(RECEIVER, city="宁波市")}, MergeCondition.SAME_AREA),
        ({"receiver": replace(RECEIVER, detail="别处")}, MergeCondition.SAME_ADDRESS),
        ({"cash_on_delivery": True}, MergeCondition.PREPAID),
        ({"prescription_pending": True}, MergeCondition.NOT_FROZEN),
        ({"lines": (refunded("A", 1, "REQUESTED"),)}, MergeCondition.NO_REFUND),
    ],
)
async def test_what_does_not_fit_is_named(work: Work, changes: dict[str, Any], condition: MergeCondition) -> None:
    _, first, second = await two(work, **changes)
    with pytest.raises(orders.CannotMerge) as refusal:
        await merged(work, first, second)
    assert condition.value in refusal.value.conditions
    assert refusal.value.number == second.number


async def test_what_was_split_sent_back_or_taken_is_not_merged(work: Work) -> None:
    shop, first, second = await two(work)
    await orders.review_order(work, second.id)
    with pytest.raises(WrongState, match="REVIEWED"):
        await merged(work, first, second)
    await orders.send_back_order(work, second.id, "again")
    with pytest.raises(orders.CannotMerge, match="NEVER_SENT_BACK"):
        await merged(work, first, second)
    third = await received(work, shop, trade("3", a_line("C", 2)))
    (line,) = await lines(work, third)
    await orders.split_order(work, third.id, [[orders.SplitLine(order_line_id=line.id, quantity=Quantity(1))]])
    await orders.undo_order_split(work, third.id)
    with pytest.raises(orders.CannotMerge, match="NEVER_SPLIT"):
        await merged(work, first, third)
    await work.execute(update(orders.Order).where(orders.Order.id == second.id).values(sent_back_at=None))
    await orders.set_combining_rule(work, shop.channel_id, Combining(merge_mode=MergeMode.OFF))
    with pytest.raises(orders.CannotMerge, match="MERGING_ALLOWED"):
        await merged(work, first, second)
    with pytest.raises(BadInput, match="2 to 6 different orders"):
        await merged(work, first)


async def test_at_most_six_become_one(work: Work) -> None:
    shop = await a_shop(work)
    found = [await received(work, shop, trade(str(each), a_line("A", 1))) for each in range(1, 8)]
    survivor = await merged(work, *found[:5])
    survivor = await merged(work, survivor, found[5])
    with pytest.raises(orders.CannotMerge, match="AT_MOST_SIX"):
        await merged(work, survivor, found[6])
    assert amounts(survivor) == "60.00 - 0.00 + 18.00 = 78.00"
    assert await broken(work) == {}


async def test_the_clock_merges_where_the_shop_says_so(work: Work) -> None:
    shop, first, second = await two(work)
    assert [each.order_ids for each in await orders.merge_candidates(work)] == [(first.id, second.id)]
    assert {each.order_id for each in (await orders.mergeable_with(work, [first.id]))[first.id]} == {second.id}
    assert await orders.merge_waiting_orders(work) == 0
    await orders.set_combining_rule(work, shop.channel_id, Combining(merges_by_itself=True))
    assert await orders.merge_waiting_orders(work) == 1
    told = [each["action"] for each in work.entries if each["subject_id"] == str(first.id)]
    assert "orders.merge_waiting_orders" in told
    assert (await order_of(work, shop, "2")).merged_into_id == first.id
    assert await orders.merge_waiting_orders(work) == 0
    assert await broken(work) == {}


async def test_what_somebody_took_is_suggested_to_them_and_what_waits_for_the_clock_is_not_approved_before(
    work: Work, engine: AsyncEngine
) -> None:
    shop, first, second = await two(work, buyer_message="要蓝色包装")
    person = await a_colleague(work, "李审单")
    await orders.set_combining_rule(work, shop.channel_id, Combining(merges_by_itself=True))
    await a_review_rule(work)
    assert await orders.review_waiting(work) == 0
    read = SessionRead(engine=engine, actor=work.actor, session=work.session)
    finding = (await orders.review_findings_of(read, [first.id]))[first.id]
    assert finding.failed == {"NOT_TO_MERGE": f"the clock merges it with {second.number}"}

    await orders.hand_over_order(work, second.id, person.id)
    await work.session.flush()
    assert await orders.merge_waiting_orders(work) == 0
    suggested = (await alerts.open_alerts_of(read, [second.id]))[second.id]
    assert [(each.kind, each.addressed_to_name, each.evidence["with"]) for each in suggested] == [
        (AlertKind.MERGE_SUGGESTED, "李审单", [first.number])
    ]
    assert await names_of_to_merge(work, [first.id]) == {}
    second.responsible_id = second.responsible_name = second.taken_at = None
    await work.session.flush()
    assert await orders.merge_waiting_orders(work) == 1
    assert (await alerts.open_alerts_of(read, [second.id]))[second.id] == []
    told = (await orders.remarks_of(read, [first.id]))[first.id]
    assert [(each.number, each.buyer_message) for each in told] == [(second.number, "要蓝色包装")]
    wanted = orders.OrderFilter(search="蓝色包装", statuses=[orders.OrderStatus.UNREVIEWED])
    assert [row.id for row in (await orders.orders_page(read, PageRequest(), wanted)).rows] == [first.id]
    slip = (await of_orders(read, [first.id]))[first.id]
    assert slip["buyer_message"] == f"{second.number}: 要蓝色包装"
    assert await orders.review_waiting(later(work, minutes=1)) == 1


async def test_a_refund_of_one_trade_does_not_touch_the_line_of_the_other(work: Work) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, first, second)
    there = trade("2", refunded("A", 1), a_line("B", 3, "5.00"), minute=5)
    await orders.receive_trades(work, shop.channel_id, [there])
    found = [(str(each.cancelled_quantity), each.refund.value) for each in await lines(work, survivor)]
    assert found == [("0.0000", "NONE"), ("1.0000", "SUCCEEDED"), ("0.0000", "NONE")]
    assert await claims(work, survivor) == ["TO_REVIEW 2", "TO_REVIEW 3"]
    assert await broken(work) == {}


async def test_a_cancelled_trade_stops_the_survivor_with_the_evidence(work: Work) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, first, second)
    await orders.review_order(work, survivor.id)
    there = trade("2", a_line("A", 1), a_line("B", 3, "5.00"), minute=5, status=IncomingStatus.CANCELLED)
    await orders.receive_trades(work, shop.channel_id, [there])
    survivor = await order_of(work, shop, "1")
    assert survivor.status == "REVIEWED"
    assert "合并订单取消" in (await holds(work, survivor))["CANCELLED_ON_PLATFORM"]
    assert await claims(work, survivor) == ["TO_SHIP 2"]
    assert await broken(work) == {}
    await orders.unmerge_order(work, survivor.id)
    assert (await order_of(work, shop, "2")).status == "CANCELLED"
    assert await holds(work, survivor) == {}
    assert await broken(work) == {}


async def test_a_new_address_of_a_merged_trade_is_looked_at_and_found_after_undoing(work: Work) -> None:
    shop, first, second = await two(work)
    await merged(work, first, second)
    there = replace(RECEIVER, detail="文三路 8 号")
    moved = trade("2", a_line("A", 1), a_line("B", 3, "5.00"), minute=5, receiver=there)
    await orders.receive_trades(work, shop.channel_id, [moved])
    survivor = await order_of(work, shop, "1")
    assert survivor.address_detail == "文三路 1 号"
    assert "合并订单线上修改地址" in (await holds(work, survivor))["CHANGED_ON_PLATFORM"]
    await orders.unmerge_order(work, survivor.id)
    second = await order_of(work, shop, "2")
    assert (second.address_detail, await holds(work, second)) == ("文三路 8 号", {})
    assert await broken(work) == {}


async def test_each_trade_is_told_of_the_one_parcel(work: Work) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, first, second)
    await orders.review_order(work, survivor.id)
    parcel = await fulfilment.ship_order(work, survivor.id, "SF", "SF1000000000777")
    told = await fulfilment.shipments_to_tell(work, parcel.id)
    assert [(each.external_number, each.line_numbers, each.last) for each in told] == [
        ("1", None, True),
        ("2", None, True),
    ]
    assert shop.channel_id == told[0].channel_id
    assert await broken(work) == {}


@pytest.mark.parametrize("before", [True, False])
async def test_a_shipped_survivor_ends_with_the_trade_whose_goods_it_took(work: Work, *, before: bool) -> None:
    shop, first, second = await two(work)
    survivor = await merged(work, first, second)
    gone = trade("1", a_line("A", 2), minute=5, status=IncomingStatus.CLOSED_REFUNDED)
    other = trade("2", a_line("A", 1), a_line("B", 3, "5.00"), minute=7, status=IncomingStatus.COMPLETED)
    if before:
        await orders.receive_trades(work, shop.channel_id, [gone])
        await orders.release_order_hold(work, survivor.id, HoldReason.CANCELLED_ON_PLATFORM)
    await orders.review_order(work, survivor.id)
    await fulfilment.ship_order(work, survivor.id, "SF", "SF1000000000778")
    if before:
        await orders.receive_trades(work, shop.channel_id, [replace(gone, modified_at=START + timedelta(minutes=6))])
        assert (await order_of(work, shop, "1")).status == "SHIPPED"
    await orders.receive_trades(work, shop.channel_id, [other])
    assert (await order_of(work, shop, "1")).status == ("COMPLETED" if before else "SHIPPED")
    assert await broken(work) == {}


async def test_of_people_who_merge_edit_and_review_at_once_nothing_is_lost(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop, first, second = await two(work)

    async def attempt(action: Any, *given: Any) -> str:
        async def once() -> str:
            async with begin(sessions, system("tests")) as work:
                await action(work, *given)
            return "done"

        try:
            return await tried(once)
        except Refusal as refusal:
            return refusal.code()

    pair = [MergedOrder(order_id=each.id, expected_version=each.version) for each in (first, second)]
    said = await asyncio.gather(
        attempt(orders.merge_orders, pair),
        attempt(orders.merge_orders, pair[::-1]),
        attempt(orders.review_order, second.id, second.version),
        attempt(orders.change_order_freight, first.id, Money(1), "less"),
    )
    assert "done" in said
    assert set(said) <= {"done", "VERSION_CONFLICT", "WRONG_STATE", "CANNOT_MERGE"}
    async with begin(sessions, system("tests")) as work:
        found = [await order_of(work, shop, each) for each in ("1", "2")]
        alive = [each for each in found if each.status != "MERGED"]
        assert Money.total(each.goods_amount for each in alive) == Money(45)
        assert await broken(work) == {}


async def test_gifts_are_given_anew_for_the_whole_and_again_to_each(work: Work) -> None:
    shop = await a_shop(work)
    rule = await a_rule(work, await a_gift(work, shop), total_max=5)
    first = await received(work, shop, trade("1", a_line("A", 2)))
    second = await received(work, shop, trade("2", a_line("B", 1)))
    assert (await gifts(work, first), await gifts(work, second), await sends(work, rule)) == (["rule 1"], ["rule 1"], 2)
    survivor = await merged(work, first, second)
    assert (await gifts(work, survivor), await sends(work, rule)) == (["rule 1"], 1)
    await orders.unmerge_order(work, survivor.id)
    assert (await gifts(work, first), await gifts(work, second), await sends(work, rule)) == (["rule 1"], ["rule 1"], 2)
    assert await wrong(work) == {}
