"""Abnormal stock (异常警示): what is too little, too much, promised but missing, or moved for no good reason.

The watch looks at the stock as it is when it looks, one at a time, so that late or repeated facts do no harm.
Both levels are open while both hold; each is resolved when its own cause is gone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.averages import NOTHING
from domain.inventory.events import NegativeStockAttempted, StockChanged, WatchPolicySet
from domain.inventory.statements import FREE_OF_ITEM, statement
from domain.inventory.watch_alerts import levels, stock_alert
from domain.inventory.watch_rules import rules_of
from domain.inventory.watch_shortages import OF_VARIANTS, SKU, TURN, FreeBy, free_now, settle_shortages
from domain.kernel import Quantity, Work

LEVELS = (AlertKind.BELOW_SAFETY, AlertKind.ABOVE_MAXIMUM, AlertKind.PROMISED_BLOCKED, AlertKind.OVERDRAWN)
FAR_ABOVE = 2
"""Above this multiple of the maximum is severe; below the safety stock is severe when nothing is free."""

OUTSIDE_MAX = 10_000
ORDERS_MAX = 50

# What is outside its limits (its own, else those of the nearest policy), and what is promised of lots that may not be
# sold: the last promises are the ones that cannot be kept.
OUTSIDE = f"""
    SELECT * FROM (
        SELECT item.variant_id, item.warehouse_id, item.on_hand, item.blocked, {FREE_OF_ITEM} AS free,
            item.overdrawn,
            coalesce(item.safety, rules.safety) AS safety, coalesce(item.maximum, rules.maximum) AS maximum,
            place.code AS warehouse, of_variant.sku,
            (SELECT array_agg(order_id::text) FROM (
                SELECT order_id FROM claims
                WHERE claims.variant_id = item.variant_id AND claims.warehouse_id = item.warehouse_id
                  AND {FREE_OF_ITEM} < 0 AND claims.claim_class <> 'PREORDER'
                GROUP BY order_id ORDER BY max(claimed_at) DESC, order_id LIMIT {ORDERS_MAX}
            ) AS latest) AS orders
        FROM stock_items AS item JOIN warehouses AS place ON place.id = item.warehouse_id
        {rules_of("item.variant_id", "item.warehouse_id")}
        WHERE {{chosen}}
    ) AS stood
    WHERE free < safety OR on_hand > maximum OR free < 0 OR overdrawn > 0
    ORDER BY variant_id, warehouse_id LIMIT {OUTSIDE_MAX}
