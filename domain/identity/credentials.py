"""Credentials (凭据): passwords are hashed and access tokens signed at the edge; refresh tokens and keys are ours.

Only hashes are kept. Tokens and keys are long random numbers, so SHA-256 suffices for them; a password needs a slow
hash, which the edge provides.
"""

import base64
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

API_KEY_PREFIX = "zg_"
API_KEY_BYTES = 32
REFRESH_HALF_BYTES = 24
REFRESH_TOKEN_LENGTH_MAX = 200


@dataclass(frozen=True)
class Credentials:
    """What the edge lends: hash a password, verify one (None costs the same and is never right), sign an access token.

    `sign` is given the session, the person and the end of the token's life.
    """

    hash: Callable[[str], Awaitable[str]]
    verify: Callable[[str | None, str], Awaitable[bool]]
    sign: Callable[[UUID, UUID, datetime], str]
    access_life: timedelta = timedelta(minutes=15)
    refresh_life: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class RefreshToken:
    """The two halves of a refresh token: the family stays as long as the session, the other is new each time."""

    family: str
    rotating: str

    def text(self) -> str:
        return f"{self.family}.{self.rotating}"


def secret_hash(secret: str) -> str:
    """Hash a long random secret for storage."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_api_key() -> str:
    return API_KEY_PREFIX + _random_text(API_KEY_BYTES)


def new_refresh_token(family: str | None = None) -> RefreshToken:
    return RefreshToken(family or _random_text(REFRESH_HALF_BYTES), _random_text(REFRESH_HALF_BYTES))


def read_refresh_token(text: str) -> RefreshToken | None:
    """Take a refresh token apart; None when it never was one."""
    family, dot, rotating = text.partition(".")
    if not dot or not family or not rotating or len(text) > REFRESH_TOKEN_LENGTH_MAX:
        return None
    return RefreshToken(family, rotating)


def _random_text(size: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(size)).decode().rstrip("=")
