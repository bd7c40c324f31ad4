"""Fetching a file (下载): by a signed link that has not ended, while the person it was given to still may."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.door import Door
from api.errors import FORBIDDEN, NOT_FOUND, Rejected
from connectors.files.port import FileGone
from domain import identity, jobs
from domain.kernel import ActorKind, Read, system

log = structlog.stdlib.get_logger(__name__)

TOKEN_LENGTH_MAX = 100
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


async def fetch_file(request: Request) -> Response:
    """Answer with a file, to be kept and never shown in a page."""
    door: Door = request.app.state.door
    try:
        job_id = _signed_for(door, request.path_params["token"])
        file = await _allowed(door, job_id)
        pieces = door.files.reading(file.file_key)
        first = await anext(pieces, b"")
    except FileGone:
        return _refusal(_gone())
    except Rejected as rejected:
        return _refusal(rejected)
    log.info("file fetched", job_id=str(job_id), owner=file.owner_name)
    return StreamingResponse(
        _rest(first, pieces),
        media_type=TYPES.get(file.file_name.rpartition(".")[2], "application/octet-stream"),
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.file_name)}",
            "Content-Length": str(file.file_bytes),
        },
    )


async def _rest(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def _signed_for(door: Door, token: str) -> UUID:
    signed = door.links.read(token) if len(token) <= TOKEN_LENGTH_MAX else None
    if signed is None:
        raise Rejected(404, NOT_FOUND, "There is no such file.")
    if signed[1] <= datetime.now(UTC):
        raise Rejected(410, NOT_FOUND, "This link has ended; ask for a new one.")
    return signed[0]


async def _allowed(door: Door, job_id: UUID) -> Any:
    """Find the file, and ask again whether its owner may have it: rights may have been taken since."""
    read = Read(engine=door.engine, actor=system("files"))  # Never a replica: a revocation must be seen.
    file = await jobs.file_of_job(read, job_id, datetime.now(UTC))
    if file is None:
        raise _gone()
    owner = await identity.actor_of(read, ActorKind(file.owner_kind), file.owner_id)
    if owner is None or not owner.may(file.needs):
        raise Rejected(403, FORBIDDEN, "The person this link was given to may not have this file any more.")
    return file


def _gone() -> Rejected:
    return Rejected(410, NOT_FOUND, "The file is not kept any more.")


def _refusal(rejected: Rejected) -> Response:
    error = {"code": rejected.code, "message": rejected.message}
    return JSONResponse({"error": error}, status_code=rejected.status)
