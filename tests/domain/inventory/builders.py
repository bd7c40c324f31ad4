"""Short words for stock in tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, exchange, inventory, stocktaking, transfers
from domain.inventory.models import Claim, StockCost, StockItem, Warehouse
from domain.kernel import Event, Quantity, UnitPrice, Work

Fact = TypeVar("Fact", bound=Event)


async def a_variant(work: Work, sku: str | None = None) -> UUID:
    sku = sku or f"SKU-{uuid4().hex[:8]}"
    product = catalogue.Product(slug=sku.lower(), name=sku, created_at=work.now, updated_at=work.now)
    variant = catalogue.Variant(product_id=product.id, sku=sku, created_at=work.now)
    work.session.add(product)
    await work.session.flush()
    work.session.add(variant)
    await work.session.flush()
    return variant.id


async def a_warehouse(
    work: Work,
    *,
    sellable: bool = True,
    active: bool = True,
    valued: bool = True,
    kind: inventory.WarehouseKind = inventory.WarehouseKind.CDC,
) -> inventory.WarehouseId:
    warehouse = Warehouse(
        code=f"W-{uuid4().hex[:8]}",
        name="仓",
        kind=kind,
        sellable=sellable,
        active=active,
        valued=valued,
        created_at=work.now,
    )
    work.session.add(warehouse)
    await work.session.flush()
    return warehouse.id


async def a_zone(
    work: Work, warehouse_id: inventory.WarehouseId, order: int, *bins: inventory.NewBin
) -> inventory.ZoneId:
    """Open a zone with bins."""
    code = f"Z-{uuid4().hex[:8]}"
    new = inventory.NewZone(warehouse_id=warehouse_id, code=code, name="区", walking_order=order)
    zone = await inventory.open_zone(work, new)
    await inventory.open_bins(work, zone.id, bins)
    return zone.id


async def bin_named(work: Work, warehouse_id: UUID, code: str) -> inventory.BinId:
    found = select(inventory.Bin.id).where(inventory.Bin.warehouse_id == warehouse_id, inventory.Bin.code == code)
    bin_id: inventory.BinId = (await work.rows(found))[0].id
    return bin_id


def a_line(variant_id: UUID, quantity: int | str = 1, price: str = "10") -> inventory.WantedLine:
    return inventory.WantedLine(uuid4(), variant_id, Quantity(quantity), UnitPrice(price))


async def stock(
    work: Work,
    variant_id: UUID,
    warehouse_id: UUID,
    quantity: int | str,
    cost: str = "1",
    *,
    lot: str | None = None,
    expires: date | None = None,
    bin_id: inventory.BinId | None = None,
) -> None:
    line = inventory.ReceivedLine(
        variant_id=variant_id,
        quantity=Quantity(quantity),
        unit_cost=UnitPrice(cost),
        lot_code=lot,
        expires_on=expires,
        bin_id=bin_id,
    )
    await receive(work, warehouse_id, [line])


async def receive(work: Work, warehouse_id: UUID, lines: Sequence[inventory.ReceivedLine]) -> inventory.StockDocument:
    receipt = inventory.Receipt(warehouse_id=inventory.WarehouseId(warehouse_id), reason="purchase", lines=lines)
    return await inventory.receive_stock(work, receipt)


async def adjust(
    work: Work,
    variant_id: UUID,
    warehouse_id: UUID,
    quantity: int | str,
    cost: str | None = None,
    lot: inventory.LotId | None = None,
) -> inventory.StockDocument:
    """Put in a positive quantity or take out a negative one."""
    signed = Quantity(quantity)
    enters = signed > Quantity(0)
    line = inventory.AdjustedLine(
        variant_id=variant_id,
        quantity=signed if enters else -signed,
        unit_cost=UnitPrice(cost) if cost else None,
        lot_id=lot,
    )
    adjustment = inventory.Adjustment(
        warehouse_id=inventory.WarehouseId(warehouse_id),
        kind=inventory.AdjustmentKind.IN if enters else inventory.AdjustmentKind.OUT,
        reason="found",
        lines=[line],
    )
    return await inventory.adjust_stock(work, adjustment)


async def choose_scope(work: Work, cost_scope: inventory.CostScope) -> None:
    """Choose over what costs are averaged; each warehouse by itself needs no choice."""
    if cost_scope is inventory.CostScope.COMPANY:
        await inventory.set_cost_scope(work, cost_scope, "one average")


async def worth(work: Work, variant_id: UUID, warehouse_id: UUID) -> str:
    """Say quantity and value of what is there, or in a cost scope."""
    cost = await work.session.get_one(StockCost, (variant_id, warehouse_id), populate_existing=True)
    return f"{cost.quantity} / {cost.value}"


async def broken(work: Work) -> dict[str, list[Any]]:
    """List the invariants that do not hold, with the rows that break them."""
    await work.session.flush()
    found = {
        name: await work.rows(text(sql))
        for name, sql in (
            inventory.INVARIANTS | transfers.INVARIANTS | stocktaking.INVARIANTS | exchange.INVARIANTS
        ).items()
    }
    return {name: rows for name, rows in found.items() if rows}


async def item(work: Work, variant_id: UUID, warehouse_id: UUID) -> StockItem:
    """Read a stock item as it now is in the database."""
    return await work.session.get_one(StockItem, (variant_id, warehouse_id), populate_existing=True)


async def claimed(work: Work) -> dict[UUID, str]:
    """Say what is claimed by line, as class and quantity."""
    rows = await work.rows(select(Claim.order_line_id, Claim.claim_class, Claim.quantity))
    return {row.order_line_id: f"{row.claim_class} {row.quantity}" for row in rows}


def facts_of(work: Work, kind: type[Fact]) -> list[Fact]:
    return [fact for fact in work.facts if isinstance(fact, kind)]


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """List the statements that were executed inside."""
    statements: list[str] = []

    def keep(*given: Any) -> None:
        statements.append(given[2])

    event.listen(engine.sync_engine, "before_cursor_execute", keep)
    try:
        yield statements
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", keep)
