"""Abnormal stock (异常警示): what is too little, too much, promised but missing, or moved for no good reason.

The watch looks at the stock as it is when it looks, one at a time, so that late or repeated facts do no harm.
Both levels are open while both hold; each is resolved when its own cause is gone.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, func, or_, select

from domain import alerts, catalogue
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.averages import NOTHING
from domain.inventory.events import NegativeStockAttempted, StockChanged, StockRanShort
from domain.inventory.models import StockItem, Warehouse
from domain.inventory.statements import FREE, UUIDS
from domain.kernel import Quantity, Work

LEVELS = (AlertKind.BELOW_SAFETY, AlertKind.ABOVE_MAXIMUM)
WANTS = (AlertKind.OVERSOLD, AlertKind.NEGATIVE_ATTEMPT)
FAR_ABOVE = 2
"""Above this multiple of the maximum is severe; below the safety stock is severe when nothing is free."""

TURN = select(func.pg_advisory_xact_lock(func.hashtext("inventory.watch")))
OF_VARIANTS = any_(bindparam("variant_ids", type_=UUIDS))

WATCHED: Any = (
    select(
        StockItem.variant_id,
        StockItem.warehouse_id,
        StockItem.on_hand,
        FREE.label("free"),
        StockItem.safety,
        StockItem.maximum,
        Warehouse.code.label("warehouse"),
        Warehouse.sellable,
        catalogue.Variant.sku,
    )
    .join(Warehouse, Warehouse.id == StockItem.warehouse_id)
    .join(catalogue.Variant, catalogue.Variant.id == StockItem.variant_id)
    .where(StockItem.variant_id == OF_VARIANTS)
)
LIMITED = WATCHED.where(or_(StockItem.safety.is_not(None), StockItem.maximum.is_not(None)))
SKU = select(catalogue.Variant.id, catalogue.Variant.sku).where(catalogue.Variant.id == OF_VARIANTS)
WANTED = select(alerts.Alert.id, alerts.Alert.subject_id, alerts.Alert.warehouse_id, alerts.Alert.evidence).where(
    alerts.Alert.subject_id == OF_VARIANTS, alerts.Alert.kind.in_(WANTS), alerts.Alert.resolved_at.is_(None)
)


async def watch_stock(work: Work, fact: StockChanged) -> None:
    """Compare what is there with its limits, and resolve what was missing and now is free."""
    given = {"variant_ids": sorted(fact.variant_ids)}
    await work.execute(TURN)
    rows = await work.rows(LIMITED, given)
    wanted = [alert for row in rows for alert in (*_below(row), *_above(row))]
    await alerts.settle_alerts(work, fact.variant_ids, LEVELS, wanted)
    if waiting := await work.rows(WANTED, given):
        there = _most_free(await work.rows(WATCHED, given))
        over = [each.id for each in waiting if _free(there, each) >= Quantity(each.evidence["wanted"])]
        await alerts.resolve_alerts_by_id(work, over)


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


def _most_free(rows: Sequence[Any]) -> dict[tuple[UUID, UUID | None], Quantity]:
    """Say what is free by warehouse, and under None where there is most of it for sale."""
    there: dict[tuple[UUID, UUID | None], Quantity] = {}
    for row in rows:
        there[row.variant_id, row.warehouse_id] = row.free
        if row.sellable:
            there[row.variant_id, None] = max(row.free, there.get((row.variant_id, None), NOTHING))
    return there


def _free(there: dict[tuple[UUID, UUID | None], Quantity], alert: Any) -> Quantity:
    return there.get((alert.subject_id, alert.warehouse_id), NOTHING)


async def watch_shortage(work: Work, fact: StockRanShort) -> None:
    """Raise an alert while an order waits for stock that is not free (超卖)."""
    sku = await _still_missing(work, fact.variant_id, fact.warehouse_id, fact.wanted)
    if sku is None:
        return
    alert = NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=fact.variant_id,
        kind=AlertKind.OVERSOLD,
        level=AlertLevel.SEVERE,
        warehouse_id=fact.warehouse_id,
        message=f"{sku}: an order waits for {fact.wanted}, {fact.available} are free.",
        message_chinese=f"{sku} 已超卖：订单需要 {fact.wanted}，可用 {fact.available}",
        evidence={
            "variantId": str(fact.variant_id),
            "sku": sku,
            "orderId": str(fact.order_id),
            "wanted": str(fact.wanted),
            "available": str(fact.available),
        },
    )
    await alerts.open_alerts(work, [alert])


async def watch_attempt(work: Work, fact: NegativeStockAttempted) -> None:
    """Raise an alert when somebody tried to take out more than is free."""
    sku = await _still_missing(work, fact.variant_id, fact.warehouse_id, fact.wanted)
    if sku is None:
        return
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


async def _still_missing(work: Work, variant_id: UUID, warehouse_id: UUID | None, wanted: Quantity) -> str | None:
    """Name the variant unless by now enough of it is free."""
    given = {"variant_ids": [variant_id]}
    await work.execute(TURN)
    there = _most_free(await work.rows(WATCHED, given))
    if there.get((variant_id, warehouse_id), NOTHING) >= wanted:
        return None
    names = await work.rows(SKU, given)
    return str(names[0].sku) if names else None


async def shortage_ended(work: Work, order_ids: Sequence[UUID]) -> None:
    """Resolve what was raised for orders that no longer wait; another order that waits raises its own again."""
    waiting = alerts.Alert.evidence["orderId"].astext.in_([str(each) for each in order_ids])
    found = select(alerts.Alert.id).where(
        alerts.Alert.kind == AlertKind.OVERSOLD, alerts.Alert.resolved_at.is_(None), waiting
    )
    await alerts.resolve_alerts_by_id(work, [row.id for row in await work.rows(found)])
