"""Pricing a receipt anew (发票价差): the invoice says another price than the receipt did.

What is still there of the receipt is worth the difference more or less, the rest of it is a variance. Still there is
what would be, if goods left in the order in which they came. At a fixed cost all of it is a variance. Where the company
is one cost scope, goods that went to another of its places are still there; so is, by its share, what was made of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.backdating import open_made_books
from domain.inventory.books import Books
from domain.inventory.cost_methods import REASON_LENGTH_MAX, begin_change, nothing_of, write_change
from domain.inventory.costing_anew import history_since, what_was_made
from domain.inventory.events import ReceiptRepriced
from domain.inventory.models import (
    CostChange,
    CostChangeKind,
    CostChangeLine,
    DocumentStatus,
    MovementKind,
    StockDocument,
    StockDocumentId,
    StockDocumentLine,
)
from domain.inventory.passing_on import Passage, Passed, part_of, still_there
from domain.inventory.postings import Moved
from domain.inventory.statements import statement
from domain.kernel import (
    BadInput,
    Money,
    NotFound,
    Quantity,
    UnitPrice,
    Work,
    WrongState,
    action,
    sees_warehouse,
    short_text,
)

LINES_MAX = 500


@dataclass(frozen=True, kw_only=True)
class NewPrice:
    """What one of a line of a receipt costs in truth."""

    position: int
    unit_cost: UnitPrice


@action
async def reprice_receipt(
    work: Work, document_id: StockDocumentId, prices: Sequence[NewPrice], reason: str
) -> CostChange:
    """Price lines of a posted receipt anew: what is still there of them is worth that, the rest is a variance."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    receipt = await _receipt(work, document_id)
    lines = await _lines_of(work, receipt, prices)
    keys, moment = {(line.variant_id, receipt.warehouse_id) for line in lines.values()}, _moment_of(receipt)
    books, made = await open_made_books(work, keys, moment)
    passage = await _passage(work, books, moment) if made else None
    standing_there = STANDING_IN_COMPANY if books.company_wide else STANDING_HERE
    before = {row.position: row for row in await work.rows(standing_there, {"document_id": document_id})}
    change = begin_change(work, CostChangeKind.REPRICED, stated, document_id)
    await work.session.flush()
    moved, kept = list[Moved](), list[CostChangeLine]()
    for number, price in enumerate(prices, 1):
        line, standing = lines[price.position], before[price.position]
        key = (line.variant_id, receipt.warehouse_id)
        told = _line(change, number, price, line, standing)
        there = books.worth(key).quantity
        told.still_there = still_there(told.quantity, there, Quantity(standing.entered_since))
        told.revalued = revalued(told, books.worth(key), books.items[key].valued)
        if told.revalued:
            moved.append(books.revalue(nothing_of(*key, number), told.revalued))
        for passed in _passed_on(passage, receipt, told):
            if amount := _sound(passed.revalued(), books.worth(passed.key), books.items[passed.key].valued):
                moved.append(books.revalue(nothing_of(*passed.key, number), amount))
                told.revalued += amount
        kept.append(told)
    work.session.add_all(kept)
    difference = Money.total(each.difference for each in kept)
    variance = difference - Money.total(each.revalued for each in kept)
    fact = ReceiptRepriced(change_id=change.id, cost_amount=difference, variance=variance)
    await write_change(work, change, books, moved, fact)
    return change


def revalued(line: CostChangeLine, worth: Worth, valued: bool) -> Money:
    """Say by how much stock is worth more or, negative, less; never less than nothing is left."""
    return _sound(part_of(line.difference, line.still_there, line.quantity), worth, valued)


def _sound(share: Money, worth: Worth, valued: bool) -> Money:
    fits = worth.fixed is None and valued and worth.quantity > NOTHING
    return max(share, -worth.value) if fits else FREE_OF_COST


def _moment_of(receipt: StockDocument) -> datetime:
    if receipt.posted_at is None:
        raise ValueError("what is priced anew was posted")
    return receipt.effective_at or receipt.posted_at


async def _passage(work: Work, books: Books, moment: datetime) -> Passage:
    rows = await history_since(work, moment, {variant_id for variant_id, _ in books.items})
    return Passage(rows, await what_was_made(work, rows), books.scope, books.worth)


