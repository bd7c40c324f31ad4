"""Readers of stock (库存查询): what is where now or at any past moment, and what moved; within scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.cost_scopes import company_wide
from domain.inventory.models import (
    ClaimClass,
    Lot,
    Movement,
    MovementKind,
    StockBalance,
    StockCost,
    StockDocument,
    StockItem,
)
from domain.inventory.moments import same_stock, there_at
from domain.inventory.shares import SHARE_OF_ITEM, VALUED_PLACES, WHOLE_OF_ITEM, Whole, company_then, share
from domain.inventory.statements import FREE, claimed
from domain.inventory.watch_rules import rules_of
from domain.kernel import BadInput, Ordering, Page, PageRequest, Read, Reading, by_key, constant, grouped, page, visible

SEARCH_LENGTH_MAX = 100


def _ids(ids: Sequence[UUID]) -> Any:
    return any_(literal(list(ids), ARRAY(Uuid)))


@dataclass(frozen=True, kw_only=True)
class StockFilter:
    """Which stock; what is None does not matter. Abnormal is below the safety stock or above the maximum."""

    variants: Sequence[UUID] | None = None
    warehouses: Sequence[UUID] | None = None
    sku_contains: str | None = None
    only_abnormal: bool = False


LEVELS_BY_KEY = Ordering(
    name="stock.key",
    columns=(StockItem.variant_id, StockItem.warehouse_id),
    keys=("variant_id", "warehouse_id"),
    parsers=(UUID, UUID),
)
SKU_OF_ITEM = catalogue.Variant.id == StockItem.variant_id
COST_OF_ITEM = and_(StockCost.variant_id == StockItem.variant_id, StockCost.scope_id == StockItem.warehouse_id)


def _levels() -> Select[Any]:
    found: Select[Any] = select(
        StockItem.id,
        StockItem.variant_id,
        StockItem.warehouse_id,
        StockItem.on_hand,
        claimed(StockItem.unpaid, ClaimClass.UNPAID).label("unpaid"),
        claimed(StockItem.to_review, ClaimClass.TO_REVIEW).label("to_review"),
        claimed(StockItem.to_ship, ClaimClass.TO_SHIP).label("to_ship"),
        StockItem.preorder,
        StockItem.preorder_limit,
        StockItem.expected_on,
        StockItem.blocked,
        StockItem.held,
        StockItem.in_transit,
        StockItem.buckets,
        FREE.label("available"),
        StockItem.overdrawn,
        StockItem.safety,
        StockItem.maximum,
        func.coalesce(StockCost.value, SHARE_OF_ITEM).label("value"),
        func.coalesce(StockCost.quantity, Whole.quantity).label("scope_quantity"),
        func.coalesce(StockCost.value, Whole.value).label("scope_value"),
        catalogue.Variant.sku,
    )
    own = found.join(catalogue.Variant, SKU_OF_ITEM).outerjoin(StockCost, COST_OF_ITEM)
    return own.outerjoin(Whole, WHOLE_OF_ITEM)


LEVELS = constant(_levels())
stock_levels_by_id = Reading(LEVELS, StockItem.id, warehouse=StockItem.warehouse_id)
# The stock of variants in every warehouse in scope.
stock_of_variants = Reading(
    LEVELS.order_by(StockItem.warehouse_id), StockItem.variant_id, many=True, warehouse=StockItem.warehouse_id
)
lots_by_id = Reading(select(*Lot.__table__.columns), Lot.id)


def _levels_at(moment: datetime, whole: bool) -> Select[Any]:
    """Look at a past moment: what was promised to whom is not kept, so those columns are empty."""
    key = (StockItem.variant_id, StockItem.warehouse_id)
    there = there_at(same_stock(*key), moment)
    scope, value, rows = there, there.c.value, StockItem.__table__.join(there, true())
    if whole:
        company = company_then(*key, moment)
        rows, valued = rows.join(company, true()), StockItem.warehouse_id.in_(VALUED_PLACES)
        cut = share(company.c.value, company.c.quantity, company.c.before, there.c.quantity)
        value, scope = case((valued, cut), else_=value), company
    found: Select[Any] = select(
        StockItem.id,
        StockItem.variant_id,
        StockItem.warehouse_id,
        there.c.quantity.label("on_hand"),
        null().label("unpaid"),
        null().label("to_review"),
        null().label("to_ship"),
        null().label("preorder"),
        StockItem.preorder_limit,
        StockItem.expected_on,
        null().label("blocked"),
        null().label("held"),
        null().label("in_transit"),
        StockItem.buckets,
        null().label("available"),
        null().label("overdrawn"),
        StockItem.safety,
        StockItem.maximum,
        value.label("value"),
        scope.c.quantity.label("scope_quantity"),
        scope.c.value.label("scope_value"),
        catalogue.Variant.sku,
    )
    rows = rows.join(catalogue.Variant.__table__, SKU_OF_ITEM)
    return found.select_from(rows).where(there.c.quantity.is_not(None))


def levels_at(moment: datetime | None, *, whole: bool = False) -> Select[Any]:
    """Build the stock of everything, as it is now or as it was, without its order and scope.

    `whole` says that the company is one cost scope; of the present the statement knows by itself.
    """
    return LEVELS if moment is None else _levels_at(moment, whole)


async def stock_levels(read: Read, where: StockFilter, request: PageRequest, as_of: datetime | None = None) -> Page:
    """Read one page of stock by variant and warehouse, as it is now or as it was."""
    whole = as_of is not None and await company_wide(read)
    statement = visible(levels_at(as_of, whole=whole), read.actor, warehouse=StockItem.warehouse_id)
    for column, ids in ((StockItem.variant_id, where.variants), (StockItem.warehouse_id, where.warehouses)):
        if ids is not None:
            statement = statement.where(column == _ids(ids))
    if where.sku_contains is not None:
        text = where.sku_contains[:SEARCH_LENGTH_MAX]
        statement = statement.where(catalogue.Variant.sku.icontains(text, autoescape=True))
    if where.only_abnormal:
        statement = statement.where(or_(_limit("safety") > FREE, StockItem.on_hand > _limit("maximum")))
    return await page(read, statement, LEVELS_BY_KEY, request)


def _limit(name: str) -> ColumnElement[Any]:
    """Say the limit of a stock item: its own, else that of the nearest watch policy."""
    own = getattr(StockItem, name)
    rules = rules_of("stock_items.variant_id", "stock_items.warehouse_id")
    nearest = f"(SELECT rules.{name} FROM (SELECT) AS one {rules})"  # noqa: S608 — The formula is ours.
    return func.coalesce(own, literal_column(nearest, own.type), type_=own.type)


LOT_COLUMNS: tuple[Any, ...] = (
    Lot.id,
    Lot.variant_id,
    Lot.code,
    Lot.produced_on,
    Lot.expires_on,
    StockBalance.warehouse_id,
    StockBalance.on_hand,
)


async def lots_of_variants(read: Read, variant_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read what is left of the lots of variants, by warehouse, the earliest expiry first."""
    statement = (
        select(*LOT_COLUMNS)
        .join(StockBalance, and_(StockBalance.lot_id == Lot.id, StockBalance.variant_id == Lot.variant_id))
        .where(Lot.variant_id == _ids(variant_ids), StockBalance.on_hand > NOTHING)
        .order_by(Lot.expires_on.nulls_last(), Lot.id, StockBalance.warehouse_id)
    )
    rows = await read.rows(visible(statement, read.actor, warehouse=StockBalance.warehouse_id))
    return grouped(rows, "variant_id", variant_ids)


