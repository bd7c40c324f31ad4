"""Stock documents from a spreadsheet (单据导入): rows of one number are one document, and become a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from domain import catalogue, inventory
from domain.kernel import NotAllowed, Quantity, Refusal, UnitPrice, Work, permission_of, visible
from domain.sheets.models import ImportedDocument, SheetImport
from domain.sheets.tables import Column, Problem, Row, Sheet, Table, check_same, digest_of, under_headings

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
    Column(name="receipt", chinese="原入库单", english="Receipt"),
    Column(name="receipt_line", chinese="原入库行", english="Receipt line"),
)
HEAD = ("kind", "warehouse", "to_warehouse", "reason")

TEXTS = bindparam("codes", type_=ARRAY(Text))
PLACE: tuple[Any, ...] = (inventory.Warehouse.id, inventory.Warehouse.code)
WAREHOUSES = select(*PLACE).where(inventory.Warehouse.code == any_(TEXTS))
SKUS = select(catalogue.Variant.sku.label("code"), catalogue.Variant.id).where(catalogue.Variant.sku == any_(TEXTS))
BARCODES = select(catalogue.Barcode.code, catalogue.Barcode.variant_id.label("id")).where(
    catalogue.Barcode.code == any_(TEXTS)
)
BINS = select(inventory.Bin.warehouse_id, inventory.Bin.code, inventory.Bin.id).where(inventory.Bin.code == any_(TEXTS))
LOTS = select(inventory.Lot.variant_id, inventory.Lot.code, inventory.Lot.id).where(inventory.Lot.code == any_(TEXTS))
RECEIVED: tuple[Any, ...] = (inventory.StockDocument.number.label("code"), inventory.StockDocument.id)
RECEIPTS = select(*RECEIVED).where(inventory.StockDocument.number == any_(TEXTS))
KNOWN = select(ImportedDocument.sheet_number, ImportedDocument.content_hash).where(
    ImportedDocument.sheet_number == any_(TEXTS)
)


@dataclass(frozen=True)
class Named:
    """What the codes of a sheet stand for; what is not there, or not yours, is missing."""

    warehouses: Mapping[str, UUID]
    variants: Mapping[str, UUID]
    bins: Mapping[tuple[UUID, str], UUID]
    lots: Mapping[tuple[UUID, str], UUID]
    receipts: Mapping[str, inventory.StockDocumentId]


@dataclass(frozen=True)
class Wanted:
    """A document of a sheet: its number there, its content by digest, and the draft it shall become."""

    reference: str
    content_hash: str
    rows: Sequence[Row]
    draft: inventory.DraftedDocument


async def documents_of(work: Work, table: Table) -> tuple[Sheet, list[Wanted]]:
    """Read all documents of a table; the sheet has what is wrong with it."""
    sheet = under_headings(table, COLUMNS)
    named = await _named(work, sheet)
    documents = [_document(number, rows, named, sheet) for number, rows in sheet.grouped("number")]
    wanted = [each for each in documents if each is not None]
    known = {
        row.sheet_number: row.content_hash for row in await work.rows(KNOWN, {"codes": [w.reference for w in wanted]})
    }
    for each in wanted:
        if known.get(each.reference, each.content_hash) != each.content_hash:
            each.rows[0].wrong(
                "number",
                "was imported before with another content; change or void that document, and use a new number",
                "该单号此前已导入且内容不同，请修改或作废原单据，并使用新的单号",
            )
    return sheet, [each for each in wanted if each.reference not in known]


async def _named(work: Work, sheet: Sheet) -> Named:
    def codes(*names: str) -> dict[str, list[str]]:
        return {"codes": sorted({code for row in sheet.rows for name in names if (code := row.cells.get(name))})}

    seen = visible(WAREHOUSES, work.actor, warehouse=inventory.Warehouse.id)
    received = visible(RECEIPTS, work.actor, warehouse=inventory.StockDocument.warehouse_id)
    articles = [*await work.rows(BARCODES, codes("sku")), *await work.rows(SKUS, codes("sku"))]
    return Named(
        warehouses={row.code: row.id for row in await work.rows(seen, codes("warehouse", "to_warehouse"))},
        variants={row.code: row.id for row in articles},
        bins={(row.warehouse_id, row.code): row.id for row in await work.rows(BINS, codes("bin", "to_bin"))},
        lots={(row.variant_id, row.code): row.id for row in await work.rows(LOTS, codes("lot"))},
        receipts={row.code: row.id for row in await work.rows(received, codes("receipt"))},
    )


def _document(number: str, rows: Sequence[Row], named: Named, sheet: Sheet) -> Wanted | None:
    before, first = len(sheet.problems), rows[0]
    check_same(rows, HEAD)
    if len(rows) > LINES_MAX:
        first.wrong("number", f"has more than {LINES_MAX} rows", f"超过 {LINES_MAX} 行")
    kind, warehouse = first.choice("kind", CHOICES), _place(first, "warehouse", named)
    to_warehouse, reason = _place(first, "to_warehouse", named), first.text("reason")
    if kind is not None and (to_warehouse is not None) != (kind is KINDS.TRANSFER_OUT):
        first.wrong("to_warehouse", "is given for transfers, and only for them", "仅调拨需要填写，且必须填写")
    places = (warehouse, to_warehouse or warehouse)
    lines = [_line(row, kind, places, named, first=row is first) for row in rows]
    if len(sheet.problems) > before or kind is None or warehouse is None:
        return None
    draft = inventory.DraftedDocument(
        kind=kind,
        warehouse_id=inventory.WarehouseId(warehouse),
        to_warehouse_id=inventory.WarehouseId(to_warehouse) if to_warehouse is not None else None,
        reason=reason,
        lines=[each for each in lines if each is not None],
    )
    return Wanted(number, digest_of([dict(row.cells) for row in rows]), rows, draft)


def _place(row: Row, name: str, named: Named) -> UUID | None:
    code = row.text(name)
    if code and code not in named.warehouses:
        row.wrong(name, f"there is no warehouse {code} that you may see", f"没有您可以查看的仓库 {code}")
    return named.warehouses.get(code)


def _line(
    row: Row, kind: inventory.MovementKind | None, places: tuple[UUID | None, UUID | None], named: Named, *, first: bool
) -> inventory.Line | None:
    sku, quantity, cost = row.text("sku"), row.measure("quantity", Quantity), row.measure("unit_cost", UnitPrice)
    variant = named.variants.get(sku)
    if sku and variant is None:
        row.wrong("sku", f"there is no article {sku}", f"没有商品 {sku}")
    if quantity is not None and quantity <= Quantity(0):
        row.wrong("quantity", "must be more than 0", "必须大于 0")
    if kind is KINDS.RECEIPT and not row.text("unit_cost"):
        row.wrong("unit_cost", "must be given", "入库必须填写单价")
    lot = _lot(row, kind, variant, named, enters=kind in COMES_IN or (kind in MAKES and first == MAKES[kind]))
    bins = [_bin(row, name, place, named) for name, place in zip(("bin", "to_bin"), places, strict=True)]
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
    new = {"lot_code": (lot if enters else to_lot) or None, "produced_on": produced, "expires_on": expires}
    if enters:
        return new
    taken = named.lots.get((variant, lot)) if lot and variant is not None else None
    if kind is not None and lot and variant is not None and taken is None:
        row.wrong("lot", f"there is no lot {lot} of it", f"该商品没有批号 {lot}")
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


def _bin(row: Row, name: str, place: UUID | None, named: Named) -> inventory.BinId | None:
    code = row.text(name)
    if not code or place is None:
        return None
    found = named.bins.get((place, code))
    if found is None:
        row.wrong(name, f"there is no bin {code}", f"没有库位 {code}")
        return None
    return inventory.BinId(found)


def check_may(work: Work) -> None:
    """Whoever imports documents may also write them by hand."""
    needed = permission_of(inventory.draft_stock_document)
    if not work.actor.may(needed):
        raise NotAllowed(permission=needed)


async def commit_documents(work: Work, sheet_import: SheetImport, wanted: Sequence[Wanted]) -> list[Problem]:
    """Write the documents down as drafts; says what the house refuses of them, row by row."""
    refused: list[Problem] = []
    for each in wanted:
        try:
            document = await inventory.draft_stock_document(work, each.draft)
        except Refusal as refusal:
            refused.append(_refused(each, refusal))
            continue
        work.session.add(
            ImportedDocument(
                sheet_number=each.reference,
                content_hash=each.content_hash,
                document_id=document.id,
                import_id=sheet_import.id,
            )
        )
    return refused


def _refused(wanted: Wanted, refusal: Refusal) -> Problem:
    path = refusal.path
    line = int(path[2]) if len(path) > 2 and path[1] == "lines" and path[2].isdecimal() else 0  # noqa: PLR2004 — input.lines.N
    row = wanted.rows[min(line, len(wanted.rows) - 1)]
    column = path[-1] if path else ""
    return Problem(row=row.number, column=column, message=refusal.message(), chinese=refusal.message_in_chinese())
