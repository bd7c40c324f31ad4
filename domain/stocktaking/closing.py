"""Closing a count (盘点复核): what was counted against the book of that moment; far off is counted again."""

from enum import StrEnum

from sqlalchemy import text

from domain.kernel import Refusal, Work, action
from domain.stocktaking.booking import freeze_book
from domain.stocktaking.events import CountClosed, StocktakeEnded
from domain.stocktaking.models import Stocktake, StocktakeId
from domain.stocktaking.starting import APPROVED, CANCELLED, COUNTED, COUNTING, LIFECYCLE, RECOUNTING, held


class Uncounted(StrEnum):
    """What lines mean that nobody counted: they stay as they are, or nothing was there."""

    KEEP = "KEEP"
    ZERO = "ZERO"


class RecountMissing(Refusal):
    """{lines} lines of {stocktake} are to be counted again and were not."""

    stocktake: str
    lines: int
    chinese = "盘点单 {stocktake} 还有 {lines} 行待复盘"


NOTHING_THERE = text("""
    UPDATE stocktake_lines SET counted_quantity = 0, counted_at = :now
    WHERE stocktake_id = :stocktake_id AND counted_quantity IS NULL
""")

AGAIN = text("""
    UPDATE stocktake_lines SET
        recount = true, first_quantity = counted_quantity, counted_quantity = NULL, counted_at = NULL,
        book_quantity = NULL
    WHERE stocktake_id = :stocktake_id
      AND abs(counted_quantity - book_quantity) * 100 > abs(book_quantity) * :tolerance_percent
""")

MISSING = text("""
    SELECT count(*) FROM stocktake_lines
    WHERE stocktake_id = :stocktake_id AND recount AND counted_quantity IS NULL
""")


@action
async def close_count(work: Work, stocktake_id: StocktakeId, uncounted: Uncounted = Uncounted.KEEP) -> Stocktake:
    """End a count: lines further off than the tolerance are counted again, once; then the count is complete."""
    stocktake = await held(work, stocktake_id)
    LIFECYCLE.check(stocktake.number, stocktake.status, COUNTED)
    if stocktake.status is RECOUNTING:
        missing = (await work.rows(MISSING, {"stocktake_id": stocktake.id}))[0][0]
        if missing:
            raise RecountMissing(stocktake=stocktake.number, lines=missing).at("input", "id")
    elif uncounted is Uncounted.ZERO:
        await work.execute(NOTHING_THERE, {"stocktake_id": stocktake.id, "now": work.now})
    await freeze_book(work, stocktake)
    again = 0
    if stocktake.status is COUNTING:
        tolerance = {"stocktake_id": stocktake.id, "tolerance_percent": stocktake.tolerance_percent}
        again = await work.change(AGAIN, tolerance)
    stocktake.status = RECOUNTING if again else COUNTED
    stocktake.round_started_at = work.now if again else stocktake.round_started_at
    work.record(CountClosed(stocktake_id=stocktake.id, warehouse_id=stocktake.warehouse_id))
    return stocktake


@action
async def approve_stocktake(work: Work, stocktake_id: StocktakeId) -> Stocktake:
    """Vouch for the differences of a complete count: they may be posted."""
    stocktake = await held(work, stocktake_id)
    LIFECYCLE.check(stocktake.number, stocktake.status, APPROVED)
    await freeze_book(work, stocktake)
    stocktake.status = APPROVED
    stocktake.approved_by, stocktake.approved_at = work.actor.name, work.now
    return stocktake


@action
async def cancel_stocktake(work: Work, stocktake_id: StocktakeId) -> Stocktake:
    """Give a stocktake up; nothing is posted."""
    stocktake = await held(work, stocktake_id)
    LIFECYCLE.check(stocktake.number, stocktake.status, CANCELLED)
    stocktake.status = CANCELLED
    work.record(StocktakeEnded(stocktake_id=stocktake.id, warehouse_id=stocktake.warehouse_id))
    return stocktake
