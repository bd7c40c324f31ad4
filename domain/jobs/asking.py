"""Asking for a job, and no longer wanting it (提交与取消任务)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from domain.jobs.events import JobQueued
from domain.jobs.models import Job, JobId, JobState
from domain.kernel import Actor, NotAllowed, NotFound, Refusal, Work, action

WAITING = (JobState.QUEUED, JobState.RUNNING)
WAITING_MAX = 5


class TooManyJobs(Refusal):
    """You already have {waiting} jobs that are not finished; wait for one of them, or cancel it."""

    waiting: int
    chinese = "您有 {waiting} 个任务尚未完成，请等待或取消其中之一"
    retryable = True


class JobEnded(Refusal):
    """The job has already ended: {state}."""

    state: str
    chinese = "任务已结束：{state}"


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What shall be done: `kind` names who does it, `needs` the permission that its result takes."""

    kind: str
    title: str
    parameters: dict[str, Any]
    needs: str
    chinese: bool = False


async def ask_for(work: Work, wanted: NewJob) -> Job:
    """Queue a job for the actor, whose rights it will be done with; an action of another capability calls this."""
    if not work.actor.may(wanted.needs):
        raise NotAllowed(permission=wanted.needs)
    mine = select(func.count(Job.id)).where(owned_by(work.actor), Job.state.in_(WAITING))
    waiting = (await work.rows(mine))[0][0]
    if waiting >= WAITING_MAX:
        raise TooManyJobs(waiting=waiting)
    job = Job(
        kind=wanted.kind,
        title=wanted.title,
        parameters=wanted.parameters,
        needs=wanted.needs,
        owner_kind=work.actor.kind,
        owner_id=work.actor.id,
        owner_name=work.actor.name,
        chinese=wanted.chinese,
        created_at=work.now,
    )
    work.session.add(job)
    work.record(JobQueued(job_id=job.id))
    return job


@action
async def cancel_job(work: Work, job_id: JobId) -> Job:
    """Cancel a job of your own that is not finished; what it has written is thrown away."""
    cancelled = (
        update(Job)
        .where(Job.id == job_id, owned_by(work.actor), Job.state.in_(WAITING))
        .values(state=JobState.CANCELLED, finished_at=work.now)
        .execution_options(synchronize_session=False)
    )
    changed = await work.change(cancelled)
    job = await work.session.get(Job, job_id, populate_existing=True)
    if job is None or (job.owner_kind, job.owner_id) != (work.actor.kind, work.actor.id):
        raise NotFound(what="job", which=str(job_id)).at("input", "id")
    if not changed:
        raise JobEnded(state=job.state.value).at("input", "id")
    return job


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """State that a job is the actor's own: nobody sees another's."""
    return (Job.owner_kind == actor.kind) & Job.owner_id.is_not_distinct_from(actor.id)
