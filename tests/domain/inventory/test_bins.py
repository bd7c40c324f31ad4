"""Bins: what may lie in them, in which order they are emptied, and that two clerks cannot both fill the last space."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import inventory
from domain.inventory.models import Movement, StockBalance
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    begin,
    system,
)
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    a_zone,
    bin_named,
    broken,
    receive,
    stock,
    worth,
)


def received(variant: UUID, quantity: int, bin_id: inventory.BinId | None = None) -> inventory.ReceivedLine:
    return inventory.ReceivedLine(
        variant_id=variant, quantity=Quantity(quantity), unit_cost=UnitPrice("1"), bin_id=bin_id
    )


async def there(work: Work, variant: UUID) -> dict[inventory.BinId | None, str]:
    rows = await work.rows(
        select(StockBalance.bin_id, StockBalance.on_hand).where(
            StockBalance.variant_id == variant, StockBalance.on_hand > Quantity(0)
        )
    )
    return {row.bin_id: str(row.on_hand) for row in rows}


async def test_goods_are_taken_along_the_way_and_what_is_not_put_away_last(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    far = await a_zone(work, warehouse, 2, inventory.NewBin(code="B1", walking_order=1))
    near = await a_zone(
        work,
        warehouse,
        1,
        inventory.NewBin(code="A2", walking_order=2),
        inventory.NewBin(code="A1", walking_order=1),
    )
    b1, a1, a2 = [await bin_named(work, warehouse, code) for code in ("B1", "A1", "A2")]
    assert far != near
    await receive(work, warehouse, [received(variant, 2, each) for each in (None, b1, a2, a1)])
    order, line = uuid4(), a_line(variant, 5)
    await inventory.claim(work, order, [warehouse], [line], inventory.ClaimClass.TO_SHIP)
    shipped = inventory.ShippedLine(line.order_line_id, variant, Quantity(5), 1)
    await inventory.ship(work, "Shipment", uuid4(), warehouse, [shipped])
    taken = select(Movement.bin_id, Movement.quantity).where(Movement.quantity < Quantity(0)).order_by(Movement.leg)
    rows = [(row.bin_id, str(row.quantity)) for row in await work.rows(taken)]
    assert rows == [(a1, "-2.0000"), (a2, "-2.0000"), (b1, "-1.0000")]
    assert await there(work, variant) == {b1: "1.0000", None: "2.0000"}
    assert await broken(work) == {}


async def test_a_bin_of_one_sku_takes_no_other(work: Work) -> None:
    first, second, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, one_sku=True))
    a1 = await bin_named(work, warehouse, "A1")
    with pytest.raises(inventory.BinOfAnotherVariant) as refused:
        await receive(work, warehouse, [received(first, 1), received(second, 1, a1), received(first, 1, a1)])
    assert (refused.value.code(), refused.value.path) == ("BIN_OF_ANOTHER_VARIANT", ("input", "lines", "1", "binId"))
    await receive(work, warehouse, [received(first, 1, a1), received(first, 1, a1)])
    with pytest.raises(inventory.BinOfAnotherVariant):
        await receive(work, warehouse, [received(second, 1, a1)])
    # Once it is empty, it may hold another.
    await take_out(work, first, warehouse, 2, a1)
    await receive(work, warehouse, [received(second, 1, a1)])
    assert await there(work, second) == {a1: "1.0000"}


async def take_out(
    work: Work, variant: UUID, warehouse: inventory.WarehouseId, quantity: int, bin_id: inventory.BinId
) -> None:
    line = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(quantity), bin_id=bin_id)
    kind = inventory.AdjustmentKind.OUT
    adjustment = inventory.Adjustment(warehouse_id=warehouse, kind=kind, reason="damaged", lines=[line])
    await inventory.adjust_stock(work, adjustment)


async def test_a_bin_holds_its_capacity_and_gives_only_what_it_has(work: Work) -> None:
    first, second, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(5)))
    a1 = await bin_named(work, warehouse, "A1")
    await receive(work, warehouse, [received(first, 3, a1), received(first, 9)])
    with pytest.raises(inventory.BinFull) as refused:
        await receive(work, warehouse, [received(second, 3, a1)])
    assert refused.value.wanted == Quantity(6)
    assert (refused.value.code(), refused.value.path) == ("BIN_FULL", ("input", "lines", "0", "binId"))
    await receive(work, warehouse, [received(second, 2, a1)])
    with pytest.raises(inventory.NegativeStock):
        await take_out(work, first, warehouse, 4, a1)
    assert await broken(work) == {}


async def test_two_clerks_cannot_both_fill_the_last_space(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variants = [await a_variant(work) for _ in range(6)]
        warehouse = await a_warehouse(work)
        await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(3)))
        a1 = await bin_named(work, warehouse, "A1")

    async def clerk(variant: UUID) -> bool:
        try:
            async with begin(sessions, system("clerk")) as work:
                await receive(work, warehouse, [received(variant, 1, a1)])
        except inventory.BinFull:
            return False
        return True

    assert sorted(await asyncio.gather(*(clerk(each) for each in variants))) == [False] * 3 + [True] * 3


async def test_a_transfer_goes_from_bin_to_bin(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    for warehouse in (near, far):
        await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    out, into = await bin_named(work, near, "A1"), await bin_named(work, far, "A1")
    await receive(work, near, [received(variant, 4, out), received(variant, 4)])
    line = inventory.TransferredLine(variant_id=variant, quantity=Quantity(3), bin_id=out, to_bin_id=into)
    transfer = inventory.Transfer(from_warehouse_id=near, to_warehouse_id=far, reason="refill", lines=[line])
    document = await inventory.transfer_stock(work, transfer)
    assert await there(work, variant) == {out: "1.0000", None: "4.0000", into: "3.0000"}
    sides = select(Movement.warehouse_id, Movement.counterpart_id).where(Movement.document_id == document.id)
    assert {tuple(row) for row in await work.rows(sides)} == {(near, far), (far, near)}
    wrong = inventory.TransferredLine(variant_id=variant, quantity=Quantity(1), bin_id=into)
    with pytest.raises(NotFound, match="bin"):
        await inventory.transfer_stock(
            work, inventory.Transfer(from_warehouse_id=near, to_warehouse_id=far, reason="refill", lines=[wrong])
        )
    assert await broken(work) == {}


async def test_a_place_that_is_not_valued_holds_goods_worth_nothing(work: Work) -> None:
    variant, shelf, samples = await a_variant(work), await a_warehouse(work), await a_warehouse(work, valued=False)
    await stock(work, variant, shelf, 4, "10")
    await stock(work, variant, samples, 1, "10")
    line = inventory.TransferredLine(variant_id=variant, quantity=Quantity(1))
    give = inventory.Transfer(from_warehouse_id=shelf, to_warehouse_id=samples, reason="sample", lines=[line])
    back = inventory.Transfer(from_warehouse_id=samples, to_warehouse_id=shelf, reason="back", lines=[line])
    await inventory.transfer_stock(work, give)
    assert [await worth(work, variant, each) for each in (shelf, samples)] == ["3.0000 / 30.00", "2.0000 / 0.00"]
    await inventory.transfer_stock(work, back)
    assert await worth(work, variant, shelf) == "4.0000 / 30.00"
    revalued = [fact for fact in work.facts if isinstance(fact, inventory.StockRevalued)]
    assert [str(fact.cost_amount) for fact in revalued] == ["-10.00"]
    assert await broken(work) == {}


async def test_bins_are_opened_changed_and_closed(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    zone = await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    bad: list[tuple[type[Refusal], list[inventory.NewBin]]] = [
        (BadInput, []),
        (inventory.BinCodeTaken, [inventory.NewBin(code="A1", walking_order=1)]),
        (inventory.BinCodeTaken, [inventory.NewBin(code="A2", walking_order=1)] * 2),
        (BadInput, [inventory.NewBin(code="A3", walking_order=-1)]),
        (BadInput, [inventory.NewBin(code="A3", walking_order=1, capacity=Quantity(0))]),
    ]
    for refusal, bins in bad:
        with pytest.raises(refusal):
            await inventory.open_bins(work, zone, bins)
    a1 = await bin_named(work, warehouse, "A1")
    await receive(work, warehouse, [received(variant, 1, a1)])
    closed = inventory.ChangedBin(id=a1, walking_order=7, capacity=None, one_sku=True, active=False)
    with pytest.raises(inventory.BinNotEmpty):
        await inventory.change_bin(work, closed)
    await take_out(work, variant, warehouse, 1, a1)
    changed = await inventory.change_bin(work, closed)
    assert (changed.walking_order, changed.one_sku, changed.active) == (7, True, False)
    await work.session.flush()
    with pytest.raises(NotFound, match="bin"):
        await receive(work, warehouse, [received(variant, 1, a1)])
    work.actor = Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="somebody",
        permissions=frozenset({"inventory.*"}),
        warehouses=frozenset({uuid4()}),
    )
    with pytest.raises(NotFound):
        await inventory.change_bin(work, closed)
    with pytest.raises(NotFound):
        await inventory.open_bins(work, zone, [inventory.NewBin(code="A9", walking_order=1)])