"""  # noqa: S608 — The formulas are ours.
OUTSIDE_OF_VARIANTS = statement(OUTSIDE.format(chosen="item.variant_id = ANY (:variant_ids)"))
OUTSIDE_OF_ALL = statement(OUTSIDE.format(chosen="true"))
ATTEMPTS = select(alerts.Alert.id, alerts.Alert.subject_id, alerts.Alert.place_id, alerts.Alert.evidence).where(
    alerts.Alert.subject_id == OF_VARIANTS,
    alerts.Alert.kind == AlertKind.NEGATIVE_ATTEMPT,
    alerts.Alert.resolved_at.is_(None),
)


async def watch_stock(work: Work, fact: StockChanged) -> None:
    """Compare what is there with its limits, and resolve what was missing and no longer is."""
    given = {"variant_ids": sorted(fact.variant_ids)}
    await work.execute(TURN)
    await _settle(work, await work.rows(OUTSIDE_OF_VARIANTS, given), fact.variant_ids)
    await settle_shortages(work, fact.variant_ids)
    if attempts := await work.rows(ATTEMPTS, given):
        there = await free_now(work, fact.variant_ids)
        over = [each.id for each in attempts if _possible(each, there)]
        await alerts.resolve_alerts_by_id(work, over)


async def watch_all_stock(work: Work, fact: WatchPolicySet) -> None:  # noqa: ARG001 — As a reaction.
    """Compare all stock with its limits anew: others count now."""
    await work.execute(TURN)
    await _settle(work, await work.rows(OUTSIDE_OF_ALL), None)


async def _settle(work: Work, rows: Sequence[Any], variant_ids: Sequence[UUID] | None) -> None:
    wanted = [
        alert for row in rows for alert in (*_below(row), *_above(row), *_promised_blocked(row), *_overdrawn(row))
    ]
    await alerts.settle_alerts(work, variant_ids, LEVELS, wanted)


def _possible(attempt: Any, there: FreeBy) -> bool:
    free = there.get((attempt.subject_id, attempt.place_id), NOTHING)
    return free >= Quantity(attempt.evidence["wanted"])


def _below(row: Any) -> list[NewAlert]:
    if row.safety is None or row.free >= row.safety:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.free} are free, {row.safety} should be."
    chinese = f"{row.warehouse} 的 {row.sku} 可用 {row.free}，低于安全库存 {row.safety}"
    evidence = {"available": str(row.free), "safety": str(row.safety)}
    kind, severe = AlertKind.BELOW_SAFETY, row.free <= 0
    return [stock_alert(row, kind, level, (message, chinese), evidence) for level in levels(severe=severe)]


def _above(row: Any) -> list[NewAlert]:
    if row.maximum is None or row.on_hand <= row.maximum:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.on_hand} are there, {row.maximum} are enough."
    chinese = f"{row.warehouse} 的 {row.sku} 现有 {row.on_hand}，高于最高库存 {row.maximum}"
    evidence = {"onHand": str(row.on_hand), "maximum": str(row.maximum)}
    kind, severe = AlertKind.ABOVE_MAXIMUM, row.on_hand > FAR_ABOVE * row.maximum
    return [stock_alert(row, kind, level, (message, chinese), evidence) for level in levels(severe=severe)]


def _promised_blocked(row: Any) -> list[NewAlert]:
    if row.free >= 0 or not row.blocked or row.overdrawn:
        return []
    message = f"{row.sku} in {row.warehouse}: {-row.free} are promised and lie in lots that may not be sold."
    chinese = f"{row.warehouse} 的 {row.sku} 有 {-row.free} 已占用，但所在批次不可销售"
    evidence = {"short": str(-row.free), "blocked": str(row.blocked), "orders": row.orders or []}
    return [stock_alert(row, AlertKind.PROMISED_BLOCKED, AlertLevel.SEVERE, (message, chinese), evidence)]


def _overdrawn(row: Any) -> list[NewAlert]:
    if not row.overdrawn:
        return []
    message = f"{row.sku} in {row.warehouse}: {row.overdrawn} more were taken than were there."
    chinese = f"{row.warehouse} 的 {row.sku} 超额出库 {row.overdrawn}，现有 {row.on_hand}"
    evidence = {"overdrawn": str(row.overdrawn), "onHand": str(row.on_hand)}
    return [stock_alert(row, AlertKind.OVERDRAWN, AlertLevel.SEVERE, (message, chinese), evidence)]


class Attempted(NamedTuple):
    """Where somebody tried to take out too much."""

    variant_id: UUID
    warehouse_id: UUID
    sku: str


async def watch_attempt(work: Work, fact: NegativeStockAttempted) -> None:
    """Raise an alert when somebody tried to take out more than is free."""
    await work.execute(TURN)
    there = await free_now(work, [fact.variant_id])
    if there.get((fact.variant_id, fact.warehouse_id), NOTHING) >= fact.wanted:
        return
    sku = str(await work.session.scalar(SKU, {"variant_ids": [fact.variant_id]}))
    row = Attempted(fact.variant_id, fact.warehouse_id, sku)
    message = f"{sku}: somebody tried to take out {fact.wanted}, {fact.available} were free."
    chinese = f"{sku} 负库存尝试：出库 {fact.wanted}，可用 {fact.available}"
    evidence = {"wanted": str(fact.wanted), "available": str(fact.available)}
    alert = stock_alert(row, AlertKind.NEGATIVE_ATTEMPT, AlertLevel.WARN, (message, chinese), evidence)
    await alerts.open_alerts(work, [alert])
