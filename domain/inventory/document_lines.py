"""The lines of stock documents (单据明细): what each kind needs to know of a line, and may not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import any_, bindparam, insert, select

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.bins import check_bins_named
from domain.inventory.lots import NewLot
from domain.inventory.models import (
    BinId,
    Lot,
    LotId,
    MovementKind,
    StockDocument,
    StockDocumentId,
    StockDocumentLine,
    WarehouseId,
)
from domain.inventory.places import open_place
from domain.inventory.statements import UUIDS
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, UnitPrice, Work, identifier

LINES_MAX = 500
PARTS_FROM = 1
AMOUNT_MAX = Money(10**13)
REASON_LENGTH_MAX = 500
LOT_CODE_LENGTH_MAX = 100

TWO_PLACES = frozenset({MovementKind.TRANSFER_OUT})
NEEDS_COST = frozenset({MovementKind.RECEIPT})
MAY_STATE_COST = frozenset({MovementKind.RECEIPT, MovementKind.ADJUSTMENT_IN, MovementKind.SUPPLIER_RETURN})
MAKES = frozenset({MovementKind.ASSEMBLY, MovementKind.DISASSEMBLY})
NAMES_NEW_LOT = MAKES | {MovementKind.RECEIPT, MovementKind.ADJUSTMENT_IN, MovementKind.LOT_CHANGE}
TAKES_OUT = frozenset(
    {MovementKind.SUPPLIER_RETURN, MovementKind.ADJUSTMENT_OUT, MovementKind.SCRAP, MovementKind.TRANSFER_OUT}
)
DRAFTED = TAKES_OUT | NEEDS_COST | MAKES | {MovementKind.ADJUSTMENT_IN, MovementKind.BIN_MOVE, MovementKind.LOT_CHANGE}
"""What staff write documents of; goods are sold by orders."""


class NotStocked(Refusal):
    """{sku} is a virtual bundle and never in stock itself; name its components."""

    sku: str
    chinese = "{sku} 是虚拟套件，本身没有库存，请填写其组成商品"


@dataclass(frozen=True, kw_only=True)
class Line:
    """How much of a variant a document moves.

    The lot by id and the bin are those it is taken from; without, what expires first along the way. The lot by code is
    the one it enters, made if there is none. In enters the bin; a transfer and a bin move enter the bin `to_bin_id`.
    `exact` takes from this lot and bin alone, also when that is none; a count knows, a paper does not. What goes back
    to a supplier may name the line of the receipt it came with; `amount` is then what it had cost. `held` goods were
    held before for this document.
    """

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice | None = None
    lot_id: LotId | None = None
    lot_code: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    bin_id: BinId | None = None
    to_bin_id: BinId | None = None
    exact: bool = False
    receipt_id: StockDocumentId | None = None
    receipt_position: int | None = None
    amount: Money | None = None
    held: bool = False

    def new_lot(self) -> NewLot | None:
        """Name the lot it enters, if it names one."""
        code = (self.lot_code or "").strip()
        if not code:
            return None
        return NewLot(variant_id=self.variant_id, code=code, produced_on=self.produced_on, expires_on=self.expires_on)


async def check_document(work: Work, document: StockDocument, lines: Sequence[Line]) -> None:
    """Refuse a document that says what its kind cannot say, or names what is not there."""
    from_field = "fromWarehouseId" if document.kind in TWO_PLACES else "warehouseId"
    await open_place(work, document.warehouse_id, from_field)
    await _check_other_place(work, document)
    if not 1 <= len(document.reason) <= REASON_LENGTH_MAX:
        problem = f"must have 1 to {REASON_LENGTH_MAX} characters"
        raise BadInput(field="reason", problem=problem).at("input", "reason")
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    if document.kind in MAKES:
        _check_parts(document.kind, lines)
    for index, line in enumerate(lines):
        _check_line(document.kind, index, line)
    await check_named(work, lines, document.warehouse_id, document.to_warehouse_id)


async def check_named(
    work: Work, lines: Sequence[Line], warehouse_id: WarehouseId, to_warehouse_id: WarehouseId | None = None
) -> None:
    """Refuse lines that name a variant, a lot or a bin that is not there."""
    await _check_variants(work, lines)
    await _check_lots(work, lines)
    await check_bins_named(work, warehouse_id, [line.bin_id for line in lines])
    to_bins = [line.to_bin_id for line in lines]
    await check_bins_named(work, to_warehouse_id or warehouse_id, to_bins, "toBinId")


async def _check_other_place(work: Work, document: StockDocument) -> None:
    other = document.to_warehouse_id
    if (other is not None) != (document.kind in TWO_PLACES):
        problem = "is given for transfers, and only for them"
        raise BadInput(field="toWarehouseId", problem=problem).at("input", "toWarehouseId")
    if other is None:
        return
    await open_place(work, other, "toWarehouseId")
    if other == document.warehouse_id:
        raise BadInput(field="toWarehouseId", problem="must be another warehouse").at("input", "toWarehouseId")


def _check_parts(kind: MovementKind, lines: Sequence[Line]) -> None:
    """Refuse an assembly without parts or of itself, and a new lot for what goes out."""
    if len(lines) < PARTS_FROM + 1:
        problem = "name what is made or taken apart first, then its parts"
        raise BadInput(field="lines", problem=problem).at("input", "lines")
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index))
        if index and line.variant_id == lines[0].variant_id:
            problem = "is what is made or taken apart itself"
            raise BadInput(field="variantId", problem=problem).at(*where, "variantId")
        goes_out = bool(index) == (kind is MovementKind.ASSEMBLY)
        if goes_out and line.new_lot():
            raise BadInput(field="lotCode", problem="is given where goods come in").at(*where, "lotCode")
        if not goes_out and line.lot_id:
            raise BadInput(field="lotId", problem="is given where goods are taken from").at(*where, "lotId")


def _check_line(kind: MovementKind, index: int, line: Line) -> None:
    problems = {
        "quantity": "must be more than 0" if line.quantity <= NOTHING else None,
        "unitCost": _cost_problem(kind, line.unit_cost, line.quantity),
        "receiptId": _receipt_problem(kind, line),
        "lotCode": _lot_problem(kind, line),
        "expiresOn" if line.expires_on else "producedOn": _date_problem(line),
        "lotId": "is given where goods are taken from" if line.lot_id and kind in NEEDS_COST else None,
        "toBinId": _bin_problem(kind, line),
    }
    for field, problem in problems.items():
        if problem is not None:
            raise BadInput(field=field, problem=problem).at("input", "lines", str(index), field)


def _cost_problem(kind: MovementKind, cost: UnitPrice | None, quantity: Quantity) -> str | None:
    if cost is None:
        return "must be given" if kind in NEEDS_COST else None
    if kind not in MAY_STATE_COST:
        return "follows from what is there"
    if cost < UnitPrice(0):
        return "must not be negative"
    return None if cost * quantity < AMOUNT_MAX else "is too much for so many"


def _receipt_problem(kind: MovementKind, line: Line) -> str | None:
    if line.receipt_id is None and line.receipt_position is None:
        return None
    if kind is not MovementKind.SUPPLIER_RETURN:
        return "is given for what goes back to a supplier"
    if line.receipt_id is None or line.receipt_position is None:
        return "and receiptPosition are given together"
    return "says what it cost; state no unitCost" if line.unit_cost is not None else None


def _lot_problem(kind: MovementKind, line: Line) -> str | None:
    named = line.new_lot()
    if named is None:
        return "must be given" if kind is MovementKind.LOT_CHANGE else None
    if kind not in NAMES_NEW_LOT:
        return "is given where goods come in"
    if line.lot_id is not None and kind is not MovementKind.LOT_CHANGE:
        return "is given, or lotId, not both"
    return None if len(named.code) <= LOT_CODE_LENGTH_MAX else f"must have at most {LOT_CODE_LENGTH_MAX} characters"


def _date_problem(line: Line) -> str | None:
    if line.new_lot() is None and (line.produced_on or line.expires_on):
        return "is that of a lot: give its lotCode, where goods come in"
    if line.produced_on is None or line.expires_on is None or line.produced_on <= line.expires_on:
        return None
    return "must not be before producedOn"


def _bin_problem(kind: MovementKind, line: Line) -> str | None:
    if kind is MovementKind.BIN_MOVE:
        return "must be another bin" if line.to_bin_id == line.bin_id else None
    return "is given for transfers and bin moves" if line.to_bin_id and kind not in TWO_PLACES else None


WRITE = insert(StockDocumentLine.__table__)  # type: ignore[arg-type] # A table, not a part of one.
LOTS = select(Lot.id, Lot.variant_id).where(Lot.id == any_(bindparam("lot_ids", type_=UUIDS)))
KNOWN = select(catalogue.Variant.id, catalogue.Variant.sku, catalogue.Variant.stocked).where(
    catalogue.Variant.id == any_(bindparam("variant_ids", type_=UUIDS))
)


async def _check_variants(work: Work, lines: Sequence[Line]) -> None:
    known = {
        row.id: row for row in await work.rows(KNOWN, {"variant_ids": sorted({each.variant_id for each in lines})})
    }
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index), "variantId")
        if line.variant_id not in known:
            raise NotFound(what="variant", which=str(line.variant_id)).at(*where)
        if not known[line.variant_id].stocked:
            raise NotStocked(sku=known[line.variant_id].sku).at(*where)


async def _check_lots(work: Work, lines: Sequence[Line]) -> None:
    """Refuse a lot that is not there, or is of another variant."""
    named = sorted({each.lot_id for each in lines if each.lot_id is not None})
    lots = {row.id: row.variant_id for row in await work.rows(LOTS, {"lot_ids": named})} if named else {}
    for index, line in enumerate(lines):
        if line.lot_id is not None and lots.get(line.lot_id) != line.variant_id:
            raise NotFound(what="lot", which=str(line.lot_id)).at("input", "lines", str(index), "lotId")


async def write_lines(work: Work, document_id: StockDocumentId, lines: Sequence[Line]) -> None:
    """Write the lines of a document down, in one statement."""
    rows = [
        {
            "id": identifier(),
            "document_id": document_id,
            "position": position,
            "variant_id": line.variant_id,
            "quantity": line.quantity,
            "unit_cost": line.unit_cost,
            "lot_id": line.lot_id,
            "lot_code": (line.lot_code or "").strip() or None,
            "produced_on": line.produced_on,
            "expires_on": line.expires_on,
            "bin_id": line.bin_id,
            "to_bin_id": line.to_bin_id,
            "receipt_id": line.receipt_id,
            "receipt_position": line.receipt_position,
        }
        for position, line in enumerate(lines, 1)
    ]
    await work.execute(WRITE, rows)


async def lines_of(work: Work, document_id: StockDocumentId) -> list[Line]:
    """Read the lines of a document back, in their order."""
    kept = StockDocumentLine
    columns = (kept.variant_id, kept.quantity, kept.unit_cost, kept.lot_id, kept.lot_code, kept.produced_on)
    more = (kept.expires_on, kept.bin_id, kept.to_bin_id, kept.receipt_id, kept.receipt_position)
    found = select(*columns, *more).where(kept.document_id == document_id).order_by(kept.position)
    return [Line(**row._mapping) for row in await work.rows(found)]  # noqa: SLF001 — SQLAlchemy's own public name.
