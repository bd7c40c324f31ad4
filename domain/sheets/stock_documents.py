"""Stock documents from a spreadsheet (单据导入): rows of one number are one document, and become a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, select

from domain import inventory, partners
from domain.kernel import Quantity, Refusal, UnitPrice, Work, visible
from domain.sheets.codes import TEXTS, Codes, codes_of, named_in
from domain.sheets.models import SheetImport, SheetKind
from domain.sheets.remembering import Found, Wanted, only_new, remember
from domain.sheets.tables import Column, Problem, Row, Sheet, Table, check_same, under_headings

LINES_MAX = 500
KINDS = inventory.MovementKind
OF_WORD: Mapping[str, inventory.MovementKind] = {
    "入库": KINDS.RECEIPT,
    "其他入库": KINDS.ADJUSTMENT_IN,
    "其他出库": KINDS.ADJUSTMENT_OUT,
    "调拨": KINDS.TRANSFER_OUT,
    "采购退货": KINDS.SUPPLIER_RETURN,
    "报废": KINDS.SCRAP,
    "移库": KINDS.BIN_MOVE,
    "批号调整": KINDS.LOT_CHANGE,
    "组装": KINDS.ASSEMBLY,
    "拆卸": KINDS.DISASSEMBLY,
}
CHOICES = dict(OF_WORD) | {each.value: each for each in OF_WORD.values()}
COMES_IN = frozenset({KINDS.RECEIPT, KINDS.ADJUSTMENT_IN})
MAKES = {KINDS.ASSEMBLY: True, KINDS.DISASSEMBLY: False}
"""Whether the first row, what is made or taken apart, is what comes in; the rows below it are its parts."""

COLUMNS = (
    Column(name="number", chinese="单号", english="Document", required=True),
    Column(name="kind", chinese="类型", english="Kind", required=True),
    Column(name="warehouse", chinese="仓库", english="Warehouse", required=True),
    Column(name="to_warehouse", chinese="调入仓库", english="To warehouse"),
    Column(name="reason", chinese="事由", english="Reason", required=True),
    Column(name="sku", chinese="商品编码", english="SKU", required=True),
    Column(name="quantity", chinese="数量", english="Quantity", required=True),
    Column(name="unit_cost", chinese="单价", english="Unit cost"),
    Column(name="lot", chinese="批号", english="Lot"),
    Column(name="produced_on", chinese="生产日期", english="Produced on"),
    Column(name="expires_on", chinese="有效期至", english="Expires on"),
    Column(name="bin", chinese="库位", english="Bin"),
    Column(name="to_bin", chinese="目标库位", english="To bin"),
    Column(name="to_lot", chinese="改为批号", english="To lot"),
    Column(name="partner", chinese="往来单位", english="Partner"),
    Column(name="receipt", chinese="原入库单", english="Receipt"),
    Column(name="receipt_line", chinese="原入库行", english="Receipt line"),
)
HEAD = ("kind", "warehouse", "to_warehouse", "reason", "partner")

RECEIVED: tuple[Any, ...] = (inventory.StockDocument.number.label("code"), inventory.StockDocument.id)
RECEIPTS = select(*RECEIVED).where(inventory.StockDocument.number == any_(TEXTS))
PARTNER: tuple[Any, ...] = (partners.Partner.id, partners.Partner.code, partners.Partner.kind)
PARTNERS = select(*PARTNER).where(partners.Partner.code == any_(TEXTS)).order_by(partners.Partner.id)

Draft = inventory.DraftedDocument


@dataclass(frozen=True)
class Named:
    """What codes and numbers of a sheet stand for; what is not there, or not yours, is missing."""

    codes: Codes
    receipts: Mapping[str, inventory.StockDocumentId]
    partners: Sequence[Any]


async def documents_of(work: Work, table: Table) -> Found[Draft]:
    """Read all documents of a table; the sheet has what is wrong with it."""
    sheet = under_headings(table, COLUMNS)
    named = await _named(work, sheet)
    documents = [_document(number, rows, named, sheet) for number, rows in sheet.grouped("number")]
    return await only_new(work, SheetKind.STOCK_DOCUMENTS, sheet, [each for each in documents if each is not None])


async def _named(work: Work, sheet: Sheet) -> Named:
    received = visible(RECEIPTS, work.actor, warehouse=inventory.StockDocument.warehouse_id)
    receipts = {row.code: row.id for row in await work.rows(received, named_in(sheet, "receipt"))}
    known = await work.rows(partners.seen_by(PARTNERS, work.actor), named_in(sheet, "partner"))
    return Named(await codes_of(work, sheet), receipts, known)


def _document(number: str, rows: Sequence[Row], named: Named, sheet: Sheet) -> Wanted[Draft] | None:
    before, first = len(sheet.problems), rows[0]
    check_same(rows, HEAD)
    if len(rows) > LINES_MAX:
        first.wrong("number", f"has more than {LINES_MAX} rows", f"超过 {LINES_MAX} 行")
    kind, warehouse = first.choice("kind", CHOICES), named.codes.place(first, "warehouse")
    to_warehouse, reason = named.codes.place(first, "to_warehouse"), first.text("reason")
    if kind is not None and (to_warehouse is not None) != (kind is KINDS.TRANSFER_OUT):
        first.wrong("to_warehouse", "is given for transfers, and only for them", "仅调拨需要填写，且必须填写")
    places = (warehouse, to_warehouse or warehouse)
    partner = _partner(first, kind, named)
    lines = [_line(row, kind, places, named, first=row is first) for row in rows]
    if len(sheet.problems) > before or kind is None or warehouse is None:
        return None
    draft = inventory.DraftedDocument(
        kind=kind,
        warehouse_id=warehouse,
        to_warehouse_id=to_warehouse,
        reason=reason,
        partner_id=partner,
        lines=[each for each in lines if each is not None],
    )
    return Wanted(number, rows, draft)


def _partner(row: Row, kind: inventory.MovementKind | None, named: Named) -> partners.PartnerId | None:
    """Find whom goods come from or go to: a code is unique among the partners of a kind, and a document names some."""
    code = row.text("partner")
    if not code or kind is None:
        return None
    kinds = inventory.NAMES_PARTNER.get(kind, frozenset())
    found = [each.id for each in named.partners if each.code == code and each.kind in kinds]
    if len(found) > 1:
        row.wrong("partner", f"{code} is the code of several partners", f"编码 {code} 对应多个往来单位")
    elif not found:
        row.wrong("partner", f"there is no partner {code} for such a document", f"该类型单据没有往来单位 {code}")
    return partners.PartnerId(found[0]) if len(found) == 1 else None


def _line(
    row: Row, kind: inventory.MovementKind | None, places: tuple[UUID | None, UUID | None], named: Named, *, first: bool
) -> inventory.Line | None:
    quantity, cost = row.measure("quantity", Quantity), row.measure("unit_cost", UnitPrice)
    variant = named.codes.variant(row)
    if quantity is not None and quantity <= Quantity(0):
        row.wrong("quantity", "must be more than 0", "必须大于 0")
    if kind is KINDS.RECEIPT and not row.text("unit_cost"):
        row.wrong("unit_cost", "must be given", "入库必须填写单价")
    lot = _lot(row, kind, variant, named, enters=kind in COMES_IN or (kind in MAKES and first == MAKES[kind]))
    bins = [named.codes.bin(row, name, place) for name, place in zip(("bin", "to_bin"), places, strict=True)]
    receipt = _receipt(row, named)
    if variant is None or quantity is None or kind is None:
        return None
    return inventory.Line(
        variant_id=variant,
        quantity=quantity,
        unit_cost=cost,
        bin_id=bins[0],
        to_bin_id=bins[1],
        **lot,
        **receipt,
    )


def _lot(
    row: Row, kind: inventory.MovementKind | None, variant: UUID | None, named: Named, *, enters: bool
) -> dict[str, Any]:
    """Read which lot goods come in with, or are taken from, or become."""
    lot, to_lot = row.text("lot", 100), row.text("to_lot", 100)
    produced, expires = row.day("produced_on"), row.day("expires_on")
    if to_lot and kind is not KINDS.LOT_CHANGE:
        row.wrong("to_lot", "is given for lot changes, and only for them", "仅批号调整需要填写")
    if kind is KINDS.LOT_CHANGE and not to_lot:
        row.wrong("to_lot", "must be given", "批号调整必须填写")
    if enters and not lot and (produced or expires):
        row.wrong("lot", "must be given: the dates are those of a lot", "填写生产日期或有效期时必须填写批号")
    new = {"lot_code": (lot if enters else to_lot) or None, "produced_on": produced, "expires_on": expires}
    if enters:
        return new
    taken = named.codes.lot(row, variant) if kind is not None else None
    return {"lot_id": taken} | (new if kind is KINDS.LOT_CHANGE else {})


def _receipt(row: Row, named: Named) -> dict[str, Any]:
    """Read which line of which receipt goes back to the supplier."""
    number, position = row.text("receipt", 100), row.measure("receipt_line", Quantity)
    if number and number not in named.receipts:
        row.wrong("receipt", f"there is no document {number} that you may see", f"没有您可以查看的单据 {number}")
    if position is not None and (position < Quantity(1) or position.value != int(position.value)):
        row.wrong("receipt_line", "is no number of a line", "不是行号")
    return {
        "receipt_id": named.receipts.get(number),
        "receipt_position": int(position.value) if position is not None else None,
    }


async def commit_documents(work: Work, sheet_import: SheetImport, wanted: Sequence[Wanted[Draft]]) -> list[Problem]:
    """Write the documents down as drafts; says what the house refuses of them, row by row."""
    refused: list[Problem] = []
    for each in wanted:
        try:
            document = await inventory.draft_stock_document(work, each.draft)
        except Refusal as refusal:
            refused.append(each.refused(refusal))
            continue
        remember(work, sheet_import, each, document.id)
    return refused
