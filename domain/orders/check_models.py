"""What orders are checked by (订单校验设置): the company's own limits, and who is not served without a look."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from domain.kernel import Money, Table, identifier, primary_key

OrderPolicyId = NewType("OrderPolicyId", UUID)
BlacklistEntryId = NewType("BlacklistEntryId", UUID)


class OrderPolicy(Table):
    """By what limits the orders of a channel are checked and reviewed, else those of the company (no channel).

    What is null or false is not checked. Amounts are in `currency`; an order in another one is not measured by them.
    """

    __tablename__ = "order_policies"
    __table_args__ = (
        Index("uq_order_policies_channel", "channel_id", unique=True, postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_max >= amount_min", name="amounts"),
        CheckConstraint("same_buyer_orders >= 2", name="same_buyer"),
        CheckConstraint("review_delay_minutes >= 0", name="delay"),
        CheckConstraint("draft_days >= 1", name="drafts"),
    )

    id: Mapped[OrderPolicyId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    currency: Mapped[str] = mapped_column(default="CNY")
    amount_min: Mapped[Money | None] = mapped_column(default=None)
    amount_max: Mapped[Money | None] = mapped_column(default=None)
    same_buyer_orders: Mapped[int | None] = mapped_column(default=None)
    holds_messages: Mapped[bool] = mapped_column(default=False)
    holds_memos: Mapped[bool] = mapped_column(default=False)
    harmless_words: Mapped[list[str]] = mapped_column(default_factory=list)
    held_flags: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default_factory=list)
    holds_siblings: Mapped[bool] = mapped_column(default=False)
    finance_above_amount: Mapped[Money | None] = mapped_column(default=None)
    review_delay_minutes: Mapped[int] = mapped_column(default=0)
    reviews_restocked: Mapped[bool] = mapped_column(default=False)
    stops_outdated_papers: Mapped[bool] = mapped_column(default=False, server_default="false")
    draft_days: Mapped[int] = mapped_column(default=30, server_default="30")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class BlacklistedBy(StrEnum):
    """By what a blacklisted buyer is known again."""

    PHONE = "PHONE"
    CUSTOMER = "CUSTOMER"
    RECEIVER = "RECEIVER"


class BlacklistVerdict(StrEnum):
    """What becomes of an order of a blacklisted buyer."""

    HOLD = "HOLD"
    REJECT = "REJECT"


class BlacklistEntry(Table):
    """Who is not served without a look, or not at all: by phone, customer, or name and address (as a hash)."""

    __tablename__ = "blacklist_entries"
    __table_args__ = (
        Index("uq_blacklist_entries_open", "known_by", "key", unique=True, postgresql_where=text("removed_at IS NULL")),
        Index("ix_blacklist_entries_added", "added_at", "id"),
    )

    id: Mapped[BlacklistEntryId] = primary_key(default_factory=identifier)
    known_by: Mapped[BlacklistedBy]
    key: Mapped[str]
    shown: Mapped[str]
    verdict: Mapped[BlacklistVerdict]
    reason: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    removed_at: Mapped[datetime | None] = mapped_column(default=None)
    removed_by: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
