"""Stock documents (出入库单): staff receive goods, put in or take out for a reason, and move stock between places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain import catalogue
from domain.inventory import ledger
from domain.inventory.averages import NOTHING
from domain.inventory.bins import check_bins_named
from domain.inventory.books import Moved, Posting
from domain.inventory.events import StockAdjusted, StockReceived, StockRevalued
from domain.inventory.lots import NewLot, lots_named
from domain.inventory.models import BinId, Lot, LotId, MovementKind, StockDocument, WarehouseId
from domain.inventory.places import open_place
from domain.inventory.statements import UUIDS
from domain.kernel import BadInput, Money, NotFound, Quantity, UnitPrice, Work, action

LINES_MAX = 500
REASON_LENGTH_MAX = 500
DOCUMENT = "StockDocument"


@dataclass(frozen=True, kw_only=True)
class ReceivedLine:
    """What was received of a variant, what one cost, which lot it is of, and the bin it was put into."""

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice
    lot_code: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Goods that arrived in a warehouse."""

    warehouse_id: WarehouseId
    reason: str
    lines: Sequence[ReceivedLine]


@action
async def receive_stock(work: Work, receipt: Receipt) -> StockDocument:
    """Receive goods into a warehouse at their cost."""
    await open_place(work, receipt.warehouse_id)
    await _check(work, receipt.reason, receipt.lines)
    await check_bins_named(work, receipt.warehouse_id, [line.bin_id for line in receipt.lines])
    for index, line in enumerate(receipt.lines):
        if line.unit_cost < UnitPrice(0):
            raise BadInput(field="unitCost", problem="must not be negative").at(
                "input", "lines", str(index), "unitCost"
            )
    document = _document(work, MovementKind.RECEIPT, receipt.warehouse_id, receipt.reason)
    lots = await lots_named(work, [lot for line in receipt.lines if (lot := _lot(line))])
    postings = [
        Posting(
            variant_id=line.variant_id,
            warehouse_id=receipt.warehouse_id,
            quantity=line.quantity,
            kind=MovementKind.RECEIPT,
            line=index,
            lot_id=lots[line.variant_id, line.lot_code.strip()] if line.lot_code else None,
            bin_id=line.bin_id,
            amount=line.unit_cost * line.quantity,
        )
        for index, line in enumerate(receipt.lines, 1)
    ]
    moved = await ledger.post(work, _origin(document), postings)
    work.session.add(document)
    work.record(StockReceived(document_id=document.id, warehouse_id=document.warehouse_id, cost_amount=_worth(moved)))
    return document


def _lot(line: ReceivedLine) -> NewLot | None:
    code = (line.lot_code or "").strip()
    if not code:
        return None
    return NewLot(variant_id=line.variant_id, code=code, produced_on=line.produced_on, expires_on=line.expires_on)


class AdjustmentKind(StrEnum):
    """Whether stock is put in (其他入库) or taken out (其他出库)."""

    IN = "IN"
    OUT = "OUT"


@dataclass(frozen=True, kw_only=True)
class AdjustedLine:
    """How much of a variant, of which lot and bin.

    In without a unit cost enters at the current average; out without a lot takes what expires first.
    """

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice | None = None
    lot_id: LotId | None = None
    bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """Stock that is put in or taken out for another reason than trade."""

    warehouse_id: WarehouseId
    kind: AdjustmentKind
    reason: str
    lines: Sequence[AdjustedLine]


@action
async def adjust_stock(work: Work, adjustment: Adjustment) -> StockDocument:
    """Put stock in or take it out for a stated reason; what is promised to buyers cannot be taken."""
    await open_place(work, adjustment.warehouse_id)
    await _check(work, adjustment.reason, adjustment.lines)
    await _check_lots(work, adjustment.lines)
    await check_bins_named(work, adjustment.warehouse_id, [line.bin_id for line in adjustment.lines])
    enters = adjustment.kind is AdjustmentKind.IN
    kind = MovementKind.ADJUSTMENT_IN if enters else MovementKind.ADJUSTMENT_OUT
    document = _document(work, kind, adjustment.warehouse_id, adjustment.reason)
    postings = [
        Posting(
            variant_id=line.variant_id,
            warehouse_id=adjustment.warehouse_id,
            quantity=line.quantity if enters else -line.quantity,
            kind=kind,
            line=index,
            lot_id=line.lot_id,
            bin_id=line.bin_id,
            amount=line.unit_cost * line.quantity if enters and line.unit_cost is not None else None,
        )
        for index, line in enumerate(adjustment.lines, 1)
    ]
    moved = await ledger.post(work, _origin(document), postings)
    work.session.add(document)
    work.record(
        StockAdjusted(
            document_id=document.id,
            warehouse_id=document.warehouse_id,
            kind=kind,
            cost_amount=_worth(moved),
        )
    )
    return document


