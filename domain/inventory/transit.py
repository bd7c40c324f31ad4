"""Goods in transit (在途): they leave one warehouse, belong to nobody's shelf, and arrive in another, or do not.

What left at a cost arrives at that cost: it is stated piece by piece, because the average of the place IN-TRANSIT would
mix what several transfers carry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.books import Books, Moved, Posting
from domain.inventory.document_lines import Line, write_lines
from domain.inventory.models import (
    IN_TRANSIT,
    LOSSES,
    BinId,
    DocumentStatus,
    LotId,
    MovementKind,
    StockDocument,
    WarehouseId,
)
from domain.inventory.posting import DOCUMENT, tell
from domain.kernel import Money, Quantity, Work

OUT, IN = MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_IN


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """So much of a variant and lot that is in transit, what it is worth, and the bin it is put into."""

    variant_id: UUID
    lot_id: LotId | None
    quantity: Quantity
    amount: Money
    bin_id: BinId | None = None

    def line(self) -> Line:
        """Say it as a line of a document."""
        return Line(variant_id=self.variant_id, quantity=self.quantity, lot_id=self.lot_id, bin_id=self.bin_id)


async def send(work: Work, paper: StockDocument, lines: Sequence[Line], bound_for: WarehouseId) -> list[Moved]:
    """Let goods that are held leave a warehouse for another; returns what left, by lot, with its cost."""
    paper.to_warehouse_id = IN_TRANSIT
    variants = {line.variant_id for line in lines}
    books = await _open(work, variants, (paper.warehouse_id, IN_TRANSIT, bound_for))
    moved = []
    for position, line in enumerate(lines, 1):
        leaving = Posting(
            variant_id=line.variant_id,
            warehouse_id=paper.warehouse_id,
            quantity=-line.quantity,
            kind=OUT,
            line=position,
            lot_id=line.lot_id,
            bin_id=line.bin_id,
            counterpart_id=IN_TRANSIT,
            held=True,
        )
        for out in books.post(leaving):
            moved += [out, *books.post(_enters(out, IN_TRANSIT, None))]
        books.expect((line.variant_id, bound_for), line.quantity)
    await _write(work, paper, lines, books, moved)
    return moved[::2]


async def arrive(work: Work, paper: StockDocument, pieces: Sequence[Piece], bound_for: WarehouseId) -> None:
    """Let pieces that were under way to a warehouse arrive in the warehouse of the paper, which may be another."""
    books = await _open(work, {each.variant_id for each in pieces}, (paper.warehouse_id, IN_TRANSIT, bound_for))
    moved = []
    for position, piece in enumerate(pieces, 1):
        (out,) = books.post(_leaves(piece, position, OUT, paper.warehouse_id))
        moved += [out, *books.post(_enters(out, paper.warehouse_id, piece.bin_id))]
        books.expect((piece.variant_id, bound_for), -piece.quantity)
    await _write(work, paper, [each.line() for each in pieces], books, moved)


async def lose(work: Work, paper: StockDocument, pieces: Sequence[Piece], bound_for: WarehouseId) -> None:
    """Write off pieces that were under way to a warehouse and will not arrive."""
    books = await _open(work, {each.variant_id for each in pieces}, (IN_TRANSIT, bound_for))
    moved = []
    for position, piece in enumerate(pieces, 1):
        moved += books.post(_leaves(piece, position, MovementKind.ADJUSTMENT_OUT, LOSSES))
        books.expect((piece.variant_id, bound_for), -piece.quantity)
    await _write(work, paper, [each.line() for each in pieces], books, moved)


async def _open(work: Work, variants: Iterable[UUID], places: Iterable[WarehouseId]) -> Books:
    there = set(places)
    return await ledger.open_books(work, {(variant_id, place) for variant_id in variants for place in there})


def _leaves(piece: Piece, position: int, kind: MovementKind, to_place: WarehouseId) -> Posting:
    return Posting(
        variant_id=piece.variant_id,
        warehouse_id=IN_TRANSIT,
        quantity=-piece.quantity,
        kind=kind,
        line=position,
        lot_id=piece.lot_id,
        counterpart_id=to_place,
        amount=piece.amount,
        exact=True,
    )


def _enters(out: Moved, place: WarehouseId, bin_id: BinId | None) -> Posting:
    return Posting(
        variant_id=out.posting.variant_id,
        warehouse_id=place,
        quantity=-out.quantity,
        kind=IN,
        line=out.posting.line,
        lot_id=out.lot_id,
        bin_id=bin_id,
        counterpart_id=WarehouseId(out.posting.warehouse_id),
        amount=-out.amount,
        carries_id=out.id,
    )


async def _write(work: Work, paper: StockDocument, lines: Sequence[Line], books: Books, moved: Sequence[Moved]) -> None:
    origin = ledger.Document(type=DOCUMENT, id=paper.id, reason=paper.reason)
    await ledger.write(work, origin, books, moved)
    paper.status, paper.posted_by, paper.posted_at = DocumentStatus.POSTED, work.actor.name, work.now
    work.session.add(paper)
    tell(work, paper, moved)
    await work.session.flush()
    await write_lines(work, paper.id, lines)
