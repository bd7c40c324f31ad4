"""Posting a stock document (过账): its lines become movements, all or none; the books are told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.backdating import check_moment, date_back, open_all_books
from domain.inventory.books import Books
from domain.inventory.cost_methods import begin_change, write_change
from domain.inventory.document_lines import AMOUNT_MAX, MAKES, TAKES_OUT, Line
from domain.inventory.events import StockAdjusted, StockReceived, StockReturned, StockRevalued
from domain.inventory.items import Override
from domain.inventory.lot_status import check_released
from domain.inventory.lots import LotStock, lots_named
from domain.inventory.making import made
from domain.inventory.models import SHIFTS, CostChangeKind, DocumentStatus, LotId, MovementKind, StockDocument
from domain.inventory.overriding import check_override, overrides_of
from domain.inventory.postings import Moved, Posting
from domain.kernel import BadInput, Money, Work

DOCUMENT = "StockDocument"
BECOMES_ANOTHER = MAKES | {MovementKind.LOT_CHANGE}

Lots = dict[tuple[UUID, str], LotId]


async def post_document(work: Work, document: StockDocument, lines: Sequence[Line]) -> None:
    """Move what a checked document says; the document is posted."""
    lots = await lots_named(work, [line.new_lot() for line in lines])
    places = [place for place in (document.warehouse_id, document.to_warehouse_id) if place is not None]
    keys = {(line.variant_id, place) for line in lines for place in places}
    if document.effective_at is not None:
        await check_moment(work, document.effective_at)
    check_override(work, document)
    moment = document.effective_at
    books = await (ledger.open_books(work, keys) if moment is None else open_all_books(work, keys, moment))
    if document.kind in BECOMES_ANOTHER:
        await check_released(work, [line.lot_id for line in lines])
    variants = [line.variant_id for line in lines]
    overrides = await overrides_of(work, document, variants, company_wide=books.company_wide)
    moved = _moved(document, books, lines, lots, overrides)
    _check_amounts(moved)
    corrections: list[Moved] = []
    if document.effective_at is not None:
        moved, corrections = await date_back(work, document.effective_at, books, moved)
    await ledger.write(work, ledger.Document(type=DOCUMENT, id=document.id, reason=document.reason), books, moved)
    document.status = DocumentStatus.POSTED
    document.posted_by, document.posted_at = work.actor.name, work.now
    work.session.add(document)
    tell(work, document, moved)
    if corrections:
        await work.session.flush()
        change = begin_change(work, CostChangeKind.BACK_DATED, document.reason, document.id)
        await work.session.flush()
        await write_change(work, change, books, corrections)


def _moved(
    document: StockDocument, books: Books, lines: Sequence[Line], lots: Lots, overrides: Mapping[UUID, Override]
) -> list[Moved]:
    if document.kind in MAKES:
        return made(document.kind, books, lines, lambda line, position: _posting(document, line, position, lots))
    return [
        movement
        for position, line in enumerate(lines, 1)
        for movement in _movements(
            document,
            books,
            replace(_posting(document, line, position, lots), override=overrides.get(line.variant_id)),
            line,
        )
    ]


def _check_amounts(moved: Sequence[Moved]) -> None:
    """Refuse so much of something that no book could hold what it is worth."""
    for each in moved:
        if not -AMOUNT_MAX < each.amount < AMOUNT_MAX:
            where = ("input", "lines", str(each.posting.line - 1), "quantity")
            raise BadInput(field="quantity", problem="is more than the books could hold the worth of").at(*where)


def _posting(document: StockDocument, line: Line, position: int, lots: Lots) -> Posting:
    named = line.new_lot()
    return Posting(
        variant_id=line.variant_id,
        warehouse_id=document.warehouse_id,
        quantity=-line.quantity if document.kind in TAKES_OUT else line.quantity,
        kind=document.kind,
        line=position,
        lot_id=lots[named.variant_id, named.code] if named else line.lot_id,
        bin_id=line.bin_id,
        exact=line.exact,
        held=line.held,
        counterpart_id=document.to_warehouse_id,
        amount=line.unit_cost * line.quantity if line.unit_cost is not None else line.amount,
    )


def _movements(document: StockDocument, books: Books, posting: Posting, line: Line) -> list[Moved]:
    if document.kind is MovementKind.BIN_MOVE:
        return books.shift(posting, _lies_in(line), lambda lot: (lot.lot_id, line.to_bin_id))
    if document.kind is MovementKind.LOT_CHANGE:
        return books.shift(posting, _is_of(line), lambda lot: (posting.lot_id, lot.bin_id))
    if document.kind is MovementKind.TRANSFER_OUT:
        gone = books.post(posting)
        return [*gone, *(each for out in gone for each in _arrival(document, books, line, out))]
    return books.post(posting)


def _arrival(document: StockDocument, books: Books, line: Line, out: Moved) -> list[Moved]:
    """Let what left arrive; what only changed its value stays."""
    return books.post(_arriving(document, line, out)) if out.quantity else []


def _lies_in(line: Line) -> Callable[[LotStock], bool]:
    """Take from the named bin, or from what is not put away."""
    return lambda lot: lot.bin_id == line.bin_id and line.lot_id in (None, lot.lot_id)


def _is_of(line: Line) -> Callable[[LotStock], bool]:
    """Take from the named lot, or from what has none; what was picked keeps the lot it was picked of."""
    return lambda lot: lot.lot_id == line.lot_id and line.bin_id in (None, lot.bin_id) and not lot.staged


def _arriving(document: StockDocument, line: Line, out: Moved) -> Posting:
    return Posting(
        variant_id=out.posting.variant_id,
        warehouse_id=out.posting.other_side(),
        quantity=-out.quantity,
        kind=MovementKind.TRANSFER_IN,
        line=out.posting.line,
        lot_id=out.lot_id,
        bin_id=line.to_bin_id,
        counterpart_id=document.warehouse_id,
        amount=-out.amount,
        carries_id=out.id,
    )


def tell(work: Work, document: StockDocument, moved: Sequence[Moved]) -> None:
    """Record what a document did to what stock is worth, for the books and for whoever watches."""
    alone = [each for each in moved if each.posting.kind is MovementKind.REVALUATION and each.adjusts_id is None]
    variance = Money.total(each.amount for each in alone)
    worth = Money.total(each.amount for each in moved) - variance
    where: dict[str, Any] = {"document_id": document.id, "cost_amount": worth, "variance": variance}
    if document.kind in (MovementKind.RECEIPT, MovementKind.SUPPLIER_RETURN):
        work.record(StockReceived(warehouse_id=document.warehouse_id, **where))
    elif document.kind in (MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_IN):
        if worth or variance:  # From or to a place whose goods are worth nothing.
            work.record(StockRevalued(**where))
    elif document.kind is MovementKind.SALE_RETURN:
        work.record(StockReturned(warehouse_id=document.warehouse_id, **where))
    elif document.kind not in SHIFTS:
        work.record(StockAdjusted(warehouse_id=document.warehouse_id, kind=document.kind, **where))
