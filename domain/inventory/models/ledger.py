"""The stock ledger (库存流水): what moved from place to place, why, and at what cost; appended, never edited."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.places import BinId, WarehouseId
from domain.inventory.models.stock import LotId
from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

MovementId = NewType("MovementId", UUID)


class MovementKind(StrEnum):
    """Why stock moved."""

    RECEIPT = "RECEIPT"
    SALE = "SALE"
    SALE_RETURN = "SALE_RETURN"
    ADJUSTMENT_IN = "ADJUSTMENT_IN"
    ADJUSTMENT_OUT = "ADJUSTMENT_OUT"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    SUPPLIER_RETURN = "SUPPLIER_RETURN"
    SCRAP = "SCRAP"
    BIN_MOVE = "BIN_MOVE"
    LOT_CHANGE = "LOT_CHANGE"
    ASSEMBLY = "ASSEMBLY"
    DISASSEMBLY = "DISASSEMBLY"
    REVALUATION = "REVALUATION"


SHIFTS = frozenset({MovementKind.BIN_MOVE, MovementKind.LOT_CHANGE})
"""What moves within a warehouse: as much comes in as goes out, at no cost, and what is promised stays promised."""


class Movement(Table):
    """One row of the stock ledger: a signed quantity and its cost, with the document it comes from. Never edited.

    The counterpart is the place it came from or went to; between two places with stock each side has its row. One that
    `carries_id` names gave it its cost; the cost of one that `adjusts_id` names is corrected by it, as of its moment.
    One with an override reason took what was not there.
    """

    __tablename__ = "stock_ledger"
    __table_args__ = (
        UniqueConstraint("document_type", "document_id", "document_line", "leg"),
        CheckConstraint("quantity <> 0 OR cost_amount <> 0", name="moves_something"),
        Index("ix_stock_ledger_variant", "variant_id", "warehouse_id", "position"),
        Index("ix_stock_ledger_position", "position", unique=True),
        Index("ix_stock_ledger_warehouse", "warehouse_id", "position"),
        Index("ix_stock_ledger_card", "variant_id", "warehouse_id", "effective_at", "position"),
        Index("ix_stock_ledger_lot", "lot_id", "position", postgresql_where=text("lot_id IS NOT NULL")),
        Index("ix_stock_ledger_carries", "carries_id", postgresql_where=text("carries_id IS NOT NULL")),
        Index("ix_stock_ledger_adjusts", "adjusts_id", postgresql_where=text("adjusts_id IS NOT NULL")),
        CheckConstraint("adjusts_id IS NULL OR quantity = 0", name="adjusts_value_alone"),
        Index("uq_stock_ledger_reverses", "reverses_id", unique=True, postgresql_where=text("reverses_id IS NOT NULL")),
        Index(
            "ix_stock_ledger_made",
            "variant_id",
            "effective_at",
            postgresql_where=text("kind IN ('ASSEMBLY', 'DISASSEMBLY')"),
        ),
        Index(
            "ix_stock_ledger_overdrawn",
            "variant_id",
            "warehouse_id",
            postgresql_where=text("override_reason IS NOT NULL"),
        ),
        Index("ix_stock_ledger_effective", "effective_at", postgresql_using="brin"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[MovementId] = primary_key(default_factory=identifier)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), init=False)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    # No foreign key: each sale would lock the one row of all buyers. An invariant looks for the place instead.
    counterpart_id: Mapped[WarehouseId] = mapped_column(Uuid)
    quantity: Mapped[Quantity]
    cost_amount: Mapped[Money]
    kind: Mapped[MovementKind]
    reason: Mapped[str | None] = mapped_column(default=None)
    document_type: Mapped[str]
    document_id: Mapped[UUID]
    document_line: Mapped[int]
    leg: Mapped[int] = mapped_column(default=1)
    actor_name: Mapped[str]
    effective_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    reverses_id: Mapped[MovementId | None] = optional_reference("stock_ledger.id", default=None)
    carries_id: Mapped[MovementId | None] = optional_reference("stock_ledger.id", default=None)
    adjusts_id: Mapped[MovementId | None] = optional_reference("stock_ledger.id", default=None)
    override_reason: Mapped[str | None] = mapped_column(default=None)
