"""Returns to suppliers (采购退货): what goes back leaves at what it had cost when it came, and no more of it than came.

The line names the line of the receipt. Its cost is the one that stands, also when the receipt was priced anew since;
what stock is worth otherwise by then is a variance.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.inventory.averages import NOTHING
from domain.inventory.document_lines import Line
from domain.inventory.models import DocumentStatus, MovementKind, StockDocument
from domain.inventory.statements import statement
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, UnitPrice, Work, sees_warehouse


class ReceiptExceeded(Refusal):
    """Of line {position} of receipt {receipt} only {left} can still go back, {wanted} are to."""

    receipt: str
    position: int
    wanted: Quantity
    left: Quantity
    chinese = "入库单 {receipt} 第 {position} 行可退数量只有 {left}，需要退货 {wanted}"


class WentBack(Refusal):
    """Goods of receipt {document} went back to the supplier with {returned}; void that first."""

    document: str
    returned: str
    chinese = "单据 {document} 的货品已由 {returned} 退回供应商，请先作废该退货单"


class OfAnotherSupplier(Refusal):
    """Goods of receipt {receipt} came from {supplier}; what goes back on one document goes to one supplier."""

    receipt: str
    supplier: str
    chinese = "入库单 {receipt} 的供应商是 {supplier}，一张退货单只能退给一个供应商"


# Whoever voids a receipt, or lets goods of it go back, holds it meanwhile.
HOLD = statement("SELECT id FROM stock_documents WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE")
STANDING = statement("""
    SELECT line.document_id, line.position, line.variant_id, line.quantity, paper.number, paper.warehouse_id,
        paper.kind, paper.status, paper.voids_id, supplier.id AS supplier_id, supplier.name AS supplier, coalesce((
            SELECT anew.unit_cost FROM cost_change_lines AS anew JOIN cost_changes ON cost_changes.id = anew.change_id
            WHERE anew.document_id = line.document_id AND anew.document_line = line.position
            ORDER BY cost_changes.number DESC LIMIT 1), line.unit_cost) AS unit_cost, coalesce((
            SELECT sum(back.quantity) FROM stock_document_lines AS back
            JOIN stock_documents AS other ON other.id = back.document_id AND other.status = 'POSTED'
                AND other.voids_id IS NULL
            WHERE back.receipt_id = line.document_id AND back.receipt_position = line.position), 0) AS returned
    FROM stock_document_lines AS line JOIN stock_documents AS paper ON paper.id = line.document_id
    LEFT JOIN partners AS supplier ON supplier.id = paper.partner_id AND supplier.kind = 'SUPPLIER'
    WHERE line.document_id = ANY (:ids)
""")
RETURNED = statement("""
    SELECT other.number FROM stock_document_lines AS back JOIN stock_documents AS other ON other.id = back.document_id
    WHERE back.receipt_id = :document_id AND other.status = 'POSTED' AND other.voids_id IS NULL
    ORDER BY other.number LIMIT 1
""")


async def priced_by_receipts(
    work: Work, document: StockDocument, lines: Sequence[Line], *, hold: bool = False
) -> list[Line]:
    """Find what lines that name a receipt had cost, or refuse; held, nobody else lets them go back meanwhile.

    The document goes to the supplier the goods came from.
    """
    ids = sorted({line.receipt_id for line in lines if line.receipt_id is not None})
    if not ids:
        return list(lines)
    if hold:
        await work.execute(HOLD, {"ids": ids})
    standing = {(row.document_id, row.position): row for row in await work.rows(STANDING, {"ids": ids})}
    returned = {key: Quantity(row.returned) for key, row in standing.items()}
    receipts = {row.document_id: row for row in standing.values()}
    priced = []
    for index, line in enumerate(lines):
        key = (line.receipt_id, line.receipt_position)
        if line.receipt_id is None:
            priced.append(line)
            continue
        row = _named(work, line, receipts.get(line.receipt_id), standing.get(key), index)
        _take_over(document, row, index)
        priced.append(replace(line, amount=_cost(line, row, returned[key], index)))
        returned[key] += line.quantity
    return priced


async def check_nothing_went_back(work: Work, receipt: StockDocument) -> None:
    """Refuse to void a receipt of which goods went back."""
    for row in await work.rows(RETURNED, {"document_id": receipt.id}):
        raise WentBack(document=receipt.number, returned=row.number).at("input", "id")


def _named(work: Work, line: Line, receipt: Any, row: Any, index: int) -> Any:
    where = ("input", "lines", str(index))
    if receipt is None or not sees_warehouse(work.actor, receipt.warehouse_id):
        raise NotFound(what="stock document", which=str(line.receipt_id)).at(*where, "receiptId")
    if row is None:
        problem = f"{receipt.number} has no such line"
        raise BadInput(field="receiptPosition", problem=problem).at(*where, "receiptPosition")
    stands = (row.kind, row.status, row.voids_id) == (MovementKind.RECEIPT, DocumentStatus.POSTED, None)
    if not stands:
        raise BadInput(field="receiptId", problem=f"{row.number} is no posted receipt").at(*where, "receiptId")
    if row.variant_id != line.variant_id:
        raise BadInput(field="receiptPosition", problem="is a line of another variant").at(*where, "receiptPosition")
    return row


def _take_over(document: StockDocument, row: Any, index: int) -> None:
    """Send the document to the supplier of a receipt; refuse one that goes to another."""
    if row.supplier_id is None:
        return
    if document.partner_id not in (None, row.supplier_id):
        another = OfAnotherSupplier(receipt=row.number, supplier=row.supplier)
        raise another.at("input", "lines", str(index), "receiptId")
    document.partner_id = row.supplier_id


def _cost(line: Line, row: Any, before: Quantity, index: int) -> Money:
    """Cut the cost of the line off what is left of it, so that the parts add up to the cent."""
    left = Quantity(row.quantity) - before
    if line.quantity > left:
        raise ReceiptExceeded(
            receipt=row.number, position=row.position, wanted=line.quantity, left=max(left, NOTHING)
        ).at("input", "lines", str(index), "quantity")
    price = UnitPrice(row.unit_cost)
    return price * (before + line.quantity) - price * before
