"""Uploads (上传): files that somebody announced and sends to a signed address; theirs alone, and kept for some days."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import ActorKind, Table, identifier, primary_key

UploadId = NewType("UploadId", UUID)


class UploadKind(StrEnum):
    """Which kind of file."""

    XLSX = "XLSX"
    CSV = "CSV"


class Upload(Table):
    """A file as it was announced: its size and its SHA-256 are known before its first byte comes."""

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("size > 0", name="has_content"),
        CheckConstraint("(file_key IS NULL) = (received_at IS NULL)", name="received_with_a_file"),
        Index("ix_uploads_owner", "owner_id", "created_at"),
        Index("ix_uploads_kept", "created_at", postgresql_where=text("forgotten_at IS NULL")),
    )

    id: Mapped[UploadId] = primary_key(default_factory=identifier)
    kind: Mapped[UploadKind]
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    owner_kind: Mapped[ActorKind]
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[str]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    file_key: Mapped[str | None] = mapped_column(default=None)
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)
