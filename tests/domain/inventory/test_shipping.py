from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory
from domain.inventory.models import Lot, Movement
from domain.kernel import Money, Quantity, Work
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    broken,
    claimed,
    counted,
    item,
    stock,
    worth,
)

TO_SHIP = inventory.ClaimClass.TO_SHIP


def out(line: inventory.WantedLine, quantity: int | str, position: int = 1) -> inventory.ShippedLine:
    return inventory.ShippedLine(line.order_line_id, line.variant_id, Quantity(quantity), position)


async def leave(work: Work, warehouse: UUID, *lines: inventory.ShippedLine) -> dict[UUID, Money]:
    return dict(await inventory.ship(work, "Shipment", uuid4(), warehouse, lines))


async def test_shipping_uses_up_the_claim_at_the_average(work: Work, engine: AsyncEngine) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 100, "10")
    await stock(work, variant, warehouse, 50, "13")
    line = a_line(variant, 60)
    await inventory.claim(work, uuid4(), [warehouse], [line], TO_SHIP)
    with counted(engine) as statements:
        assert await leave(work, warehouse, out(line, 60)) == {line.order_line_id: Money(660)}
    assert len(statements) <= 9
    assert await worth(work, variant, warehouse) == "90.0000 / 990.00"
    found = await item(work, variant, warehouse)
    assert (found.on_hand, found.to_ship) == (Quantity(90), Quantity(0))
    assert await claimed(work) == {}
    assert await broken(work) == {}


async def test_a_part_leaves_the_rest_claimed(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 9)
    first, second = a_line(variant, 3), a_line(variant, 2)
    await inventory.claim(work, uuid4(), [warehouse], [first, second], TO_SHIP)
    costs = await leave(work, warehouse, out(first, 1, 1), out(second, 2, 2))
    assert costs == {first.order_line_id: Money(1), second.order_line_id: Money(2)}
    assert await claimed(work) == {first.order_line_id: "TO_SHIP 2.0000"}
    await leave(work, warehouse, out(first, 2))
    assert await broken(work) == {}


async def test_what_is_not_claimed_to_ship_from_here_does_not_leave(work: Work) -> None:
    variant, warehouse, other, order = await a_variant(work), await a_warehouse(work), await a_warehouse(work), uuid4()
    await stock(work, variant, warehouse, 9)
    await stock(work, variant, other, 9)
    line = a_line(variant, 3)
    await inventory.claim(work, order, [warehouse], [line], inventory.ClaimClass.TO_REVIEW)
    with pytest.raises(inventory.ClaimMissing):
        await leave(work, warehouse, out(line, 3))
    await inventory.promote(work, [order], TO_SHIP)
    for place, shipped in ((other, [out(line, 1)]), (warehouse, [out(line, 4)]), (warehouse, [out(line, 2)] * 2)):
        with pytest.raises(inventory.ClaimMissing):
            await leave(work, place, *shipped)
    await leave(work, warehouse, out(line, 3))


async def test_lots_leave_by_expiry_and_never_expired(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, "1", lot="late", expires=date(2027, 5, 1))
    await stock(work, variant, warehouse, 2, "1", lot="soon", expires=date(2026, 11, 12))
    await stock(work, variant, warehouse, 4, "1", lot="gone", expires=date(2026, 11, 11))
    line = a_line(variant, 9)
    await inventory.claim(work, uuid4(), [warehouse], [line], TO_SHIP)
    work.now += timedelta(days=1)
    with pytest.raises(inventory.LotsExpired) as refused:
        await leave(work, warehouse, out(line, 9))
    assert refused.value.available == Quantity(7)
    assert await broken(work) != {}  # A refusal half way through: the caller rolls back.


async def test_two_lots_are_two_legs_of_one_line(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, "1", lot="late", expires=date(2027, 5, 1))
    await stock(work, variant, warehouse, 2, "4", lot="soon", expires=date(2026, 11, 11))
    line = a_line(variant, 3)
    await inventory.claim(work, uuid4(), [warehouse], [line], TO_SHIP)
    costs = await leave(work, warehouse, out(line, 3))
    assert costs == {line.order_line_id: Money("5.57")}
    rows = await work.rows(
        select(Movement.leg, Lot.code, Movement.quantity, Movement.cost_amount)
        .join(Lot)
        .where(Movement.kind == inventory.MovementKind.SALE)
        .order_by(Movement.position)
    )
    assert [tuple(map(str, row)) for row in rows] == [
        ("1", "soon", "-2.0000", "-3.71"),
        ("2", "late", "-1.0000", "-1.86"),
    ]
    assert await broken(work) == {}
