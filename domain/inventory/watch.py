"""Abnormal stock (异常警示): what is too little, too much, promised but missing, or moved for no good reason.

The watch looks at the stock as it is when it looks, one at a time, so that late or repeated facts do no harm.
Both levels are open while both hold; each is resolved when its own cause is gone.
"""

from typing import Any

from sqlalchemy import or_, select

from domain import alerts, catalogue
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.averages import NOTHING
from domain.inventory.events import NegativeStockAttempted, StockChanged
from domain.inventory.models import StockItem, Warehouse
from domain.inventory.statements import FREE
from domain.inventory.watch_shortages import OF_VARIANTS, SKU, TURN, FreeBy, free_now, settle_shortages
from domain.kernel import Quantity, Work

LEVELS = (AlertKind.BELOW_SAFETY, AlertKind.ABOVE_MAXIMUM)
FAR_ABOVE = 2
"""Above this multiple of the maximum is severe; below the safety stock is severe when nothing is free."""

LIMITED: Any = (
    select(
        StockItem.variant_id,
        StockItem.warehouse_id,
        StockItem.on_hand,
        FREE.label("free"),
        StockItem.safety,
        StockItem.maximum,
        Warehouse.code.label("warehouse"),
        catalogue.Variant.sku,
    )
    .join(Warehouse, Warehouse.id == StockItem.warehouse_id)
    .join(catalogue.Variant, catalogue.Variant.id == StockItem.variant_id)
    .where(StockItem.variant_id == OF_VARIANTS)
    .where(or_(StockItem.safety.is_not(None), StockItem.maximum.is_not(None)))
)
ATTEMPTS = select(alerts.Alert.id, alerts.Alert.subject_id, alerts.Alert.place_id, alerts.Alert.evidence).where(
    alerts.Alert.subject_id == OF_VARIANTS,
    alerts.Alert.kind == AlertKind.NEGATIVE_ATTEMPT,
    alerts.Alert.resolved_at.is_(None),
)


async def watch_stock(work: Work, fact: StockChanged) -> None:
    """Compare what is there with its limits, and resolve what was missing and no longer is."""
    given = {"variant_ids": sorted(fact.variant_ids)}
    await work.execute(TURN)
    rows = await work.rows(LIMITED, given)
    wanted = [alert for row in rows for alert in (*_below(row), *_above(row))]
    await alerts.settle_alerts(work, fact.variant_ids, LEVELS, wanted)
    await settle_shortages(work, fact.variant_ids)
    if attempts := await work.rows(ATTEMPTS, given):
        there = await free_now(work, fact.variant_ids)
        over = [each.id for each in attempts if _possible(each, there)]
        await alerts.resolve_alerts_by_id(work, over)


def _possible(attempt: Any, there: FreeBy) -> bool:
    free = there.get((attempt.subject_id, attempt.place_id), NOTHING)
    return free >= Quantity(attempt.evidence["wanted"])


def _below(row: Any) -> list[NewAlert]:
    if row.safety is None or row.free >= row.safety:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.free} are free, {row.safety} should be."
    chinese = f"{row.warehouse} 的 {row.sku} 可用 {row.free}，低于安全库存 {row.safety}"
    levels = [AlertLevel.WARN] + [AlertLevel.SEVERE] * (row.free <= NOTHING)
    evidence = {"available": str(row.free), "safety": str(row.safety)}
    return [_of_item(row, AlertKind.BELOW_SAFETY, level, (message, chinese), evidence) for level in levels]


def _above(row: Any) -> list[NewAlert]:
    if row.maximum is None or row.on_hand <= row.maximum:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.on_hand} are there, {row.maximum} are enough."
    chinese = f"{row.warehouse} 的 {row.sku} 现有 {row.on_hand}，高于最高库存 {row.maximum}"
    far = row.on_hand.value > FAR_ABOVE * row.maximum.value
    levels = [AlertLevel.WARN] + [AlertLevel.SEVERE] * far
    evidence = {"onHand": str(row.on_hand), "maximum": str(row.maximum)}
    return [_of_item(row, AlertKind.ABOVE_MAXIMUM, level, (message, chinese), evidence) for level in levels]


def _of_item(
    row: Any, kind: AlertKind, level: AlertLevel, messages: tuple[str, str], evidence: dict[str, str]
) -> NewAlert:
    return NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=row.variant_id,
        place_id=row.warehouse_id,
        kind=kind,
        level=level,
        warehouse_id=row.warehouse_id,
        message=messages[0],
        message_chinese=messages[1],
        evidence={"variantId": str(row.variant_id), "sku": row.sku, **evidence},
    )


async def watch_attempt(work: Work, fact: NegativeStockAttempted) -> None:
    """Raise an alert when somebody tried to take out more than is free."""
    await work.execute(TURN)
    there = await free_now(work, [fact.variant_id])
    if there.get((fact.variant_id, fact.warehouse_id), NOTHING) >= fact.wanted:
        return
    sku = str(await work.session.scalar(SKU, {"variant_ids": [fact.variant_id]}))
    alert = NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=fact.variant_id,
        place_id=fact.warehouse_id,
        kind=AlertKind.NEGATIVE_ATTEMPT,
        level=AlertLevel.WARN,
        warehouse_id=fact.warehouse_id,
        message=f"{sku}: somebody tried to take out {fact.wanted}, {fact.available} were free.",
        message_chinese=f"{sku} 负库存尝试：出库 {fact.wanted}，可用 {fact.available}",
        evidence={
            "variantId": str(fact.variant_id),
            "sku": sku,
            "wanted": str(fact.wanted),
            "available": str(fact.available),
        },
    )
    await alerts.open_alerts(work, [alert])
