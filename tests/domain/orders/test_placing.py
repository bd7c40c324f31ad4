"""Placing: prices in force, stock at once, and never more sold than there is."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, customers, inventory, orders
from domain.inventory.models import Claim
from domain.kernel import BadInput, Money, NotAllowed, Quantity, Refusal, Sessions, UnitPrice, Work, begin, system
from domain.orders import PlacedBy, PlacedLine, Placement
from domain.pricing.models import Price
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    lines,
    order_of,
    statements,
)


def a_placement(shop: ShopHere, quantity: Any = 1, **changes: Any) -> Placement:
    placement = Placement(
        channel_id=shop.channel_id,
        lines=[PlacedLine(sku="A", quantity=quantity)],
        customer=PlacedBy(name="王小明", phone="13800000000"),
        receiver=RECEIVER,
    )
    return replace(placement, **changes)


async def test_an_order_is_placed_at_the_price_in_force(work: Work) -> None:
    shop = await a_shop(work)
    by_id = PlacedLine(variant_id=shop.variants["B"], quantity=Quantity("2.5"))
    order = await orders.place_order(work, a_placement(shop, 3, lines=[PlacedLine(sku="A", quantity=3), by_id]))
    assert (order.status, order.total_amount, order.paid_amount) == ("AWAITING_PAYMENT", Money("55"), Money(0))
    assert [each.line_amount for each in await lines(work, order)] == [Money("30"), Money("25")]
    assert await claims(work, order) == ["UNPAID 3", "UNPAID 2.5"]
    assert order.number.startswith("SO")
    assert order.warehouse_id == shop.warehouses[0]
    assert orders.OrderPlaced(order_id=order.id, channel_id=shop.channel_id) in work.facts
    assert await broken(work) == {}


@pytest.mark.parametrize("settled", ["paid", "cash_on_delivery"])
async def test_a_settled_order_goes_to_review(work: Work, settled: str) -> None:
    shop = await a_shop(work)
    order = await orders.place_order(work, a_placement(shop, **{settled: True}))
    assert (order.status, await claims(work, order)) == ("UNREVIEWED", ["TO_REVIEW 1"])


async def test_payment_is_confirmed_later(work: Work) -> None:
    shop = await a_shop(work)
    order = await orders.place_order(work, a_placement(shop))
    order = await orders.confirm_order_payment(work, order.id)
    assert (order.status, order.paid_amount, order.paid_at) == ("UNREVIEWED", Money("10"), work.now)
    assert await claims(work, order) == ["TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_only_who_may_confirm_payment_places_a_paid_order(work: Work) -> None:
    shop = await a_shop(work)
    with pytest.raises(NotAllowed, match="confirm_order_payment"):
        await orders.place_order(acting(work, a_reviewer("place_order")), a_placement(shop, paid=True))


async def test_the_same_buyer_is_one_customer(work: Work) -> None:
    shop = await a_shop(work)
    first = await orders.place_order(work, a_placement(shop))
    again = await orders.place_order(work, a_placement(shop))
    known = await orders.place_order(work, a_placement(shop, customer=PlacedBy(customer_id=first.customer_id)))
    assert first.customer_id == again.customer_id == known.customer_id
    assert await work.session.scalar(select(func.count()).select_from(customers.models.Customer)) == 1


async def test_two_warehouses_the_one_with_all_of_it_serves(work: Work) -> None:
    shop = await a_shop(work, stocks=(1, 5))
    order = await orders.place_order(work, a_placement(shop, 4))
    assert order.warehouse_id == shop.warehouses[1]


async def test_the_same_article_twice_is_one_wish(work: Work) -> None:
    shop = await a_shop(work, stocks=(5,))
    twice = [PlacedLine(sku="A", quantity=3), PlacedLine(sku="A", quantity=3)]
    with pytest.raises(inventory.StockShort):
        await orders.place_order(work, a_placement(shop, lines=twice))


Change = Callable[[ShopHere], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "refusal", "path"),
    [
        (lambda _: {"lines": [PlacedLine(sku="?", quantity=1)]}, orders.UnknownSku, ("lines", "0")),
        (lambda _: {"lines": []}, BadInput, ("lines",)),
        (lambda _: {"lines": [PlacedLine(quantity=1)]}, BadInput, ("lines", "0")),
        (lambda _: {"lines": [PlacedLine(sku="A", quantity=0)]}, BadInput, ("lines", "0", "quantity")),
        (lambda _: {"lines": [PlacedLine(sku="A", quantity=-1)]}, BadInput, ("lines", "0", "quantity")),
        (lambda _: {"lines": [PlacedLine(sku="A", quantity=Decimal("0.00001"))]}, BadInput, ("lines", "0", "quantity")),
        (lambda _: {"lines": [PlacedLine(sku="A", quantity=10**12)]}, BadInput, ("lines", "0", "quantity")),
        (lambda _: {"lines": [PlacedLine(sku="A", quantity=101)]}, inventory.StockShort, ("lines", "0", "quantity")),
        (lambda _: {"expected_total": Money("9.99")}, orders.PriceChanged, ("expectedTotal",)),
        (lambda _: {"receiver": replace(RECEIVER, city=None)}, BadInput, ("receiver",)),
        (lambda _: {"receiver": replace(RECEIVER, city="广州市")}, BadInput, ("receiver", "city")),
        (lambda _: {"paid": True, "cash_on_delivery": True}, BadInput, ("cashOnDelivery",)),
        (lambda _: {"buyer_message": "x" * 1001}, BadInput, ("buyerMessage",)),
        (lambda _: {"buyer_message": "a\0b"}, BadInput, ("buyerMessage",)),
        (lambda _: {"customer": PlacedBy(name="王小明")}, BadInput, ("customer",)),
    ],
)
async def test_what_is_refused(work: Work, change: Change, refusal: type[Refusal], path: tuple[str, ...]) -> None:
    shop = await a_shop(work)
    with pytest.raises(refusal) as refused:
        await orders.place_order(work, a_placement(shop, **change(shop)))
    assert refused.value.path == ("input", *path)


async def test_retired_and_unpriced_articles_are_refused(work: Work) -> None:
    shop = await a_shop(work)
    (await work.session.get_one(catalogue.Variant, shop.variants["A"])).active = False
    price = (await work.session.scalars(select(Price).where(Price.variant_id == shop.variants["B"]))).one()
    price.ends_at = work.now - timedelta(minutes=1)
    await work.session.flush()
    with pytest.raises(orders.NotForSale, match="A"):
        await orders.place_order(work, a_placement(shop))
    with pytest.raises(orders.NoPrice, match="B"):
        await orders.place_order(work, a_placement(shop, lines=[PlacedLine(sku="B", quantity=1)]))


async def test_a_number_is_placed_once(work: Work) -> None:
    shop = await a_shop(work)
    await orders.place_order(work, a_placement(shop, external_number="W-1"))
    with pytest.raises(orders.OrderExists, match="W-1"):
        await orders.place_order(work, a_placement(shop, external_number="W-1"))


async def test_a_price_keeps_its_exact_places(work: Work) -> None:
    shop = await a_shop(work)
    price = (await work.session.scalars(select(Price).where(Price.variant_id == shop.variants["A"]))).one()
    price.unit_price = UnitPrice("0.335")
    await work.session.flush()
    order = await orders.place_order(work, a_placement(shop, 3, expected_total=Money("1.01")))
    assert order.total_amount == Money("1.01")


async def test_placing_costs_few_statements(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
    for expected in (11, 9):  # The first order also makes the customer.
        with statements(own_engine) as sent:
            async with begin(sessions, system("tests")) as work:
                await orders.place_order(work, a_placement(shop))
        assert len(sent) <= expected, sent
        # The row that all buyers want is held for one more statement, and the commit.
        assert "INSERT INTO claims" in sent[-2]


@pytest.mark.parametrize("stocks", [(50,), (30, 20)])
async def test_two_hundred_buyers_of_fifty(sessions: Sessions, stocks: tuple[int, ...]) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=stocks)
    door = asyncio.Semaphore(16)  # As many transactions at once; the other buyers queue for a connection.
    outcomes = await asyncio.gather(*(_buy(sessions, shop, each, door) for each in range(200)))
    assert {each: outcomes.count(each) for each in set(outcomes)} == {"sold": 50, "STOCK_SHORT": 150}
    async with begin(sessions, system("tests")) as work:
        assert await work.session.scalar(select(func.sum(Claim.quantity))) == Quantity(50)
        assert await work.session.scalar(select(func.count()).select_from(orders.Order)) == 50
        assert await broken(work) == {}


async def _buy(sessions: Sessions, shop: ShopHere, number: int, door: asyncio.Semaphore) -> str:
    buyer = PlacedBy(name=f"buyer {number}", phone=f"{13800000000 + number}")
    for _ in range(5):
        try:
            async with door, begin(sessions, system("tests")) as work:
                await orders.place_order(work, a_placement(shop, customer=buyer, paid=True))
        except Refusal as refusal:
            return refusal.code()
        except DBAPIError:
            continue
        return "sold"
    return "gave up"


@pytest.mark.parametrize("reviewed", [False, True])
async def test_a_placed_order_that_its_platform_tells_too_is_the_same_order(work: Work, *, reviewed: bool) -> None:
    """A site places its order here, and its own list of orders is read as well: one order, never two."""
    shop = await a_shop(work)
    order = await orders.place_order(work, a_placement(shop, 2, external_number="1001", paid=True))
    if reviewed:
        order = await orders.review_order(work, order.id)
    report = await orders.receive_trades(work, shop.channel_id, [a_trade("1001", a_line("A", 2)), a_trade("1002")])
    assert (report.created, report.updated, report.unreadable) == (1, 1, 0)
    order = await order_of(work, shop)
    assert (order.source, order.status) == ("PLACED", "REVIEWED" if reviewed else "UNREVIEWED")
    assert await claims(work, order) == ["TO_SHIP 2" if reviewed else "TO_REVIEW 2"]
    assert [each.external_number for each in await lines(work, order)] == [None if reviewed else "line-A"]
    assert await broken(work) == {}
    again = await orders.receive_trades(work, shop.channel_id, [a_trade("1001", a_line("A", 2))])
    assert again == orders.IntakeReport(unchanged=1)
