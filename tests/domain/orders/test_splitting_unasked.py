"""Orders that are split unasked: before they are judged, once, and only while nobody has to look at them."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from domain import inventory, orders
from domain.inventory import WarehouseId
from domain.kernel import BadInput, Work
from domain.orders import Combining, ShipNow, SplitBy, splitting_plans
from tests.domain.inventory.builders import a_warehouse, stock
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade, broken, claims, order_of, received
from tests.domain.orders.test_review_rules import a_rule
from tests.domain.orders.test_splitting import A, B, parts_of, piece, told

C = UUID(int=7)


async def two_places(work: Work) -> tuple[ShopHere, UUID]:
    """Let A leave from the shop's warehouse and B from another one; whatever waits is approved by a rule."""
    shop = await a_shop(work, ("A", "B"), (9,))
    cold = await a_warehouse(work)
    await stock(work, shop.variants["B"], cold, 9)
    await inventory.designate_warehouses(work, shop.variants["A"], [WarehouseId(shop.warehouses[0])])
    await inventory.designate_warehouses(work, shop.variants["B"], [WarehouseId(cold)])
    await orders.set_combining_rule(work, shop.channel_id, Combining(splits_by_itself=[SplitBy.DESIGNATION]))
    return shop, cold


def told_of(work: Work, order: orders.Order) -> list[tuple[str, Any, Any]]:
    """Say what the timeline of an order will tell: each action, with the state before and after."""
    found = []
    for entry in work.entries:
        if entry["subject_id"] == str(order.id):
            fields: dict[str, Any] = {}
            for change in entry["changes"]:
                assert change["id"] == entry["subject_id"] or change["type"] != "Order"
                fields |= change["fields"]
            state = fields.get("status", {})
            found.append((entry["action"], state.get("before"), state.get("after")))
    return found


async def test_it_is_split_first_and_its_parts_are_judged(work: Work) -> None:
    shop, cold = await two_places(work)
    await a_rule(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("B", 1)))
    assert await orders.review_waiting(work) == 0
    parts = await parts_of(work, order)
    assert {each.warehouse_id for each in parts} == {shop.warehouses[0], cold}
    assert [told_of(work, each) for each in (order, *parts)] == [
        [("orders.split_order_by", "UNREVIEWED", "SPLIT")],
        [("orders.split_order_by", None, "UNREVIEWED")],
        [("orders.split_order_by", None, "UNREVIEWED")],
    ]
    assert await orders.review_waiting(work) == 2
    assert sorted([await claims(work, each) for each in parts]) == [["TO_SHIP 1"], ["TO_SHIP 2"]]
    assert await broken(work) == {}


async def test_what_a_person_put_together_or_must_look_at_stays_whole(work: Work) -> None:
    shop, _ = await two_places(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("B", 1)))
    paused = await received(work, shop, a_trade("1002", a_line("A", 1), a_line("B", 1), buyer_id="buyer-2"))
    await orders.hold_order(work, paused.id, "asked for by the buyer")
    await orders.review_waiting(work)
    await orders.undo_order_split(work, order.id)
    work.now += timedelta(minutes=5)
    await orders.review_waiting(work)
    assert [(await order_of(work, shop, each)).status for each in ("1001", "1002")] == ["UNREVIEWED", "UNREVIEWED"]
    assert await broken(work) == {}


async def test_preorder_goods_wait_apart(work: Work) -> None:
    shop = await a_shop(work, ("A", "B"), (9,))
    words = Combining(splits_by_itself=[SplitBy.PREORDER], preorder_words=("of B",), ship_now=ShipNow.NO_WORD)
    await orders.set_combining_rule(work, shop.channel_id, words)
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("B")))
    plain = await received(work, shop, a_trade("1002", a_line("A"), buyer_id="buyer-2"))
    await orders.review_waiting(work)
    assert [len(await parts_of(work, each)) for each in (order, plain)] == [2, 0]


async def test_only_what_needs_no_person_is_done_unasked(work: Work) -> None:
    shop = await a_shop(work)
    with pytest.raises(BadInput, match="when somebody asks") as refusal:
        await orders.set_combining_rule(work, shop.channel_id, Combining(splits_by_itself=[SplitBy.STOCK]))
    assert refusal.value.path == ("input", "splitsByItself", "0")
    with pytest.raises(BadInput, match="needs it"):
        await orders.set_combining_rule(work, shop.channel_id, Combining(splits_by_itself=[SplitBy.LARGE_GOODS]))


def test_cuts_follow_each_other_and_leave_no_gift_alone() -> None:
    pieces = [
        piece(1, A, 2, weight_grams=9_000),
        piece(2, B, preorder_word=True),
        piece(3, C),
        piece(4, None, amount="0.00"),
    ]
    large = partial(splitting_plans.large_goods, from_grams=9_000)
    later = partial(splitting_plans.preorder, free={}, warehouses=[], now=ShipNow.NO_WORD)
    assert told(splitting_plans.in_turn(pieces, [large, later], 50)) == [{1: 1}, {1: 1}, {3: 1, 4: 1}, {2: 1}]
    assert told(splitting_plans.in_turn([pieces[0], pieces[3]], [large], 50)) == [{1: 1}, {1: 1, 4: 1}]
    assert splitting_plans.in_turn(pieces, [large, later], 3) == []
    assert splitting_plans.in_turn(pieces, [], 50) == []
