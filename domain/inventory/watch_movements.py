"""Unexplained jumps and expiry (异常变动与效期): adjustments out of all proportion, and lots about to expire."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid5

from sqlalchemy import select

from domain import alerts, catalogue
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.averages import NOTHING
from domain.inventory.events import StockAdjusted
from domain.inventory.lots import today
from domain.inventory.models import Lot, StockBalance, Warehouse
from domain.inventory.statements import statement
from domain.inventory.watch_shortages import TURN
from domain.kernel import Work

JUMP_QUANTITY_MIN = 5
"""Fewer pieces than this are never a jump."""

JUMP_TIMES = 5
"""More than so many times the mean movement is a jump, if there were movements enough to have a mean."""

JUMP_HISTORY_MIN = 5
JUMP_HISTORY_MAX = 30
FORGOTTEN_AFTER = timedelta(days=7)
"""Jumps and attempts have no cause that could go away; after a week the row is history."""

EXPIRING_WARN_DAYS = 90
EXPIRING_SEVERE_DAYS = 30
EXPIRING_MAX = 10_000


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
    levels = [AlertLevel.WARN] + [AlertLevel.SEVERE] * over_half
    return [
        NewAlert(
            subject=alerts.AlertSubject.STOCK,
            subject_id=row.variant_id,
            place_id=row.warehouse_id,
            kind=AlertKind.UNEXPLAINED_JUMP,
            level=level,
            warehouse_id=row.warehouse_id,
            message=f"{row.sku} in {row.warehouse}: {row.quantity} were adjusted, {row.before} had been there.",
            message_chinese=f"{row.warehouse} 的 {row.sku} 异常变动 {row.quantity}，变动前为 {row.before}",
            evidence={
                "variantId": str(row.variant_id),
                "sku": row.sku,
                "quantity": str(row.quantity),
                "before": str(row.before),
            },
        )
        for level in levels
    ]


async def scan_stock(work: Work) -> None:
    """Raise and resolve what only time changes: lots about to expire, and jumps and attempts a week old."""
    await work.execute(TURN)
    on = today(work.now)
    rows = await work.rows(_expiring(on))
    wanted = [alert for row in rows for alert in _expiry_alerts(row, on)]
    await alerts.settle_alerts(work, None, [AlertKind.EXPIRING], wanted)
    old = select(alerts.Alert.id).where(
        alerts.Alert.kind.in_([AlertKind.UNEXPLAINED_JUMP, AlertKind.NEGATIVE_ATTEMPT]),
        alerts.Alert.resolved_at.is_(None),
        alerts.Alert.opened_at < work.now - FORGOTTEN_AFTER,
    )
    await alerts.resolve_alerts_by_id(work, [row.id for row in await work.rows(old)])


def _expiring(on: date) -> Any:
    return (
        select(
            Lot.id,
            Lot.variant_id,
            Lot.code,
            Lot.expires_on,
            StockBalance.warehouse_id,
            StockBalance.on_hand,
            catalogue.Variant.sku,
            Warehouse.code.label("warehouse"),
        )
        .join(StockBalance, StockBalance.lot_id == Lot.id)
        .join(catalogue.Variant, catalogue.Variant.id == Lot.variant_id)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(Lot.expires_on <= on + timedelta(days=EXPIRING_WARN_DAYS), StockBalance.on_hand > NOTHING)
        .order_by(Lot.expires_on, Lot.id)
        .limit(EXPIRING_MAX)
    )


def _expiry_alerts(row: Any, on: date) -> list[NewAlert]:
    days = (row.expires_on - on).days
    levels = [AlertLevel.WARN] + [AlertLevel.SEVERE] * (days <= EXPIRING_SEVERE_DAYS)
    return [
        NewAlert(
            subject=alerts.AlertSubject.STOCK,
            subject_id=row.variant_id,
            place_id=uuid5(row.warehouse_id, str(row.id)),  # Each lot in each warehouse has its own alert.
            kind=AlertKind.EXPIRING,
            level=level,
            warehouse_id=row.warehouse_id,
            message=f"{row.sku} in {row.warehouse}: {row.on_hand} of lot {row.code} expire on {row.expires_on}.",
            message_chinese=f"{row.warehouse} 的 {row.sku} 批号 {row.code} 现有 {row.on_hand}，{row.expires_on} 到期",
            evidence={
                "variantId": str(row.variant_id),
                "sku": row.sku,
                "lotCode": row.code,
                "expiresOn": str(row.expires_on),
                "onHand": str(row.on_hand),
            },
        )
        for level in levels
    ]
