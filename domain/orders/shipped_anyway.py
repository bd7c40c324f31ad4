"""Shipped all the same (已取消仍发货): what was cancelled here and left on its platform is shown to a person, once.

Goods were sent past this house, or the platform was not told in time: the stock that was given back may be gone.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.kernel import Refusal, Work, action
from domain.orders import loading
from domain.orders.batches import among
from domain.orders.importing import SHIPPED_THERE
from domain.orders.incoming import IncomingOrder, IncomingStatus
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order
from domain.orders.review import reason_of

LEFT_THERE = SHIPPED_THERE | {IncomingStatus.PARTLY_SHIPPED}
KIND = AlertKind.SHIPPED_CANCELLED


class NotShippedAnyway(Refusal):
    """Nothing says that order {number} was cancelled here and shipped there, or somebody accepted it already."""

    number: str
    chinese = "订单 {number} 没有“已取消仍发货”警示，或已有人处理"


def alerts_of(orders: Sequence[Mapping[str, Any]], incoming: IncomingOrder) -> list[NewAlert]:
    """Say which of the orders in which a trade lives were given up here although it left there."""
    if incoming.status not in LEFT_THERE or any(each["status"] is not OrderStatus.CANCELLED for each in orders):
        return []
    return [_alert(each, incoming) for each in orders if each["shipped_at"] is None]


def _alert(order: Mapping[str, Any], incoming: IncomingOrder) -> NewAlert:
    why = order["cancel_reason"] or ""
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=order["id"],
        kind=KIND,
        level=AlertLevel.SEVERE,
        channel_id=order["channel_id"],
        warehouse_id=order["warehouse_id"],
        message=f"Order {order['number']} was cancelled here ({why}); {incoming.external_number} is shipped there",
        message_chinese=f"订单 {order['number']} 已在本系统取消（{why}），平台单 {incoming.external_number} 仍显示发货",
        evidence={
            "number": order["number"],
            "externalNumber": incoming.external_number,
            "platformStatus": incoming.status.value,
            "cancelReason": why,
            "wayOut": "acceptShippedAnyway",
        },
        addressed_to_id=order["responsible_id"],
        addressed_to_name=order["responsible_name"] if order["responsible_id"] is not None else None,
    )


async def warn(work: Work, wanted: Sequence[NewAlert]) -> None:
    """Say it once of each order: what a person accepted is not said again when the platform goes on."""
    if not wanted:
        return
    said = select(alerts.Alert.subject_id).where(
        among(alerts.Alert.subject_id, [each.subject_id for each in wanted]), alerts.Alert.kind == KIND
    )
    known = {row.subject_id for row in await work.rows(said)}
    await alerts.open_alerts(work, [each for each in wanted if each.subject_id not in known])


async def end(work: Work, order_ids: Sequence[UUID]) -> None:
    """Take back what was said of orders whose trade did not leave after all, or that live again."""
    if order_ids:
        await alerts.resolve_alerts(work, order_ids, [KIND])


@action
async def accept_shipped_anyway(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Accept, with the reason, that an order cancelled here was shipped on its platform anyway: its alert ends."""
    reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    if not await alerts.resolve_alerts(work, [order.id], [KIND]):
        raise NotShippedAnyway(number=order.number).at("input", "id")
    return order
