"""Readers of the reserve analysis (储备分析查询): as it was last made, by the amount tied up."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from domain import catalogue, inventory
from domain.inventory import ValueClass
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, page, visible
from domain.partners import Partner, PartnerKind
from domain.reporting.models import DemandClass, Reserve, ReservePolicy, Suggestion
from domain.reporting.periods import StockScope, of_scope, with_goods


class ReserveClass(StrEnum):
    """What is wrong with a reserve; it may be several."""

    OVERSTOCK = "OVERSTOCK"
    SHORTAGE = "SHORTAGE"
    SLOW = "SLOW"
    BACKLOG = "BACKLOG"


IS: dict[ReserveClass, Any] = {
    ReserveClass.OVERSTOCK: Reserve.overstock,
    ReserveClass.SHORTAGE: Reserve.shortage,
    ReserveClass.SLOW: Reserve.slow,
    ReserveClass.BACKLOG: Reserve.backlog,
}


@dataclass(frozen=True, kw_only=True)
class ReserveFilter:
    """Which reserves; what is None does not matter. Of several classes one is enough."""

    classes: Sequence[ReserveClass] | None = None
    value_classes: Sequence[ValueClass] | None = None
    demand_classes: Sequence[DemandClass] | None = None
    suggestions: Sequence[Suggestion] | None = None


ANY = ReserveFilter()
ADVISED = (Suggestion.RETURN_TO_SUPPLIER, Suggestion.PURCHASE)
PAPER, LINE = inventory.StockDocument, inventory.StockDocumentLine
DELIVERED = (
    select(PAPER.partner_id)
    .join(LINE, LINE.document_id == PAPER.id)
    .join(Partner, and_(Partner.id == PAPER.partner_id, Partner.kind == PartnerKind.SUPPLIER))
    .where(LINE.variant_id == Reserve.variant_id, PAPER.kind == inventory.MovementKind.RECEIPT)
    .where(PAPER.status == inventory.DocumentStatus.POSTED, PAPER.voids_id.is_(None))
    .order_by(PAPER.posted_at.desc(), PAPER.id.desc())
    .limit(1)
    .correlate(Reserve)
    .scalar_subquery()
)
# Who delivered such goods last, where the advice is to buy or to return them.
SUPPLIER = case((Reserve.suggestion.in_(ADVISED), DELIVERED))
BY_PLACE = Ordering(name="reserves.place", columns=(Reserve.place,), keys=("place",), parsers=(int,))


async def reserves(read: Read, scope: StockScope, where: ReserveFilter, request: PageRequest) -> Page:
    """Read one page of the last analysis, what ties up most first."""
    return await page(read, reserves_of(read, scope, where), BY_PLACE, request)


def reserves_of(read: Read, scope: StockScope, where: ReserveFilter) -> Select[Any]:
    """Build the reserves in scope."""
    columns: list[Any] = [*Reserve.__table__.columns, catalogue.Variant.sku]
    columns += [catalogue.Product.name.label("product_name"), SUPPLIER.label("supplier_id")]
    statement: Select[Any] = select(*columns).select_from(with_goods(Reserve.__table__, Reserve))
    for column, wanted in (
        (Reserve.value_class, where.value_classes),
        (Reserve.demand_class, where.demand_classes),
        (Reserve.suggestion, where.suggestions),
    ):
        if wanted is not None:
            statement = statement.where(column.in_(wanted))
    if where.classes is not None:
        statement = statement.where(_one_of(where.classes))
    return of_scope(statement, read.actor, scope, Reserve)


def _one_of(classes: Sequence[ReserveClass]) -> ColumnElement[bool]:
    return or_(Reserve.place < 0, *(IS[each] for each in classes))


@dataclass(frozen=True)
class ReserveTotal:
    """How many reserves have something wrong with them, and what they tie up."""

    reserve_class: ReserveClass
    reserves: int
    tied_up: Any


async def reserve_totals(read: Read) -> list[ReserveTotal]:
    """Add up what the last analysis found, by class; one reserve may be in several."""
    columns: list[Any] = []
    for name, holds in IS.items():
        columns += [
            func.count().filter(holds).label(f"{name}_count"),
            func.sum(Reserve.tied_up).filter(holds).label(name),
        ]
    found = await read.one(visible(select(*columns), read.actor, warehouse=Reserve.warehouse_id))
    return [ReserveTotal(each, getattr(found, f"{each}_count"), getattr(found, each)) for each in IS]


POLICY_COLUMNS = tuple(ReservePolicy.__table__.columns)
reserve_policies_by_id = Reading(select(*POLICY_COLUMNS), ReservePolicy.id)
BY_ID = Ordering(name="reserve-policies", columns=(ReservePolicy.id,), keys=("id",), parsers=(UUID,))


async def reserve_policies(read: Read, request: PageRequest) -> Page:
    """Read one page of the rules by which stock is judged, the oldest first."""
    return await page(read, select(*POLICY_COLUMNS), BY_ID, request)
