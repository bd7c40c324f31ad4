"""Oversold (超卖): orders wait for stock that is not free; the alert names them until none of them waits any more.

An order no longer waits when it holds a claim, when enough for it is free (it will be tried again), or when the order
centre says so. Whoever looks has the watch's turn, so the list of an alert is never written by two at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, func, literal, select

from domain import alerts, catalogue
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.averages import NOTHING
from domain.inventory.events import StockRanShort
from domain.inventory.models import Claim, StockItem, Warehouse
from domain.inventory.statements import FREE, TEXTS, UUIDS
from domain.kernel import Quantity, Work

WAITING_MAX = 200
"""So many orders an alert names; if more wait, it stays until these are served, and is raised again by the next."""

TURN = select(func.pg_advisory_xact_lock(func.hashtext("inventory.watch")))
OF_VARIANTS = any_(bindparam("variant_ids", type_=UUIDS))

MOST_FREE = (
    select(StockItem.variant_id, StockItem.warehouse_id, FREE.label("free"), Warehouse.sellable)
    .join(Warehouse, Warehouse.id == StockItem.warehouse_id)
    .where(StockItem.variant_id == OF_VARIANTS)
)
OPEN: Any = select(alerts.Alert.id, alerts.Alert.subject_id, alerts.Alert.place_id, alerts.Alert.evidence).where(
    alerts.Alert.kind == AlertKind.OVERSOLD, alerts.Alert.resolved_at.is_(None)
)
OPEN_OF_VARIANTS = OPEN.where(alerts.Alert.subject_id == OF_VARIANTS)
SERVED = select(Claim.order_id, Claim.variant_id).where(
    Claim.order_id == any_(bindparam("order_ids", type_=UUIDS)), Claim.variant_id == OF_VARIANTS
)
SKU = select(catalogue.Variant.sku).where(catalogue.Variant.id == OF_VARIANTS)

FreeBy = Mapping[tuple[UUID, UUID | None], Quantity]


async def free_now(work: Work, variant_ids: Iterable[UUID]) -> FreeBy:
    """Say what is free by warehouse, and under None where there is most of it for sale."""
    there: dict[tuple[UUID, UUID | None], Quantity] = {}
    for row in await work.rows(MOST_FREE, {"variant_ids": sorted(variant_ids)}):
        there[row.variant_id, row.warehouse_id] = row.free
        if row.sellable:
            there[row.variant_id, None] = max(row.free, there.get((row.variant_id, None), NOTHING))
    return there


async def watch_shortage(work: Work, fact: StockRanShort) -> None:
    """Raise an alert while an order waits for stock that is not free, or add the order to the one that is open."""
    given = {"variant_ids": [fact.variant_id]}
    await work.execute(TURN)
    there = await free_now(work, [fact.variant_id])
    served = await work.rows(SERVED, given | {"order_ids": [fact.order_id]})
    if served or there.get((fact.variant_id, fact.warehouse_id), NOTHING) >= fact.wanted:
        return
    for alert in await work.rows(OPEN_OF_VARIANTS, given):
        if alert.place_id == fact.warehouse_id:
            await _keep(work, alert, {**_waiting(alert), str(fact.order_id): str(fact.wanted)})
            return
    await _open(work, fact, str(await work.session.scalar(SKU, given)))


async def _open(work: Work, fact: StockRanShort, sku: str) -> None:
    alert = NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=fact.variant_id,
        place_id=fact.warehouse_id,
        kind=AlertKind.OVERSOLD,
        level=AlertLevel.SEVERE,
        warehouse_id=fact.warehouse_id,
        message=f"{sku}: an order waits for {fact.wanted}, {fact.available} are free.",
        message_chinese=f"{sku} 已超卖：订单需要 {fact.wanted}，可用 {fact.available}",
        evidence={
            "variantId": str(fact.variant_id),
            "sku": sku,
            "available": str(fact.available),
            "waiting": {str(fact.order_id): str(fact.wanted)},
        },
    )
    await alerts.open_alerts(work, [alert])


async def settle_shortages(work: Work, variant_ids: Sequence[UUID]) -> None:
    """Take off the alerts of these variants every order that is served or can be; the caller has the turn."""
    given = {"variant_ids": sorted(variant_ids)}
    found = await work.rows(OPEN_OF_VARIANTS, given)
    if not found:
        return
    there = await free_now(work, variant_ids)
    orders = sorted({UUID(order) for alert in found for order in _waiting(alert)})
    served = {(row.order_id, row.variant_id) for row in await work.rows(SERVED, given | {"order_ids": orders})}
    for alert in found:
        free = there.get((alert.subject_id, alert.place_id), NOTHING)
        await _keep(
            work,
            alert,
            {
                order: wanted
                for order, wanted in _waiting(alert).items()
                if (UUID(order), alert.subject_id) not in served and Quantity(wanted) > free
            },
        )


async def shortage_ended(work: Work, order_ids: Sequence[UUID]) -> None:
    """Take orders that no longer wait (cancelled, closed) off the alerts that name them."""
    ended = {str(each) for each in order_ids}
    await work.execute(TURN)
    named = alerts.Alert.evidence["waiting"].has_any(literal(sorted(ended), TEXTS))
    for alert in await work.rows(OPEN.where(named)):
        await _keep(work, alert, {order: wanted for order, wanted in _waiting(alert).items() if order not in ended})


def _waiting(alert: Any) -> dict[str, str]:
    waiting: dict[str, str] = alert.evidence["waiting"]
    return waiting


async def _keep(work: Work, alert: Any, waiting: dict[str, str]) -> None:
    """Let the alert name these orders; it is resolved with the last one."""
    if not waiting:
        await alerts.resolve_alerts_by_id(work, [alert.id])
    elif waiting != _waiting(alert) and len(waiting) <= WAITING_MAX:
        await alerts.set_evidence(work, alert.id, {**alert.evidence, "waiting": waiting})
