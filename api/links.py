"""Links to files (下载链接): signed, for a few minutes, for one file. A link is a key, so it is short-lived.

A browser sends no token with a click; the signature stands for the person it was given to, whose rights are asked for
again when the file is fetched.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

LINK_MINUTES = 15
LINK = struct.Struct(">16sQ")
PURPOSE = b"links to files"
UPLOADS = b"links to uploads"


class FileLinks:
    """Signs and reads links with a key of their own, made of the signing key."""

    def __init__(self, signing_key: str, purpose: bytes = PURPOSE) -> None:
        self._key = hmac.digest(signing_key.encode(), purpose, hashlib.sha256)
        self._folder = "uploads" if purpose == UPLOADS else "files"

    def to_file(self, job_id: UUID, now: datetime | None = None) -> str:
        """Say under which path the file of a job is fetched, or an upload is sent, from now on for a few minutes."""
        ends = (now or datetime.now(UTC)) + timedelta(minutes=LINK_MINUTES)
        signed = LINK.pack(job_id.bytes, int(ends.timestamp()))
        token = base64.urlsafe_b64encode(signed + self._signature(signed)).decode().rstrip("=")
        return f"/{self._folder}/{token}"

    def read(self, token: str) -> tuple[UUID, datetime] | None:
        """Say of which job or upload a link is, and when it ends; None when we have not signed it."""
        try:
            given = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        signed, signature = given[: LINK.size], given[LINK.size :]
        if len(signed) != LINK.size or not hmac.compare_digest(signature, self._signature(signed)):
            return None
        key, ends = LINK.unpack(signed)
        return UUID(bytes=key), datetime.fromtimestamp(ends, UTC)

    def _signature(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, hashlib.sha256)
