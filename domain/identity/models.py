"""Who may sign in (身份): staff, roles, API clients, and the sessions that refresh tokens belong to."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import UniqueConstraint, Uuid, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key, reference

StaffId = NewType("StaffId", UUID)
RoleId = NewType("RoleId", UUID)
ClientId = NewType("ClientId", UUID)
TrustedDocumentId = NewType("TrustedDocumentId", UUID)
SignInSessionId = NewType("SignInSessionId", UUID)


class ClientKind(StrEnum):
    """Which program calls us."""

    OFFICIAL_SITE = "OFFICIAL_SITE"
    MOBILE_APP = "MOBILE_APP"
    CALL_CENTRE = "CALL_CENTRE"
    PARTNER = "PARTNER"


class Role(Table):
    """A named set of grants: `orders.review_order`, `orders.*` or `*`."""

    __tablename__ = "roles"

    id: Mapped[RoleId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    permissions: Mapped[list[str]]


class Staff(Table):
    """A person of the company. `channel_ids` and `warehouse_ids` are the scope; null means all of them.

    Who is on duty is given orders by load; the superior may change what this person is in charge of.
    """

    __tablename__ = "staff"

    id: Mapped[StaffId] = primary_key(default_factory=identifier)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role_id: Mapped[RoleId] = reference("roles.id", index=True)
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    channel_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), default=None)
    warehouse_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), default=None)
    superior_id: Mapped[StaffId | None] = optional_reference("staff.id", index=True, default=None)
    on_duty: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ApiClient(Table):
    """A program that calls us with a key: the official site, the app, the call-centre console, a partner.

    `restore_rate` is the query cost it may spend per second; null is what the house gives everybody. `trusted_only`
    refuses everything that its builds have not registered.
    """

    __tablename__ = "api_clients"

    id: Mapped[ClientId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[ClientKind]
    key_hash: Mapped[str] = mapped_column(unique=True)
    permissions: Mapped[list[str]]
    channel_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), default=None)
    origins: Mapped[list[str]]
    restore_rate: Mapped[int | None] = mapped_column(default=None)
    trusted_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class TrustedDocument(Table):
    """An operation that a build of a program registered; the program asks for it by `document_id`.

    `operations` are the kinds and names in it, such as `query SiteCatalogue`: what people see in a list.
    """

    __tablename__ = "trusted_documents"
    __table_args__ = (UniqueConstraint("client_id", "document_id"),)

    id: Mapped[TrustedDocumentId] = primary_key(default_factory=identifier)
    client_id: Mapped[ClientId] = reference("api_clients.id")
    document_id: Mapped[str]
    text: Mapped[str]
    operations: Mapped[list[str]]
    registered_at: Mapped[datetime]
    registered_by: Mapped[str]


class SignInSession(Table):
    """One sign-in of a person: the refresh token rotates, only hashes are kept, an old one used again revokes it.

    A refresh token is two secrets: one that stays for the session and finds it, and one that is new each time.
    """

    __tablename__ = "sign_in_sessions"

    id: Mapped[SignInSessionId] = primary_key(default_factory=identifier)
    staff_id: Mapped[StaffId] = reference("staff.id", index=True)
    client_id: Mapped[ClientId | None] = optional_reference("api_clients.id", default=None)
    family_hash: Mapped[str] = mapped_column(unique=True)
    refresh_hash: Mapped[str]
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_because: Mapped[str | None] = mapped_column(default=None)


class SignInAttempt(Table):
    """Failed sign-ins of one account name or address since `window_started_at`: what throttling counts."""

    __tablename__ = "sign_in_attempts"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None] = mapped_column(default=None)
