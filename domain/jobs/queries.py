"""Readers of jobs (任务查询): everybody sees their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.jobs.asking import owned_by
from domain.jobs.models import Job, JobState
from domain.kernel import Ordering, Page, PageRequest, Read, by_key, page

COLUMNS = tuple(Job.__table__.columns)
NEWEST_FIRST = Ordering(
    name="jobs.created",
    columns=(Job.created_at, Job.id),
    keys=("created_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def jobs(read: Read, request: PageRequest) -> Page:
    """Read one page of the caller's own jobs, the newest first."""
    return await page(read, select(*COLUMNS).where(owned_by(read.actor)), NEWEST_FIRST, request)


async def jobs_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(select(*COLUMNS).where(Job.id.in_(ids), owned_by(read.actor))))


async def file_of_job(read: Read, job_id: UUID, now: datetime) -> Any | None:
    """Find the file of a job that can still be fetched, with whose it is and what fetching it takes."""
    columns = (Job.file_key, Job.file_name, Job.file_bytes, Job.needs, Job.owner_kind, Job.owner_id, Job.owner_name)
    return await read.one(select(*columns).where(Job.id == job_id, Job.state == JobState.DONE, Job.expires_at > now))
