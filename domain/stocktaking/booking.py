"""The book of a count (账面数): what should have been there at the moment a line was counted, as is known by now.

It is what is there, less what moved since that moment. A paper may come late, and a sale end late, that took effect
before the moment: so it is asked again when a count is approved and when it is posted, and then once more for nobody,
because papers dated back to before a posted count are refused.

Two stocktakes may count the same goods. What the other one found and posted was so when it looked, not when it was
posted; and where it looked later, its word stands and this one has nothing to say.
"""

from sqlalchemy import func, select, text

from domain import inventory
from domain.kernel import Work
from domain.stocktaking.models import Stocktake

COUNTED = text("""
    SELECT variant_id, max(counted_at) AS counted_at FROM stocktake_lines
    WHERE stocktake_id = :stocktake_id AND counted_at IS NOT NULL GROUP BY variant_id ORDER BY variant_id
""")

FREEZE = text("""
    WITH others AS (
        SELECT counted.id, sum(other.counted_quantity - other.book_quantity) AS found,
            bool_or(other.counted_at > counted.counted_at) AS later
        FROM stocktakes AS stocktake
        JOIN stocktake_lines AS other ON other.stocktake_id = stocktake.id
        JOIN stocktake_lines AS counted ON counted.stocktake_id = :stocktake_id
            AND counted.variant_id = other.variant_id AND counted.counted_at < stocktake.posted_at
            AND counted.lot_id IS NOT DISTINCT FROM other.lot_id AND counted.bin_id IS NOT DISTINCT FROM other.bin_id
        LEFT JOIN stock_documents AS paper ON paper.id = other.document_id
        WHERE stocktake.warehouse_id = :warehouse_id AND stocktake.posted_at > :started_at
          AND stocktake.status = 'POSTED' AND stocktake.id <> :stocktake_id
          AND other.counted_at IS NOT NULL AND paper.status IS DISTINCT FROM 'VOIDED'
        GROUP BY counted.id
    ), booked AS (
        SELECT counted.id, CASE WHEN others.later THEN counted.counted_quantity
            ELSE coalesce(balance.on_hand, 0) - coalesce(since.quantity, 0) + coalesce(others.found, 0) END AS quantity
        FROM stocktake_lines AS counted LEFT JOIN others ON others.id = counted.id
        LEFT JOIN stock_balances AS balance
            ON balance.variant_id = counted.variant_id AND balance.warehouse_id = :warehouse_id
            AND balance.lot_id IS NOT DISTINCT FROM counted.lot_id
            AND balance.bin_id IS NOT DISTINCT FROM counted.bin_id
        LEFT JOIN LATERAL (
            SELECT sum(moved.quantity) AS quantity FROM stock_ledger AS moved
            WHERE moved.variant_id = counted.variant_id AND moved.warehouse_id = :warehouse_id
              AND moved.effective_at > counted.counted_at
              AND moved.lot_id IS NOT DISTINCT FROM counted.lot_id AND moved.bin_id IS NOT DISTINCT FROM counted.bin_id
        ) AS since ON true
        WHERE counted.stocktake_id = :stocktake_id AND counted.counted_at IS NOT NULL
    )
    UPDATE stocktake_lines AS line SET book_quantity = booked.quantity FROM booked
    WHERE line.id = booked.id AND line.book_quantity IS DISTINCT FROM booked.quantity
""")


async def freeze_book(work: Work, stocktake: Stocktake) -> None:
    """Write beside each counted line what should have been there; nobody moves these goods until the end."""
    # Goods that were never there have no stock to hold: two stocktakes that found them come one after the other.
    turn = func.hashtextextended(f"stocktaking:{stocktake.warehouse_id}", 0)
    await work.execute(select(func.pg_advisory_xact_lock(turn)))
    counted = await work.rows(COUNTED, {"stocktake_id": stocktake.id})
    await inventory.hold_counted(work, stocktake.warehouse_id, [row.variant_id for row in counted])
    place = {"warehouse_id": stocktake.warehouse_id, "started_at": stocktake.started_at}
    await work.execute(FREEZE, {"stocktake_id": stocktake.id, **place})


async def settle_book(work: Work, stocktake: Stocktake) -> None:
    """Let what a count found stand: no paper is dated back to before it any more."""
    counted = [(row.variant_id, row.counted_at) for row in await work.rows(COUNTED, {"stocktake_id": stocktake.id})]
    await inventory.note_counted(work, stocktake.warehouse_id, counted, stocktake.number)
