"""Stocktakes (盘点单): what is to be counted, what each line should hold, and each beep of a scanner."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory import BinId, LotId, StockDocumentId, WarehouseId
from domain.kernel import Quantity, Table, identifier, optional_reference, primary_key, reference

StocktakeId = NewType("StocktakeId", UUID)
StocktakeLineId = NewType("StocktakeLineId", UUID)


class StocktakeScope(StrEnum):
    """What of a warehouse is counted."""

    ALL = "ALL"
    VARIANTS = "VARIANTS"
    CATEGORY = "CATEGORY"
    BINS = "BINS"
    MOVING = "MOVING"
    VALUE_CLASS = "VALUE_CLASS"


class StocktakeStatus(StrEnum):
    """How far a stocktake has come."""

    COUNTING = "COUNTING"
    RECOUNTING = "RECOUNTING"
    COUNTED = "COUNTED"
    APPROVED = "APPROVED"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"


class Stocktake(Table):
    """One count of a warehouse or a part of it. Lines further off than the tolerance are counted twice."""

    __tablename__ = "stocktakes"
    __table_args__ = (
        CheckConstraint("tolerance_percent BETWEEN 0 AND 100", name="tolerance"),
        Index("ix_stocktakes_started", "started_at", "id"),
    )

    id: Mapped[StocktakeId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'ST' || lpad(nextval('stocktake_numbers')::text, 9, '0')"), init=False
    )
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    scope: Mapped[StocktakeScope]
    reason: Mapped[str]
    blind: Mapped[bool]
    tolerance_percent: Mapped[int]
    status: Mapped[StocktakeStatus] = mapped_column(default=StocktakeStatus.COUNTING)
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    round_started_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    posted_by: Mapped[str | None] = mapped_column(default=None)
    posted_at: Mapped[datetime | None] = mapped_column(default=None)


class StocktakeLine(Table):
    """A variant in a bin (or not put away), of a lot (or of none): what was counted when, and what should be there.

    The book quantity is that of the moment of the count, so what moved later needs no count again.
    """

    __tablename__ = "stocktake_lines"
    __table_args__ = (
        CheckConstraint("counted_quantity >= 0", name="counted_something"),
        CheckConstraint("(counted_quantity IS NULL) = (counted_at IS NULL)", name="counted_at_a_moment"),
        Index(
            "uq_stocktake_lines_key",
            "stocktake_id",
            "variant_id",
            "lot_id",
            "bin_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stocktake_lines_stocktake", "stocktake_id", "id"),
        Index("ix_stocktake_lines_variant", "variant_id", "stocktake_id"),
    )

    id: Mapped[StocktakeLineId] = primary_key(default_factory=identifier)
    stocktake_id: Mapped[StocktakeId] = reference("stocktakes.id")
    variant_id: Mapped[UUID]
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    counted_quantity: Mapped[Quantity | None] = mapped_column(default=None)
    counted_at: Mapped[datetime | None] = mapped_column(default=None)
    book_quantity: Mapped[Quantity | None] = mapped_column(default=None)
    recount: Mapped[bool] = mapped_column(default=False)
    first_quantity: Mapped[Quantity | None] = mapped_column(default=None)
    document_id: Mapped[StockDocumentId | None] = optional_reference("stock_documents.id", default=None)


class CountScan(Table):
    """What one counter found in one go. The scanner makes the id, so what it sends twice counts once."""

    __tablename__ = "count_scans"
    __table_args__ = (
        PrimaryKeyConstraint("stocktake_id", "scan_id"),
        Index("ix_count_scans_line", "line_id"),
    )
    append_only: ClassVar[bool] = True

    stocktake_id: Mapped[StocktakeId] = reference("stocktakes.id")
    scan_id: Mapped[UUID]
    line_id: Mapped[StocktakeLineId] = reference("stocktake_lines.id")
    quantity: Mapped[Quantity]
    recount: Mapped[bool]
    counted_by: Mapped[str]
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
