"""Counts far off the book (盘点差异警示): an alert for each variant, until the count is posted or given up."""

from typing import Any

from sqlalchemy import text

from domain import alerts, inventory
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.kernel import Work
from domain.stocktaking.events import CountClosed, StocktakeEnded

DIFFERENCES_MAX = 10_000
FAR_OFF = 5
"""So many times the tolerance is severe."""

# A variant is judged as a whole: goods found in another bin than they should lie in are not missing.
APART = text(f"""
    SELECT stocktake.number, counted.*, of_variant.sku, place.code AS warehouse, rules.count_tolerance AS tolerance
    FROM stocktakes AS stocktake
    JOIN warehouses AS place ON place.id = stocktake.warehouse_id
    JOIN LATERAL (
        SELECT variant_id, sum(book_quantity) AS book, sum(counted_quantity) AS counted FROM stocktake_lines
        WHERE stocktake_id = stocktake.id AND counted_quantity IS NOT NULL GROUP BY variant_id
    ) AS counted ON true
    {inventory.rules_of("counted.variant_id", "stocktake.warehouse_id")}
    WHERE stocktake.id = :stocktake_id AND stocktake.status IN ('RECOUNTING', 'COUNTED', 'APPROVED')
      AND abs(counted - book) * 100 > rules.count_tolerance * book
    ORDER BY variant_id LIMIT {DIFFERENCES_MAX}
""")  # noqa: S608 — The formula is the house's.


async def watch_count(work: Work, fact: CountClosed | StocktakeEnded) -> None:
    """Raise an alert for each variant that is off by more than is tolerated, and resolve what no longer is."""
    rows = await work.rows(APART, {"stocktake_id": fact.stocktake_id})
    wanted = [alert for row in rows for alert in _apart(row, fact)]
    within = alerts.Within(place_id=fact.stocktake_id)
    await alerts.settle_alerts(work, None, [AlertKind.COUNT_DIFFERENCE], wanted, within)


def _apart(row: Any, fact: CountClosed | StocktakeEnded) -> list[NewAlert]:
    severe = abs(row.counted - row.book) * 100 > FAR_OFF * row.tolerance * row.book
    return [
        NewAlert(
            subject=alerts.AlertSubject.STOCK,
            subject_id=row.variant_id,
            place_id=fact.stocktake_id,
            kind=AlertKind.COUNT_DIFFERENCE,
            level=level,
            warehouse_id=fact.warehouse_id,
            message=f"{row.number}: {row.counted} of {row.sku} were counted in {row.warehouse}, not {row.book}.",
            message_chinese=f"{row.number}：{row.warehouse} 的 {row.sku} 实盘 {row.counted}，账面 {row.book}",
            evidence={
                "variantId": str(row.variant_id),
                "sku": row.sku,
                "stocktake": row.number,
                "counted": str(row.counted),
                "book": str(row.book),
                "tolerancePercent": str(row.tolerance),
            },
        )
        for level in [AlertLevel.WARN] + [AlertLevel.SEVERE] * severe
    ]
