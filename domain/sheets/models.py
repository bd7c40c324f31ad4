"""Imports of spreadsheets (表格导入): what was read, what is wrong with it, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.jobs import JobId
from domain.kernel import ActorKind, Table, identifier, optional_reference, primary_key, reference
from domain.uploads import UploadId

SheetImportId = NewType("SheetImportId", UUID)


class SheetKind(StrEnum):
    """What a spreadsheet says."""

    STOCK_DOCUMENTS = "STOCK_DOCUMENTS"
    STOCK_COUNTS = "STOCK_COUNTS"
    TRANSFERS = "TRANSFERS"
    TRANSFER_ARRIVALS = "TRANSFER_ARRIVALS"
    ORDERS = "ORDERS"


class SheetState(StrEnum):
    """How far an import has come."""

    CHECKING = "CHECKING"
    READY = "READY"
    FAULTY = "FAULTY"
    COMMITTED = "COMMITTED"


class SheetImport(Table):
    """One file being imported: checked row by row first, and committed whole if nothing is wrong."""

    __tablename__ = "sheet_imports"
    __table_args__ = (
        Index("ix_sheet_imports_owner", "owner_id", "created_at", "id"),
        Index("ix_sheet_imports_content", "content_hash", postgresql_where=text("state = 'COMMITTED'")),
    )

    id: Mapped[SheetImportId] = primary_key(default_factory=identifier)
    kind: Mapped[SheetKind]
    state: Mapped[SheetState] = mapped_column(default=SheetState.CHECKING)
    upload_id: Mapped[UploadId] = reference("uploads.id", index=True)
    job_id: Mapped[JobId] = reference("jobs.id", index=True)
    channel_id: Mapped[UUID | None] = optional_reference("channels.id", index=True, default=None)
    file_name: Mapped[str]
    owner_kind: Mapped[ActorKind]
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[str]
    created_at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    content_hash: Mapped[str] = mapped_column(default="")
    rows: Mapped[int] = mapped_column(default=0)
    documents: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(JSONB, default_factory=list)
    problem_count: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    committed_at: Mapped[datetime | None] = mapped_column(default=None)
    committed_by: Mapped[str | None] = mapped_column(default=None)


class ImportedDocument(Table):
    """Which stock document or transfer came of a number in a spreadsheet; the same number never makes a second one."""

    __tablename__ = "imported_documents"
    __table_args__ = (PrimaryKeyConstraint("kind", "sheet_number"),)

    kind: Mapped[SheetKind]
    sheet_number: Mapped[str]
    content_hash: Mapped[str]
    document_id: Mapped[UUID] = mapped_column(unique=True)
    import_id: Mapped[SheetImportId] = reference("sheet_imports.id", index=True)
