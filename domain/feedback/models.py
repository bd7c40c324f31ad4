"""What channels were told of their orders (回传记录): one row for each thing that is told, whatever it says by now."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key, reference

OrderFeedbackId = NewType("OrderFeedbackId", UUID)


class TradeProgress(StrEnum):
    """How far a trade of a channel is with us, or with its buyer; that it has left is told by its parcel."""

    RECEIVED = "RECEIVED"
    REVIEWED = "REVIEWED"
    PICKED = "PICKED"
    PACKED = "PACKED"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"
    CANCELLED = "CANCELLED"


class FeedbackKind(StrEnum):
    """What a channel is told."""

    STATE = "STATE"
    SHIPMENT = "SHIPMENT"
    MEMO = "MEMO"
    REFUND = "REFUND"


class FeedbackStatus(StrEnum):
    """Whether a channel knows it."""

    OWED = "OWED"
    TOLD = "TOLD"
    FAILED = "FAILED"
    OVERTAKEN = "OVERTAKEN"


class OrderFeedback(Table):
    """One thing a channel is told of a trade: its state, memo, a parcel, a refund; the version grows with its words."""

    __tablename__ = "order_feedback"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "subject_id"),
        Index("ix_order_feedback_owed", "owed_at", "id"),
        Index("ix_order_feedback_untold", "owed_at", "id", postgresql_where=text("status IN ('OWED', 'FAILED')")),
    )

    id: Mapped[OrderFeedbackId] = primary_key(default_factory=identifier)
    order_id: Mapped[UUID] = reference("orders.id")
    channel_id: Mapped[UUID] = reference("channels.id", index=True)
    kind: Mapped[FeedbackKind]
    subject_id: Mapped[UUID]
    says: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[FeedbackStatus]
    problem: Mapped[str | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    owed_at: Mapped[datetime]
    told_at: Mapped[datetime | None] = mapped_column(default=None)
