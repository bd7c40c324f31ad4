"""Gifts of orders: given with the stock, counted exactly, and taken back when the order changes."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import customers, inventory, orders, promotions
from domain.inventory.models import Claim, StockItem
from domain.kernel import BadInput, Money, NotFound, Quantity, Sessions, Work, begin, system, tried
from domain.promotions import GiftChoice, GiftConditions, GiftMeasure, GiftRange, GiftRule, GiftSend, GiftStep
from tests.domain.inventory.builders import a_variant, stock
from tests.domain.orders.builders import (
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    broken,
    holds,
    lines,
    order_of,
    received,
    refunded,
    statements,
)
from tests.domain.orders.test_allocation import why
from tests.domain.orders.test_placing import a_placement

OVER_100 = [GiftRange(GiftMeasure.PAYABLE, Decimal(100))]


async def a_gift(work: Work, shop: ShopHere, there: int = 50) -> UUID:
    variant_id = await a_variant(work)
    if there:
        await stock(work, variant_id, shop.warehouses[0], there)
    return variant_id


async def a_rule(work: Work, *gifts: UUID, name: str = "rule", **changes: Any) -> GiftRule:
    limits = {key: changes.pop(key) for key in ("total_max", "per_customer_max", "priority", "id") if key in changes}
    chosen = GiftConditions(gifts=[GiftChoice(each, Quantity(1)) for each in gifts], **changes)
    rule = promotions.DefinedGiftRule(name=name, group="g", conditions=chosen, **{"priority": 1, **limits})
    return await promotions.define_gift_rule(work, rule)


async def gifts(work: Work, order: orders.Order) -> list[str]:
    """Say which rule gave how many of what is still to be sent."""
    rules = {row.id: row.name for row in await work.rows(select(GiftRule.id, GiftRule.name))}
    return [
        f"{rules[each.gift_rule_id]} {each.quantity.value.normalize() + 0:f}"
        for each in await lines(work, order)
        if each.gift_rule_id is not None and not each.cancelled_quantity
    ]


async def wrong(work: Work) -> dict[str, Any]:
    found = {name: await work.rows(text(sql)) for name, sql in promotions.INVARIANTS.items()}
    return await broken(work) | {name: rows for name, rows in found.items() if rows}


async def sends(work: Work, rule: GiftRule) -> int:
    return int(await work.session.scalar(select(GiftRule.sends).where(GiftRule.id == rule.id)) or 0)


async def test_a_gift_goes_with_the_order_and_costs_nothing(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, await a_gift(work, shop), ranges=OVER_100, steps=[GiftStep(GiftMeasure.PAYABLE, Decimal(50))])
    order = await received(work, shop, a_trade("1", a_line("A", 12)))
    assert await gifts(work, order) == ["rule 2"]
    assert (order.goods_amount, order.total_amount) == (Money(120), Money(120))
    line = (await lines(work, order))[-1]
    assert (line.position, line.line_amount, line.external_number) == (2, Money(0), None)
    assert await work.session.scalar(select(Claim.quantity).where(Claim.order_line_id == line.id)) == Quantity(2)
    assert (await why(work, order, "GIFTS"))[0].outcome == "rule × 2"
    assert await gifts(work, await received(work, shop, a_trade("2", a_line("A")))) == []
    assert await wrong(work) == {}


async def test_a_gift_that_is_short_makes_no_order_short(work: Work) -> None:
    shop = await a_shop(work)
    scarce, plenty = await a_gift(work, shop, 1), await a_gift(work, shop)
    await a_rule(work, scarce, name="first", priority=2)
    await a_rule(work, plenty, name="second")
    trades = [a_trade(str(number)) for number in range(3)]
    await received(work, shop, *trades)
    found = [await gifts(work, await order_of(work, shop, str(number))) for number in range(3)]
    assert sorted(found) == [["first 1"], ["second 1"], ["second 1"]]
    last = await order_of(work, shop, "2")
    assert await holds(work, last) == {}
    assert not any(isinstance(each, inventory.StockRanShort) for each in work.facts)
    tried_then = [(each["outcome"], each["won"]) for each in (await why(work, last, "GIFTS"))[0].tried["rules"]]
    assert tried_then in ([("none of its gifts is in stock there", False), ("gives 1", True)], [("gives 1", True)])
    assert await wrong(work) == {}


async def test_a_rank_that_staff_give_a_buyer_brings_gifts_and_their_lot_is_drawn_again_alike(work: Work) -> None:
    shop = await a_shop(work)
    several = [await a_gift(work, shop) for _ in range(4)]
    await a_rule(work, *several, buyer_ranks=["VIP"], pick=promotions.GiftPick.RANDOM)
    first = await received(work, shop, a_trade("1"))
    assert (await why(work, first, "GIFTS"))[0].tried["rules"][0]["outcome"] == "the buyer has no rank"
    await customers.edit_customer(work, first.customer_id, customers.CustomerChanges(rank="VIP"))  # type: ignore[arg-type]
    second = await received(work, shop, a_trade("2"))
    drawn = (await lines(work, second))[-1].variant_id
    assert drawn in several
    await orders.take_gifts_back(work, [second.id])
    await orders.give_gifts(work, [second.id])
    assert (await lines(work, second))[-1].variant_id == drawn
    assert "drawn by the number of the order" in (await why(work, second, "GIFTS"))[0].tried["rules"][0]["outcome"]
    assert await wrong(work) == {}


async def test_an_order_that_waits_for_goods_gets_its_gift_with_them(work: Work) -> None:
    shop = await a_shop(work, stocks=(1,))
    gift = await a_gift(work, shop)
    await a_rule(work, gift, total_max=5)
    order = await received(work, shop, a_trade("1", a_line("A", 3)))
    assert await gifts(work, order) == []
    await stock(work, shop.variants["A"], shop.warehouses[0], 9)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[shop.variants["A"]]))
    assert await gifts(work, order) == ["rule 1"]
    assert await wrong(work) == {}


async def test_limits_count_and_a_cancelled_order_gives_its_count_back(work: Work) -> None:
    shop = await a_shop(work)
    rule = await a_rule(work, await a_gift(work, shop), total_max=2, per_customer_max=1)
    first = await received(work, shop, a_trade("1"))
    assert await gifts(work, await received(work, shop, a_trade("2"))) == []
    await received(work, shop, a_trade("3", buyer_id="other"))
    assert await gifts(work, await received(work, shop, a_trade("4", buyer_id="third"))) == []
    assert await sends(work, rule) == 2
    await orders.cancel_order(work, first.id, "buyer")
    assert await sends(work, rule) == 1
    assert await gifts(work, first) == []
    assert await gifts(work, await received(work, shop, a_trade("5"))) == ["rule 1"]
    assert await wrong(work) == {}


async def test_a_changed_order_is_looked_at_anew(work: Work) -> None:
    shop = await a_shop(work)
    rule = await a_rule(work, await a_gift(work, shop), ranges=OVER_100, total_max=9)
    order = await received(work, shop, a_trade("1", a_line("A", 12), a_line("B", 1)))
    assert await gifts(work, order) == ["rule 1"]
    smaller = a_trade("1", refunded("A", 12), a_line("B", 1), minute=1)
    order = await received(work, shop, smaller)
    assert (await gifts(work, order), await sends(work, rule)) == ([], 0)
    more = a_trade("1", a_line("A", 15), a_line("B", 1), minute=2)
    order = await received(work, shop, more)
    assert (await gifts(work, order), await sends(work, rule)) == (["rule 1"], 1)
    order = await received(work, shop, replace(more, modified_at=more.modified_at, seller_memo="x"))
    gone = replace(more, status=orders.IncomingStatus.CANCELLED, modified_at=more.modified_at.replace(minute=9))
    order = await received(work, shop, gone)
    assert (order.status, await gifts(work, order), await sends(work, rule)) == ("CANCELLED", [], 0)
    assert await wrong(work) == {}


async def test_an_order_placed_here_gets_its_gift_when_it_is_paid(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, await a_gift(work, shop))
    order = await orders.place_order(work, a_placement(shop))
    assert await gifts(work, order) == []
    await orders.confirm_order_payment(work, order.id)
    assert await gifts(work, order) == ["rule 1"]
    paid = await orders.place_order(work, a_placement(shop, cash_on_delivery=True))
    assert await gifts(work, paid) == ["rule 1"]
    assert await wrong(work) == {}


async def test_gifts_move_with_the_order_and_follow_edits(work: Work) -> None:
    shop = await a_shop(work, stocks=(20, 20))
    gift = await a_gift(work, shop)
    rule = await a_rule(work, gift, ranges=OVER_100, total_max=3)
    order = await received(work, shop, a_trade("1", a_line("A", 12)))
    order = await orders.allocate_order(work, order.id, shop.warehouses[1])
    assert (await gifts(work, order), await sends(work, rule)) == ([], 0)
    order = await orders.allocate_order(work, order.id, shop.warehouses[0])
    assert (await gifts(work, order), await sends(work, rule)) == (["rule 1"], 1)
    own = (await lines(work, order))[0]
    await orders.change_order_line_quantity(work, own.id, Quantity(3), "fewer")
    assert (await gifts(work, order), await sends(work, rule)) == ([], 0)
    await orders.change_order_line_quantity(work, own.id, Quantity(14), "more")
    assert await gifts(work, order) == ["rule 1"]
    await orders.confirm_order_payment(work, order.id)
    await orders.review_order(work, order.id)
    assert await wrong(work) == {}


async def test_a_rule_is_changed_within_its_limits(work: Work) -> None:
    shop = await a_shop(work)
    gift = await a_gift(work, shop)
    rule = await a_rule(work, gift)
    for number in range(2):
        await received(work, shop, a_trade(str(number), buyer_id=str(number)))
    with pytest.raises(promotions.GiftsGivenAlready) as refused:
        await a_rule(work, gift, id=rule.id, total_max=1)
    assert refused.value.path == ("input", "totalMax")
    await a_rule(work, gift, id=rule.id, total_max=3, per_customer_max=1)
    assert await sends(work, rule) == 2
    assert await gifts(work, await received(work, shop, a_trade("7", buyer_id="0"))) == []
    assert await wrong(work) == {}
    for changes, field in (
        ({"priority": -1}, "priority"),
        ({"steps": [GiftStep(GiftMeasure.KINDS, Decimal(0))]}, "steps"),
    ):
        with pytest.raises(BadInput) as bad:
            await a_rule(work, gift, **changes)  # type: ignore[arg-type] — It is what the test says.
        assert bad.value.path == ("input", field)
    with pytest.raises(NotFound):
        await a_rule(work, shop.channel_id)


async def test_ten_clients_do_not_give_more_than_there_is(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        gift = await a_gift(work, shop)
        rule = await a_rule(work, gift, total_max=7)

    async def buy(client: int) -> None:
        for number in range(2):

            async def once(number: int = number) -> None:
                async with begin(sessions, system("tests")) as work:
                    trade = a_trade(f"{client}-{number}", buyer_id=f"{client}-{number}")
                    await orders.receive_trades(work, shop.channel_id, [trade])

            await tried(once)

    await asyncio.gather(*(buy(client) for client in range(10)))
    async with begin(sessions, system("tests")) as work:
        assert await sends(work, rule) == 7
        assert await work.session.scalar(select(func.count()).select_from(GiftSend)) == 7
        item = (await work.session.scalars(select(StockItem).where(StockItem.variant_id == gift))).one()
        assert item.to_review == Quantity(7)
        assert await wrong(work) == {}


async def test_a_chunk_with_gifts_costs_the_same(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await a_rule(work, await a_gift(work, shop, 500), total_max=500, per_customer_max=3)
    sent_for = {}
    for size in (3, 30):
        trades = [a_trade(f"{size}-{number}", buyer_id=f"{size}-{number}") for number in range(size)]
        with statements(own_engine) as sent:
            async with begin(sessions, system("tests")) as work:
                await orders.receive_trades(work, shop.channel_id, trades)
        sent_for[size] = len(sent)
    assert sent_for[3] == sent_for[30] <= 29
