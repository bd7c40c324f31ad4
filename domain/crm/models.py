"""Messages to customers (短信): what was sent to whom because of which fact."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key

MessageId = NewType("MessageId", UUID)


class MessageState(StrEnum):
    """How far a message has come."""

    PENDING = "PENDING"
    SENT = "SENT"
    REFUSED = "REFUSED"


class Message(Table):
    """One SMS owed to a buyer; one per cause and template."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("cause_id", "template"), Index("ix_messages_created", "created_at", "id"))

    id: Mapped[MessageId] = primary_key(default_factory=identifier)
    cause_id: Mapped[UUID]
    template: Mapped[str]
    phone: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    state: Mapped[MessageState] = mapped_column(default=MessageState.PENDING)
    gateway_number: Mapped[str | None] = mapped_column(default=None)
    refusal: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
