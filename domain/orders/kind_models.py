"""What kinds of orders keep beside orders (订单类型数据): goods that come back (换货退回), goods not there yet."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Quantity, Table, identifier, primary_key, reference
from domain.orders.models import OrderId, OrderLineId


class ExpectedReturn(Table):
    """How much of a shipped line is to come back for an exchange order, and what it is worth to the buyer."""

    __tablename__ = "expected_returns"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND received_quantity BETWEEN 0 AND quantity", name="quantities"),
        CheckConstraint("credit_amount >= 0", name="credit"),
        Index("uq_expected_returns_line", "order_id", "original_line_id", unique=True),
        Index("ix_expected_returns_original", "original_line_id"),
    )

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    order_id: Mapped[OrderId] = reference("orders.id")
    original_line_id: Mapped[OrderLineId] = reference("order_lines.id")
    quantity: Mapped[Quantity]
    credit_amount: Mapped[Money]
    received_quantity: Mapped[Quantity] = mapped_column(default=Quantity(0))
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    received_by: Mapped[str | None] = mapped_column(default=None)


class PreorderOffer(Table):
    """An article that a channel sells before it is there, and the day on which it is to leave."""

    __tablename__ = "preorder_offers"
    __table_args__ = (
        Index("uq_preorder_offers_variant", "channel_id", "variant_id", unique=True),
        Index("ix_preorder_offers_day", "ships_on", "id"),
    )

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    ships_on: Mapped[date]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
