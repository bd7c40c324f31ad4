"""Taking a file (上传): by a signed path, once, of the announced size and SHA-256, while its owner may send it."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api.door import Door
from api.errors import BAD_INPUT, CONFLICT, FORBIDDEN, NOT_FOUND, Rejected
from connectors.sheets.reading import problem_of_file
from domain import identity, uploads
from domain.kernel import ActorKind, Read, begin, system

log = structlog.stdlib.get_logger(__name__)

TOKEN_LENGTH_MAX = 100
NEEDS = "uploads.announce_upload"


async def take_file(request: Request) -> Response:
    """Take a file that was announced; nothing of it is kept unless it is whole."""
    door: Door = request.app.state.door
    try:
        upload = await _announced(door, request.path_params["token"])
        await _take(door, request, upload)
    except Rejected as rejected:
        error = {"code": rejected.code, "message": rejected.message}
        return JSONResponse({"error": error}, status_code=rejected.status, headers={"Connection": "close"})
    except ClientDisconnect:
        return Response(status_code=400)
    log.info("file taken", upload_id=str(upload.id), owner=upload.owner_name)
    return JSONResponse({"received": True})


async def _announced(door: Door, token: str) -> Any:
    signed = door.upload_links.read(token) if len(token) <= TOKEN_LENGTH_MAX else None
    if signed is None:
        raise Rejected(404, NOT_FOUND, "Nothing is expected here.")
    if signed[1] <= datetime.now(UTC):
        raise Rejected(410, NOT_FOUND, "This path has ended; ask for a new one.")
    read = Read(engine=door.engine, actor=system("files"))  # Never a replica: a revocation must be seen.
    upload = await uploads.announced_upload(read, signed[0])
    if upload is None:
        raise Rejected(410, NOT_FOUND, "This file is not expected any more.")
    owner = await identity.actor_of(read, ActorKind(upload.owner_kind), upload.owner_id)
    if owner is None or not owner.may(NEEDS):
        raise Rejected(403, FORBIDDEN, "The person this path was given to may not send this file any more.")
    if upload.received_at is not None:
        raise _already()
    return upload


async def _take(door: Door, request: Request, upload: Any) -> None:
    """Write the file where nobody looks, and keep it only if it is what was announced; of two senders one wins."""
    key = f"{upload.id}-{uuid4().hex[:8]}.{upload.kind.value.lower()}"
    async with door.files.writing(key) as place:
        await _write(request, upload, place)
        problem = await asyncio.to_thread(problem_of_file, place, upload.kind)
        if problem is not None:
            raise Rejected(422, BAD_INPUT, problem)
    async with begin(door.sessions, system("files")) as work:
        taken = await uploads.receive_upload(work, upload.id, key)
    if not taken:
        await door.files.delete(key)
        raise _already()


async def _write(request: Request, upload: Any, place: Path) -> None:
    given = request.headers.get("content-length")
    if given is not None and given != str(upload.size):
        raise Rejected(413, BAD_INPUT, f"{upload.size} bytes were announced.")
    size, digest = 0, hashlib.sha256()
    with place.open("wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > upload.size:
                raise Rejected(413, BAD_INPUT, f"{upload.size} bytes were announced.")
            digest.update(piece)
            file.write(piece)
    if size != upload.size or digest.hexdigest() != upload.sha256:
        raise Rejected(422, BAD_INPUT, "The file is not the one that was announced: its size or SHA-256 differs.")


def _already() -> Rejected:
    return Rejected(409, CONFLICT, "This file has come already.")
