"""Passwords and tokens (密码与令牌): argon2id in threads, few at a time, and access tokens signed for minutes."""

import asyncio
import base64
import binascii
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from configuration.settings import Settings
from domain import identity

ISSUER = "zhanggui"
ALGORITHM = "HS256"
PASSWORDS_AT_ONCE_MAX = 2
TOKEN_LENGTH_MAX = 2_000


class Passwords:
    """Hashes and verifies; an unknown user costs one verification too, so that time tells nothing."""

    def __init__(self, memory_kib: int) -> None:
        self._hasher = PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(PASSWORDS_AT_ONCE_MAX, thread_name_prefix="password")
        self._nobodys = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verified, kept, password)

    def _verified(self, kept: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(kept or self._nobodys, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


class EndedError(Exception):
    """The token was ours and its life is over."""


class AccessTokens:
    """Signs and reads the short tokens that name a session."""

    def __init__(self, signing_key: str) -> None:
        self._key = OctKey.import_key(signing_key.encode())
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER}, sid={"essential": True}, exp={"essential": True}
        )

    def sign(self, session_id: UUID, staff_id: UUID, expires_at: datetime) -> str:
        claims = {"iss": ISSUER, "sub": str(staff_id), "sid": str(session_id), "exp": int(expires_at.timestamp())}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key)

    def read(self, token: str) -> tuple[UUID, float] | None:
        """Return the session and the end of the token's life; None when it is not ours."""
        if len(token) > TOKEN_LENGTH_MAX or not _is_canonical(token):
            return None
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            return UUID(str(claims["sid"])), float(claims["exp"])
        except ExpiredTokenError as ended:
            raise EndedError from ended
        except (JoseError, ValueError, TypeError, RecursionError):
            return None


def _is_canonical(token: str) -> bool:
    """Whether the signature is written the one right way: base64 leaves bits that a reader would overlook."""
    signature = token.rpartition(".")[2]
    try:
        decoded = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (ValueError, binascii.Error):
        return False
    return base64.urlsafe_b64encode(decoded).decode().rstrip("=") == signature


def credentials(settings: Settings, passwords: Passwords, tokens: AccessTokens) -> identity.Credentials:
    """Lend the domain what it may not know how to do."""
    return identity.Credentials(
        hash=passwords.hash,
        verify=passwords.verify,
        sign=tokens.sign,
        access_life=timedelta(seconds=settings.access_token_seconds),
        refresh_life=timedelta(seconds=settings.refresh_token_seconds),
    )
