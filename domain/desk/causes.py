"""What orders are reminded of (提醒事由): which orders a kind is about, since when they wait, when it is too long.

A cause without its limit says which reminders may stay open; with it, which are due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Interval,
    Uuid,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    values,
)
from sqlalchemy.orm import aliased

from domain import orders, printing
from domain.alerts import AlertKind, AlertLevel
from domain.desk.rules import Pace
from domain.fulfilment import Package, Release, ReleaseStage
from domain.orders import HoldReason, Order, OrderStatus
from domain.printing import PrintKind

TO_REVIEW = (OrderStatus.UNREVIEWED, OrderStatus.AWAITING_FINANCE)
TO_PROCESS = (OrderStatus.REVIEWED, OrderStatus.RELEASED, OrderStatus.PICKED, OrderStatus.PACKED)
OF_AN_ORDER = (PrintKind.ORDER, PrintKind.PACKING_SLIP, PrintKind.INVOICE_LIST)
HOLD = orders.models.Hold

PACED_SINCE = func.coalesce(Order.paid_at, Order.placed_at)
TAKEN_UP = aliased(Order)
PROMISED = func.least(
    Order.promised_ship_at,
    select(func.min(TAKEN_UP.promised_ship_at)).where(TAKEN_UP.merged_into_id == Order.id).scalar_subquery(),
)
"""Until when it must leave: the first promise of all the orders that live on in it."""

REFUND_SINCE = (
    select(func.min(HOLD.opened_at))
    .where(HOLD.order_id == Order.id, HOLD.reason == HoldReason.REFUND_REQUESTED, HOLD.released_at.is_(None))
    .scalar_subquery()
)
PICKED_SINCE = (
    select(func.min(Release.picked_at))
    .where(Release.order_id == Order.id, Release.stage.in_((ReleaseStage.PICKED, ReleaseStage.PACKED)))
    .scalar_subquery()
)


def _printed() -> ColumnElement[bool]:
    """Whether any paper of an order was printed: its own, the pick list of its wave, or a label of its packages."""
    release = exists().where(Release.order_id == Order.id, printing.printed(Release.wave_id, [PrintKind.PICK_LIST]))
    label = exists().where(Package.order_id == Order.id, printing.printed(Package.id, [PrintKind.WAYBILL_LABEL]))
    return or_(printing.printed(Order.id, OF_AN_ORDER), release, label)


CAUSES: dict[AlertKind, ColumnElement[bool]] = {
    AlertKind.UNREVIEWED: Order.status.in_(TO_REVIEW),
    AlertKind.UNPROCESSED: Order.status.in_(TO_PROCESS),
    AlertKind.PROMISE_AT_RISK: and_(Order.status.in_(TO_PROCESS), PROMISED.is_not(None)),
    AlertKind.UNPRINTED: and_(Order.status.in_(TO_PROCESS), not_(_printed())),
    AlertKind.NOT_SHIPPED: and_(Order.status.in_((OrderStatus.PICKED, OrderStatus.PACKED)), PICKED_SINCE.is_not(None)),
    AlertKind.REFUND_WAITING: exists().where(
        HOLD.order_id == Order.id, HOLD.reason == HoldReason.REFUND_REQUESTED, HOLD.released_at.is_(None)
    ),
    AlertKind.BALANCE_DUE: and_(Order.status == OrderStatus.AWAITING_PAYMENT, Order.balance_due_at.is_not(None)),
}
SAID: dict[AlertKind, tuple[str, str]] = {
    AlertKind.UNREVIEWED: ("review", "未审核"),
    AlertKind.UNPROCESSED: ("processing after review", "审核后未处理"),
    AlertKind.PROMISE_AT_RISK: ("shipping, and is about to be late for its promise", "未发货，即将超过承诺发货时间"),
    AlertKind.UNPRINTED: ("its papers to be printed", "未打印"),
    AlertKind.NOT_SHIPPED: ("its parcel to be handed over", "已拣货未发出"),
    AlertKind.REFUND_WAITING: ("somebody to look at its refund", "退款未处理"),
    AlertKind.BALANCE_DUE: ("its balance, which is due soon", "尾款即将到期"),
}


@dataclass(frozen=True)
class Due:
    """A kind of reminder, how urgent it is, since when its orders wait, and the condition that they wait too long."""

    kind: AlertKind
    level: AlertLevel
    since: Any
    late: ColumnElement[bool]


def pace_table(paces: Sequence[Pace]) -> Any:
    """Make the limits of channels a relation to join orders with."""
    names = [each for each in Pace.__dataclass_fields__ if each != "channel_id"]
    columns = [column("channel_id", Uuid), *(column(each, BigInteger) for each in names)]
    rows = [(each.channel_id, *(getattr(each, name) for name in names)) for each in paces]
    return values(*columns, name="pace").data(rows)


def dues(pace: Any, now: datetime) -> list[Due]:
    """State when each reminder is due at this moment; a limit that is null is never passed."""
    severe = or_(_older(PACED_SINCE, pace.c.severe, now), _promised_within(pace.c.lead, now))
    warned = and_(_older(PACED_SINCE, pace.c.warn, now), not_(severe))
    at_risk = and_(_promised_within(pace.c.promise, now), now < PROMISED)
    due_soon = _within(Order.balance_due_at, pace.c.balance, now)
    return [
        Due(AlertKind.UNREVIEWED, AlertLevel.SEVERE, PACED_SINCE, severe),
        Due(AlertKind.UNREVIEWED, AlertLevel.WARN, PACED_SINCE, warned),
        Due(AlertKind.UNPROCESSED, AlertLevel.SEVERE, Order.reviewed_at, now >= PROMISED),
        Due(AlertKind.UNPROCESSED, AlertLevel.WARN, Order.reviewed_at, _older(Order.reviewed_at, pace.c.process, now)),
        Due(AlertKind.PROMISE_AT_RISK, AlertLevel.SEVERE, Order.reviewed_at, at_risk),
        Due(AlertKind.UNPRINTED, AlertLevel.WARN, Order.reviewed_at, _older(Order.reviewed_at, pace.c.unprinted, now)),
        Due(AlertKind.NOT_SHIPPED, AlertLevel.WARN, PICKED_SINCE, _older(PICKED_SINCE, pace.c.unshipped, now)),
        Due(AlertKind.REFUND_WAITING, AlertLevel.WARN, REFUND_SINCE, _older(REFUND_SINCE, pace.c.refund, now)),
        Due(AlertKind.BALANCE_DUE, AlertLevel.WARN, Order.placed_at, due_soon),
    ]


def _older(since: Any, minutes: Any, now: datetime) -> ColumnElement[bool]:
    return func.coalesce(since <= literal(now) - _minutes(minutes), False)


def _promised_within(minutes: Any, now: datetime) -> ColumnElement[bool]:
    return _within(PROMISED, minutes, now)


def _within(moment: Any, minutes: Any, now: datetime) -> ColumnElement[bool]:
    return func.coalesce(literal(now) + _minutes(minutes) >= moment, False)


def _minutes(count: Any) -> Any:
    return cast(count, BigInteger) * cast(literal("1 minute"), Interval)
