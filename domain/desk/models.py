"""The desk (工作台): how the orders of a channel are given out and reminded of, and what its day came to."""

from datetime import date, datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key, reference

DeskRuleId = NewType("DeskRuleId", UUID)
DeskDigestId = NewType("DeskDigestId", UUID)


class DeskRule(Table):
    """How a channel's desk works; what is null is not done. `hours` make its limits stricter, laxer or silent."""

    __tablename__ = "desk_rules"
    __table_args__ = (
        UniqueConstraint("channel_id"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
    )

    id: Mapped[DeskRuleId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID] = reference("channels.id")
    assigns_by_load: Mapped[bool] = mapped_column(default=False)
    most_open_orders: Mapped[int | None] = mapped_column(default=None)
    unprinted_minutes: Mapped[int | None] = mapped_column(default=None)
    unshipped_minutes: Mapped[int | None] = mapped_column(default=None)
    promise_minutes: Mapped[int | None] = mapped_column(default=None)
    refund_minutes: Mapped[int | None] = mapped_column(default=None)
    balance_minutes: Mapped[int | None] = mapped_column(default=None)
    escalate_minutes: Mapped[int | None] = mapped_column(default=None)
    escalates_to_id: Mapped[UUID | None] = optional_reference("staff.id", default=None)
    digest_hour: Mapped[int | None] = mapped_column(default=None)
    hours: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"), default_factory=list)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class DeskDigest(Table):
    """What a channel's desk looked like at its hour of a day: never made twice, never edited."""

    __tablename__ = "desk_digests"
    __table_args__ = (UniqueConstraint("channel_id", "day"), Index("ix_desk_digests_made", "made_at", "id"))
    append_only: ClassVar[bool] = True

    id: Mapped[DeskDigestId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID] = reference("channels.id")
    day: Mapped[date]
    made_at: Mapped[datetime]
    counts: Mapped[list[Any]] = mapped_column(JSONB)
    oldest: Mapped[list[Any]] = mapped_column(JSONB)
    people: Mapped[list[Any]] = mapped_column(JSONB)