@dataclass(frozen=True, kw_only=True)
class TransferredLine:
    """How much of a variant moves, from which bin to which; without a lot, what expires first."""

    variant_id: UUID
    quantity: Quantity
    lot_id: LotId | None = None
    bin_id: BinId | None = None
    to_bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Stock that moves from one warehouse to another (调拨)."""

    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    reason: str
    lines: Sequence[TransferredLine]


@action
async def transfer_stock(work: Work, transfer: Transfer) -> StockDocument:
    """Move stock from one warehouse to another at once, at its cost and with its lots."""
    await open_place(work, transfer.from_warehouse_id, "fromWarehouseId")
    await open_place(work, transfer.to_warehouse_id, "toWarehouseId")
    if transfer.from_warehouse_id == transfer.to_warehouse_id:
        raise BadInput(field="toWarehouseId", problem="must be another warehouse").at("input", "toWarehouseId")
    await _check(work, transfer.reason, transfer.lines)
    await _check_lots(work, transfer.lines)
    await check_bins_named(work, transfer.from_warehouse_id, [line.bin_id for line in transfer.lines])
    await check_bins_named(work, transfer.to_warehouse_id, [line.to_bin_id for line in transfer.lines])
    document = _document(work, MovementKind.TRANSFER_OUT, transfer.from_warehouse_id, transfer.reason)
    places = (transfer.from_warehouse_id, transfer.to_warehouse_id)
    books = await ledger.open_books(work, {(line.variant_id, place) for line in transfer.lines for place in places})
    moved = []
    for index, line in enumerate(transfer.lines, 1):
        for out in books.post(_leaving(transfer, line, index)):
            moved += [out, *books.post(_arriving(transfer, line, out))]
    await ledger.write(work, _origin(document), books, moved)
    work.session.add(document)
    if _worth(moved):  # From or to a place whose goods are worth nothing.
        work.record(StockRevalued(document_id=document.id, cost_amount=_worth(moved)))
    return document


def _leaving(transfer: Transfer, line: TransferredLine, index: int) -> Posting:
    return Posting(
        variant_id=line.variant_id,
        warehouse_id=transfer.from_warehouse_id,
        quantity=-line.quantity,
        kind=MovementKind.TRANSFER_OUT,
        line=index,
        lot_id=line.lot_id,
        bin_id=line.bin_id,
        counterpart_id=transfer.to_warehouse_id,
    )


def _arriving(transfer: Transfer, line: TransferredLine, out: Moved) -> Posting:
    return Posting(
        variant_id=out.posting.variant_id,
        warehouse_id=transfer.to_warehouse_id,
        quantity=-out.quantity,
        kind=MovementKind.TRANSFER_IN,
        line=out.posting.line,
        lot_id=out.lot_id,
        bin_id=line.to_bin_id,
        counterpart_id=transfer.from_warehouse_id,
        amount=-out.amount,
    )


class _Line(Protocol):
    @property
    def variant_id(self) -> UUID: ...

    @property
    def quantity(self) -> Quantity: ...


LOTS = select(Lot.id, Lot.variant_id).where(Lot.id == any_(bindparam("lot_ids", type_=UUIDS)))
KNOWN = select(catalogue.Variant.id).where(catalogue.Variant.id == any_(bindparam("variant_ids", type_=UUIDS)))


async def _check(work: Work, reason: str, lines: Sequence[_Line]) -> None:
    if not 1 <= len(reason.strip()) <= REASON_LENGTH_MAX:
        problem = f"must have 1 to {REASON_LENGTH_MAX} characters"
        raise BadInput(field="reason", problem=problem).at("input", "reason")
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    for index, line in enumerate(lines):
        if line.quantity <= NOTHING:
            problem = "must be more than 0"
            raise BadInput(field="quantity", problem=problem).at("input", "lines", str(index), "quantity")
    known = {row.id for row in await work.rows(KNOWN, {"variant_ids": sorted({each.variant_id for each in lines})})}
    for index, line in enumerate(lines):
        if line.variant_id not in known:
            which = str(line.variant_id)
            raise NotFound(what="variant", which=which).at("input", "lines", str(index), "variantId")


async def _check_lots(work: Work, lines: Sequence[AdjustedLine | TransferredLine]) -> None:
    """Refuse a lot that is not there, or is of another variant."""
    named = sorted({each.lot_id for each in lines if each.lot_id is not None})
    lots = {row.id: row.variant_id for row in await work.rows(LOTS, {"lot_ids": named})} if named else {}
    for index, line in enumerate(lines):
        if line.lot_id is not None and lots.get(line.lot_id) != line.variant_id:
            raise NotFound(what="lot", which=str(line.lot_id)).at("input", "lines", str(index), "lotId")


def _document(work: Work, kind: MovementKind, warehouse_id: WarehouseId, reason: str) -> StockDocument:
    return StockDocument(
        kind=kind,
        warehouse_id=warehouse_id,
        reason=reason.strip(),
        posted_by=work.actor.name,
        posted_at=work.now,
    )


def _origin(document: StockDocument) -> ledger.Document:
    return ledger.Document(type=DOCUMENT, id=document.id, reason=document.reason)


def _worth(moved: Sequence[Moved]) -> Money:
    return Money.total(each.amount for each in moved)