@dataclass(frozen=True, kw_only=True)
class MovementFilter:
    """Which movements; what is None does not matter. The period is half open."""

    variants: Sequence[UUID] | None = None
    warehouses: Sequence[UUID] | None = None
    kinds: Sequence[MovementKind] | None = None
    documents: Sequence[UUID] | None = None
    partners: Sequence[UUID] | None = None
    person: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None

    def checked(self) -> "MovementFilter":
        """Refuse to look for somebody or a partner through all of the past."""
        for name, given in (("person", self.person), ("partner", self.partners)):
            if given is not None and self.from_at is None:
                raise BadInput(field=name, problem="needs a period: give effectiveAt.from").at("where", name)
        return self


def every_movement() -> Select[Any]:
    columns: tuple[Any, ...] = (*Movement.__table__.columns, catalogue.Variant.sku)
    return select(*columns).join(catalogue.Variant, catalogue.Variant.id == Movement.variant_id)


NEWEST_FIRST = Ordering(
    name="movements.position", columns=(Movement.position,), keys=("position",), parsers=(int,), descending=True
)


async def stock_movements(read: Read, where: MovementFilter, request: PageRequest) -> Page:
    """Read one page of the stock ledger, the newest movement first."""
    statement = visible(every_movement(), read.actor, warehouse=Movement.warehouse_id)
    for column, ids in (
        (Movement.variant_id, where.variants),
        (Movement.warehouse_id, where.warehouses),
        (Movement.document_id, where.documents),
    ):
        if ids is not None:
            statement = statement.where(column == _ids(ids))
    partners = where.checked().partners
    if partners is not None:
        named = select(StockDocument.id).where(StockDocument.partner_id == _ids(partners))
        statement = statement.where(or_(Movement.counterpart_id == _ids(partners), Movement.document_id.in_(named)))
    if where.kinds is not None:
        statement = statement.where(Movement.kind.in_(where.kinds))
    if where.person is not None:
        statement = statement.where(Movement.actor_name == where.person)
    if where.from_at is not None:
        statement = statement.where(Movement.effective_at >= where.from_at)
    if where.to_at is not None:
        statement = statement.where(Movement.effective_at < where.to_at)
    return await page(read, statement, NEWEST_FIRST, request)


async def stock_movements_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    statement = every_movement().where(Movement.id == _ids(ids))
    return by_key(await read.rows(visible(statement, read.actor, warehouse=Movement.warehouse_id)))
