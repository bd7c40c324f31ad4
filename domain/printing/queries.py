"""Readers of prints (打印查询): what was printed of something, and whether anything was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from domain.jobs import Job, JobState
from domain.kernel import Actor, Ordering, Page, PageRequest, Read, Reading, constant, page, within
from domain.printing.models import Print, PrintKind

TEXT_LENGTH_MAX = 100
CAME_TO_NOTHING = (JobState.FAILED, JobState.CANCELLED)

PRINTS = constant(
    select(*Print.__table__.columns).join(Job, Job.id == Print.job_id).where(Job.state.not_in(CAME_TO_NOTHING))
)
# The copies of the papers of something, the first one first; the caller has seen what they are of.
VERSION = func.coalesce(Print.subject_version, 1)
"""What a copy shows; one that was printed before this was kept is older than every change that was."""
prints_of = Reading(PRINTS.order_by(Print.printed_at, Print.id), Print.subject_id, many=True)


def printed(subject: Any, kinds: Sequence[PrintKind], *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Build the condition that one of these papers of a subject, by the column of its id, was printed."""
    of_subject = (Print.subject_id == subject, Print.kind.in_(kinds), *also)
    return exists().where(*of_subject, Job.id == Print.job_id, Job.state.not_in(CAME_TO_NOTHING))


def outdated(subject: Any, kinds: Sequence[PrintKind], content_version: Any) -> ColumnElement[bool]:
    """Build the condition that the last copy of one of these papers of a subject is older than its content."""
    newer, of_newer = aliased(Print), aliased(Job)
    again = exists().where(
        newer.subject_id == Print.subject_id,
        newer.kind == Print.kind,
        newer.copy > Print.copy,
        of_newer.id == newer.job_id,
        of_newer.state.not_in(CAME_TO_NOTHING),
    )
    return printed(subject, kinds, content_version > VERSION, ~again)


@dataclass(frozen=True, kw_only=True)
class PrintFilter:
    """Which prints; what is None does not matter. The period is half open."""

    kinds: Sequence[PrintKind] | None = None
    number: str | None = None
    person: str | None = None
    printed_from: datetime | None = None
    printed_to: datetime | None = None


NEWEST_FIRST = Ordering(
    name="prints.printed",
    columns=(Print.printed_at, Print.id),
    keys=("printed_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def prints(read: Read, where: PrintFilter, request: PageRequest) -> Page:
    """Read one page of prints, the last one first."""
    statement = _seen(PRINTS, read.actor)
    if where.kinds is not None:
        statement = statement.where(Print.kind.in_(where.kinds))
    if where.number is not None:
        statement = statement.where(Print.number == where.number[:TEXT_LENGTH_MAX])
    if where.person is not None:
        statement = statement.where(Print.printed_by == where.person[:TEXT_LENGTH_MAX])
    if where.printed_from is not None:
        statement = statement.where(Print.printed_at >= where.printed_from)
    if where.printed_to is not None:
        statement = statement.where(Print.printed_at < where.printed_to)
    return await page(read, statement, NEWEST_FIRST, request)


def _seen(statement: Select[Any], actor: Actor) -> Select[Any]:
    """Restrict to what is of the actor's shops and warehouses; a paper of none of them is nobody's secret."""
    for column, allowed in ((Print.channel_id, actor.channels), (Print.warehouse_id, actor.warehouses)):
        condition = within(column, allowed)
        if condition is not None:
            statement = statement.where(or_(column.is_(None), condition))
    return statement
