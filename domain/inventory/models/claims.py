"""What is promised to order lines (占用), and the buckets a hot variant's promises are taken from."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.places import WarehouseId
from domain.kernel import Quantity, Table, reference

ClaimId = NewType("ClaimId", UUID)


class ClaimClass(StrEnum):
    """Which promise a claim is; a line holds exactly one class at a time. A preorder is promised what is expected."""

    UNPAID = "UNPAID"
    TO_REVIEW = "TO_REVIEW"
    TO_SHIP = "TO_SHIP"
    PREORDER = "PREORDER"


class Claim(Table):
    """What is still promised to one order line in one warehouse (占用); nothing left means the row is gone."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="promises_something"),
        Index("ix_claims_order", "order_id"),
        Index("ix_claims_stock", "variant_id", "warehouse_id"),
        # Claims come in the order of time: whoever asks for the last minute reads the end of the table, and no more.
        Index("ix_claims_claimed", "claimed_at", postgresql_using="brin"),
    )

    order_line_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    claim_class: Mapped[ClaimClass]
    quantity: Mapped[Quantity]
    claimed_at: Mapped[datetime]


class StockBucket(Table):
    """Room for claims of one class, taken from a stock item beforehand: one of several rows, so that few wait."""

    __tablename__ = "stock_buckets"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id", "claim_class", "number"),
        ForeignKeyConstraint(
            ["variant_id", "warehouse_id"],
            ["stock_items.variant_id", "stock_items.warehouse_id"],
            name="fk_stock_buckets_stock_item",
        ),
        CheckConstraint("room >= 0", name="not_negative"),
    )

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    claim_class: Mapped[ClaimClass]
    number: Mapped[int]
    room: Mapped[Quantity]
