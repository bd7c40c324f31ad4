"""Readers of alerts (警示查询): the list, and the changes after a cursor, within the caller's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.alerts.models import Alert, AlertChange, AlertKind, AlertLevel, AlertSubject
from domain.kernel import Actor, Ordering, Page, PageRequest, Read, by_key, grouped, page

CHANGES_MAX = 500
"""How many changes one call gives at most."""

OLDEST_FIRST = Ordering(
    name="alerts.opened",
    columns=(Alert.opened_at, Alert.id),
    keys=("opened_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
)
NEWEST_FIRST = Ordering(
    name="alerts.opened.down",
    columns=(Alert.opened_at, Alert.id),
    keys=("opened_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts; what is None does not matter."""

    subjects: Sequence[AlertSubject] | None = None
    kinds: Sequence[AlertKind] | None = None
    levels: Sequence[AlertLevel] | None = None
    channels: Sequence[UUID] | None = None
    warehouses: Sequence[UUID] | None = None
    subject_ids: Sequence[UUID] | None = None
    addressed_to: Sequence[UUID] | None = None
    open_only: bool = False
    with_snoozed: bool = True


async def alerts(read: Read, where: AlertFilter, request: PageRequest, ordering: Ordering = NEWEST_FIRST) -> Page:
    """Read one page of alerts, by when they were opened."""
    statement = _filtered(_visible(select(*Alert.__table__.columns), read.actor), where)
    return await page(read, statement, ordering, request)


async def alerts_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    statement = select(*Alert.__table__.columns).where(Alert.id == any_(_ids(ids)))
    return by_key(await read.rows(_visible(statement, read.actor)))


async def open_alerts_of(read: Read, subject_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List what is open on each order or variant, the oldest first."""
    statement = select(*Alert.__table__.columns).where(
        Alert.subject_id == any_(_ids(subject_ids)), Alert.resolved_at.is_(None)
    )
    rows = await read.rows(_visible(statement, read.actor).order_by(Alert.opened_at, Alert.id))
    return grouped(rows, "subject_id", subject_ids)


async def alert_changes_after(read: Read, cursor: int, where: AlertFilter, limit: int = CHANGES_MAX) -> Sequence[Any]:
    """Read the changes after a cursor in their order: `cursor`, `change`, `at` and the alert's own columns."""
    statement = (
        select(AlertChange.cursor, AlertChange.change, AlertChange.at, *Alert.__table__.columns)
        .join(Alert, Alert.id == AlertChange.alert_id)
        .where(AlertChange.cursor > cursor)
        .order_by(AlertChange.cursor)
        .limit(min(limit, CHANGES_MAX))
    )
    return await read.rows(_filtered(_visible(statement, read.actor), where))


async def latest_cursor(read: Read) -> int:
    """Say the cursor of the last change that was committed; 0 before the first."""
    return int(await read.value(select(func.max(AlertChange.cursor))) or 0)


def sees_alert(actor: Actor, alert: Any) -> bool:
    """Whether an alert lies in the actor's channels and warehouses, as the readers decide it."""
    return all(
        place is None or allowed is None or place in allowed
        for place, allowed in ((alert.channel_id, actor.channels), (alert.warehouse_id, actor.warehouses))
    )


def matches(where: AlertFilter, alert: Any) -> bool:
    """Whether an alert fits a filter, as the readers decide it."""
    pairs = (
        (alert.subject, where.subjects),
        (alert.kind, where.kinds),
        (alert.level, where.levels),
        (alert.channel_id, where.channels),
        (alert.warehouse_id, where.warehouses),
        (alert.subject_id, where.subject_ids),
        (alert.addressed_to_id, where.addressed_to),
    )
    fits = all(wanted is None or value in wanted for value, wanted in pairs)
    asleep = not where.with_snoozed and alert.snoozed_until is not None
    return fits and not asleep and not (where.open_only and alert.resolved_at)


def _ids(ids: Sequence[UUID]) -> ColumnElement[Any]:
    return literal(list(ids), ARRAY(Uuid))


def _visible(statement: Select[Any], actor: Actor) -> Select[Any]:
    for column, allowed in ((Alert.channel_id, actor.channels), (Alert.warehouse_id, actor.warehouses)):
        if allowed is not None:
            statement = statement.where(or_(column.is_(None), column == any_(_ids(sorted(allowed)))))
    return statement


def _filtered(statement: Select[Any], where: AlertFilter) -> Select[Any]:
    if where.subjects is not None:
        statement = statement.where(Alert.subject.in_(where.subjects))
    if where.kinds is not None:
        statement = statement.where(Alert.kind.in_(where.kinds))
    if where.levels is not None:
        statement = statement.where(Alert.level.in_(where.levels))
    for column, ids in (
        (Alert.channel_id, where.channels),
        (Alert.warehouse_id, where.warehouses),
        (Alert.subject_id, where.subject_ids),
        (Alert.addressed_to_id, where.addressed_to),
    ):
        if ids is not None:
            statement = statement.where(column == any_(_ids(ids)))
    if not where.with_snoozed:
        statement = statement.where(Alert.snoozed_until.is_(None))
    return statement.where(Alert.resolved_at.is_(None)) if where.open_only else statement
