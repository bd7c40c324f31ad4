"""Jobs (后台任务): each is taken by one worker, says how far it is, and leaves a file behind.

A job is carried out with the rights that its owner has now. What is lost on the way is sent again by the clock.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from connectors.files.disk import FOLDER, DiskFiles
from connectors.files.port import FileStore
from domain import identity, jobs, kernel, papers, reporting, sheets, uploads
from workers.papers import preview_template, print_papers
from workers.reports import write_report
from workers.runner import Outside
from workers.sheets import check_sheet, write_template

log = structlog.get_logger(__name__)

TASK = "job"
JOB_SECONDS_MAX = 3600
NOTE_SECONDS = 1.0
GONE = "The account that asked for this may no longer act. 提交任务的账号已停用。"
FAILED = "Something went wrong on our side; please ask again. 系统出错，请重试。"


class NoLongerWantedError(Exception):
    """The job was cancelled, or another worker has it now."""


@dataclass
class Doing:
    """One attempt at a job: who for, from which rows, into which file, and how far."""

    outside: Outside
    job: Any
    read: kernel.Read
    place: Path
    rows_done: int = 0
    rows_total: int | None = None
    wanted: bool = True

    def progress(self) -> jobs.Progress:
        return jobs.Progress(
            job_id=self.job.id, attempt=self.job.attempts, rows_done=self.rows_done, rows_total=self.rows_total
        )

    def note(self, rows_done: int) -> None:
        """Remember how far it is; stops the attempt when nobody wants it any more."""
        self.rows_done = rows_done
        if not self.wanted:
            raise NoLongerWantedError

    async def say_so(self) -> None:
        """Write down, each second, that this is alive and how far it is, whatever keeps it busy meanwhile."""
        while self.wanted:
            await asyncio.sleep(NOTE_SECONDS)
            async with kernel.begin(self.outside.sessions, kernel.system("jobs")) as work:
                self.wanted = await jobs.note_progress(work, self.progress())


@dataclass(frozen=True)
class Kind:
    """Who does jobs of a kind, and what the file is called at its end."""

    write: Callable[[Doing], Awaitable[None]]
    suffix: str


KINDS: dict[str, Kind] = {
    reporting.JOB: Kind(write_report, "xlsx"),
    papers.JOB: Kind(print_papers, "pdf"),
    papers.PREVIEW: Kind(preview_template, "pdf"),
    sheets.CHECK: Kind(check_sheet, "xlsx"),
    sheets.TEMPLATE: Kind(write_template, "xlsx"),
}


def files_of(outside: Outside) -> FileStore:
    """Open the store of this installation's files."""
    return DiskFiles(outside.settings.data_directory / FOLDER)


async def start_job(outside: Outside, fact: jobs.JobQueued) -> None:
    """Give a job a task of its own: it may take longer than a reaction is waited for."""
    await _send(outside, fact.job_id)


async def resume_jobs(outside: Outside) -> None:
    """Send every job again that nobody works on: its task was lost, its worker died, or it had to wait."""
    async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
        waiting = await jobs.jobs_to_do(work)
    for each in waiting:
        await _send(outside, each)


async def _send(outside: Outside, job_id: jobs.JobId) -> None:
    if not await outside.send(TASK, str(job_id)):
        await work_off(outside, job_id)


async def forget_files(outside: Outside) -> None:
    """Delete the files whose time is over, and then say so."""
    async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
        expired = await jobs.expired_files(work)
    for each in expired:
        await files_of(outside).delete(each.file_key)
    if expired:
        async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
            await jobs.forget_files(work, [each.id for each in expired])
    await _forget_uploads(outside)


async def _forget_uploads(outside: Outside) -> None:
    async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
        expired = await uploads.expired_uploads(work)
    for each in expired:
        if each.file_key is not None:
            await files_of(outside).delete(each.file_key)
    if expired:
        async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
            await uploads.forget_uploads(work, [each.id for each in expired])


async def work_off(outside: Outside, job_id: jobs.JobId) -> None:
    """Do one job, if nobody else does it."""
    async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
        job = await jobs.take_job(work, job_id)
    if job is None:
        return
    everyone = kernel.Read(engine=outside.engine, actor=kernel.system("jobs"))
    actor = await identity.actor_of(everyone, kernel.ActorKind(job.owner_kind), job.owner_id)
    if actor is None or not actor.may(job.needs):
        await _fail(outside, jobs.Progress(job_id=job.id, attempt=job.attempts, rows_done=0), GONE)
        return
    await _carry_out(outside, job, kernel.Read(engine=outside.engine, actor=actor))


async def _carry_out(outside: Outside, job: Any, read: kernel.Read) -> None:
    kind = KINDS[job.kind]
    key = f"{job.id}-{job.attempts}.{kind.suffix}"
    files = files_of(outside)
    doing = Doing(outside, job, read, Path())
    try:
        async with files.writing(key) as place:
            doing.place = place
            async with _spoken_for(doing):
                await kind.write(doing)
        name = f"{job.title} {job.created_at.date()}.{kind.suffix}"
        made = jobs.MadeFile(key=key, name=name, size=await files.size(key))
        async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
            wanted = await jobs.finish_job(work, doing.progress(), made)
        if not wanted:
            await files.delete(key)
    except NoLongerWantedError:
        log.info("job no longer wanted", job_id=str(job.id))
    except kernel.Refusal as refusal:
        await _fail(outside, doing.progress(), refusal.message_in_chinese() if job.chinese else refusal.message())
    except Exception:
        log.exception("job failed", job_id=str(job.id), kind=job.kind)
        await _fail(outside, doing.progress(), FAILED)


@asynccontextmanager
async def _spoken_for(doing: Doing) -> AsyncIterator[None]:
    speaking = asyncio.create_task(doing.say_so())
    try:
        yield
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def _fail(outside: Outside, progress: jobs.Progress, problem: str) -> None:
    async with kernel.begin(outside.sessions, kernel.system("jobs")) as work:
        await jobs.fail_job(work, progress, problem)
