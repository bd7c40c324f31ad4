"""Transfers from a spreadsheet (调拨导入): asked for, and taken in delivery by delivery.

Rows of one number are one request, which waits to be approved like every other. Rows of one delivery are what arrived
of a transfer, all of it or a part; the number of a delivery counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, select

from domain import inventory, transfers
from domain.kernel import Quantity, Refusal, Work, visible
from domain.sheets.codes import TEXTS, WAREHOUSES, Codes, codes_of, named_in
from domain.sheets.models import SheetImport, SheetKind
from domain.sheets.remembering import Found, Wanted, only_new, remember
from domain.sheets.tables import Column, Problem, Row, Sheet, Table, check_same, under_headings
from domain.transfers import ArrivedLine, NewTransfer, StockTransfer, StockTransferLine, WantedGoods

ASKED_COLUMNS = (
    Column(name="number", chinese="单号", english="Transfer", required=True),
    Column(name="from_warehouse", chinese="调出仓库", english="From warehouse", required=True),
    Column(name="to_warehouse", chinese="调入仓库", english="To warehouse", required=True),
    Column(name="reason", chinese="事由", english="Reason", required=True),
    Column(name="sku", chinese="商品编码", english="SKU", required=True),
    Column(name="quantity", chinese="数量", english="Quantity", required=True),
)
ARRIVED_COLUMNS = (
    Column(name="number", chinese="收货单号", english="Delivery", required=True),
    Column(name="transfer", chinese="调拨单号", english="Transfer", required=True),
    Column(name="warehouse", chinese="收入仓库", english="Into warehouse"),
    Column(name="sku", chinese="商品编码", english="SKU", required=True),
    Column(name="quantity", chinese="数量", english="Quantity", required=True),
    Column(name="lot", chinese="批号", english="Lot"),
    Column(name="bin", chinese="库位", english="Bin"),
)
SIDES = (StockTransfer.from_warehouse_id, StockTransfer.to_warehouse_id)
COMING: tuple[Any, ...] = (StockTransfer.number, StockTransfer.id, StockTransfer.to_warehouse_id)
TRANSFERS = select(*COMING).where(StockTransfer.number == any_(TEXTS))
LINES = (
    select(StockTransfer.number, StockTransferLine.variant_id, StockTransferLine.id)
    .join(StockTransfer, StockTransfer.id == StockTransferLine.transfer_id)
    .where(StockTransfer.number == any_(TEXTS))
)
PAPER = (
    select(inventory.StockDocument.id)
    .where(inventory.StockDocument.kind == inventory.MovementKind.TRANSFER_IN)
    .order_by(inventory.StockDocument.number.desc())
    .limit(1)
)


async def requests_of(work: Work, table: Table) -> Found[NewTransfer]:
    """Read all requests of a table: what is wrong with it, and those that did not come before."""
    sheet = under_headings(table, ASKED_COLUMNS)
    codes, sources = await codes_of(work, sheet), await _sources(work, sheet)
    wanted = [_request(number, rows, codes, sources) for number, rows in sheet.grouped("number")]
    return await only_new(work, SheetKind.TRANSFERS, sheet, [each for each in wanted if each is not None])


async def _sources(work: Work, sheet: Sheet) -> Mapping[str, UUID]:
    """Find whom goods are asked of: what one sees, and what supplies that."""
    place = inventory.Warehouse
    own = visible(select(place.id), work.actor, warehouse=place.id)
    supplies = visible(select(place.supplied_by_id), work.actor, warehouse=place.id)
    asked = WAREHOUSES.where(place.id.in_(own) | place.id.in_(supplies))
    return {row.code: row.id for row in await work.rows(asked, named_in(sheet, "from_warehouse"))}


def _request(number: str, rows: Sequence[Row], codes: Codes, sources: Mapping[str, UUID]) -> Wanted[NewTransfer] | None:
    first, before = rows[0], len(rows[0].problems)
    check_same(rows, ("from_warehouse", "to_warehouse", "reason"))
    code, target, reason = first.text("from_warehouse"), codes.place(first, "to_warehouse"), first.text("reason")
    if code and code not in sources:
        first.wrong(
            "from_warehouse", f"there is no warehouse {code} that you may ask", f"没有您可以申请调拨的仓库 {code}"
        )
    goods = [(codes.variant(row), _quantity(row)) for row in rows]
    if len(first.problems) > before or target is None:
        return None
    lines = [WantedGoods(variant_id=variant, quantity=much) for variant, much in goods if variant and much]
    source = inventory.WarehouseId(sources[code])
    draft = NewTransfer(from_warehouse_id=source, to_warehouse_id=target, reason=reason, lines=lines)
    return Wanted(number, rows, draft)


def _quantity(row: Row) -> Quantity | None:
    quantity = row.measure("quantity", Quantity)
    if quantity is not None and quantity <= Quantity(0):
        row.wrong("quantity", "must be more than 0", "必须大于 0")
    return quantity


async def commit_requests(
    work: Work, sheet_import: SheetImport, wanted: Sequence[Wanted[NewTransfer]]
) -> list[Problem]:
    """Ask for what the sheet asks for; says what the house refuses of it, row by row."""
    refused: list[Problem] = []
    for each in wanted:
        try:
            transfer = await transfers.request_transfer(work, each.draft)
        except Refusal as refusal:
            refused.append(each.refused(refusal))
            continue
        remember(work, sheet_import, each, transfer.id)
    return refused


@dataclass(frozen=True)
class Delivery:
    """What arrived of a transfer, and where it was taken in."""

    transfer_id: transfers.StockTransferId
    into: inventory.WarehouseId | None
    lines: Sequence[ArrivedLine]


async def arrivals_of(work: Work, table: Table) -> Found[Delivery]:
    """Read all deliveries of a table: what is wrong with it, and those that did not come before."""
    sheet = under_headings(table, ARRIVED_COLUMNS)
    codes, named = await codes_of(work, sheet), named_in(sheet, "transfer")
    seen = visible(TRANSFERS, work.actor, warehouse=SIDES)
    coming = {row.number: (row, dict[UUID, Any]()) for row in await work.rows(seen, named)}
    for row in await work.rows(LINES, named):
        if row.number in coming:
            coming[row.number][1][row.variant_id] = row.id
    wanted = [_delivery(number, rows, codes, coming) for number, rows in sheet.grouped("number")]
    return await only_new(work, SheetKind.TRANSFER_ARRIVALS, sheet, [each for each in wanted if each is not None])


def _delivery(
    number: str, rows: Sequence[Row], codes: Codes, coming: Mapping[str, tuple[Any, Mapping[UUID, Any]]]
) -> Wanted[Delivery] | None:
    first, before = rows[0], len(rows[0].problems)
    check_same(rows, ("transfer", "warehouse"))
    code, into = first.text("transfer"), codes.place(first, "warehouse")
    if code not in coming:
        if code:
            first.wrong("transfer", f"there is no transfer {code} that you may see", f"没有您可以查看的调拨单 {code}")
        return None
    transfer, goods = coming[code]
    lines = [_arrived(row, codes, into or transfer.to_warehouse_id, goods) for row in rows]
    if len(first.problems) > before:
        return None
    return Wanted(number, rows, Delivery(transfer.id, into, [each for each in lines if each is not None]))


def _arrived(row: Row, codes: Codes, place: UUID, goods: Mapping[UUID, Any]) -> ArrivedLine | None:
    """Read what arrived of one line of a transfer."""
    variant, quantity = codes.variant(row), _quantity(row)
    lot, shelf = codes.lot(row, variant), codes.bin(row, "bin", place)
    if variant is not None and variant not in goods:
        row.wrong("sku", "is not on this transfer", "不在该调拨单上")
    if variant is None or variant not in goods or quantity is None:
        return None
    return ArrivedLine(line_id=goods[variant], quantity=quantity, lot_id=lot, bin_id=shelf)


async def commit_arrivals(work: Work, sheet_import: SheetImport, wanted: Sequence[Wanted[Delivery]]) -> list[Problem]:
    """Take in what arrived; says what the house refuses of it, row by row."""
    refused: list[Problem] = []
    for each in wanted:
        delivery = each.draft
        try:
            await transfers.receive_transfer(work, delivery.transfer_id, delivery.lines, delivery.into)
        except Refusal as refusal:
            refused.append(each.refused(refusal))
            continue
        # The transfer is held, so its last paper is ours.
        (paper,) = await work.rows(PAPER.where(inventory.StockDocument.origin_id == delivery.transfer_id))
        remember(work, sheet_import, each, paper.id)
    return refused
