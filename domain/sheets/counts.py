"""Counts of stocktakes from a spreadsheet (盘点导入): files of scanners that were offline, and lists filled in by hand.

A row is a scan and has an identity, so that a file sent twice, or sent again with more rows, counts each row once.
With a scan number it is that number of that counter; without, it is what the counter found of these goods in this bin
at that time. The same scan with another quantity is a problem of its row: nothing is counted twice unnoticed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from domain import inventory, stocktaking
from domain.kernel import Quantity, Refusal, Work, visible
from domain.sheets.codes import TEXTS, Codes, codes_of, named_in
from domain.sheets.models import SheetImport
from domain.sheets.remembering import Found, Wanted
from domain.sheets.tables import YES_OR_NO, Column, Problem, Row, Table, under_headings
from domain.stocktaking import CountScan, Scan, Stocktake, StocktakeLine, StocktakeStatus

NAME_LENGTH_MAX = 100
OF_SHEETS = UUID("8f0d3c5e-52a4-5b0e-9a35-1f6f2f6f7d11")
"""What the ids of scans of sheets are made under, so that the same row always has the same id."""

COLUMNS = (
    Column(name="number", chinese="盘点单号", english="Stocktake", required=True),
    Column(name="sku", chinese="商品编码", english="SKU", required=True),
    Column(name="quantity", chinese="实盘数量", english="Counted", required=True),
    Column(name="lot", chinese="批号", english="Lot"),
    Column(name="bin", chinese="库位", english="Bin"),
    Column(name="counter", chinese="盘点人", english="Counter"),
    Column(name="counted_at", chinese="盘点时间", english="Counted at"),
    Column(name="scan", chinese="扫描号", english="Scan"),
    Column(name="recount", chinese="复盘", english="Recount"),
)
IDS = bindparam("ids", type_=ARRAY(Uuid))
# Held as counters hold it: nobody closes a round while its rows are read and counted.
STOCKTAKES = (
    select(*Stocktake.__table__.columns)
    .where(Stocktake.number == any_(TEXTS))
    .order_by(Stocktake.id)
    .with_for_update(read=True, key_share=True)
)
FOUND: tuple[Any, ...] = (StocktakeLine.variant_id, StocktakeLine.lot_id, StocktakeLine.bin_id)
AGAIN = select(StocktakeLine.stocktake_id, *FOUND).where(StocktakeLine.stocktake_id == any_(IDS), StocktakeLine.recount)
SCANNED: tuple[Any, ...] = (CountScan.stocktake_id, CountScan.scan_id, CountScan.quantity)
KNOWN = (
    select(*SCANNED, *FOUND)
    .join(StocktakeLine, StocktakeLine.id == CountScan.line_id)
    .where(CountScan.stocktake_id == any_(IDS), CountScan.scan_id == any_(bindparam("scan_ids", type_=ARRAY(Uuid))))
)


@dataclass(frozen=True)
class Counts:
    """What was found for one stocktake, row by row."""

    stocktake_id: stocktaking.StocktakeId
    scans: Sequence[Scan]


@dataclass
class Reader:
    """What rows are read against: the codes, the stocktakes, what came before, and what is to be counted again."""

    work: Work
    codes: Codes
    stocktakes: dict[str, Any]
    occurrences: Counter[str] = field(default_factory=Counter)
    known: dict[tuple[UUID, UUID], Any] = field(default_factory=dict)
    again: set[tuple[Any, ...]] = field(default_factory=set)


async def counts_of(work: Work, table: Table) -> Found[Counts]:
    """Read all counts of a table: what is wrong with it, and those that did not come before."""
    sheet = under_headings(table, COLUMNS)
    seen = visible(STOCKTAKES, work.actor, warehouse=Stocktake.warehouse_id)
    stocktakes = {row.number: row for row in await work.rows(seen, named_in(sheet, "number"))}
    reader = Reader(work, await codes_of(work, sheet), stocktakes)
    counts = [(row, found, scan) for row in sheet.rows for found, scan in _scan(reader, row)]
    ids = [each.id for each in stocktakes.values()]
    before = await work.rows(KNOWN, {"ids": ids, "scan_ids": [scan.scan_id for *_, scan in counts]})
    reader.known = {(row.stocktake_id, row.scan_id): row for row in before}
    recounted = [each.id for each in stocktakes.values() if each.status is StocktakeStatus.RECOUNTING]
    reader.again = {tuple(row) for row in await work.rows(AGAIN, {"ids": recounted})}
    new = [(row, found, scan) for row, found, scan in counts if _is_new(reader, row, found, scan)]
    return Found(sheet, len(sheet.rows), list(_in_parts(new)), len(new))


def _scan(reader: Reader, row: Row) -> Iterator[tuple[Any, Scan]]:
    """Read one row, or note what is wrong with it."""
    before, number = len(row.problems), row.text("number", 100)
    stocktake = reader.stocktakes.get(number)
    if number and stocktake is None:
        row.wrong("number", f"there is no stocktake {number} that you may see", f"没有您可以查看的盘点单 {number}")
    variant, quantity = reader.codes.variant(row), row.measure("quantity", Quantity)
    if quantity is not None and quantity < Quantity(0):
        row.wrong("quantity", "must not be negative", "不能为负数")
    lot = reader.codes.lot(row, variant)
    shelf = reader.codes.bin(row, "bin", stocktake.warehouse_id if stocktake is not None else None)
    counter = row.text("counter", NAME_LENGTH_MAX) or reader.work.actor.name
    counted_at, recount = row.moment("counted_at", inventory.CHINA), row.choice("recount", YES_OR_NO)
    if len(row.problems) > before or stocktake is None or variant is None or quantity is None:
        return
    found = [number, counter, bool(recount)]
    if scanned := row.text("scan", NAME_LENGTH_MAX):
        identity = _identity(*found, scanned)
    else:
        identity = _identity(*found, variant, lot, shelf, counted_at)
        reader.occurrences[identity] += 1
        identity = _identity(identity, reader.occurrences[identity])
    yield (
        stocktake,
        Scan(
            scan_id=uuid5(OF_SHEETS, identity),
            variant_id=variant,
            quantity=quantity,
            lot_id=lot,
            bin_id=shelf,
            scanned_at=counted_at,
            counted_by=counter,
        ),
    )


def _identity(*parts: Any) -> str:
    return json.dumps(parts, default=str, ensure_ascii=False)


def _is_new(reader: Reader, row: Row, stocktake: Any, scan: Scan) -> bool:
    """Say whether a row counts: it did not come before, and the stocktake takes it now."""
    key = (stocktake.id, scan.scan_id)
    before = reader.known.setdefault(key, scan)
    if before is not scan:
        if (_place(before), before.quantity) != (_place(scan), scan.quantity):
            told = before.quantity
            row.wrong(
                "quantity",
                f"was counted before as {told}; what was found beside that needs a scan number or a time of its own",
                f"此前已录入为 {told}；如为另外清点的数量，请填写不同的扫描号或盘点时间",
            )
        return False
    problem = _untimely(reader, row, stocktake, scan)
    if problem is not None:
        row.wrong(*problem)
    return problem is None


def _place(found: Any) -> tuple[UUID, UUID | None, UUID | None]:
    return found.variant_id, found.lot_id, found.bin_id


def _untimely(reader: Reader, row: Row, stocktake: Any, scan: Scan) -> tuple[str, str, str] | None:
    """Say why a stocktake does not take this count: it is over, this is not its round, or the time cannot be."""
    number, recount = stocktake.number, bool(row.choice("recount", YES_OR_NO))
    if stocktake.status not in (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING):
        state = stocktake.status.value
        return "number", f"{number} is {state} and takes no more counts", f"{number} 当前为 {state}，不再接受盘点数"
    if recount != (stocktake.status is StocktakeStatus.RECOUNTING):
        if recount:
            return "recount", f"{number} is not being counted again yet", f"{number} 尚未进入复盘"
        return "recount", f"{number} is being counted again; say yes if this was", f"{number} 正在复盘，复盘数请填“是”"
    if recount and (stocktake.id, *_place(scan)) not in reader.again:
        return "sku", f"is not to be counted again in {number}", f"不在 {number} 的复盘范围"
    return _impossible(reader.work.now, stocktake, scan)


def _impossible(now: datetime, stocktake: Any, scan: Scan) -> tuple[str, str, str] | None:
    ends = (stocktake.round_started_at, now + stocktaking.CLOCKS_APART_MAX)
    if scan.scanned_at is None or ends[0] <= scan.scanned_at <= ends[1]:
        return None
    begun = ends[0].astimezone(inventory.CHINA).isoformat(" ", "seconds")
    return "counted_at", f"must lie between {begun} and now", f"应在 {begun} 与当前时间之间"


def _in_parts(new: Sequence[tuple[Row, Any, Scan]]) -> Iterator[Wanted[Counts]]:
    """Put the rows of each stocktake together, as many as are counted at once."""
    of_stocktake: dict[Any, list[tuple[Row, Scan]]] = {}
    for row, stocktake, scan in new:
        of_stocktake.setdefault((stocktake.number, stocktake.id), []).append((row, scan))
    for (number, stocktake_id), counts in of_stocktake.items():
        for first in range(0, len(counts), stocktaking.SCANS_MAX):
            part = counts[first : first + stocktaking.SCANS_MAX]
            scans = Counts(stocktake_id, [scan for _, scan in part])
            yield Wanted(number, [row for row, _ in part], scans)


async def commit_counts(work: Work, _: SheetImport, wanted: Sequence[Wanted[Counts]]) -> list[Problem]:
    """Count what was found; says what the house refuses of it, row by row."""
    refused: list[Problem] = []
    for each in wanted:
        try:
            await stocktaking.count_stock(work, each.draft.stocktake_id, each.draft.scans)
        except Refusal as refusal:
            refused.append(each.refused(refusal))
    return refused
