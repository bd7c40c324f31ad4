"""Refunds of platforms (平台退款单): where each stands there, and what was decided about it here."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Table, identifier, optional_reference, primary_key, reference
from domain.refunds.incoming import RefundStage

PlatformRefundId = NewType("PlatformRefundId", UUID)


class RefundDecision(StrEnum):
    """What the seller says to a refund."""

    AGREE = "AGREE"
    REFUSE = "REFUSE"
    GOODS_BACK = "GOODS_BACK"


class PlatformRefund(Table):
    """A refund that a buyer asked for on a platform; only the platform moves its stage, a decision here asks it to."""

    __tablename__ = "platform_refunds"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_number"),
        Index("ix_platform_refunds_opened", "opened_at", "id"),
        Index("ix_platform_refunds_order", "order_id"),
        Index("ix_platform_refunds_stage", "stage", "opened_at", "id"),
        CheckConstraint("num_nulls(decision, decided_at, decided_by, decided_stage) IN (0, 4)", name="decision"),
        CheckConstraint("decision IS NULL OR decision <> 'REFUSE' OR decision_reason IS NOT NULL", name="reason"),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[PlatformRefundId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID] = reference("channels.id")
    external_number: Mapped[str]
    trade_number: Mapped[str]
    order_id: Mapped[UUID | None] = optional_reference("orders.id")
    line_number: Mapped[str | None]
    stage: Mapped[RefundStage]
    currency: Mapped[str]
    amount: Mapped[Money]
    goods_come_back: Mapped[bool]
    reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    decision: Mapped[RefundDecision | None] = mapped_column(default=None)
    decision_reason: Mapped[str | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_stage: Mapped[RefundStage | None] = mapped_column(default=None)
    decision_problem: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
