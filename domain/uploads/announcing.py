"""Announcing and receiving files (登记与接收上传): nothing is taken that was not announced, and it is taken once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from domain.kernel import Actor, BadInput, NotFound, Refusal, Work, action, routine, short_text
from domain.uploads.models import Upload, UploadId, UploadKind

BYTES_MAX = 10 * 1024 * 1024
NAME_LENGTH_MAX = 200
SHA256 = re.compile(r"[0-9a-f]{64}")
ANNOUNCED_MAX = 20
KEPT = timedelta(days=3)
EXPIRED_MAX = 200


class TooManyUploads(Refusal):
    """You announced {announced} files in the last hour that did not come; send them, or wait."""

    announced: int
    chinese = "您在过去一小时内登记了 {announced} 个文件但尚未上传，请先上传或稍后再试"
    retryable = True


@dataclass(frozen=True, kw_only=True)
class NewUpload:
    """What shall come: a file of this kind, name, size and SHA-256 (in lower-case hexadecimal)."""

    kind: UploadKind
    name: str
    size: int
    sha256: str


@action
async def announce_upload(work: Work, upload: NewUpload) -> Upload:
    """Announce a file of at most 10 MiB; it is sent by PUT to the signed path of the answer, once, within minutes."""
    name = short_text(upload.name, "name", NAME_LENGTH_MAX)
    if not 1 <= upload.size <= BYTES_MAX:
        problem = f"must be 1 to {BYTES_MAX} bytes, not {upload.size}"
        raise BadInput(field="size", problem=problem).at("input", "size")
    if not SHA256.fullmatch(upload.sha256):
        raise BadInput(field="sha256", problem="must be 64 hexadecimal digits in lower case").at("input", "sha256")
    waiting = select(func.count(Upload.id)).where(
        owned_by(work.actor), Upload.received_at.is_(None), Upload.created_at > work.now - timedelta(hours=1)
    )
    announced = (await work.rows(waiting))[0][0]
    if announced >= ANNOUNCED_MAX:
        raise TooManyUploads(announced=announced)
    made = Upload(
        kind=upload.kind,
        name=name,
        size=upload.size,
        sha256=upload.sha256,
        owner_kind=work.actor.kind,
        owner_id=work.actor.id,
        owner_name=work.actor.name,
        created_at=work.now,
    )
    work.session.add(made)
    return made


@routine
async def receive_upload(work: Work, upload_id: UploadId, file_key: str) -> bool:
    """Note that a file has come whole, as it was announced; False when it had come already."""
    received = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.received_at.is_(None), Upload.forgotten_at.is_(None))
        .values(received_at=work.now, file_key=file_key)
        .execution_options(synchronize_session=False)
    )
    return bool(await work.change(received))


async def received_upload(work: Work, upload_id: UUID) -> Upload:
    """Find a file of the actor's own that has come; an action of another capability calls this."""
    found = await work.session.get(Upload, upload_id)
    if found is None or (found.owner_kind, found.owner_id) != (work.actor.kind, work.actor.id):
        raise NotFound(what="upload", which=str(upload_id)).at("input", "uploadId")
    if found.received_at is None:
        raise BadInput(field="uploadId", problem="the file was not sent yet").at("input", "uploadId")
    if found.forgotten_at is not None:
        raise BadInput(field="uploadId", problem="the file is not kept any more").at("input", "uploadId")
    return found


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """State that a file is the actor's own: nobody sees another's."""
    return (Upload.owner_kind == actor.kind) & Upload.owner_id.is_not_distinct_from(actor.id)


async def expired_uploads(work: Work) -> list[Any]:
    """List files whose time is over; the caller deletes them and then says so."""
    old = select(Upload.id, Upload.file_key).where(Upload.forgotten_at.is_(None), Upload.created_at < work.now - KEPT)
    return await work.rows(old.limit(EXPIRED_MAX))


async def forget_uploads(work: Work, ids: Sequence[UUID]) -> None:
    """Note that these files are gone."""
    await work.execute(update(Upload).where(Upload.id.in_(ids)).values(forgotten_at=work.now))
