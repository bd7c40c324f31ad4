"""The audit log (审计日志): who did what to which document, in the transaction in which it was done.

Changes of loaded rows are collected by the session itself, so that no action can forget them. Entries are sealed into
a hash chain by `seal_audit_entries` in the database (see migrations), after no earlier transaction can still commit.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import event, inspect, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, UOWTransaction

from domain.kernel.tables import Table, identifier
from domain.kernel.work import Work

SECRET_WORDS = ("password", "secret", "token", "credential", "signing")
TEXT_LENGTH_MAX = 2_000
ITEMS_MAX = 50


def plain(value: Any, name: str = "") -> Any:
    """Turn an input into JSON for the log: secrets become ***, long lists and texts are cut.

    An input that says itself how it stands in the log (`in_audit`) does: a chunk of trades is their numbers.
    """
    if value is not None and any(word in name.lower() for word in SECRET_WORDS):
        return "***"
    if (in_brief := getattr(value, "in_audit", None)) is not None:
        return in_brief()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name), each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each, str(key)) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(each) for each in itertools.islice(value, ITEMS_MAX)]
    known = value is None or (isinstance(value, (bool, int)) and not isinstance(value, Enum))
    return value if known else str(value)[:TEXT_LENGTH_MAX]


def write(work: Work, action: str, given: dict[str, Any], subject: object) -> None:
    """Add the entry of one action; the changes seen so far by the session belong to it."""
    changes: list[Any] = work.session.sync_session.info.setdefault("changes", [])
    kind = type(subject).__name__ if subject is not None else None
    note(work, action, given, (kind, getattr(subject, "id", None)), changes)
    changes.clear()


def note(
    work: Work, action: str, given: dict[str, Any], subject: tuple[str | None, object], changes: Sequence[Any]
) -> None:
    """Add an entry about a subject, by its type and id: a plural of an action writes one for each."""
    work.entries.append(
        {
            "id": str(identifier()),
            "at": work.now.isoformat(),
            "actor_kind": work.actor.kind.value,
            "actor_id": _text(work.actor.id),
            "actor_name": work.actor.name,
            "client_id": _text(work.actor.client_id),
            "action": action,
            "subject_type": subject[0],
            "subject_id": _text(subject[1]),
            "input": plain(given),
            "changes": list(changes[:ITEMS_MAX]),
            "request_id": work.actor.request_id,
        }
    )


def _text(key: object) -> str | None:
    return None if key is None else str(key)


@event.listens_for(Session, "before_flush")
def _collect_changes(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for row in session.dirty:
        if isinstance(row, Table) and (changed := _changed_fields(row)):
            session.info.setdefault("changes", []).append(
                {"type": type(row).__name__, "id": str(getattr(row, "id", "")), "fields": changed}
            )


def _changed_fields(row: Table) -> dict[str, Any]:
    changed = {}
    for attribute in inspect(row).attrs:
        history = attribute.history
        if history.has_changes() and history.deleted:
            before = plain(history.deleted[0], attribute.key)
            changed[attribute.key] = {"before": before, "after": plain(attribute.value, attribute.key)}
    return changed


async def seal(session: AsyncSession, entries_max: int = 10_000) -> int:
    """Chain the entries that no open transaction can still precede; returns how many."""
    sealed = await session.scalar(text("SELECT seal_audit_entries(:entries)"), {"entries": entries_max})
    return int(sealed or 0)
