"""What the kernel itself keeps (内核记录): facts and their reactions, the audit log and its seals, idempotency keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, PrimaryKeyConstraint, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from domain.kernel.tables import Table, identifier, primary_key, reference

EventId = NewType("EventId", UUID)
AuditEntryId = NewType("AuditEntryId", UUID)


class TransactionNumber(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number (xid8): tells which rows can no longer be overtaken by a late commit."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


class StoredEvent(Table):
    """One fact, written in the transaction in which it happened (outbox)."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_undispatched", "position", postgresql_where=text("dispatched_at IS NULL")),)

    id: Mapped[EventId] = primary_key(default_factory=identifier)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), init=False)
    name: Mapped[str]
    subject: Mapped[str]
    payload: Mapped[dict[str, Any]]
    actor_name: Mapped[str]
    recorded_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None] = mapped_column(default=None)


class ReactionState(StrEnum):
    """How far a reaction to a fact has come."""

    PENDING = "PENDING"
    DONE = "DONE"
    DEAD = "DEAD"


class Reaction(Table):
    """One reaction owed to one fact: done exactly once in our data, at least once outside."""

    __tablename__ = "reactions"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "reaction"),
        Index("ix_reactions_due", "due_at", postgresql_where=text("state = 'PENDING'")),
        Index("ix_reactions_order", "subject", "reaction", "position", postgresql_where=text("state = 'PENDING'")),
        Index("ix_reactions_dead", "position", postgresql_where=text("state = 'DEAD'")),
    )

    event_id: Mapped[EventId] = reference("events.id")
    reaction: Mapped[str]
    subject: Mapped[str]
    position: Mapped[int]
    state: Mapped[ReactionState] = mapped_column(default=ReactionState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class AuditEntry(Table):
    """One action that was done: who, when, to what, with which input and which changes. Never edited."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at", "id"),
        Index("ix_audit_entries_subject", "subject_type", "subject_id", "at", "id"),
        Index("ix_audit_entries_actor", "actor_id", "at", "id"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[AuditEntryId] = primary_key(default_factory=identifier)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    client_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    input: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]] = mapped_column(JSONB, default_factory=list)
    request_id: Mapped[str]
    transaction_number: Mapped[int] = mapped_column(
        TransactionNumber(), server_default=func.pg_current_xact_id(), init=False
    )


class AuditSeal(Table):
    """One link of the hash chain over the audit log: SHA-256 of the entry and of the link before it."""

    __tablename__ = "audit_seals"
    append_only: ClassVar[bool] = True

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[AuditEntryId] = mapped_column(Uuid, unique=True)
    previous_hash: Mapped[str]
    hash: Mapped[str]


class IdempotencyKey(Table):
    """The first answer to a mutation with a key, kept so that the same request gets the same answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("owner", "key"),)

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    owner: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[str]
    response: Mapped[dict[str, Any] | None] = mapped_column(JSONB, default=None)
    created_at: Mapped[datetime]
