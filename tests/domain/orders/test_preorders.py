"""Preorders: what is not there yet is sold where that is offered, and served in the order of payment."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain import inventory, orders
from domain.kernel import BadInput, Quantity, Sessions, Work, begin, system
from domain.orders import IncomingStatus, PlacedBy, PlacedLine, Placement, SplitBy
from domain.orders.importing import ZONE, end_of
from tests.domain.inventory.builders import a_warehouse, item, stock
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    holds,
    lines,
    received,
)

CANCELLED = IncomingStatus.CANCELLED


def a_placement(shop: ShopHere, *wanted: tuple[str, int], phone: str = "13800000000") -> Placement:
    return Placement(
        channel_id=shop.channel_id,
        lines=[PlacedLine(sku=sku, quantity=quantity) for sku, quantity in wanted],
        customer=PlacedBy(name="王小明", phone=phone),
        receiver=RECEIVER,
        paid=True,
    )


async def offered(work: Work, *skus: str) -> ShopHere:
    """Open a shop with 2 of each article, of which these are sold before they are there."""
    shop = await a_shop(work, stocks=(2,))
    day = work.now.astimezone(ZONE).date() + timedelta(days=7)
    for sku in skus:
        await orders.offer_preorder(work, shop.channel_id, shop.variants[sku], day)
    return shop


async def limited(work: Work, shop: ShopHere, many: int, day: date | None = None) -> None:
    await inventory.set_preorder_limit(work, shop.variants["A"], shop.warehouses[0], Quantity(many), day)


async def parts_of(work: Work, order: orders.Order) -> list[orders.Order]:
    statement = select(orders.Order).where(orders.Order.split_from_id == order.id).order_by(orders.Order.number)
    return list(await work.session.scalars(statement))


async def test_what_is_offered_waits_and_what_is_there_does_not(work: Work) -> None:
    shop = await offered(work, "A")
    there = await orders.place_order(work, a_placement(shop, ("A", 1)))
    assert (there.kind, await claims(work, there)) == ("NORMAL", ["TO_REVIEW 1"])
    waits = await orders.place_order(work, a_placement(shop, ("A", 5), ("B", 1)))
    assert (waits.kind, waits.status, await claims(work, waits)) == ("PREORDER", "UNREVIEWED", ["PREORDER 5"])
    assert "expected" in (await holds(work, waits))["SHORTAGE"]
    day = work.now.astimezone(ZONE).date() + timedelta(days=7)
    assert [each.ships_on for each in await lines(work, waits)] == [day, None]
    assert waits.promised_ship_at is not None
    assert waits.promised_ship_at.astimezone(ZONE).date() == day
    with pytest.raises(orders.OrderOnHold):
        await orders.review_order(work, waits.id)
    assert await broken(work) == {}


async def test_goods_that_are_not_offered_are_refused_as_ever(work: Work) -> None:
    shop = await offered(work, "A")
    with pytest.raises(inventory.StockShort) as refused:
        await orders.place_order(work, a_placement(shop, ("B", 5)))
    assert refused.value.path == ("input", "lines", "0", "quantity")
    with pytest.raises(inventory.StockShort):
        await orders.place_order(work, a_placement(shop, ("A", 5), ("B", 5)))
    past = work.now.astimezone(ZONE).date() - timedelta(days=1)
    with pytest.raises(BadInput, match="shipsOn"):
        await orders.offer_preorder(work, shop.channel_id, shop.variants["B"], past)


async def test_an_offer_that_ended_is_none(work: Work) -> None:
    shop = await offered(work)
    day = work.now.astimezone(ZONE).date()
    offer = await orders.offer_preorder(work, shop.channel_id, shop.variants["A"], day)
    await orders.end_preorder(work, offer.id)
    await work.session.flush()
    with pytest.raises(inventory.StockShort):
        await orders.place_order(work, a_placement(shop, ("A", 5)))


async def test_goods_that_arrive_go_to_who_paid_first(work: Work) -> None:
    shop = await offered(work, "A")
    later = acting(work, work.actor)
    later.now = work.now + timedelta(minutes=5)
    second = await orders.place_order(later, a_placement(shop, ("A", 3), phone="13800000002"))
    first = await orders.place_order(work, a_placement(shop, ("A", 3), phone="13800000001"))
    await stock(work, shop.variants["A"], shop.warehouses[0], 2)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[shop.variants["A"]]))
    assert (await claims(work, first), await claims(work, second)) == (["TO_REVIEW 3"], ["PREORDER 3"])
    assert (await holds(work, first), list(await holds(work, second))) == ({}, ["SHORTAGE"])
    assert (await orders.review_order(work, first.id)).status == "REVIEWED"
    assert await broken(work) == {}


async def test_what_is_there_leaves_first_when_it_is_split(work: Work) -> None:
    shop = await offered(work, "A")
    order = await orders.place_order(work, a_placement(shop, ("A", 5), ("B", 1)))
    await orders.split_order_by(work, order.id, SplitBy.PREORDER)
    parts = await parts_of(work, order)
    assert [await claims(work, each) for each in parts] == [["TO_REVIEW 1"], ["PREORDER 5"]]
    assert await broken(work) == {}
    await orders.undo_order_split(work, order.id)
    assert await claims(work, order) == ["PREORDER 5"]
    assert await broken(work) == {}


async def test_no_more_is_promised_than_is_expected(work: Work) -> None:
    shop = await offered(work, "A")
    place, variant = shop.warehouses[0], shop.variants["A"]
    await limited(work, shop, 6)
    first = await orders.place_order(work, a_placement(shop, ("A", 4)))
    with pytest.raises(inventory.PreordersFull, match=r"Of A, 2\.0000 more") as refused:
        async with work.session.begin_nested():
            await orders.place_order(work, a_placement(shop, ("B", 1), ("A", 3), phone="13800000001"))
    assert refused.value.path == ("input", "lines", "1", "quantity")
    with pytest.raises(BadInput, match=r"4\.0000 that are promised") as fewer:
        await inventory.set_preorder_limit(work, variant, place, Quantity(3))
    assert fewer.value.path == ("input", "limit")
    await orders.cancel_order(work, first.id, "changed the mind")
    assert await claims(work, first) == []
    whole = await orders.place_order(work, a_placement(shop, ("A", 6)))
    assert (await claims(work, whole), (await item(work, variant, place)).preorder) == (["PREORDER 6"], Quantity(6))
    assert await broken(work) == {}
    # What it is served with is expected no more.
    await stock(work, variant, place, 5)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[variant]))
    there = await item(work, variant, place)
    assert await claims(work, whole) == ["TO_REVIEW 6"]
    assert (there.preorder, there.preorder_limit, there.to_review) == (Quantity(0), Quantity(0), Quantity(6))
    with pytest.raises(inventory.PreordersFull):
        async with work.session.begin_nested():
            await orders.place_order(work, a_placement(shop, ("A", 2)))
    assert await broken(work) == {}


async def test_what_is_expected_elsewhere_or_overdue_is_not_promised(work: Work) -> None:
    shop = await offered(work, "A")
    elsewhere = await a_warehouse(work)
    day = work.now.astimezone(ZONE).date()
    with pytest.raises(BadInput, match="expectedOn"):
        await inventory.set_preorder_limit(work, shop.variants["A"], elsewhere, Quantity(9), day - timedelta(days=1))
    with pytest.raises(BadInput, match="needs a limit"):
        await inventory.set_preorder_limit(work, shop.variants["A"], elsewhere, None, day)
    await inventory.set_preorder_limit(work, shop.variants["A"], elsewhere, Quantity(9), day)
    with pytest.raises(inventory.PreordersFull, match=r"Of A, 0\.0000 more"):
        async with work.session.begin_nested():
            await orders.place_order(work, a_placement(shop, ("A", 3)))
    await inventory.set_preorder_limit(work, shop.variants["A"], elsewhere, None)
    await limited(work, shop, 9, day)
    late = acting(work, work.actor)
    late.now = work.now + timedelta(days=1)
    with pytest.raises(inventory.PreordersFull):
        async with work.session.begin_nested():
            await orders.place_order(late, a_placement(shop, ("A", 3)))
    assert (await orders.place_order(work, a_placement(shop, ("A", 3)))).kind == "PREORDER"


async def test_what_is_there_goes_to_preorders_before_later_buyers(work: Work) -> None:
    shop = await offered(work, "A", "C")
    waits = await orders.place_order(work, a_placement(shop, ("A", 3)))
    # Two are there, but they are the first buyer's; another channel is shown none of them.
    later = await orders.place_order(work, a_placement(shop, ("A", 1), phone="13800000001"))
    assert (later.kind, await claims(work, later)) == ("PREORDER", ["PREORDER 1"])
    assert await inventory.free_in(work, [shop.variants["A"]], shop.warehouses) == {
        (shop.variants["A"], shop.warehouses[0]): Quantity(0)
    }
    imported = await received(work, shop, a_trade("1", a_line("A", 1), paid_at=work.now))
    assert list(await holds(work, imported)) == ["SHORTAGE"]
    # Who wants no more than is there does not wait for the one who wants more, but each in its turn.
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[shop.variants["A"]]))
    kept = [await claims(work, each) for each in (waits, later, imported)]
    assert kept == [["PREORDER 3"], ["TO_REVIEW 1"], ["TO_REVIEW 1"]]
    assert await broken(work) == {}


async def test_a_preorder_is_changed_paid_and_given_up(work: Work) -> None:
    shop = await offered(work, "A")
    order = await orders.place_order(work, replace(a_placement(shop, ("A", 3)), paid=False))
    await limited(work, shop, 8)
    assert await claims(work, order) == ["PREORDER 3"]
    order = await orders.confirm_order_payment(work, order.id)
    assert (order.status, await claims(work, order)) == ("UNREVIEWED", ["PREORDER 3"])
    (line,) = await lines(work, order)
    await orders.change_order_line_quantity(work, line.id, Quantity(8), "more")
    assert await claims(work, order) == ["PREORDER 8"]
    # What is more than is expected waits all the same, without a promise.
    await orders.change_order_line_quantity(work, line.id, Quantity(9), "still more")
    assert (await claims(work, order), "expected" in (await holds(work, order))["SHORTAGE"]) == ([], True)
    await orders.change_order_line_quantity(work, line.id, Quantity(2), "two")
    assert (await claims(work, order), "SHORTAGE" in await holds(work, order)) == (["TO_REVIEW 2"], False)
    assert await broken(work) == {}


async def test_a_trade_that_is_sold_before_it_is_there_is_a_preorder(work: Work) -> None:
    shop = await a_shop(work, stocks=(2,))
    day = work.now.astimezone(ZONE).date() + timedelta(days=9)
    await limited(work, shop, 5)
    presale = [a_line("A", 3, presale=True, ships_on=day), a_line("B", 1)]
    order = await received(work, shop, a_trade("1", *presale))
    assert (order.kind, order.promised_ship_at) == ("PREORDER", end_of(day))
    assert [each.ships_on for each in await lines(work, order)] == [day, None]
    assert (await claims(work, order), await holds(work, order)) == (
        ["PREORDER 3"],
        {"SHORTAGE": "short of title of A: 3.0000 wanted, 2.0000 free, promised"},
    )
    # What is there is not kept waiting, and a day that is not said is that of the platform's promise.
    there = [a_line("B", 1, presale=True)]
    promised = end_of(day) - timedelta(days=2)
    order = await received(work, shop, a_trade("2", *there, promised_ship_at=promised))
    (line,) = await lines(work, order)
    assert (order.kind, line.ships_on, await claims(work, order)) == ("PREORDER", promised.date(), ["TO_REVIEW 1"])
    # More than is expected waits without a promise, until more is expected.
    most = await received(work, shop, a_trade("3", a_line("A", 3, presale=True, ships_on=day)))
    assert (await holds(work, most))["SHORTAGE"].endswith("3.0000 are more than the 2.0000 that are expected")
    assert (most.kind, await claims(work, most)) == ("PREORDER", [])
    await limited(work, shop, 6)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[shop.variants["A"]]))
    assert await claims(work, most) == ["PREORDER 3"]
    less = await received(work, shop, a_trade("3", a_line("A", 2, presale=True, ships_on=day), minute=5))
    assert (less.id, await claims(work, less)) == (most.id, ["PREORDER 2"])
    assert await broken(work) == {}


async def test_what_a_channel_offers_is_promised_to_its_trades(work: Work) -> None:
    shop = await offered(work, "A")
    order = await received(work, shop, a_trade("1", a_line("A", 3), a_line("B", 3)))
    day = work.now.astimezone(ZONE).date() + timedelta(days=7)
    assert (order.kind, order.promised_ship_at, await claims(work, order)) == ("PREORDER", end_of(day), ["PREORDER 3"])
    gone = await received(work, shop, a_trade("1", a_line("A", 3), a_line("B", 3), minute=5, status=CANCELLED))
    assert await claims(work, gone) == []
    assert await broken(work) == {}


async def test_two_buyers_at_once_get_no_more_than_is_expected(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await offered(work, "A")
        await limited(work, shop, 5)

    async def buy(phone: int) -> str:
        try:
            async with begin(sessions, system("tests")) as work:
                await orders.place_order(work, a_placement(shop, ("A", 3), phone=f"1380000000{phone}"))
        except inventory.PreordersFull as full:
            return str(full.available)
        return "promised"

    assert sorted(await asyncio.gather(*map(buy, range(4)))) == ["2.0000", "2.0000", "2.0000", "promised"]
    async with begin(sessions, system("tests")) as work:
        assert (await item(work, shop.variants["A"], shop.warehouses[0])).preorder == Quantity(3)
        assert await broken(work) == {}
