"""Readers of who may act (身份查询): the actor behind a session or a key in one statement each, and the lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, null, select

from domain.identity.models import ApiClient, ClientKind, Role, SignInSession, Staff, TrustedDocument
from domain.identity.permissions import EVERYONE, PERSON
from domain.kernel import ANONYMOUS, Actor, ActorKind, Ordering, Page, PageRequest, Read, Reading, by_key, page

STAFF_COLUMNS: tuple[Any, ...] = (
    Staff.id,
    Staff.email,
    Staff.name,
    Staff.role_id,
    Staff.active,
    Staff.channel_ids,
    Staff.warehouse_ids,
    Staff.superior_id,
    Staff.on_duty,
    Staff.version,
    Staff.created_at,
)
CLIENT_COLUMNS: tuple[Any, ...] = (
    ApiClient.id,
    ApiClient.code,
    ApiClient.name,
    ApiClient.kind,
    ApiClient.permissions,
    ApiClient.channel_ids,
    ApiClient.origins,
    ApiClient.restore_rate,
    ApiClient.trusted_only,
    ApiClient.active,
    ApiClient.created_at,
)
DOCUMENT_COLUMNS: tuple[Any, ...] = tuple(TrustedDocument.__table__.columns)
ROLE_COLUMNS: tuple[Any, ...] = (Role.id, Role.code, Role.name, Role.permissions)
BY_EMAIL = Ordering("EMAIL", (Staff.email, Staff.id), ("email", "id"), (str, UUID))
BY_ROLE_CODE = Ordering("CODE", (Role.code, Role.id), ("code", "id"), (str, UUID))
BY_CLIENT_CODE = Ordering("CODE", (ApiClient.code, ApiClient.id), ("code", "id"), (str, UUID))
BY_DOCUMENT_ID = Ordering("DOCUMENT_ID", (TrustedDocument.document_id,), ("document_id",), (str,))

trusted_documents_by_id = Reading(select(*DOCUMENT_COLUMNS), TrustedDocument.id)

# What a caller may who has shown nothing: only try to sign in.
STRANGER = Actor(kind=ActorKind.ANONYMOUS, id=None, name=ANONYMOUS.name, permissions=EVERYONE)


@dataclass(frozen=True)
class Caller:
    """The actor behind a token or key, and what is set for the client it came through (None: as the house does)."""

    actor: Actor
    origins: tuple[str, ...] | None = None
    restore_rate: int | None = None
    trusted_only: bool = False
    kind: ClientKind | None = None


async def caller_of_session(read: Read, session_id: UUID, now: datetime) -> Caller | None:
    """Find who is behind a session that is neither revoked nor expired, of an account that is active."""
    found = await read.one(
        select(
            Staff.id,
            Staff.name,
            Staff.channel_ids,
            Staff.warehouse_ids,
            Role.permissions,
            SignInSession.client_id,
            ApiClient.restore_rate,
            ApiClient.trusted_only,
        )
        .join_from(SignInSession, Staff, Staff.id == SignInSession.staff_id)
        .join(Role, Role.id == Staff.role_id)
        .outerjoin(ApiClient, ApiClient.id == SignInSession.client_id)
        .where(
            SignInSession.id == session_id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now,
            Staff.active,
        )
    )
    if found is None:
        return None
    actor = Actor(
        kind=ActorKind.STAFF,
        id=found.id,
        name=found.name,
        permissions=frozenset(found.permissions) | PERSON,
        channels=_scope(found.channel_ids),
        warehouses=_scope(found.warehouse_ids),
        client_id=found.client_id,
        session_id=session_id,
    )
    return Caller(actor, restore_rate=found.restore_rate, trusted_only=bool(found.trusted_only))


async def caller_of_key(read: Read, key_hash: str) -> Caller | None:
    """Find the active client behind the hash of a key."""
    found = await read.one(select(*CLIENT_COLUMNS).where(ApiClient.key_hash == key_hash, ApiClient.active))
    if found is None:
        return None
    actor = Actor(
        kind=ActorKind.CLIENT,
        id=found.id,
        name=found.name,
        permissions=frozenset(found.permissions) | EVERYONE,
        channels=_scope(found.channel_ids),
        client_id=found.id,
    )
    return Caller(actor, tuple(found.origins), found.restore_rate, found.trusted_only, found.kind)


async def actor_of(read: Read, kind: ActorKind, key: UUID | None) -> Actor | None:
    """Find a person or program as it may act now; None when it may no longer act at all."""
    if kind is ActorKind.STAFF:
        of_person = select(Staff.id, Staff.name, Staff.channel_ids, Staff.warehouse_ids, Role.permissions)
        joined = of_person.join_from(Staff, Role, Role.id == Staff.role_id)
        found = await read.one(joined.where(Staff.id == key, Staff.active))
        own = PERSON
    elif kind is ActorKind.CLIENT:
        of_client = select(*CLIENT_COLUMNS, null().label("warehouse_ids"))
        found = await read.one(of_client.where(ApiClient.id == key, ApiClient.active))
        own = EVERYONE
    else:
        return None
    if found is None:
        return None
    return Actor(
        kind=kind,
        id=found.id,
        name=found.name,
        permissions=frozenset(found.permissions) | own,
        channels=_scope(found.channel_ids),
        warehouses=_scope(found.warehouse_ids),
        client_id=found.id if kind is ActorKind.CLIENT else None,
    )


def _scope(ids: Sequence[UUID] | None) -> frozenset[UUID] | None:
    return None if ids is None else frozenset(ids)


async def allowed_origins(read: Read) -> frozenset[str]:
    """List the web origins of all active clients."""
    rows = await read.rows(select(func.unnest(ApiClient.origins).label("origin")).where(ApiClient.active).distinct())
    return frozenset(row.origin for row in rows)


async def staff_by_id(read: Read, ids: Sequence[Any]) -> Mapping[Any, Any]:
    return by_key(await read.rows(select(*STAFF_COLUMNS).where(Staff.id.in_(ids))))


async def roles_by_id(read: Read, ids: Sequence[Any]) -> Mapping[Any, Any]:
    return by_key(await read.rows(select(*ROLE_COLUMNS).where(Role.id.in_(ids))))


async def api_clients_by_id(read: Read, ids: Sequence[Any]) -> Mapping[Any, Any]:
    return by_key(await read.rows(select(*CLIENT_COLUMNS).where(ApiClient.id.in_(ids))))


async def staff_members(read: Read, request: PageRequest) -> Page:
    return await page(read, select(*STAFF_COLUMNS), BY_EMAIL, request)


async def roles(read: Read, request: PageRequest) -> Page:
    return await page(read, select(*ROLE_COLUMNS), BY_ROLE_CODE, request)


async def api_clients(read: Read, request: PageRequest) -> Page:
    return await page(read, select(*CLIENT_COLUMNS), BY_CLIENT_CODE, request)


async def trusted_text(read: Read, client_id: UUID, name: str) -> str | None:
    """Find the text of a client's trusted document."""
    found = await read.value(
        select(TrustedDocument.text).where(TrustedDocument.client_id == client_id, TrustedDocument.document_id == name)
    )
    return None if found is None else str(found)


async def trusted_documents(read: Read, client_id: UUID | None, request: PageRequest) -> Page:
    """List the trusted documents of a client, by their ids."""
    statement = select(*DOCUMENT_COLUMNS).where(TrustedDocument.client_id == client_id)
    return await page(read, statement, BY_DOCUMENT_ID, request)
