"""Prints (打印记录): which paper of what was printed, by whom, when, and the how manieth copy it was. Never edited."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.jobs import JobId
from domain.kernel import Table, identifier, primary_key, reference

PrintId = NewType("PrintId", UUID)


class PrintKind(StrEnum):
    """Which paper."""

    ORDER = "ORDER"
    PACKING_SLIP = "PACKING_SLIP"
    INVOICE_LIST = "INVOICE_LIST"
    STOCK_DOCUMENT = "STOCK_DOCUMENT"
    STOCK_TRANSFER = "STOCK_TRANSFER"
    STOCKTAKE = "STOCKTAKE"
    PICK_LIST = "PICK_LIST"
    WAYBILL_LABEL = "WAYBILL_LABEL"


class Print(Table):
    """One copy of one paper, printed by a job; it counts as printed unless the job came to nothing.

    Whoever sees the shop or the warehouse of what it is of sees it. `subject_version` is the version its order had: it
    is out of date once the order changed what stands on it.
    """

    __tablename__ = "prints"
    __table_args__ = (
        UniqueConstraint("subject_id", "kind", "copy"),
        CheckConstraint("copy > 0", name="numbered"),
        Index("ix_prints_number", "number"),
        Index("ix_prints_printed", "printed_at", "id"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[PrintId] = primary_key(default_factory=identifier)
    kind: Mapped[PrintKind]
    subject_id: Mapped[UUID]
    number: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    copy: Mapped[int]
    subject_version: Mapped[int | None] = mapped_column(default=None)
    job_id: Mapped[JobId] = reference("jobs.id", index=True)
    printed_by_id: Mapped[UUID | None] = mapped_column(default=None)
    printed_by: Mapped[str]
    printed_at: Mapped[datetime]


class CopyCount(Table):
    """How many copies of a paper there are; its row is the lock under which the next one gets its number."""

    __tablename__ = "print_counts"
    __table_args__ = (PrimaryKeyConstraint("subject_id", "kind"), CheckConstraint("copies > 0", name="counts"))

    subject_id: Mapped[UUID]
    kind: Mapped[PrintKind]
    copies: Mapped[int]
