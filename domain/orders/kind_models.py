"""What kinds of orders keep beside orders and lines (订单类型数据): the goods an exchange expects back (换货退回)."""

from datetime import datetime
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
