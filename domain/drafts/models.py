"""Order drafts (订单草稿) of the call centre: what a buyer has said so far, complete or not, until it is an order.

No price stands in a draft: it costs what is in force at the moment it is read or placed.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

OrderDraftId = NewType("OrderDraftId", UUID)


class DraftStatus(StrEnum):
    """What became of a draft."""

    OPEN = "OPEN"
    PLACED = "PLACED"
    DISCARDED = "DISCARDED"
    EXPIRED = "EXPIRED"


class OrderDraft(Table):
    """An order in the making, of one person; saving it again puts off the moment it expires."""

    __tablename__ = "order_drafts"
    __table_args__ = (
        CheckConstraint("discount_amount >= 0 AND freight_amount >= 0", name="amounts"),
        CheckConstraint("(status = 'PLACED') = (order_id IS NOT NULL)", name="placed"),
        CheckConstraint("(status = 'OPEN') = (ended_at IS NULL)", name="ended"),
        Index("ix_order_drafts_updated", "updated_at", "id"),
        Index("ix_order_drafts_status", "status", "updated_at", "id"),
        Index("ix_order_drafts_owner", "owner_id", "updated_at", "id"),
        Index("ix_order_drafts_channel", "channel_id", "updated_at", "id"),
        Index("ix_order_drafts_phone", "buyer_phone", postgresql_where=text("buyer_phone IS NOT NULL")),
        Index("ix_order_drafts_order", "order_id", unique=True, postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_order_drafts_expires", "expires_at", postgresql_where=text("status = 'OPEN'")),
    )

    id: Mapped[OrderDraftId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID]
    status: Mapped[DraftStatus] = mapped_column(default=DraftStatus.OPEN)
    owner_id: Mapped[UUID | None] = mapped_column(default=None)
    owner_name: Mapped[str]
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    buyer_name: Mapped[str | None] = mapped_column(default=None)
    buyer_phone: Mapped[str | None] = mapped_column(default=None)
    receiver_name: Mapped[str | None] = mapped_column(default=None)
    receiver_phone: Mapped[str | None] = mapped_column(default=None)
    province: Mapped[str | None] = mapped_column(default=None)
    city: Mapped[str | None] = mapped_column(default=None)
    district: Mapped[str | None] = mapped_column(default=None)
    town: Mapped[str | None] = mapped_column(default=None)
    address_detail: Mapped[str | None] = mapped_column(default=None)
    postal_code: Mapped[str | None] = mapped_column(default=None)
    buyer_message: Mapped[str | None] = mapped_column(default=None)
    seller_memo: Mapped[str | None] = mapped_column(default=None)
    cash_on_delivery: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str]
    discount_amount: Mapped[Money] = mapped_column(default=Money(0))
    freight_amount: Mapped[Money] = mapped_column(default=Money(0))
    copied_from_id: Mapped[UUID | None] = optional_reference("orders.id", default=None)
    order_id: Mapped[UUID | None] = optional_reference("orders.id", default=None)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class OrderDraftLine(Table):
    """How much of which article is wanted."""

    __tablename__ = "order_draft_lines"
    __table_args__ = (
        PrimaryKeyConstraint("draft_id", "position"),
        CheckConstraint("quantity > 0", name="wants_something"),
    )

    draft_id: Mapped[OrderDraftId] = reference("order_drafts.id")
    position: Mapped[int] = mapped_column(autoincrement=False)
    variant_id: Mapped[UUID]
    quantity: Mapped[Quantity]
