from uuid import uuid4

import pytest

from domain import inventory
from domain.kernel import Actor, ActorKind, BadInput, NotFound, Quantity, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, item


async def test_a_warehouse_is_opened_once_per_code(work: Work) -> None:
    new = inventory.NewWarehouse(code=" SH-1 ", name="上海仓", kind=inventory.WarehouseKind.CDC, province="310000")
    opened = await inventory.open_warehouse(work, new)
    assert (opened.code, opened.sellable, opened.active) == ("SH-1", True, True)
    with pytest.raises(inventory.WarehouseCodeTaken):
        await inventory.open_warehouse(work, new)
    with pytest.raises(BadInput, match="code"):
        await inventory.open_warehouse(
            work, inventory.NewWarehouse(code=" ", name="x", kind=inventory.WarehouseKind.RDC)
        )


async def test_limits_are_set_before_anything_was_there(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    limits = inventory.StockLimits(variant_id=variant, warehouse_id=warehouse, safety=Quantity(5), maximum=Quantity(50))
    await inventory.set_stock_limits(work, limits)
    await work.session.flush()
    found = await item(work, variant, warehouse)
    assert (found.safety, found.maximum, found.on_hand) == (Quantity(5), Quantity(50), Quantity(0))
    await inventory.set_stock_limits(work, inventory.StockLimits(variant_id=variant, warehouse_id=warehouse))
    await work.session.flush()
    assert (await item(work, variant, warehouse)).safety is None


@pytest.mark.parametrize(("safety", "maximum"), [(-1, None), (None, -1), (5, 4)])
async def test_limits_must_make_sense(work: Work, safety: int | None, maximum: int | None) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    given = [None if each is None else Quantity(each) for each in (safety, maximum)]
    with pytest.raises(BadInput):
        await inventory.set_stock_limits(
            work,
            inventory.StockLimits(variant_id=variant, warehouse_id=warehouse, safety=given[0], maximum=given[1]),
        )


async def test_a_foreign_warehouse_is_not_there(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    work.actor = Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="somebody",
        permissions=frozenset({"inventory.*"}),
        warehouses=frozenset({uuid4()}),
    )
    with pytest.raises(NotFound):
        await inventory.set_stock_limits(work, inventory.StockLimits(variant_id=variant, warehouse_id=warehouse))
