from typing import Any
from uuid import uuid4

import pytest

from domain import inventory
from domain.kernel import Actor, ActorKind, BadInput, NotFound, PageRequest, Quantity, SessionRead, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, facts_of, item, stock


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


async def test_the_house_keeps_its_own_places(work: Work) -> None:
    kind = inventory.WarehouseKind.IN_TRANSIT
    with pytest.raises(BadInput, match="kind"):
        await inventory.open_warehouse(work, inventory.NewWarehouse(code="T", name="在途", kind=kind))
    variant = await a_variant(work)
    for place in (inventory.IN_TRANSIT, inventory.SUPPLIERS, inventory.CUSTOMERS, inventory.LOSSES):
        with pytest.raises(inventory.PlaceOfTheHouse):
            await stock(work, variant, place, 1)
        with pytest.raises(inventory.PlaceOfTheHouse):
            await inventory.change_warehouse(work, changed(place))


def changed(warehouse: inventory.WarehouseId, **other: Any) -> inventory.ChangedWarehouse:
    as_it_was: dict[str, Any] = {"name": "仓", "sellable": True, "province": None, "areas": [], "active": True}
    return inventory.ChangedWarehouse(id=warehouse, **(as_it_was | other))


async def test_a_warehouse_is_closed_once_it_is_empty(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1)
    with pytest.raises(inventory.WarehouseNotEmpty):
        await inventory.change_warehouse(work, changed(warehouse, active=False))
    await adjust(work, variant, warehouse, -1)
    await inventory.change_warehouse(work, changed(warehouse, active=False))
    await work.session.flush()
    with pytest.raises(inventory.WarehouseClosed):
        await stock(work, variant, warehouse, 1)


async def test_a_warehouse_is_not_closed_while_goods_are_missing_there(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    line, kind = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(1)), inventory.AdjustmentKind.OUT
    taken = inventory.Adjustment(
        warehouse_id=warehouse, kind=kind, reason="urgent", override_reason="no paper yet", lines=[line]
    )
    await inventory.adjust_stock(work, taken)
    with pytest.raises(inventory.WarehouseNotEmpty):
        await inventory.change_warehouse(work, changed(warehouse, active=False))
    await stock(work, variant, warehouse, 1)
    await inventory.change_warehouse(work, changed(warehouse, active=False))


async def test_what_a_warehouse_has_is_shown_again_when_it_sells_no_more(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1)
    work.closing.clear()
    await inventory.change_warehouse(work, changed(warehouse, areas=["440300", "440000", "440300"]))
    assert not work.closing
    await inventory.change_warehouse(work, changed(warehouse, sellable=False))
    for step in list(work.closing.values()):
        await step(work)
    (fact,) = facts_of(work, inventory.StockChanged)
    assert fact.variant_ids == (variant,)
    with pytest.raises(BadInput, match="areas"):
        await inventory.change_warehouse(work, changed(warehouse, areas=["Shenzhen"]))


@pytest.mark.parametrize(
    ("areas", "asked", "serves"),
    [
        ([], "440305", True),
        (["440000"], "440305", True),
        (["440300"], "440305", True),
        (["440305"], "440305", True),
        (["440305"], "440300", False),
        (["310000"], "440305", False),
    ],
)
async def test_a_warehouse_serves_the_areas_it_names(work: Work, areas: list[str], asked: str, *, serves: bool) -> None:
    warehouse = await a_warehouse(work)
    await inventory.change_warehouse(work, changed(warehouse, areas=areas))
    await work.session.flush()
    bind: Any = work.session.bind
    read = SessionRead(engine=bind, actor=work.actor, session=work.session)
    page = await inventory.warehouses(read, PageRequest(last=100), inventory.WarehouseFilter(serves=asked))
    assert (warehouse in {row.id for row in page.rows}) is serves


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
