"""Unexplained jumps (异常变动): adjustments out of all proportion."""

from typing import Any

from domain import alerts
from domain.alerts import AlertKind, NewAlert
from domain.inventory.events import StockAdjusted
from domain.inventory.statements import statement
from domain.inventory.watch_alerts import levels, stock_alert
from domain.inventory.watch_shortages import TURN
from domain.kernel import Work

JUMP_QUANTITY_MIN = 5
"""Fewer pieces than this are never a jump."""

JUMP_TIMES = 5
"""More than so many times the mean movement is a jump, if there were movements enough to have a mean."""

JUMP_HISTORY_MIN = 5
JUMP_HISTORY_MAX = 30

# What the document moved, by variant, what was there before it, and what usually moves.
ADJUSTED = statement("""
    SELECT moved.variant_id, moved.warehouse_id, abs(moved.quantity) AS quantity,
        item.on_hand - since.quantity AS before, earlier.times, earlier.mean,
        variants.sku, warehouses.code AS warehouse
    FROM (
        SELECT variant_id, warehouse_id, sum(quantity) AS quantity, min(position) AS position FROM stock_ledger
        WHERE document_type = 'StockDocument' AND document_id = :document_id
        GROUP BY variant_id, warehouse_id
    ) AS moved
    JOIN stock_items AS item ON item.variant_id = moved.variant_id AND item.warehouse_id = moved.warehouse_id
    JOIN variants ON variants.id = moved.variant_id
    JOIN warehouses ON warehouses.id = moved.warehouse_id
    CROSS JOIN LATERAL (
        SELECT sum(quantity) AS quantity FROM stock_ledger AS movement
        WHERE movement.variant_id = moved.variant_id AND movement.warehouse_id = moved.warehouse_id
          AND movement.position >= moved.position
    ) AS since
    CROSS JOIN LATERAL (
        SELECT count(*) AS times, avg(quantity) AS mean FROM (
            SELECT abs(quantity) AS quantity FROM stock_ledger AS movement
            WHERE movement.variant_id = moved.variant_id AND movement.warehouse_id = moved.warehouse_id
              AND movement.position < moved.position
            ORDER BY movement.position DESC LIMIT :history_max
        ) AS last
    ) AS earlier
""")


async def watch_adjustment(work: Work, fact: StockAdjusted) -> None:
    """Raise an alert when an adjustment is far larger than what usually moves, or than half of what was there."""
    await work.execute(TURN)
    rows = await work.rows(ADJUSTED, {"document_id": fact.document_id, "history_max": JUMP_HISTORY_MAX})
    await alerts.open_alerts(work, [alert for row in rows for alert in _jumps(row)])


def _jumps(row: Any) -> list[NewAlert]:
    if row.quantity < JUMP_QUANTITY_MIN:
        return []
    over_half = 0 < row.before < 2 * row.quantity
    unusual = row.times >= JUMP_HISTORY_MIN and row.quantity > JUMP_TIMES * row.mean
    if not over_half and not unusual:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.quantity} were adjusted, {row.before} had been there."
    chinese = f"{row.warehouse} 的 {row.sku} 异常变动 {row.quantity}，变动前为 {row.before}"
    evidence = {"quantity": str(row.quantity), "before": str(row.before)}
    kind = AlertKind.UNEXPLAINED_JUMP
    return [stock_alert(row, kind, level, (message, chinese), evidence) for level in levels(severe=over_half)]
