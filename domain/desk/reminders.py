"""Reminders (超时提醒): what waits too long for review, print, parcel or refund is said aloud, by channel and hour.

It is addressed to who is in charge of the order; while nobody acts it goes up, from superior to superior.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, not_, select
from sqlalchemy.orm import aliased

from domain import alerts, identity
from domain.alerts import Address, Alert, AlertSubject, NewAlert
from domain.desk.causes import CAUSES, PACED_SINCE, SAID, Due, dues, pace_table
from domain.desk.models import DeskRule
from domain.desk.rules import paces
from domain.identity import Standing
from domain.kernel import Work
from domain.orders import Order

REMINDED_MAX = 1_000
"""Orders looked at in one pass; the next pass takes the next ones."""
KINDS = tuple(CAUSES)


async def remind(work: Work) -> int:
    """Open what is due, resolve what is done, and address it to who must act; says how many were opened."""
    await _resolve_done(work)
    await _follow_owners(work)
    known = await paces(work)
    if not known:
        return 0
    pace, opened = pace_table(known), 0
    for due in dues(pace, work.now):
        opened += await _open(work, pace, due)
    return opened


async def escalate(work: Work) -> int:
    """Address what nobody acted on to the superior of who was asked, or to who answers for the channel."""
    known = {each.channel_id: each.escalate for each in await paces(work) if each.escalate is not None}
    if not known:
        return 0
    rows = [row for row in await _open_longest(work, list(known)) if _waited(work, row, known[row.channel_id])]
    standings = await _everybody(work, rows)
    return len(await alerts.address_alerts(work, [_higher(row, standings) for row in rows], escalated=True))


async def _everybody(work: Work, rows: Sequence[Any]) -> Mapping[UUID, Standing]:
    """Find who was asked, who answers for the channels, and all who stand above them."""
    asked = {each for row in rows for each in (row.addressed_to_id or row.responsible_id, row.escalates_to_id)}
    standings = dict(await identity.standings_of(work, [each for each in asked if each is not None]))
    above = {each for standing in standings.values() for each in standing.superiors} - standings.keys()
    return standings | dict(await identity.standings_of(work, sorted(above)))


async def _open_longest(work: Work, channel_ids: list[UUID]) -> list[Any]:
    last = func.coalesce(Alert.escalated_at, Alert.opened_at)
    columns = (Alert.id, Alert.channel_id, Alert.addressed_to_id, Alert.addressed_to_name, last.label("last"))
    statement = (
        select(*columns, Order.responsible_id, DeskRule.escalates_to_id)
        .join(Order, Order.id == Alert.subject_id)
        .join(DeskRule, DeskRule.channel_id == Alert.channel_id)
        .where(Alert.resolved_at.is_(None), Alert.kind.in_(KINDS), Alert.snoozed_until.is_(None))
        .where(Alert.channel_id.in_(channel_ids))
        .order_by(last, Alert.id)
        .limit(REMINDED_MAX)
        .with_for_update(of=Alert, skip_locked=True)
    )
    return await work.rows(statement)


def _waited(work: Work, row: Any, minutes: int) -> bool:
    return bool(work.now - row.last >= timedelta(minutes=minutes))


def _higher(row: Any, standings: Mapping[UUID, Standing]) -> Address:
    """Choose the nearest superior who works here, else who answers for the channel; who is highest is asked again."""
    asked = row.addressed_to_id or row.responsible_id
    superiors = standings[asked].superiors if asked in standings else ()
    for each in (*superiors, row.escalates_to_id):
        if each in standings and standings[each].active:
            return Address(row.id, each, standings[each].person.name)
    return Address(row.id, row.addressed_to_id, row.addressed_to_name)


async def _follow_owners(work: Work) -> None:
    """Address what was not escalated to who is in charge of the order now."""
    statement = (
        select(Alert.id, Order.responsible_id, Order.responsible_name)
        .join(Order, Order.id == Alert.subject_id)
        .where(Alert.resolved_at.is_(None), Alert.kind.in_(KINDS), Alert.escalated_at.is_(None))
        .where(Alert.addressed_to_id.is_distinct_from(Order.responsible_id))
        .limit(REMINDED_MAX)
    )
    rows = await work.rows(statement)
    await alerts.address_alerts(work, [Address(row.id, row.responsible_id, row.responsible_name) for row in rows])


async def _open(work: Work, pace: Any, due: Due) -> int:
    known = aliased(Alert)
    open_already = select(1).where(
        known.subject_id == Order.id, known.kind == due.kind, known.level == due.level, known.resolved_at.is_(None)
    )
    columns = (Order.id, Order.number, Order.channel_id, Order.warehouse_id, Order.responsible_id)
    statement = (
        select(*columns, Order.responsible_name, func.coalesce(due.since, PACED_SINCE).label("since"))
        .join(pace, pace.c.channel_id == Order.channel_id)
        .where(CAUSES[due.kind], due.late, not_(open_already.exists()))
        .order_by(Order.paid_at)
        .limit(REMINDED_MAX)
    )
    rows = await work.rows(statement)
    return len(await alerts.open_alerts(work, [_alert(work, due, row) for row in rows]))


def _alert(work: Work, due: Due, row: Any) -> NewAlert:
    minutes = int((work.now - row.since).total_seconds() // 60)
    waits, waits_chinese = SAID[due.kind]
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=row.id,
        kind=due.kind,
        level=due.level,
        channel_id=row.channel_id,
        warehouse_id=row.warehouse_id,
        message=f"Order {row.number} has waited {minutes} minutes for {waits}",
        message_chinese=f"订单 {row.number} 已等待 {minutes} 分钟，{waits_chinese}",
        evidence={"number": row.number, "waitingMinutes": minutes, "waitingSince": row.since.isoformat()},
        addressed_to_id=row.responsible_id,
        addressed_to_name=row.responsible_name if row.responsible_id is not None else None,
    )


async def _resolve_done(work: Work) -> None:
    """Catch what ended elsewhere, such as by the platform; actions of ours resolve at once by themselves."""
    for kind, cause in CAUSES.items():
        statement = (
            select(Order.id)
            .join(Alert, Alert.subject_id == Order.id)
            .where(Alert.kind == kind, Alert.resolved_at.is_(None), not_(cause))
            .limit(REMINDED_MAX)
        )
        if done := [row.id for row in await work.rows(statement)]:
            await alerts.resolve_alerts(work, done, [kind])
