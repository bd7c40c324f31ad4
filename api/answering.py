"""Answering (应答): the bytes of an answer become a response: how long it may be kept, its tag, and its encoding."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from api.encodings import IDENTITY, chosen, encoded

# What the answer depends on beside the address; a cache that overlooks it would show one client's answer to another.
VARY = "Accept, Accept-Encoding, Authorization, Origin, X-Api-Key"
NOT_MODIFIED = 304
TAG_BYTES = 18


@dataclass(frozen=True)
class Written:
    """An answer that is written but not yet on its way; `cache_control` is empty when nobody may keep it."""

    body: bytes
    status: int
    media_type: str
    compressible: bool = False
    cache_control: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


async def response_of(written: Written, given: Mapping[str, str]) -> Response:
    """Make the response, or say that what the client has is still true."""
    encoding = chosen(given.get("accept-encoding", ""), len(written.body)) if written.compressible else IDENTITY
    headers = {"Vary": VARY, **written.headers}
    if written.cache_control:
        tag = tag_of(written, encoding)
        headers |= {"Cache-Control": written.cache_control, "ETag": tag}
        if matches(given.get("if-none-match", ""), tag):
            return Response(status_code=NOT_MODIFIED, headers=headers)
    if encoding != IDENTITY:
        headers["Content-Encoding"] = encoding
    body = await encoded(written.body, encoding)
    return Response(body, written.status, headers, written.media_type)


def tag_of(written: Written, encoding: str) -> str:
    """Make the strong tag of these bytes in this encoding: byte for byte the same, or another tag."""
    hashed = hashlib.sha256(written.media_type.encode())
    hashed.update(written.body)
    name = urlsafe_b64encode(hashed.digest()[:TAG_BYTES]).decode()
    return f'"{name}"' if encoding == IDENTITY else f'"{name}-{encoding}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Whether the client has what would be sent."""
    if not if_none_match:
        return False
    named = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return any(each in (tag, "*") for each in named)
