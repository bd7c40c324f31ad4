"""Splitting by designated warehouses: goods that must leave from different places part, and gifts never go alone."""

import pytest

from domain import inventory, orders
from domain.inventory import WarehouseId
from domain.kernel import Quantity, Work
from domain.orders import SplitBy, splitting_plans
from tests.domain.inventory.builders import a_warehouse, stock
from tests.domain.orders.builders import a_line, a_shop, a_trade, broken, claims, holds, received
from tests.domain.orders.test_splitting import W1, W2, A, B, parts_of, piece, told


@pytest.mark.parametrize("by", [SplitBy.DESIGNATION, SplitBy.WAREHOUSE])
async def test_goods_designated_to_two_places_leave_from_both(work: Work, by: SplitBy) -> None:
    shop = await a_shop(work, ("A", "B"), (5,))
    own, cold = shop.warehouses[0], await a_warehouse(work)
    await stock(work, shop.variants["B"], cold, 5)
    await inventory.designate_warehouses(work, shop.variants["A"], [WarehouseId(own)])
    await inventory.designate_warehouses(work, shop.variants["B"], [WarehouseId(cold)])
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("B", 1)))
    await orders.split_order_by(work, order.id, by)
    parts = {each.warehouse_id: each for each in await parts_of(work, order)}
    assert parts.keys() == {own, cold}
    assert [await claims(work, parts[each]) for each in (own, cold)] == [["TO_REVIEW 2"], ["TO_REVIEW 1"]]
    assert [await holds(work, each) for each in parts.values()] == [{}, {}]
    with pytest.raises(orders.NothingToSplit):
        await orders.split_order_by(work, parts[own].id, by)
    assert await broken(work) == {}


def test_what_has_a_warehouse_in_common_stays_together() -> None:
    one, both, two = frozenset({W1}), frozenset({W1, W2}), frozenset({W2})
    anywhere = piece(4, None)
    pieces = [piece(1, A, designated=one), piece(2, B, designated=both), anywhere]
    assert splitting_plans.by_designation(pieces) == []
    pieces.append(piece(3, B, designated=two))
    assert told(splitting_plans.by_designation(pieces)) == [{1: 1, 2: 1}, {3: 1}]
    gift = piece(4, None, amount="0.00")
    assert told(splitting_plans.by_designation([*pieces[:2], gift, pieces[3]])) == [{1: 1, 2: 1, 4: 1}, {3: 1}]


def test_a_gift_alone_is_no_part() -> None:
    pieces = [piece(1, A, designated=frozenset({W1})), piece(2, B, amount="0.00", designated=frozenset({W2}))]
    assert splitting_plans.by_designation(pieces) == []


def test_a_warehouse_sends_only_what_it_may() -> None:
    pieces = [piece(1, A, designated=frozenset({W2})), piece(2, B)]
    free = {(A, W1): Quantity(9), (B, W1): Quantity(9), (A, W2): Quantity(9)}
    assert told(splitting_plans.by_warehouse(pieces, free, [W1, W2])) == [{2: 1}, {1: 1}]
