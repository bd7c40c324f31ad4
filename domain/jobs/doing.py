"""Doing jobs (执行任务): who works on one says so now and then; one that nobody has heard of for long is begun anew.

A job may be sent twice, by the broker or by the clock: only one worker takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text, update

from domain.jobs.models import Job, JobId, JobState
from domain.kernel import Work

AT_ONCE_MAX = 3
ATTEMPTS_MAX = 3
SILENT_MAX = timedelta(seconds=90)
KEPT = timedelta(days=3)
PROBLEM_LENGTH_MAX = 500
EXPIRED_MAX = 200

# One that is being worked on is taken again when its worker has been silent for too long.
TAKE = text("""
    UPDATE jobs SET state = 'RUNNING', attempts = attempts + 1, seen_at = :now, rows_done = 0, rows_total = NULL
    WHERE id = :id AND attempts < :attempts_max
      AND (state = 'QUEUED' OR state = 'RUNNING' AND seen_at < :silent_since)
      AND (
        SELECT count(*) FROM jobs AS other
        WHERE other.state = 'RUNNING' AND other.seen_at >= :silent_since AND other.id <> :id
      ) < :at_once_max
    RETURNING id, kind, title, parameters, needs, owner_kind, owner_id, chinese, attempts, created_at
""")
GIVE_UP = text("""
    UPDATE jobs SET state = 'FAILED', finished_at = :now, problem = 'the worker died each time'
    WHERE state = 'RUNNING' AND seen_at < :silent_since AND attempts >= :attempts_max
""")
TO_DO = text("""
    SELECT id FROM jobs WHERE state = 'QUEUED' OR state = 'RUNNING' AND seen_at < :silent_since
    ORDER BY created_at LIMIT :at_once_max
""")
SEEN = text("""
    UPDATE jobs SET seen_at = :now, rows_done = :rows_done, rows_total = :rows_total
    WHERE id = :id AND state = 'RUNNING' AND attempts = :attempt
""")


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """The file that came of a job: where the store keeps it, what its reader's computer shall call it."""

    key: str
    name: str
    size: int


async def take_job(work: Work, job_id: JobId) -> Any | None:
    """Take a job in hand; None when it is done, cancelled, in other hands, or too many are being done."""
    given = {"id": job_id, "attempts_max": ATTEMPTS_MAX, "at_once_max": AT_ONCE_MAX, **_times(work)}
    rows = await work.rows(TAKE, given)
    return rows[0] if rows else None


async def jobs_to_do(work: Work) -> list[JobId]:
    """List the jobs that nobody works on, the oldest first; who has killed his workers too often has failed."""
    await work.execute(GIVE_UP, {"attempts_max": ATTEMPTS_MAX, **_times(work)})
    given = {"silent_since": work.now - SILENT_MAX, "at_once_max": AT_ONCE_MAX}
    return [row.id for row in await work.rows(TO_DO, given)]


def _times(work: Work) -> dict[str, Any]:
    return {"now": work.now, "silent_since": work.now - SILENT_MAX}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an attempt at a job is."""

    job_id: JobId
    attempt: int
    rows_done: int
    rows_total: int | None = None


async def note_progress(work: Work, progress: Progress) -> bool:
    """Say that a job is alive and how far it is; False when it is no longer wanted, or is now another's."""
    given = {
        "id": progress.job_id,
        "attempt": progress.attempt,
        "rows_done": progress.rows_done,
        "rows_total": progress.rows_total,
        "now": work.now,
    }
    return bool(await work.change(SEEN, given))


async def finish_job(work: Work, progress: Progress, made: MadeFile) -> bool:
    """Note that a job is done and its file can be fetched for some days; False when it was no longer wanted."""
    return await _end(
        work,
        progress,
        state=JobState.DONE,
        rows_done=progress.rows_done,
        rows_total=progress.rows_done,
        file_key=made.key,
        file_name=made.name,
        file_bytes=made.size,
        expires_at=work.now + KEPT,
    )


async def fail_job(work: Work, progress: Progress, problem: str) -> bool:
    """Note that a job could not be done, in words for its owner."""
    return await _end(work, progress, state=JobState.FAILED, problem=problem[:PROBLEM_LENGTH_MAX])


async def _end(work: Work, progress: Progress, **values: Any) -> bool:
    ended = (
        update(Job)
        .where(Job.id == progress.job_id, Job.state == JobState.RUNNING, Job.attempts == progress.attempt)
        .values(finished_at=work.now, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(await work.change(ended))


EXPIRED = text("SELECT id, file_key FROM jobs WHERE state = 'DONE' AND expires_at < :now LIMIT :expired_max")
FORGET = text("UPDATE jobs SET state = 'EXPIRED' WHERE id = ANY(:ids) AND state = 'DONE'")


async def expired_files(work: Work) -> list[Any]:
    """List files whose time is over; the caller deletes them and then says so."""
    return await work.rows(EXPIRED, {"now": work.now, "expired_max": EXPIRED_MAX})


async def forget_files(work: Work, job_ids: Sequence[JobId]) -> None:
    """Note that the files of these jobs are gone."""
    await work.execute(FORGET, {"ids": list(job_ids)})
