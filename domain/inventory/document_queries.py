"""Readers of stock documents (单据查询): by period, product, kind, warehouse and person; within scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from domain.inventory.models import DocumentStatus, Movement, MovementKind, StockDocument, StockDocumentLine
from domain.inventory.queries import every_movement
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

TEXT_LENGTH_MAX = 100

DOCUMENTS = constant(select(*StockDocument.__table__.columns))
stock_documents_by_id = Reading(DOCUMENTS, StockDocument.id, warehouse=StockDocument.warehouse_id)
# What documents say, in the order of their lines; whoever sees the document sees them.
lines_of_documents = Reading(
    select(*StockDocumentLine.__table__.columns)
    .join(StockDocument, StockDocument.id == StockDocumentLine.document_id)
    .order_by(StockDocumentLine.document_id, StockDocumentLine.position),
    StockDocumentLine.document_id,
    many=True,
    warehouse=StockDocument.warehouse_id,
)
# What documents moved, in the order of their lines.
movements_of_documents = Reading(
    every_movement()
    .where(Movement.document_type == StockDocument.__name__)
    .order_by(Movement.document_line, Movement.leg),
    Movement.document_id,
    many=True,
    warehouse=Movement.warehouse_id,
)
# What came back of parcels, the first return first: the first movement of a return names the sale it undoes.
_sold, _back = aliased(Movement, name="sold"), aliased(Movement, name="back")
returns_of_parcels = Reading(
    select(*StockDocument.__table__.columns, _sold.document_id)
    .join(_back, and_(_back.document_id == StockDocument.id, _back.document_type == StockDocument.__name__))
    .join(_sold, _sold.id == _back.carries_id)
    .where(_back.kind == MovementKind.SALE_RETURN, _back.document_line == 1, _back.leg == 1)
    .order_by(StockDocument.id),
    _sold.document_id,
    many=True,
    warehouse=StockDocument.warehouse_id,
)


@dataclass(frozen=True, kw_only=True)
class StockDocumentFilter:
    """Which documents; what is None does not matter. Periods are half open; a person wrote, approved or posted."""

    kinds: Sequence[MovementKind] | None = None
    statuses: Sequence[DocumentStatus] | None = None
    warehouses: Sequence[UUID] | None = None
    variants: Sequence[UUID] | None = None
    partners: Sequence[UUID] | None = None
    person: str | None = None
    number: str | None = None
    drafted_from: datetime | None = None
    drafted_to: datetime | None = None
    posted_from: datetime | None = None
    posted_to: datetime | None = None


NEWEST_FIRST = Ordering(
    name="documents.drafted",
    columns=(StockDocument.drafted_at, StockDocument.id),
    keys=("drafted_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def stock_documents(read: Read, where: StockDocumentFilter, request: PageRequest) -> Page:
    """Read one page of stock documents, the last written first."""
    statement = visible(DOCUMENTS, read.actor, warehouse=StockDocument.warehouse_id)
    for condition in (*_among(where), *_within(where)):
        statement = statement.where(condition)
    return await page(read, statement, NEWEST_FIRST, request)


def _among(where: StockDocumentFilter) -> list[Any]:
    conditions: list[Any] = []
    if where.kinds is not None:
        conditions.append(StockDocument.kind.in_(where.kinds))
    if where.statuses is not None:
        conditions.append(StockDocument.status.in_(where.statuses))
    if where.warehouses is not None:
        places = (StockDocument.warehouse_id, StockDocument.to_warehouse_id)
        conditions.append(or_(*(place.in_(where.warehouses) for place in places)))
    if where.partners is not None:
        conditions.append(StockDocument.partner_id.in_(where.partners))
    if where.variants is not None:
        of_document = StockDocumentLine.document_id == StockDocument.id
        conditions.append(exists().where(of_document, StockDocumentLine.variant_id.in_(where.variants)))
    if where.person is not None:
        hands = (StockDocument.drafted_by, StockDocument.approved_by, StockDocument.posted_by)
        conditions.append(or_(*(name == where.person[:TEXT_LENGTH_MAX] for name in hands)))
    if where.number is not None:
        conditions.append(StockDocument.number == where.number[:TEXT_LENGTH_MAX])
    return conditions


def _within(where: StockDocumentFilter) -> list[Any]:
    ends = (
        (where.drafted_from, StockDocument.drafted_at.__ge__),
        (where.drafted_to, StockDocument.drafted_at.__lt__),
        (where.posted_from, StockDocument.posted_at.__ge__),
        (where.posted_to, StockDocument.posted_at.__lt__),
    )
    return [compare(moment) for moment, compare in ends if moment is not None]
