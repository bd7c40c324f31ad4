"""Preorders: what is not there yet is sold where that is offered, and served in the order of payment."""

from datetime import timedelta

import pytest

from domain import inventory, orders
from domain.kernel import BadInput, Work
from domain.orders import PlacedBy, PlacedLine, Placement, SplitBy
from domain.orders.preorders import ZONE
from tests.domain.inventory.builders import stock
from tests.domain.orders.builders import RECEIVER, ShopHere, a_shop, acting, broken, claims, holds, lines


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


async def test_what_is_offered_waits_and_what_is_there_does_not(work: Work) -> None:
    shop = await offered(work, "A")
    there = await orders.place_order(work, a_placement(shop, ("A", 1)))
    assert (there.kind, await claims(work, there)) == ("NORMAL", ["TO_REVIEW 1"])
    waits = await orders.place_order(work, a_placement(shop, ("A", 5), ("B", 1)))
    assert (waits.kind, waits.status, await claims(work, waits)) == ("PREORDER", "UNREVIEWED", [])
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
    assert (await claims(work, first), await claims(work, second)) == (["TO_REVIEW 3"], [])
    assert (await holds(work, first), list(await holds(work, second))) == ({}, ["SHORTAGE"])
    assert (await orders.review_order(work, first.id)).status == "REVIEWED"
    assert await broken(work) == {}


async def test_what_is_there_leaves_first_when_it_is_split(work: Work) -> None:
    shop = await offered(work, "A")
    order = await orders.place_order(work, a_placement(shop, ("A", 5), ("B", 1)))
    await orders.split_order_by(work, order.id, SplitBy.PREORDER)
    assert await broken(work) == {}
