"""Stocktakes and transfers of a period (盘点报表、调拨报表), line by line: what was found or carried, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, exists, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from domain import catalogue, inventory
from domain.inventory import Bin, Lot, Movement, StockDocument
from domain.kernel import Ordering, Page, PageRequest, Read, page, visible
from domain.partners import Partner
from domain.reporting.other_sides import runs
from domain.reporting.periods import Days, StockScope, ids, of_goods, with_goods
from domain.stocktaking import CountScan, Stocktake, StocktakeLine, StocktakeStatus
from domain.transfers import StockTransfer, StockTransferLine, TransitLot

PERSON_LENGTH_MAX = 100
COMPLETE = (StocktakeStatus.COUNTED, StocktakeStatus.APPROVED, StocktakeStatus.POSTED)
"""While somebody still counts, what the book says is nobody's to see."""

RUNNING, SENDING = aliased(Partner, name="running"), aliased(Partner, name="sending")
PARTNER_ID = func.coalesce(RUNNING.id, SENDING.id)
SIDES = (StockTransfer.from_warehouse_id, StockTransfer.to_warehouse_id)


@dataclass(frozen=True, kw_only=True)
class PaperFilter:
    """Which papers: begun on which days, whose hands they went through, from or to whom; None does not matter."""

    days: Days
    person: str | None = None
    partners: Sequence[UUID] | None = None

    def within(self, moment: Any) -> list[ColumnElement[bool]]:
        days = self.days.checked()
        return [
            moment >= inventory.start_of(literal(days.first, Date)),
            moment < inventory.start_of(literal(days.end, Date)),
        ]

    def by_one_of(self, hands: Sequence[Any], *others: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        if self.person is None:
            return []
        return [or_(*(name == self.person[:PERSON_LENGTH_MAX] for name in hands), *others)]


def _begun(name: str, moment: Any, paper: Any, line: Any) -> Ordering:
    return Ordering(
        name=name,
        columns=(moment, paper, line),
        keys=("began_at", "paper_id", "line_id"),
        parsers=(datetime.fromisoformat, UUID, UUID),
    )


COUNTED = _begun("stocktake-report", Stocktake.started_at, Stocktake.id, StocktakeLine.id)
CARRIED = _begun("transfer-report", StockTransfer.requested_at, StockTransfer.id, StockTransferLine.id)


async def stocktake_report(read: Read, scope: StockScope, wanted: PaperFilter, request: PageRequest) -> Page:
    """Read one page of what complete stocktakes found, the earliest first."""
    return await page(read, stocktake_report_of(read, scope, wanted), COUNTED, request)


def stocktake_report_of(read: Read, scope: StockScope, wanted: PaperFilter) -> Select[Any]:
    """Build the whole report: a row for each line that was counted."""
    line, stocktake = StocktakeLine, Stocktake
    rows = with_goods(line.__table__, line).join(stocktake.__table__, stocktake.id == line.stocktake_id)
    rows = rows.outerjoin(Lot.__table__, Lot.id == line.lot_id).outerjoin(Bin.__table__, Bin.id == line.bin_id)
    of_line = CountScan.line_id == line.id
    counters = select(func.string_agg(CountScan.counted_by.distinct(), literal(", "))).where(of_line)
    columns: list[Any] = [
        stocktake.started_at.label("began_at"),
        stocktake.id.label("paper_id"),
        line.id.label("line_id"),
        stocktake.number,
        stocktake.status,
        stocktake.scope,
        stocktake.warehouse_id,
        line.variant_id,
        *_goods(),
        Lot.code.label("lot_code"),
        Bin.code.label("bin_code"),
        line.book_quantity,
        line.first_quantity,
        line.counted_quantity,
        (line.counted_quantity - line.book_quantity).label("difference"),
        _booked().label("difference_value"),
        line.counted_at,
        counters.scalar_subquery().label("counted_by"),
        stocktake.started_by,
        stocktake.approved_by,
        stocktake.posted_by,
        stocktake.posted_at,
    ]
    hands = (stocktake.started_by, stocktake.approved_by, stocktake.posted_by)
    counted = exists().where(of_line, CountScan.counted_by == wanted.person)
    statement = select(*columns).select_from(rows)
    statement = statement.where(stocktake.status.in_(COMPLETE), line.counted_quantity.is_not(None))
    statement = statement.where(*wanted.within(stocktake.started_at), *wanted.by_one_of(hands, counted))
    statement = statement.where(_in_one_of(scope, stocktake.warehouse_id))
    statement = visible(statement, read.actor, warehouse=stocktake.warehouse_id)
    return of_goods(statement, scope, line.variant_id)


def _booked() -> Any:
    """Say what the difference of a line was worth when it was posted; null before."""
    same = (
        Movement.document_type == StockDocument.__name__,
        Movement.document_id == StocktakeLine.document_id,
        Movement.variant_id == StocktakeLine.variant_id,
        Movement.lot_id.is_not_distinct_from(StocktakeLine.lot_id),
        Movement.bin_id.is_not_distinct_from(StocktakeLine.bin_id),
    )
    return select(func.sum(Movement.cost_amount)).where(*same).scalar_subquery()


async def transfer_report(read: Read, scope: StockScope, wanted: PaperFilter, request: PageRequest) -> Page:
    """Read one page of what transfers carried, the earliest first."""
    return await page(read, transfer_report_of(read, scope, wanted), CARRIED, request)


def transfer_report_of(read: Read, scope: StockScope, wanted: PaperFilter) -> Select[Any]:
    """Build the whole report: a row for each line of a transfer that leaves or enters a warehouse in scope."""
    line, transfer = StockTransferLine, StockTransfer
    rows = with_goods(line.__table__, line).join(transfer.__table__, transfer.id == line.transfer_id)
    rows = rows.outerjoin(RUNNING, runs(RUNNING, transfer.to_warehouse_id))
    rows = rows.outerjoin(SENDING, runs(SENDING, transfer.from_warehouse_id))
    of_line, moved = TransitLot.line_id == line.id, inventory.Movement
    # What left is worth what the movement into transit cost, with its corrections.
    of_shipment = or_(moved.id == TransitLot.movement_id, moved.adjusts_id == TransitLot.movement_id)
    columns: list[Any] = [
        transfer.requested_at.label("began_at"),
        transfer.id.label("paper_id"),
        line.id.label("line_id"),
        transfer.number,
        transfer.status,
        transfer.from_warehouse_id,
        transfer.to_warehouse_id,
        PARTNER_ID.label("partner_id"),
        transfer.reason,
        line.variant_id,
        *_goods(),
        line.wanted,
        line.approved,
        line.shipped,
        line.received,
        line.lost,
        (line.shipped - line.received - line.lost).label("under_way"),
        select(func.sum(moved.cost_amount))
        .select_from(TransitLot)
        .join(moved, of_shipment)
        .where(of_line)
        .scalar_subquery()
        .label("shipped_value"),
        transfer.requested_by,
        transfer.approved_by,
        transfer.closed_by,
        transfer.shipped_at,
        transfer.closed_at,
    ]
    hands = (transfer.requested_by, transfer.approved_by, transfer.closed_by)
    statement = select(*columns).select_from(rows)
    statement = statement.where(*wanted.within(transfer.requested_at), *wanted.by_one_of(hands))
    if wanted.partners is not None:
        sides = (RUNNING.id, SENDING.id, *SIDES)
        statement = statement.where(or_(*(side == ids(wanted.partners) for side in sides)))
    statement = visible(statement.where(_in_one_of(scope, *SIDES)), read.actor, warehouse=SIDES)
    return of_goods(statement, scope, line.variant_id)


def _goods() -> tuple[Any, Any]:
    return catalogue.Variant.sku, catalogue.Product.name.label("product_name")


def _in_one_of(scope: StockScope, *places: Any) -> ColumnElement[bool]:
    return true() if scope.warehouses is None else or_(*(place == ids(scope.warehouses) for place in places))
