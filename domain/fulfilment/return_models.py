"""Returns (退货单): what came back of a parcel, what it was worth to the buyer, and what of that is owed to them."""

from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import inventory
from domain.fulfilment.models import ShipmentId
from domain.kernel import Money, Quantity, Table, identifier, primary_key, reference

GoodsReturnId = NewType("GoodsReturnId", UUID)


class GoodsReturn(Table):
    """Goods of one parcel that came back, by one stock document; for an exchange if there is one.

    `goods_amount` is what the buyer had paid for them, `credit_amount` what of it is owed to the buyer: all of it, or
    for an exchange what goes beyond the goods that go out. A voided return never happened.
    """

    __tablename__ = "goods_returns"
    __table_args__ = (
        CheckConstraint("credit_amount >= 0 AND credit_amount <= goods_amount", name="credit"),
        Index("ix_goods_returns_order", "order_id", "id"),
        Index("ix_goods_returns_shipment", "shipment_id"),
        Index("ix_goods_returns_exchange", "exchange_id", postgresql_where=text("exchange_id IS NOT NULL")),
        Index("ix_goods_returns_received", "received_at", "id"),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[GoodsReturnId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'RT' || lpad(nextval('goods_return_numbers')::text, 9, '0')"), init=False
    )
    shipment_id: Mapped[ShipmentId] = reference("shipments.id")
    order_id: Mapped[UUID]
    exchange_id: Mapped[UUID | None] = mapped_column(default=None)
    channel_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    warehouse_id: Mapped[UUID]
    condition: Mapped[inventory.ReturnCondition]
    document_id: Mapped[UUID] = mapped_column(unique=True)
    currency: Mapped[str]
    goods_amount: Mapped[Money]
    credit_amount: Mapped[Money]
    cost_amount: Mapped[Money]
    reason: Mapped[str]
    received_by: Mapped[str]
    received_at: Mapped[datetime]
    void_reason: Mapped[str | None] = mapped_column(default=None)
    voided_by: Mapped[str | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)


class GoodsReturnLine(Table):
    """How much of an order line came back, what it was worth to the buyer, what is owed for it, and what it cost."""

    __tablename__ = "goods_return_lines"
    __table_args__ = (
        PrimaryKeyConstraint("return_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="brings_something"),
        Index("ix_goods_return_lines_order_line", "order_line_id"),
    )

    return_id: Mapped[GoodsReturnId] = reference("goods_returns.id")
    order_line_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    position: Mapped[int]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]
    credit_amount: Mapped[Money]
    cost_amount: Mapped[Money]
