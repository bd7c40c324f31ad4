"""Transfers (调拨单): what one warehouse asks of another, what left, what is under way, and what arrived.

Every quantity of a line only grows; what is under way stands by lot, with the cost it left at.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory import LotId, MovementId, StockDocumentId, WarehouseId
from domain.kernel import Quantity, Table, identifier, optional_reference, primary_key, reference

StockTransferId = NewType("StockTransferId", UUID)
StockTransferLineId = NewType("StockTransferLineId", UUID)
TransitLotId = NewType("TransitLotId", UUID)


class TransferStatus(StrEnum):
    """How far a transfer has come."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    IN_TRANSIT = "IN_TRANSIT"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class StockTransfer(Table):
    """Goods that one warehouse asks of another, and the hands they go through."""

    __tablename__ = "stock_transfers"
    __table_args__ = (
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="two_places"),
        Index("ix_stock_transfers_requested", "requested_at", "id"),
    )

    id: Mapped[StockTransferId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'TR' || lpad(nextval('stock_transfer_numbers')::text, 9, '0')"), init=False
    )
    from_warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    to_warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    status: Mapped[TransferStatus] = mapped_column(default=TransferStatus.REQUESTED)
    reason: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    shipped_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closing_reason: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class StockTransferLine(Table):
    """One variant of a transfer: wanted, approved, left, arrived (also damaged), and lost on the way."""

    __tablename__ = "stock_transfer_lines"
    __table_args__ = (
        UniqueConstraint("transfer_id", "position"),
        UniqueConstraint("transfer_id", "variant_id"),
        CheckConstraint("wanted > 0 AND least(approved, shipped, received, lost) >= 0", name="signs"),
        CheckConstraint("approved <= wanted AND shipped <= approved", name="no_more_than_approved"),
        CheckConstraint("received + lost <= shipped", name="no_more_than_shipped"),
        Index("ix_stock_transfer_lines_variant", "variant_id", "transfer_id"),
    )

    id: Mapped[StockTransferLineId] = primary_key(default_factory=identifier)
    transfer_id: Mapped[StockTransferId] = reference("stock_transfers.id")
    position: Mapped[int]
    variant_id: Mapped[UUID]
    wanted: Mapped[Quantity]
    approved: Mapped[Quantity] = mapped_column(default=Quantity(0))
    shipped: Mapped[Quantity] = mapped_column(default=Quantity(0))
    received: Mapped[Quantity] = mapped_column(default=Quantity(0))
    lost: Mapped[Quantity] = mapped_column(default=Quantity(0))


class TransitLot(Table):
    """What of a line left together: the lot, how much of it is still under way, and the movement that brought it there.

    What it is worth stands in the ledger: its cost may be corrected while it is under way.
    """

    __tablename__ = "transit_lots"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="carries_something"),
        CheckConstraint("rest BETWEEN 0 AND quantity", name="rest_of_it"),
        Index("ix_transit_lots_transfer", "transfer_id", "id"),
    )

    id: Mapped[TransitLotId] = primary_key(default_factory=identifier)
    transfer_id: Mapped[StockTransferId] = reference("stock_transfers.id")
    line_id: Mapped[StockTransferLineId] = reference("stock_transfer_lines.id", index=True)
    document_id: Mapped[StockDocumentId] = reference("stock_documents.id", index=True)
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    movement_id: Mapped[MovementId] = reference("stock_ledger.id", index=True)
    quantity: Mapped[Quantity]
    rest: Mapped[Quantity]
