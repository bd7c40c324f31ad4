"""Goods in transit (在途): they leave one warehouse, belong to nobody's shelf, and arrive in another, or do not.

What left at a cost arrives at that cost, piece by piece, because the average of the place IN-TRANSIT would mix what
several transfers carry. A piece names the movement that brought it there: the ledger knows what is left of it, and of
its cost, also when that was corrected since. Where the company is one cost scope, goods on the way are worth its
average, as all others are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.books import Books
from domain.inventory.document_lines import Line, write_lines
from domain.inventory.models import (
    IN_TRANSIT,
    LOSSES,
    BinId,
    DocumentStatus,
    LotId,
    MovementId,
    MovementKind,
    StockDocument,
    WarehouseId,
)
from domain.inventory.posting import DOCUMENT, tell
from domain.inventory.postings import Moved, Posting
from domain.inventory.replaying import Carried
from domain.inventory.statements import statement
from domain.kernel import Money, Quantity, Work

OUT, IN = MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_IN


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """So much of what a movement brought in transit, and the bin it is put into."""

    variant_id: UUID
    lot_id: LotId | None
    quantity: Quantity
    movement_id: MovementId
    bin_id: BinId | None = None

    def line(self) -> Line:
        """Say it as a line of a document."""
        return Line(variant_id=self.variant_id, quantity=self.quantity, lot_id=self.lot_id, bin_id=self.bin_id)


async def send(work: Work, paper: StockDocument, lines: Sequence[Line], bound_for: WarehouseId) -> list[Moved]:
    """Let goods that are held leave a warehouse for another; returns what is in transit now, by lot, with its cost."""
    paper.to_warehouse_id = IN_TRANSIT
    variants = {line.variant_id for line in lines}
    books = await _open(work, variants, (paper.warehouse_id, IN_TRANSIT, bound_for))
    moved, entered = list[Moved](), list[Moved]()
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
        gone = books.post(leaving)
        came = [each for out in gone for each in books.post(_enters(out, IN_TRANSIT, None))]
        moved, entered = [*moved, *gone, *came], [*entered, *came]
        books.expect((line.variant_id, bound_for), line.quantity)
    await _write(work, paper, lines, books, moved)
    return entered


async def arrive(work: Work, paper: StockDocument, pieces: Sequence[Piece], bound_for: WarehouseId) -> None:
    """Let pieces that were under way to a warehouse arrive in the warehouse of the paper, which may be another."""
    books = await _open(work, {each.variant_id for each in pieces}, (paper.warehouse_id, IN_TRANSIT, bound_for))
    moved, carried = [], await _carried(work, books, pieces)
    for position, piece in enumerate(pieces, 1):
        (out,) = books.post(_leaves(piece, position, OUT, paper.warehouse_id, carried))
        moved += [out, *books.post(_enters(out, paper.warehouse_id, piece.bin_id))]
        books.expect((piece.variant_id, bound_for), -piece.quantity)
    await _write(work, paper, [each.line() for each in pieces], books, moved)


async def lose(work: Work, paper: StockDocument, pieces: Sequence[Piece], bound_for: WarehouseId) -> None:
    """Write off pieces that were under way to a warehouse and will not arrive."""
    books = await _open(work, {each.variant_id for each in pieces}, (IN_TRANSIT, bound_for))
    moved, carried = [], await _carried(work, books, pieces)
    for position, piece in enumerate(pieces, 1):
        moved += books.post(_leaves(piece, position, MovementKind.ADJUSTMENT_OUT, LOSSES, carried))
        books.expect((piece.variant_id, bound_for), -piece.quantity)
    await _write(work, paper, [each.line() for each in pieces], books, moved)


async def _open(work: Work, variants: Iterable[UUID], places: Iterable[WarehouseId]) -> Books:
    there = set(places)
    return await ledger.open_books(work, {(variant_id, place) for variant_id in variants for place in there})


# Read after the stock is locked: what is left of what a movement brought, and of its cost, corrections included.
CARRIED = statement("""
    WITH passed AS (
        SELECT brought.id AS carrier_id, row.id, row.quantity, row.cost_amount
        FROM unnest(:ids) AS brought (id) JOIN stock_ledger AS row ON row.id = brought.id
        UNION ALL
        SELECT brought.id, row.id, row.quantity, row.cost_amount
        FROM unnest(:ids) AS brought (id)
        JOIN stock_ledger AS row ON row.carries_id = brought.id AND row.quantity < 0
    )
    SELECT carrier_id, sum(quantity) AS quantity, sum(cost_amount + coalesce((
        SELECT sum(cost_amount) FROM stock_ledger AS correction WHERE correction.adjusts_id = passed.id), 0)) AS amount
    FROM passed GROUP BY carrier_id
""")


async def _carried(work: Work, books: Books, pieces: Sequence[Piece]) -> dict[MovementId, Carried]:
    """Find what each piece may cost; in the company's scope it costs the average, and nothing is looked for."""
    if books.company_wide:
        return {}
    rows = await work.rows(CARRIED, {"ids": sorted({each.movement_id for each in pieces})})
    return {row.carrier_id: Carried(Quantity(row.quantity), Money(row.amount)) for row in rows}


def _leaves(
    piece: Piece, position: int, kind: MovementKind, to_place: WarehouseId, carried: dict[MovementId, Carried]
) -> Posting:
    return Posting(
        variant_id=piece.variant_id,
        warehouse_id=IN_TRANSIT,
        quantity=-piece.quantity,
        kind=kind,
        line=position,
        lot_id=piece.lot_id,
        counterpart_id=to_place,
        amount=carried[piece.movement_id].share(piece.quantity) if carried else None,
        carries_id=piece.movement_id,
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
