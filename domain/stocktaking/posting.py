"""Posting a stocktake (盘盈盘亏过账): what was too much comes in, what was missing goes out, at the right cost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from domain import inventory, orders
from domain.kernel import Quantity, Refusal, UnitPrice, Work, action
from domain.stocktaking.booking import freeze_book, settle_book
from domain.stocktaking.events import StocktakeEnded
from domain.stocktaking.models import Stocktake, StocktakeId, StocktakeLine
from domain.stocktaking.starting import LIFECYCLE, POSTED, held

LINES_MAX = 500

Difference = tuple[UUID, inventory.Line]
"""A line of a stocktake, and what is posted of it."""

# What is found and has no stock that tells its cost enters at what it last came in at.
DIFFERENT = text("""
    SELECT line.id, line.variant_id, line.lot_id, line.bin_id, line.counted_quantity - line.book_quantity AS difference,
        greatest(balance.on_hand, 0) AS there,
        CASE WHEN NOT EXISTS (
            SELECT FROM stock_costs AS cost WHERE cost.variant_id = line.variant_id AND cost.quantity > 0
                AND cost.scope_id IN (:warehouse_id, :company_id)
        ) THEN (
            SELECT round(cost_amount / quantity, 6) FROM stock_ledger
            WHERE variant_id = line.variant_id AND quantity > 0 AND counterpart_id <> warehouse_id
            ORDER BY warehouse_id = :warehouse_id DESC, position DESC LIMIT 1
        ) END AS last_cost
    FROM stocktake_lines AS line
    LEFT JOIN stock_balances AS balance ON balance.variant_id = line.variant_id
        AND balance.warehouse_id = :warehouse_id AND balance.lot_id IS NOT DISTINCT FROM line.lot_id
        AND balance.bin_id IS NOT DISTINCT FROM line.bin_id
    WHERE line.stocktake_id = :stocktake_id AND line.counted_quantity <> line.book_quantity
    ORDER BY line.variant_id, line.id
""")


@action
async def post_stocktake(work: Work, stocktake_id: StocktakeId) -> Stocktake:
    """Bring the book to what was counted, by other-in and other-out documents; all of it or nothing.

    Of what is missing and was promised to buyers, the last promises are taken back: those orders wait for stock again.
    """
    stocktake = await held(work, stocktake_id)
    LIFECYCLE.check(stocktake.number, stocktake.status, POSTED)
    await freeze_book(work, stocktake)
    place = {"warehouse_id": stocktake.warehouse_id, "company_id": inventory.COMPANY}
    given = {"stocktake_id": stocktake.id, **place}
    rows = await work.rows(DIFFERENT, given)
    # What was found comes in first: goods in another bin than they should be are not missing.
    found, missing = [(row.id, _found(row)) for row in rows if row.difference > 0], _missing(rows)
    await _post(work, stocktake, inventory.MovementKind.ADJUSTMENT_IN, found)
    waiting = await _take_promises_back(work, stocktake, missing)
    await _post(work, stocktake, inventory.MovementKind.ADJUSTMENT_OUT, missing)
    await orders.claim_for_waiting(work, waiting)
    await settle_book(work, stocktake)
    stocktake.status = POSTED
    stocktake.posted_by, stocktake.posted_at = work.actor.name, work.now
    work.record(StocktakeEnded(stocktake_id=stocktake.id, warehouse_id=stocktake.warehouse_id))
    return stocktake


async def _take_promises_back(work: Work, stocktake: Stocktake, missing: Sequence[Difference]) -> list[UUID]:
    """Take back what cannot be kept, the last promise first; returns the orders that wait now, the first paid first."""
    place = stocktake.warehouse_id
    beyond = await inventory.promised_beyond(work, place, [line for _, line in missing]) if missing else {}
    if not beyond:
        return []
    return await orders.take_promises_back(work, place, beyond, f"{stocktake.number} found less than was promised")


async def _post(work: Work, stocktake: Stocktake, kind: inventory.MovementKind, given: Sequence[Difference]) -> None:
    for start in range(0, len(given), LINES_MAX):
        part = given[start : start + LINES_MAX]
        reason = f"{stocktake.number} {stocktake.reason}"[: inventory.REASON_LENGTH_MAX]
        document = inventory.new_document(work, kind, stocktake.warehouse_id, reason)
        try:
            await inventory.post_at_once(work, document, [line for _, line in part])
        except Refusal as refused:
            raise refused.at("input", "id") from None
        booked = update(StocktakeLine).where(StocktakeLine.id.in_([line_id for line_id, _ in part]))
        await work.execute(booked.values(document_id=document.id).execution_options(synchronize_session=False))


def _found(row: Any) -> inventory.Line:
    return inventory.Line(
        variant_id=row.variant_id,
        quantity=Quantity(row.difference),
        unit_cost=UnitPrice(row.last_cost) if row.last_cost is not None else None,
        lot_id=row.lot_id,
        bin_id=row.bin_id,
    )


def _missing(rows: Sequence[Any]) -> list[Difference]:
    """Take what is missing out of its bin; what was sold from there since, by the book, came out of others in truth."""
    here, elsewhere = list[Difference](), list[Difference]()
    for row in rows:
        lost, there = -row.difference, row.there or 0
        line = inventory.Line(variant_id=row.variant_id, quantity=Quantity(max(lost, 0)), lot_id=row.lot_id)
        if lost > 0 and there:
            here.append((row.id, replace(line, quantity=Quantity(min(lost, there)), bin_id=row.bin_id, exact=True)))
        if lost > there:
            elsewhere.append((row.id, replace(line, quantity=Quantity(lost - there))))
    return [*here, *elsewhere]
