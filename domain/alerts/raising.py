"""Raising alerts (警示的开启与解除): one open row per subject, kind, level and place, until its cause is gone.

Every change also gets a cursor, taken under a lock just before the commit: a reader that has seen cursor n has seen
all that will ever stand before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from domain.alerts.models import (
    Alert,
    AlertChange,
    AlertChangeKind,
    AlertId,
    AlertKind,
    AlertLevel,
    AlertSubject,
)
from domain.kernel import Work, identifier

CURSOR_LOCK = "alert_changes"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAlert:
    """What is wrong with what, and where; `place_id` tells the same trouble in two places apart."""

    subject: AlertSubject
    subject_id: UUID
    place_id: UUID | None = None
    kind: AlertKind
    level: AlertLevel
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    message: str
    message_chinese: str
    evidence: dict[str, Any] = field(default_factory=dict, hash=False)
    addressed_to_id: UUID | None = None
    addressed_to_name: str | None = None

    def key(self) -> tuple[UUID, UUID | None, AlertKind, AlertLevel]:
        return self.subject_id, self.place_id, self.kind, self.level


@dataclass(frozen=True, kw_only=True, slots=True)
class Within:
    """Where alerts are settled; what is None does not matter."""

    warehouse_id: UUID | None = None
    channel_id: UUID | None = None
    place_id: UUID | None = None


EVERYWHERE = Within()


async def open_alerts(work: Work, alerts: Sequence[NewAlert]) -> list[AlertId]:
    """Open alerts; one that is open already stays as it is. Returns those that are new."""
    if not alerts:
        return []
    rows = [{**asdict(each), "id": identifier(), "opened_at": work.now} for each in alerts]
    statement = insert_unless_there(Alert).on_conflict_do_nothing().returning(Alert.id)
    opened = [row.id for row in await work.rows(statement, rows)]
    remember(work, opened, AlertChangeKind.OPENED)
    return opened


async def resolve_alerts(
    work: Work, subject_ids: Iterable[UUID], kinds: Sequence[AlertKind], levels: Sequence[AlertLevel] | None = None
) -> list[AlertId]:
    """Resolve what is open of these kinds (and levels) on these subjects; returns what was."""
    subjects = literal(sorted(set(subject_ids)), ARRAY(Uuid))
    conditions = [Alert.subject_id == any_(subjects), Alert.kind.in_(kinds)]
    if levels is not None:
        conditions.append(Alert.level.in_(levels))
    return await _resolve(work, conditions)


async def resolve_alerts_of_place(
    work: Work, subject_id: UUID, place_id: UUID, kinds: Sequence[AlertKind]
) -> list[AlertId]:
    """Resolve what is open of these kinds on one subject in one place, or about one paper that stands for the place."""
    return await _resolve(work, [Alert.subject_id == subject_id, Alert.place_id == place_id, Alert.kind.in_(kinds)])


async def resolve_alerts_by_id(work: Work, ids: Iterable[AlertId]) -> list[AlertId]:
    """Resolve these alerts, as far as they are open; returns those that were."""
    given = sorted(set(ids))
    return await _resolve(work, [Alert.id == any_(literal(given, ARRAY(Uuid)))]) if given else []


async def settle_alerts(
    work: Work,
    subject_ids: Iterable[UUID] | None,
    kinds: Sequence[AlertKind],
    wanted: Sequence[NewAlert],
    within: Within = EVERYWHERE,
) -> None:
    """Make what is open of these kinds on these subjects (None: on all) and there exactly what is wanted."""
    keys = {each.key() for each in wanted}
    statement = select(Alert.id, Alert.subject_id, Alert.place_id, Alert.kind, Alert.level).where(
        Alert.resolved_at.is_(None), Alert.kind.in_(kinds)
    )
    if subject_ids is not None:
        statement = statement.where(Alert.subject_id == any_(literal(sorted(set(subject_ids)), ARRAY(Uuid))))
    for column, place in (
        (Alert.warehouse_id, within.warehouse_id),
        (Alert.channel_id, within.channel_id),
        (Alert.place_id, within.place_id),
    ):
        if place is not None:
            statement = statement.where(column == place)
    open_now = {(row.subject_id, row.place_id, row.kind, row.level): row.id for row in await work.rows(statement)}
    await resolve_alerts_by_id(work, [id_ for key, id_ in open_now.items() if key not in keys])
    await open_alerts(work, [each for each in wanted if each.key() not in open_now])


async def set_evidence(work: Work, alert_id: AlertId, evidence: dict[str, Any]) -> None:
    """Keep the figures of an open alert up to date; that is no change of the alert."""
    statement = update(Alert).where(Alert.id == alert_id).values(evidence=evidence)
    await work.execute(statement.execution_options(synchronize_session=False))


async def _resolve(work: Work, conditions: Sequence[Any]) -> list[AlertId]:
    # Two who resolve the same alerts take them in the same order.
    locked = select(Alert.id).where(Alert.resolved_at.is_(None), *conditions).order_by(Alert.id).with_for_update()
    statement = (
        update(Alert)
        .where(Alert.id.in_(select(locked.cte("locked").c.id)), Alert.resolved_at.is_(None))
        .values(resolved_at=work.now, snoozed_until=None)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    resolved = [row.id for row in await work.rows(statement)]
    remember(work, resolved, AlertChangeKind.RESOLVED)
    return resolved


class _Changes:
    """The changes of a transaction; they are written as its very last step, so that the lock is held shortly."""

    name = "alerts.changes"

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    async def __call__(self, work: Work) -> None:
        if work.closing:
            work.closing[self.name] = self
            return
        await work.execute(select(func.pg_advisory_xact_lock(func.hashtext(CURSOR_LOCK))))
        await work.execute(insert(AlertChange), self.rows)


def remember(work: Work, alert_ids: Sequence[AlertId], change: AlertChangeKind) -> None:
    """Let those who listen hear of a change, when all else of the transaction is done."""
    if not alert_ids:
        return
    work.at_closing(_Changes.name, _Changes())
    step = work.closing[_Changes.name]
    if isinstance(step, _Changes):
        step.rows += [{"alert_id": each, "change": change, "at": work.now} for each in alert_ids]
