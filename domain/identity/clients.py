"""API clients (接入方): the programs that call us, each with its key, its grants, its origins and its budget."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from domain.identity.credentials import new_api_key, secret_hash
from domain.identity.events import ApiClientRevoked
from domain.identity.models import ApiClient, ClientId, ClientKind
from domain.identity.permissions import Scope, check_grants, check_scope
from domain.identity.roles import CodeTaken, checked_code, checked_name
from domain.identity.sessions import end_sessions
from domain.kernel import BadInput, NotFound, Work, action

ORIGINS_MAX = 20
RESTORE_RATE_MAX = 10_000_000
HOST = re.compile(r"[a-z0-9.\-\[\]:]{1,253}")


@dataclass(frozen=True, kw_only=True)
class NewApiClient:
    """A program to be given a key."""

    code: str
    name: str
    kind: ClientKind
    permissions: tuple[str, ...]
    channel_ids: tuple[Any, ...] | None = None
    origins: tuple[str, ...] = ()
    restore_rate: int | None = None


@dataclass(frozen=True)
class CreatedClient:
    """A new client and its key, which is shown this once and kept only as a hash."""

    client: ApiClient
    key: str = field(repr=False)

    @property
    def id(self) -> ClientId:
        return self.client.id

    @property
    def answers(self) -> dict[str, Any]:
        return {"key": self.key}


def checked_origin(origin: str) -> str:
    """Refuse what a browser would never send as `Origin`: a scheme and a host, nothing else."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in {"http", "https"}
        or not HOST.fullmatch(parts.netloc)
        or origin.lower() != (f"{parts.scheme}://{parts.netloc}")
    ):
        raise BadInput(field="origins", problem="is scheme://host[:port]").at("input", "origins")
    return origin.lower()


@action
async def create_api_client(work: Work, client: NewApiClient) -> CreatedClient:
    """Give a program a key with its grants, channels, web origins and budget; the key is shown once."""
    check_scope(work.actor, Scope(channel_ids=client.channel_ids))
    if len(client.origins) > ORIGINS_MAX:
        raise BadInput(field="origins", problem=f"at most {ORIGINS_MAX}").at("input", "origins")
    if client.restore_rate is not None and not 1 <= client.restore_rate <= RESTORE_RATE_MAX:
        raise BadInput(field="restoreRate", problem=f"1 to {RESTORE_RATE_MAX}").at("input", "restoreRate")
    if await work.session.scalar(select(ApiClient.id).where(ApiClient.code == client.code)):
        raise CodeTaken(taken=client.code).at("input", "code")
    key = new_api_key()
    made = ApiClient(
        code=checked_code(client.code),
        name=checked_name(client.name),
        kind=client.kind,
        key_hash=secret_hash(key),
        permissions=check_grants(work.actor, client.permissions),
        channel_ids=None if client.channel_ids is None else sorted(set(client.channel_ids)),
        origins=[checked_origin(each) for each in client.origins],
        restore_rate=client.restore_rate,
        created_at=work.now,
    )
    work.session.add(made)
    return CreatedClient(made, key)


@action
async def revoke_api_client(work: Work, client_id: ClientId) -> ApiClient:
    """Revoke a program's key; the sessions that were opened through it end."""
    client = await work.session.get(ApiClient, client_id, with_for_update=True)
    if client is None:
        raise NotFound(what="ApiClient", which=str(client_id)).at("input", "id")
    if client.active:
        client.active = False
        await end_sessions(work, "the client was revoked", client_id=client.id)
        work.record(ApiClientRevoked(client_id=client.id))
    return client
