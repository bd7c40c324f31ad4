"""Jobs (后台任务): work that takes too long for an answer, with its progress and the file that comes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import ActorKind, Table, identifier, primary_key

JobId = NewType("JobId", UUID)


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Job(Table):
    """One job: what is to be done, for whom, how far it is, and the file that came of it.

    It is done with the rights its owner has when it runs; `needs` is what fetching the file takes as well.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_owner", "owner_id", "created_at", "id"),
        Index("ix_jobs_waiting", "created_at", postgresql_where=text("state IN ('QUEUED', 'RUNNING')")),
        Index("ix_jobs_expires", "expires_at", postgresql_where=text("state = 'DONE'")),
    )

    id: Mapped[JobId] = primary_key(default_factory=identifier)
    kind: Mapped[str]
    title: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    needs: Mapped[str]
    owner_kind: Mapped[ActorKind]
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[str]
    chinese: Mapped[bool] = mapped_column(default=False)
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None] = mapped_column(default=None)
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    file_name: Mapped[str | None] = mapped_column(default=None)
    file_key: Mapped[str | None] = mapped_column(default=None)
    file_bytes: Mapped[int | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
