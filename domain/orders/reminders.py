"""Reminders (未审核提醒): what has waited too long for review, or for the warehouse after review, is said aloud.

How long is too long belongs to the channel; the promised ship time, less what picking takes, may come sooner.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Interval, and_, cast, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from domain import alerts, channels
from domain.alerts import Alert, AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.channels import Channel
from domain.kernel import Work
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order

REMINDED_MAX = 1_000
"""Orders looked at in one pass; the next pass takes the next ones."""

TO_REVIEW = (OrderStatus.UNREVIEWED, OrderStatus.AWAITING_FINANCE)
TO_PROCESS = (OrderStatus.REVIEWED, OrderStatus.RELEASED, OrderStatus.PICKED, OrderStatus.PACKED)
KINDS = (AlertKind.UNREVIEWED, AlertKind.UNPROCESSED)

WAITING_SINCE = func.coalesce(Order.paid_at, Order.placed_at)


async def remind(work: Work) -> int:
    """Open the alerts that are due and resolve those whose cause is gone; says how many were opened."""
    await _resolve_done(work)
    opened = 0
    for kind, level, due in _due(work.now):
        opened += await _open(work, kind, level, due)
    return opened


async def stop_reminding(work: Work, order_ids: Sequence[UUID]) -> None:
    """Resolve the reminders of orders that were just reviewed, cancelled or shipped, in the same transaction."""
    await alerts.resolve_alerts(work, order_ids, KINDS)


def _due(now: datetime) -> list[tuple[AlertKind, AlertLevel, ColumnElement[bool]]]:
    """State when each alert is due, with conditions that hold at this moment."""
    reviewing, processing = Order.status.in_(TO_REVIEW), Order.status.in_(TO_PROCESS)
    severe = or_(_older(WAITING_SINCE, Channel.severe_minutes, now), _promise_at_risk(now))
    warned = and_(_older(WAITING_SINCE, Channel.warn_minutes, now), not_(severe))
    unprocessed = _older(Order.reviewed_at, Channel.process_minutes, now)
    late = Order.promised_ship_at <= now
    return [
        (AlertKind.UNREVIEWED, AlertLevel.SEVERE, and_(reviewing, severe)),
        (AlertKind.UNREVIEWED, AlertLevel.WARN, and_(reviewing, warned)),
        (AlertKind.UNPROCESSED, AlertLevel.SEVERE, and_(processing, late)),
        (AlertKind.UNPROCESSED, AlertLevel.WARN, and_(processing, unprocessed)),
    ]


def _older(since: Any, minutes: Any, now: datetime) -> ColumnElement[bool]:
    return since <= literal(now) - _minutes(minutes)  # type: ignore[no-any-return]


def _promise_at_risk(now: datetime) -> ColumnElement[bool]:
    at_risk = Order.promised_ship_at <= literal(now) + _minutes(Channel.pick_lead_minutes)
    return func.coalesce(at_risk, False)


def _minutes(column: Any) -> Any:
    return column * cast(literal("1 minute"), Interval)


async def _open(work: Work, kind: AlertKind, level: AlertLevel, due: ColumnElement[bool]) -> int:
    known = aliased(Alert)
    open_already = select(1).where(
        known.subject_id == Order.id, known.kind == kind, known.level == level, known.resolved_at.is_(None)
    )
    statement = (
        select(
            Order.id, Order.number, Order.channel_id, Order.warehouse_id, Order.reviewed_at, WAITING_SINCE.label("at")
        )
        .join(channels.models.Channel, Channel.id == Order.channel_id)
        .where(due, not_(open_already.exists()))
        .order_by(Order.paid_at)
        .limit(REMINDED_MAX)
    )
    rows = await work.rows(statement)
    return len(await alerts.open_alerts(work, [_alert(work.now, kind, level, row) for row in rows]))


def _alert(now: datetime, kind: AlertKind, level: AlertLevel, row: Any) -> NewAlert:
    since = row.at if kind is AlertKind.UNREVIEWED else row.reviewed_at or row.at
    minutes = int((now - since).total_seconds() // 60)
    waits, waits_chinese = (
        ("review", "未审核") if kind is AlertKind.UNREVIEWED else ("processing after review", "审核后未处理")
    )
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=row.id,
        kind=kind,
        level=level,
        channel_id=row.channel_id,
        warehouse_id=row.warehouse_id,
        message=f"Order {row.number} has waited {minutes} minutes for {waits}",
        message_chinese=f"订单 {row.number} 已等待 {minutes} 分钟，{waits_chinese}",
        evidence={"number": row.number, "waitingMinutes": minutes, "waitingSince": since.isoformat()},
    )


async def _resolve_done(work: Work) -> None:
    """Catch what ended elsewhere, such as by the platform; actions of ours resolve at once by themselves."""
    for kind, states in ((AlertKind.UNREVIEWED, TO_REVIEW), (AlertKind.UNPROCESSED, TO_PROCESS)):
        statement = (
            select(Order.id)
            .join(Alert, Alert.subject_id == Order.id)
            .where(Alert.kind == kind, Alert.resolved_at.is_(None), Order.status.not_in(states))
            .limit(REMINDED_MAX)
        )
        if done := [row.id for row in await work.rows(statement)]:
            await alerts.resolve_alerts(work, done, [kind])
