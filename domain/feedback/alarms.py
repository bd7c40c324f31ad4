"""What people must hear of feedback (回传警示): what a channel refused, or does not know for too long.

It is resolved when the channel knows; until then a person can tell it again (`resendOrderFeedback`), or accept that it
does not know (`giveUpOrderFeedback`).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.feedback.models import FeedbackStatus
from domain.kernel import Work

PATIENCE = timedelta(minutes=10)
"""How long what failed may be tried again by itself before somebody hears of it."""

WARNED_MAX = 200
AGAIN = "resendOrderFeedback"

# A shop that is closed or lost its authorisation has an alert of its own, which speaks for all its orders.
SELECTED = """
    SELECT told.id, told.order_id, told.channel_id, told.kind, told.says, told.status, told.problem, told.attempts,
        told.owed_at, orders.number, orders.external_number
    FROM order_feedback AS told
    JOIN orders ON orders.id = told.order_id
    JOIN channels ON channels.id = told.channel_id AND channels.status = 'OPEN'
    WHERE {which} AND NOT EXISTS (
        SELECT FROM alerts WHERE alerts.subject_id = told.order_id AND alerts.place_id = told.id
          AND alerts.kind = 'FEEDBACK_FAILED' AND alerts.resolved_at IS NULL
          AND alerts.level = CASE told.status WHEN 'FAILED' THEN 'SEVERE' ELSE 'WARN' END)
    ORDER BY told.owed_at, told.id LIMIT {most}
"""
REFUSED = text(SELECTED.format(which="told.id = :id", most=1))
LONG_OWED = text(
    SELECTED.format(
        which="told.status IN ('OWED', 'FAILED') AND told.problem IS NOT NULL AND told.owed_at < :before",
        most=WARNED_MAX,
    )
)
# What left, or ended on its platform, says more than how far it was; what its buyer confirmed has left, as that knows.
OVERTAKE = text("""
    UPDATE order_feedback AS told SET status = 'OVERTAKEN', problem = NULL FROM orders
    WHERE orders.id = told.order_id AND told.status IN ('OWED', 'FAILED')
      AND (told.kind = 'STATE' AND (
            (told.says IN ('RECEIVED', 'REVIEWED', 'PICKED', 'PACKED')
              AND orders.status IN ('PARTLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CLOSED'))
            OR (told.says IN ('DELIVERED', 'UNDELIVERED') AND orders.status IN ('COMPLETED', 'CLOSED')))
        OR told.kind = 'SHIPMENT' AND orders.status = 'COMPLETED')
    RETURNING told.id
""")
RESOLVE = text("""
    SELECT alerts.id FROM alerts
    WHERE alerts.kind = 'FEEDBACK_FAILED' AND alerts.resolved_at IS NULL AND alerts.place_id = ANY (:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def warn_failed(work: Work, feedback_id: UUID) -> None:
    """Say aloud that a channel refused what it was told, for good."""
    await _warn(work, await work.rows(REFUSED, {"id": feedback_id}))


async def watch_feedback(work: Work) -> int:
    """Say aloud what channels do not know for too long, and end what no longer matters: the clock does this."""
    overtaken = [row.id for row in await work.rows(OVERTAKE)]
    await end_alarms(work, overtaken)
    return await _warn(work, await work.rows(LONG_OWED, {"before": work.now - PATIENCE}))


async def end_alarms(work: Work, feedback_ids: Iterable[UUID]) -> None:
    """Resolve what was said of these words, as their channels know them."""
    ids = sorted(set(feedback_ids))
    if ids:
        rows = await work.rows(RESOLVE, {"ids": ids})
        await alerts.resolve_alerts_by_id(work, [row.id for row in rows])


async def _warn(work: Work, rows: Sequence[Any]) -> int:
    return len(await alerts.open_alerts(work, [_alert(row) for row in rows]))


def _alert(row: Any) -> NewAlert:
    refused = row.status == FeedbackStatus.FAILED
    said = ("refused", "拒绝了") if refused else ("was not yet told", "尚未得知")
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=row.order_id,
        place_id=row.id,
        kind=AlertKind.FEEDBACK_FAILED,
        level=AlertLevel.SEVERE if refused else AlertLevel.WARN,
        channel_id=row.channel_id,
        message=f"The channel {said[0]} {row.kind.lower()} {row.says} of order {row.number}: {row.problem}",
        message_chinese=f"平台{said[1]}订单 {row.number} 的回传 {row.kind} {row.says}：{row.problem}",
        evidence={
            "number": row.number,
            "externalNumber": row.external_number,
            "kind": row.kind,
            "says": row.says,
            "problem": row.problem,
            "attempts": row.attempts,
            "triedAt": row.owed_at.isoformat(),
            "wayOut": AGAIN,
        },
    )
