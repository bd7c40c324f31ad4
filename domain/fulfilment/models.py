"""Shipments (发货单): parcels handed over, in whole or by line."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Quantity, Table, identifier, primary_key, reference

ShipmentId = NewType("ShipmentId", UUID)


class DeliveryOutcome(StrEnum):
    """What became of a parcel at its buyer."""

    SIGNED = "SIGNED"
    REFUSED = "REFUSED"
    RETURNED = "RETURNED"


class Shipment(Table):
    """One parcel of one order, handed to a carrier; `partial` when it is not the whole order."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("carrier_code", "waybill"),
        Index("ix_shipments_order", "order_id"),
        Index("ix_shipments_customer", "customer_id", "id"),
        Index("ix_shipments_shipped", "shipped_at", "id"),
        CheckConstraint("num_nulls(delivery, delivered_at, delivery_said_by) IN (0, 3)", name="delivery"),
        CheckConstraint("goods_amount >= 0 AND freight_amount >= 0 AND cost_amount >= 0", name="amounts"),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[ShipmentId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'SH' || lpad(nextval('shipment_numbers')::text, 9, '0')"), init=False
    )
    order_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    warehouse_id: Mapped[UUID]
    carrier_code: Mapped[str]
    waybill: Mapped[str]
    partial: Mapped[bool]
    currency: Mapped[str]
    goods_amount: Mapped[Money]
    freight_amount: Mapped[Money]
    cost_amount: Mapped[Money]
    shipped_by: Mapped[str]
    shipped_at: Mapped[datetime]
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    delivery: Mapped[DeliveryOutcome | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    delivery_said_by: Mapped[str | None] = mapped_column(default=None)
    delivery_remark: Mapped[str | None] = mapped_column(default=None)


class ShipmentLine(Table):
    """What of one order line is in the parcel, what the buyer pays for it and what it cost."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        PrimaryKeyConstraint("shipment_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="ships_something"),
        Index("ix_shipment_lines_order_line", "order_line_id"),
    )

    shipment_id: Mapped[ShipmentId] = reference("shipments.id")
    order_line_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    position: Mapped[int]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]
    cost_amount: Mapped[Money]