def _passed_on(passage: Passage | None, receipt: StockDocument, line: CostChangeLine) -> list[Passed]:
    """Say what of the difference of a line falls to what was made of it."""
    if passage is None:
        return []
    own = (receipt.id, line.document_line, MovementKind.RECEIPT)
    entered = [row for row in passage.rows if (row.document_id, row.document_line, row.kind) == own]
    return passage.pass_on(entered, line.quantity, line.difference) if entered else []


# The price that stands is the last one; what came in since came in after the receipt's own movements.
STANDING = """
    SELECT line.position, coalesce((
            SELECT anew.unit_cost FROM cost_change_lines AS anew JOIN cost_changes ON cost_changes.id = anew.change_id
            WHERE anew.document_id = line.document_id AND anew.document_line = line.position
            ORDER BY cost_changes.number DESC LIMIT 1), line.unit_cost) AS unit_cost,
        coalesce((
            SELECT sum(later.quantity) FROM stock_ledger AS own
            JOIN stock_ledger AS later ON later.variant_id = own.variant_id AND {same_scope}
                AND (later.effective_at, later.position) > (own.effective_at, own.position)
            WHERE own.document_type = 'StockDocument' AND own.document_id = line.document_id
              AND own.document_line = line.position AND own.kind = 'RECEIPT' AND own.leg = (
                SELECT max(leg) FROM stock_ledger AS part WHERE part.document_type = 'StockDocument'
                  AND part.document_id = line.document_id AND part.document_line = line.position
                  AND part.kind = 'RECEIPT')
              AND later.quantity > 0 AND later.counterpart_id <> later.warehouse_id), 0) AS entered_since
    FROM stock_document_lines AS line WHERE line.document_id = :document_id
"""
STANDING_HERE = statement(STANDING.format(same_scope="later.warehouse_id = own.warehouse_id"))
# What comes from another place of the company was there before.
STANDING_IN_COMPANY = statement(
    STANDING.format(
        same_scope="""later.warehouse_id IN (SELECT id FROM warehouses WHERE valued) AND NOT (
                later.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
                AND later.counterpart_id IN (SELECT id FROM warehouses WHERE valued))"""
    )
)


async def _receipt(work: Work, document_id: StockDocumentId) -> StockDocument:
    receipt = await work.session.get(StockDocument, document_id, with_for_update=True, populate_existing=True)
    if receipt is None or not sees_warehouse(work.actor, receipt.warehouse_id):
        raise NotFound(what="stock document", which=str(document_id)).at("input", "id")
    state = f"{receipt.status.value} {receipt.kind.value}"
    if state != f"{DocumentStatus.POSTED} {MovementKind.RECEIPT}" or receipt.voids_id is not None:
        raise WrongState(what="stock document", which=receipt.number, state=state, needed="a posted receipt").at(
            "input", "id"
        )
    return receipt


async def _lines_of(work: Work, receipt: StockDocument, prices: Sequence[NewPrice]) -> dict[int, Any]:
    """Find the lines that are named, each once."""
    if not 1 <= len(prices) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    columns = (StockDocumentLine.position, StockDocumentLine.variant_id, StockDocumentLine.quantity)
    rows = await work.rows(select(*columns).where(StockDocumentLine.document_id == receipt.id))
    by_position, seen = {row.position: row for row in rows}, set[int]()
    for index, price in enumerate(prices):
        where = ("input", "lines", str(index))
        if price.position not in by_position or price.position in seen:
            raise BadInput(field="position", problem="names a line of the receipt, each once").at(*where, "position")
        if price.unit_cost < UnitPrice(0):
            raise BadInput(field="unitCost", problem="must not be negative").at(*where, "unitCost")
        seen.add(price.position)
    return by_position


def _line(change: CostChange, number: int, price: NewPrice, line: Any, standing: Any) -> CostChangeLine:
    if change.document_id is None:
        raise ValueError("a receipt is priced anew")
    before = UnitPrice(standing.unit_cost)
    return CostChangeLine(
        change_id=change.id,
        position=number,
        document_id=change.document_id,
        document_line=price.position,
        variant_id=line.variant_id,
        quantity=line.quantity,
        unit_cost_before=before,
        unit_cost=price.unit_cost,
        difference=price.unit_cost * line.quantity - before * line.quantity,
        still_there=NOTHING,
        revalued=FREE_OF_COST,
    )
