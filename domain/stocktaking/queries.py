"""Readers of stocktakes (盘点查询): the counts of a warehouse, their lines and scans; within scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, null, or_, select

from domain import catalogue, inventory
from domain.kernel import Ordering, Page, PageRequest, Quantity, Read, Reading, page, visible
from domain.stocktaking.models import Stocktake, StocktakeLine, StocktakeScope, StocktakeStatus

stocktakes_by_id = Reading(select(*Stocktake.__table__.columns), Stocktake.id, warehouse=Stocktake.warehouse_id)


@dataclass(frozen=True, kw_only=True)
class StocktakeFilter:
    """Which stocktakes; what is None does not matter. The period is half open.

    A person began, approved or posted it.
    """

    warehouses: Sequence[UUID] | None = None
    statuses: Sequence[StocktakeStatus] | None = None
    scopes: Sequence[StocktakeScope] | None = None
    variants: Sequence[UUID] | None = None
    person: str | None = None
    number: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


NEWEST_FIRST = Ordering(
    name="stocktakes.started",
    columns=(Stocktake.started_at, Stocktake.id),
    keys=("started_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def stocktakes(read: Read, where: StocktakeFilter, request: PageRequest) -> Page:
    """Read one page of stocktakes, the last begun first."""
    statement = visible(select(*Stocktake.__table__.columns), read.actor, warehouse=Stocktake.warehouse_id)
    if where.warehouses is not None:
        statement = statement.where(Stocktake.warehouse_id.in_(where.warehouses))
    for condition in _conditions(where):
        statement = statement.where(condition)
    if where.from_at is not None:
        statement = statement.where(Stocktake.started_at >= where.from_at)
    if where.to_at is not None:
        statement = statement.where(Stocktake.started_at < where.to_at)
    return await page(read, statement, NEWEST_FIRST, request)


def _conditions(where: StocktakeFilter) -> list[Any]:
    conditions: list[Any] = []
    if where.statuses is not None:
        conditions.append(Stocktake.status.in_(where.statuses))
    if where.scopes is not None:
        conditions.append(Stocktake.scope.in_(where.scopes))
    if where.variants is not None:
        of_stocktake = StocktakeLine.stocktake_id == Stocktake.id
        conditions.append(exists().where(of_stocktake, StocktakeLine.variant_id.in_(where.variants)))
    if where.person is not None:
        hands = (Stocktake.started_by, Stocktake.approved_by, Stocktake.posted_by)
        conditions.append(or_(*(name == where.person for name in hands)))
    if where.number is not None:
        conditions.append(Stocktake.number == where.number)
    return conditions


_balance = inventory.StockBalance
_same = and_(
    _balance.variant_id == StocktakeLine.variant_id,
    _balance.warehouse_id == Stocktake.warehouse_id,
    _balance.lot_id.is_not_distinct_from(StocktakeLine.lot_id),
    _balance.bin_id.is_not_distinct_from(StocktakeLine.bin_id),
)
_expected = case((Stocktake.blind, null()), else_=func.coalesce(_balance.on_hand, 0)).label("expected_quantity")
_difference = (StocktakeLine.counted_quantity - StocktakeLine.book_quantity).label("difference")
_columns: tuple[Any, ...] = (*StocktakeLine.__table__.columns, catalogue.Variant.sku, _expected, _difference)
LINES = (
    select(*_columns)
    .join(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
    .join(catalogue.Variant, catalogue.Variant.id == StocktakeLine.variant_id)
    .outerjoin(_balance, _same)
)
stocktake_lines_by_id = Reading(LINES, StocktakeLine.id, warehouse=Stocktake.warehouse_id)


@dataclass(frozen=True, kw_only=True)
class StocktakeLineFilter:
    """Which lines of which stocktakes; what is None or False does not matter."""

    stocktakes: Sequence[UUID] | None = None
    variants: Sequence[UUID] | None = None
    only_uncounted: bool = False
    only_recount: bool = False
    only_different: bool = False


LINES_IN_ORDER = Ordering(
    name="stocktake-lines.key",
    columns=(StocktakeLine.stocktake_id, StocktakeLine.id),
    keys=("stocktake_id", "id"),
    parsers=(UUID, UUID),
)


async def stocktake_lines(read: Read, where: StocktakeLineFilter, request: PageRequest) -> Page:
    """Read one page of the lines of stocktakes."""
    statement = visible(LINES, read.actor, warehouse=Stocktake.warehouse_id)
    if where.stocktakes is not None:
        statement = statement.where(StocktakeLine.stocktake_id.in_(where.stocktakes))
    if where.variants is not None:
        statement = statement.where(StocktakeLine.variant_id.in_(where.variants))
    if where.only_uncounted:
        statement = statement.where(StocktakeLine.counted_quantity.is_(None))
    if where.only_recount:
        statement = statement.where(StocktakeLine.recount)
    if where.only_different:
        different = StocktakeLine.counted_quantity - StocktakeLine.book_quantity
        statement = statement.where(different != Quantity(0))
    return await page(read, statement, LINES_IN_ORDER, request)
