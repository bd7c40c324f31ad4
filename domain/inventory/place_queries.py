"""Readers of places (仓库与库位查询): warehouses, zones and bins, and what lies where by lot and bin; within scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, cast, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.models import Bin, StockBalance, Warehouse, WarehouseKind, Zone
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, page, visible

SEARCH_LENGTH_MAX = 100

warehouses_by_id = Reading(select(*Warehouse.__table__.columns), Warehouse.id, warehouse=Warehouse.id)
zones_by_id = Reading(select(*Zone.__table__.columns), Zone.id, warehouse=Zone.warehouse_id)
zones_of_warehouses = Reading(
    select(*Zone.__table__.columns).order_by(Zone.walking_order, Zone.code),
    Zone.warehouse_id,
    many=True,
    warehouse=Zone.warehouse_id,
)
bins_by_id = Reading(select(*Bin.__table__.columns), Bin.id, warehouse=Bin.warehouse_id)

WAREHOUSES_BY_CODE = Ordering(
    name="warehouses.code", columns=(Warehouse.code, Warehouse.id), keys=("code", "id"), parsers=(str, UUID)
)


@dataclass(frozen=True, kw_only=True)
class WarehouseFilter:
    """Which warehouses; what is None does not matter. One without areas serves all of them."""

    kinds: Sequence[WarehouseKind] | None = None
    serves: str | None = None
    active: bool | None = None


async def warehouses(read: Read, request: PageRequest, where: WarehouseFilter | None = None) -> Page:
    """Read one page of warehouses, by code."""
    given = where or WarehouseFilter()
    statement = visible(select(*Warehouse.__table__.columns), read.actor, warehouse=Warehouse.id)
    if given.kinds is not None:
        statement = statement.where(Warehouse.kind.in_(given.kinds))
    if given.serves is not None:
        statement = statement.where(_serves(given.serves))
    if given.active is not None:
        statement = statement.where(Warehouse.active == given.active)
    return await page(read, statement, WAREHOUSES_BY_CODE, request)


def _serves(area: str) -> ColumnElement[bool]:
    """Say whether a warehouse serves an area: it names the district, its city, its province, or no area at all."""
    around = [area, f"{area[:4]}00", f"{area[:2]}0000"]
    nowhere = cast(literal([], ARRAY(Text)), ARRAY(Text))
    return or_(Warehouse.areas == nowhere, Warehouse.areas.op("&&")(literal(around, ARRAY(Text))))


@dataclass(frozen=True, kw_only=True)
class BinFilter:
    """Which bins; what is None does not matter."""

    warehouses: Sequence[UUID] | None = None
    zones: Sequence[UUID] | None = None
    code: str | None = None


BINS_BY_CODE = Ordering(
    name="bins.code",
    columns=(Bin.warehouse_id, Bin.code),
    keys=("warehouse_id", "code"),
    parsers=(UUID, str),
)


async def bins(read: Read, where: BinFilter, request: PageRequest) -> Page:
    """Read one page of bins, by warehouse and code."""
    statement = visible(select(*Bin.__table__.columns), read.actor, warehouse=Bin.warehouse_id)
    for column, ids in ((Bin.warehouse_id, where.warehouses), (Bin.zone_id, where.zones)):
        if ids is not None:
            statement = statement.where(column.in_(ids))
    if where.code is not None:
        statement = statement.where(Bin.code == where.code[:SEARCH_LENGTH_MAX])
    return await page(read, statement, BINS_BY_CODE, request)


_there: tuple[Any, ...] = (*StockBalance.__table__.columns, catalogue.Variant.sku)
BALANCES = select(*_there).join(catalogue.Variant, catalogue.Variant.id == StockBalance.variant_id)
stock_balances_by_id = Reading(BALANCES, StockBalance.id, warehouse=StockBalance.warehouse_id)
balances_of_bins = Reading(
    BALANCES.where(StockBalance.on_hand > NOTHING).order_by(catalogue.Variant.sku, StockBalance.id),
    StockBalance.bin_id,
    many=True,
    warehouse=StockBalance.warehouse_id,
)

BALANCES_BY_ID = Ordering(name="balances.id", columns=(StockBalance.id,), keys=("id",), parsers=(UUID,))


@dataclass(frozen=True, kw_only=True)
class BalanceFilter:
    """Which balances; what is None does not matter. Empty ones are left out."""

    variants: Sequence[UUID] | None = None
    warehouses: Sequence[UUID] | None = None
    lots: Sequence[UUID] | None = None
    bins: Sequence[UUID] | None = None
    not_put_away: bool = False


async def stock_balances(read: Read, where: BalanceFilter, request: PageRequest) -> Page:
    """Read one page of what lies where, by lot and bin."""
    statement = visible(BALANCES, read.actor, warehouse=StockBalance.warehouse_id)
    for column, ids in (
        (StockBalance.variant_id, where.variants),
        (StockBalance.warehouse_id, where.warehouses),
        (StockBalance.lot_id, where.lots),
        (StockBalance.bin_id, where.bins),
    ):
        if ids is not None:
            statement = statement.where(column.in_(ids))
    if where.not_put_away:
        statement = statement.where(StockBalance.bin_id.is_(None))
    return await page(read, statement.where(StockBalance.on_hand != NOTHING), BALANCES_BY_ID, request)
