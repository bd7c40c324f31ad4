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

from domain.kernel.actors import ActorKind
from domain.kernel.tables import Table, identifier
from domain.kernel.work import FINISHING, Work

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


Story = tuple[str, str]
"""The document in whose story a change is told: its type and its id."""


def write(work: Work, action: str, given: dict[str, Any], subject: object) -> None:
    """Add the entry of one action, and one to the story of each other document it changed.

    The changes seen so far by the session belong to it.
    """
    changes: list[Any] = work.session.sync_session.info.setdefault("changes", [])
    kind = type(subject).__name__ if subject is not None else None
    key = getattr(subject, "id", None)
    own = (story_of(subject) if isinstance(subject, Table) else None) or (kind, _text(key))
    mine, others = list[Any](), dict[Story, list[Any]]()
    for change in changes:
        if "of" in change and tuple(change["of"]) != own:
            others.setdefault((change["of"][0], change["of"][1]), []).append(change)
        else:
            mine.append(change)
    note(work, action, given, (kind, key), mine)
    for story, told in others.items():
        note(work, action, given if len(others) == 1 else {}, story, told)
    changes.clear()


def story_of(row: Table) -> Story | None:
    """Say in whose story a change of a row is told; None: in nobody's but its own."""
    if row.told_of is None:
        return None
    kind, attribute = row.told_of
    return kind, str(getattr(row, attribute))


def tell(work: Work, story: Story, row: Story, fields: Mapping[str, tuple[Any, Any]]) -> None:
    """Tell a change that a statement made, with the values before and after, where the session saw none."""
    told = {
        key: {"before": plain(before, key), "after": plain(after, key)}
        for key, (before, after) in fields.items()
        if before != after
    }
    if told:
        change = {"type": row[0], "id": row[1], "of": list(story), "fields": told}
        work.session.sync_session.info.setdefault("changes", []).append(change)


def write_story(work: Work, action: str, given: dict[str, Any], story: Story) -> None:
    """Add the entry of another document that an action changed, with all that was told of it so far."""
    changes: list[Any] = work.session.sync_session.info.setdefault("changes", [])
    note(work, action, given, story, [each for each in changes if tuple(each.get("of", ())) == story])
    changes[:] = [each for each in changes if tuple(each.get("of", ())) != story]


def told(work: Work) -> int:
    """Say how much was told so far, to take back with `untell` what a savepoint undoes."""
    return len(work.session.sync_session.info.get("changes", ()))


def untell(work: Work, since: int) -> None:
    """Forget what was told since: it did not happen."""
    del work.session.sync_session.info.setdefault("changes", [])[since:]


def write_rest(work: Work) -> None:
    """Write into the stories what the house did outside of any action, such as when it reacts to a fact."""
    stories: dict[Story, list[Any]] = {}
    for change in work.session.sync_session.info.pop("changes", ()):
        if "of" in change and work.actor.kind is ActorKind.SYSTEM:
            stories.setdefault((change["of"][0], change["of"][1]), []).append(change)
    for story, changes in stories.items():
        note(work, work.actor.name, {}, story, changes)


FINISHING.append(write_rest)


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
            _add(session, row, changed)
    for made, rows in ((True, session.new), (False, session.deleted)):
        for row in rows:
            if isinstance(row, Table) and row.told_of is not None and row.told_of[1] != "id":
                _add(session, row, _whole(row, made=made))


def _add(session: Session, row: Table, fields: dict[str, Any]) -> None:
    change: dict[str, Any] = {"type": type(row).__name__, "id": str(getattr(row, "id", "")), "fields": fields}
    if (story := story_of(row)) is not None:
        change["of"] = list(story)
    session.info.setdefault("changes", []).append(change)


def _whole(row: Table, *, made: bool) -> dict[str, Any]:
    """List what of a row was nothing before, or is nothing after."""
    values = {each.key: plain(each.value, each.key) for each in inspect(row).attrs if each.key not in ("id", "number")}
    known = {key: each for key, each in values.items() if each is not None}
    return {key: _pair(None, each) if made else _pair(each, None) for key, each in known.items()}


def _pair(before: Any, after: Any) -> dict[str, Any]:
    return {"before": before, "after": after}


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
