"""Gifts of split and merged orders: counted for the whole, and given back when nothing of them is left."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from domain import orders, pricing, promotions
from domain.kernel import Quantity, Sessions, UnitPrice, Work, begin, system
from domain.orders import IncomingStatus, MergedOrder, SplitLine
from domain.promotions import GiftMeasure, GiftStep
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    holds,
    lines,
    order_of,
    received,
    refunded,
)
from tests.domain.orders.test_giving import OVER_100, a_gift, a_rule, gifts, sends, wrong
from tests.domain.orders.test_splitting import by_hand, parts_of


async def with_two_gifts(work: Work) -> tuple[ShopHere, orders.Order, promotions.GiftRule]:
    """Import an order of A and B with two pieces of a limited gift on its third line."""
    shop = await a_shop(work)
    by_fifty = {"ranges": OVER_100, "steps": [GiftStep(GiftMeasure.PAYABLE, Decimal(50))]}
    rule = await a_rule(work, await a_gift(work, shop), total_max=5, per_customer_max=1, **by_fifty)
    order = await received(work, shop, a_trade("1", a_line("A", 10), a_line("B", 1)))
    return shop, order, rule


async def test_a_gift_is_counted_until_the_last_part_that_has_some_of_it_is_cancelled(work: Work) -> None:
    _, order, rule = await with_two_gifts(work)
    one, two, three = await by_hand(work, order, [(1, 1), (3, 1)], [(1, 1), (3, 1)])
    assert [await gifts(work, each) for each in (one, two, three)] == [["rule 1"], ["rule 1"], []]
    for part, left in ((three, 1), (one, 1), (two, 0)):
        await orders.cancel_order(work, part.id, "buyer")
        assert (await sends(work, rule), await wrong(work)) == (left, {})


async def test_a_part_of_a_part_counts_for_the_order_they_all_come_from(work: Work) -> None:
    _, order, rule = await with_two_gifts(work)
    one, two = await by_hand(work, order, [(1, 1), (3, 1)])
    deeper = await by_hand(work, two, [(1, 1)])
    await orders.cancel_order(work, one.id, "buyer")
    assert await sends(work, rule) == 1
    for part in deeper:
        await orders.cancel_order(work, part.id, "buyer")
    assert (await sends(work, rule), await wrong(work)) == (0, {})


async def test_a_trade_that_is_cancelled_takes_the_gifts_of_all_parts_along(work: Work) -> None:
    shop, order, rule = await with_two_gifts(work)
    await by_hand(work, order, [(1, 1), (3, 1)])
    gone = a_trade("1", a_line("A", 10), a_line("B", 1), minute=5, status=IncomingStatus.CANCELLED)
    await received(work, shop, gone)
    assert (await sends(work, rule), await wrong(work)) == (0, {})
    assert {each.status for each in await parts_of(work, order)} == {"CANCELLED"}


async def test_a_part_whose_goods_are_refunded_does_not_go_for_its_gift_alone(work: Work) -> None:
    shop, order, rule = await with_two_gifts(work)
    await by_hand(work, order, [(1, 1), (3, 1)], [(3, 1)])
    gone = a_trade("1", refunded("A", 10), a_line("B", 1), minute=5)
    await received(work, shop, gone)
    parts = await parts_of(work, order)
    assert [(each.status, await gifts(work, each)) for each in parts] == [
        ("CLOSED", []),
        ("UNREVIEWED", ["rule 1"]),
        ("UNREVIEWED", []),
    ]
    assert (await sends(work, rule), await wrong(work)) == (1, {})
    # Once no goods of the whole order are left, a part of nothing but gifts does not go either.
    await received(work, shop, a_trade("1", refunded("A", 10), refunded("B", 1), minute=6))
    parts = await parts_of(work, order)
    assert [(each.status, await gifts(work, each)) for each in parts] == [("CLOSED", [])] * 3
    assert (await sends(work, rule), await wrong(work)) == (0, {})


async def test_a_merged_order_of_which_all_trades_are_cancelled_gives_its_gift_back(work: Work) -> None:
    shop = await a_shop(work)
    rule = await a_rule(work, await a_gift(work, shop), total_max=5)
    trades = [a_trade(each, a_line("A"), placed_at=START) for each in ("1", "2")]
    pair = [await received(work, shop, each) for each in trades]
    survivor = await orders.merge_orders(work, [MergedOrder(order_id=each.id) for each in pair])
    assert await sends(work, rule) == 1
    later = START.replace(minute=START.minute + 5)
    for each in trades:
        await received(work, shop, replace(each, status=IncomingStatus.CANCELLED, modified_at=later))
    assert (await sends(work, rule), await gifts(work, survivor), await wrong(work)) == (0, [], {})


async def test_a_part_keeps_its_gift_when_it_is_served_from_elsewhere_and_it_is_not_below_its_floor(work: Work) -> None:
    shop = await a_shop(work)
    gift = await a_gift(work, shop)
    await pricing.set_floor_price(work, UnitPrice("9.50"), variant_id=gift)
    rule = await a_rule(work, gift, total_max=5)
    order = await received(work, shop, a_trade("1", a_line("A", 2)))
    one, _ = await by_hand(work, order, [(1, 1), (2, 1)])
    await orders.allocate_order(work, one.id, shop.warehouses[0])
    await orders.check_orders(work, [one.id])
    assert (await gifts(work, one), await holds(work, one), await sends(work, rule)) == (["rule 1"], {}, 1)
    assert await wrong(work) == {}


async def test_parts_cancelled_at_once_give_the_count_back_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        _, order, rule = await with_two_gifts(work)
        ids = {each.position: each.id for each in await lines(work, order)}
        half = [SplitLine(order_line_id=ids[each], quantity=Quantity(1)) for each in (1, 3)]
        await orders.split_order(work, order.id, [half, half])
        parts = [each.id for each in await parts_of(work, order)]

    async def cancel(part: orders.OrderId) -> None:
        async with begin(sessions, system("tests")) as work:
            await orders.cancel_order(work, part, "buyer")

    await asyncio.gather(*(cancel(each) for each in parts))
    async with begin(sessions, system("tests")) as work:
        assert (await sends(work, rule), await wrong(work)) == (0, {})


async def test_siblings_are_what_could_be_merged(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, orders.PolicyRules(holds_siblings=True), shop.channel_id)
    first = await received(work, shop, a_trade("1", placed_at=START))
    on_delivery = await received(work, shop, a_trade("2", cash_on_delivery=True))
    assert await holds(work, on_delivery) == {}
    third = await received(work, shop, a_trade("3"))
    assert await holds(work, third) == {"UNMERGED_SIBLINGS": f"could go with {first.number}"}
    await orders.hold_order(work, first.id, "look")
    await orders.check_orders(work, [third.id])
    assert await holds(work, third) == {"UNMERGED_SIBLINGS": f"could go with {first.number}"}
    await orders.set_combining_rule(work, shop.channel_id, orders.Combining(merge_mode=orders.MergeMode.OFF))
    await orders.check_orders(work, [third.id])
    assert await holds(work, third) == {}
    assert (await order_of(work, shop, "3")).status == "UNREVIEWED"
