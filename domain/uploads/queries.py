"""Readers of uploads (上传查询): everybody sees their own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel import Read, by_key
from domain.uploads.announcing import owned_by
from domain.uploads.models import Upload

COLUMNS = tuple(Upload.__table__.columns)


async def uploads_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(select(*COLUMNS).where(Upload.id.in_(ids), owned_by(read.actor))))


async def announced_upload(read: Read, upload_id: UUID) -> Any | None:
    """Find what was announced and may still come, with whose it is."""
    return await read.one(select(*COLUMNS).where(Upload.id == upload_id, Upload.forgotten_at.is_(None)))
