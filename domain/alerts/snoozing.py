"""Snoozing alerts (暂缓提醒): somebody knows, says why, and is asked again at a moment he names."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from domain.alerts.models import Alert, AlertChangeKind, AlertId
from domain.alerts.queries import sees_alert
from domain.alerts.raising import remember
from domain.kernel import BadInput, NotFound, Work, WrongState, action, short_text

REASON_LENGTH_MAX = 500
SNOOZE_MAX = timedelta(days=30)
WOKEN_MAX = 1_000


@action
async def snooze_alert(work: Work, alert_id: AlertId, until: datetime, reason: str) -> Alert:
    """Take an open alert out of the worklists until a moment at most 30 days away, for a stated reason."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    if not work.now < until <= work.now + SNOOZE_MAX:
        problem = f"must lie in the future, at most {SNOOZE_MAX.days} days away"
        raise BadInput(field="until", problem=problem).at("input", "until")
    alert = await work.session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None or not sees_alert(work.actor, alert):
        raise NotFound(what="alert", which=str(alert_id)).at("input", "alertId")
    if alert.resolved_at is not None:
        raise WrongState(what="alert", which=alert.kind.value, state="resolved", needed="an open alert")
    alert.snoozed_until, alert.snoozed_by, alert.snooze_reason = until, work.actor.name, stated
    remember(work, [alert.id], AlertChangeKind.SNOOZED)
    return alert


async def wake_alerts(work: Work) -> None:
    """Ask again for what was snoozed until now: the clock does this."""
    due = (
        select(Alert.id)
        .where(Alert.snoozed_until <= work.now)
        .order_by(Alert.snoozed_until)
        .limit(WOKEN_MAX)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Alert)
        .where(Alert.id.in_(select(due.cte("due").c.id)))
        .values(snoozed_until=None)
        .returning(Alert.id, Alert.resolved_at)
        .execution_options(synchronize_session=False)
    )
    woken = await work.rows(statement)
    remember(work, sorted(row.id for row in woken if row.resolved_at is None), AlertChangeKind.WOKEN)
