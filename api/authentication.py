"""Authentication (认证): a bearer token or an API key becomes the actor; a wrong one never passes as nobody.

The session or client behind it is looked up at most every few seconds; that is how fast a revocation works.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from api.errors import FORBIDDEN, UNAUTHENTICATED, Rejected
from api.passwords import AccessTokens, EndedError
from api.recent import Recent
from domain import identity
from domain.kernel import Actor, Read

REMEMBERED_SECONDS = 3.0
REMEMBERED_MAX = 20_000
KEY_LENGTH_MAX = 200
BEARER = "bearer "


@dataclass(frozen=True)
class Authenticated:
    """Who calls, until when the token says so (None: a key, or nobody), and what they may ask for and spend."""

    actor: Actor
    expires_at: float | None = None
    origins: tuple[str, ...] | None = None
    restore_rate: int | None = None
    trusted_only: bool = False
    kind: identity.ClientKind | None = None

    @property
    def budget_key(self) -> str:
        """Name the budget this caller spends from: of the client, else of the person."""
        return str(self.actor.client_id or self.actor.id or "")


NOBODY = Authenticated(identity.STRANGER)


class Authentication:
    """Turns credentials into actors."""

    def __init__(self, read: Read, tokens: AccessTokens) -> None:
        self._read, self._tokens = read, tokens
        self._sessions = Recent(self._find_session, seconds=REMEMBERED_SECONDS, entries_max=REMEMBERED_MAX)
        self._clients = Recent(self._find_client, seconds=REMEMBERED_SECONDS, entries_max=REMEMBERED_MAX)

    async def _find_session(self, session_id: UUID) -> identity.Caller | None:
        return await identity.caller_of_session(self._read, session_id, datetime.now(UTC))

    async def _find_client(self, key_hash: str) -> identity.Caller | None:
        return await identity.caller_of_key(self._read, key_hash)

    async def by_headers(self, headers: Mapping[str, str]) -> Authenticated:
        """Identify a caller by `Authorization: Bearer` or `X-Api-Key`; without either it is nobody."""
        return await self.identify(headers.get("authorization"), headers.get("x-api-key"), headers.get("origin"))

    async def identify(
        self, authorization: str | None, api_key: str | None, origin: str | None = None
    ) -> Authenticated:
        if authorization is not None:
            return await self._by_token(authorization)
        if api_key is not None:
            return await self._by_key(api_key, origin)
        return NOBODY

    async def _by_token(self, authorization: str) -> Authenticated:
        token = authorization[len(BEARER) :].strip()
        if authorization[: len(BEARER)].lower() != BEARER or token.startswith(identity.API_KEY_PREFIX):
            raise unauthenticated("Authorization takes `Bearer` and an access token; an API key goes into X-Api-Key.")
        try:
            found = self._tokens.read(token)
        except EndedError:
            raise unauthenticated("The access token has ended; refreshSession gives another one.") from None
        caller = await self._sessions.get(found[0]) if found else None
        if found is None or caller is None:
            raise unauthenticated()
        return Authenticated(caller.actor, found[1], None, caller.restore_rate, caller.trusted_only)

    async def _by_key(self, api_key: str, origin: str | None) -> Authenticated:
        known = api_key.startswith(identity.API_KEY_PREFIX) and len(api_key) <= KEY_LENGTH_MAX
        caller = await self._clients.get(identity.secret_hash(api_key)) if known else None
        if caller is None:
            raise unauthenticated()
        if origin is not None and caller.origins and origin.lower() not in caller.origins:
            raise Rejected(403, FORBIDDEN, "This key is not for use from this origin.")
        return Authenticated(caller.actor, None, caller.origins, caller.restore_rate, caller.trusted_only, caller.kind)

    def forget_session(self, session_id: UUID) -> None:
        self._sessions.forget(session_id)


def unauthenticated(message: str = "The token or key is not valid.") -> Rejected:
    """Say that a token or key is not valid; why, only where the caller knows already."""
    rejected = Rejected(401, UNAUTHENTICATED, message)
    rejected.headers["WWW-Authenticate"] = "Bearer"
    return rejected
