"""Stock (库存): warehouses, balances and claims as they stand, and the append-only ledger they follow from.

Quantities are in the variant's own unit, cost in the company's currency. Negative stock is impossible by constraint.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, PrimaryKeyConstraint, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

WarehouseId = NewType("WarehouseId", UUID)
LotId = NewType("LotId", UUID)
StockItemId = NewType("StockItemId", UUID)
MovementId = NewType("MovementId", UUID)
ClaimId = NewType("ClaimId", UUID)
StockDocumentId = NewType("StockDocumentId", UUID)


class WarehouseKind(StrEnum):
    """What a warehouse is for (CDC central, RDC regional)."""

    CDC = "CDC"
    RDC = "RDC"
    STORE = "STORE"
    DEFECTIVE = "DEFECTIVE"
    RETURNS = "RETURNS"


class Warehouse(Table):
    """A place with stock; only a sellable one is promised to buyers. Region codes are GB/T 2260."""

    __tablename__ = "warehouses"

    id: Mapped[WarehouseId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[WarehouseKind]
    sellable: Mapped[bool] = mapped_column(default=True)
    province: Mapped[str | None] = mapped_column(default=None)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Lot(Table):
    """A batch (批号) of a variant with its expiry date."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("variant_id", "code"), Index("ix_lots_expires", "expires_on", "id"))

    id: Mapped[LotId] = primary_key(default_factory=identifier)
    variant_id: Mapped[UUID]
    code: Mapped[str]
    produced_on: Mapped[date | None] = mapped_column(default=None)
    expires_on: Mapped[date | None] = mapped_column(default=None)


class StockItem(Table):
    """A variant in a warehouse: what is there and what of it is claimed, by class. Available is the difference."""

    __tablename__ = "stock_items"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id"),
        CheckConstraint("on_hand >= 0", name="not_negative"),
        CheckConstraint("unpaid >= 0 AND to_review >= 0 AND to_ship >= 0 AND preorder >= 0", name="claims"),
        CheckConstraint("unpaid + to_review + to_ship <= on_hand", name="not_oversold"),
        Index("ix_stock_items_warehouse", "warehouse_id", "variant_id"),
    )

    id: Mapped[StockItemId] = mapped_column(Uuid, unique=True, default_factory=identifier)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    on_hand: Mapped[Quantity]
    unpaid: Mapped[Quantity]
    to_review: Mapped[Quantity]
    to_ship: Mapped[Quantity]
    preorder: Mapped[Quantity]
    safety: Mapped[Quantity | None] = mapped_column(default=None)
    maximum: Mapped[Quantity | None] = mapped_column(default=None)


class StockBalance(Table):
    """What of a variant is in a warehouse, by lot: the sum of its ledger rows."""

    __tablename__ = "stock_balances"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="not_negative"),
        Index(
            "uq_stock_balances_key",
            "variant_id",
            "warehouse_id",
            "lot_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", index=True, default=None)
    on_hand: Mapped[Quantity]


class StockCost(Table):
    """What the stock of a variant in one cost scope (a warehouse) is worth; the average is value by quantity."""

    __tablename__ = "stock_costs"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "scope_id"),
        CheckConstraint("quantity >= 0 AND (quantity <> 0 OR value = 0)", name="nothing_is_worth_nothing"),
    )

    variant_id: Mapped[UUID]
    scope_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    value: Mapped[Money]


class MovementKind(StrEnum):
    """Why stock moved."""

    RECEIPT = "RECEIPT"
    SALE = "SALE"
    SALE_RETURN = "SALE_RETURN"
    ADJUSTMENT_IN = "ADJUSTMENT_IN"
    ADJUSTMENT_OUT = "ADJUSTMENT_OUT"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"


class Movement(Table):
    """One row of the stock ledger: a signed quantity and its cost, with the document it comes from. Never edited."""

    __tablename__ = "stock_ledger"
    __table_args__ = (
        UniqueConstraint("document_type", "document_id", "document_line", "leg"),
        CheckConstraint("quantity <> 0 OR cost_amount <> 0", name="moves_something"),
        Index("ix_stock_ledger_variant", "variant_id", "warehouse_id", "position"),
        Index("ix_stock_ledger_position", "position", unique=True),
        Index("ix_stock_ledger_warehouse", "warehouse_id", "position"),
        Index("ix_stock_ledger_card", "variant_id", "warehouse_id", "effective_at", "position"),
        Index("ix_stock_ledger_effective", "effective_at", postgresql_using="brin"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[MovementId] = primary_key(default_factory=identifier)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), init=False)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
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


class ClaimClass(StrEnum):
    """Which promise a claim is; a line holds exactly one class at a time."""

    UNPAID = "UNPAID"
    TO_REVIEW = "TO_REVIEW"
    TO_SHIP = "TO_SHIP"


class Claim(Table):
    """What is still promised to one order line in one warehouse (占用); nothing left means the row is gone."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="promises_something"),
        Index("ix_claims_order", "order_id"),
        Index("ix_claims_stock", "variant_id", "warehouse_id"),
    )

    order_line_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    claim_class: Mapped[ClaimClass]
    quantity: Mapped[Quantity]
    claimed_at: Mapped[datetime]


class StockDocument(Table):
    """A document by which staff move stock (receipt, other in, other out); its lines are its ledger rows."""

    __tablename__ = "stock_documents"
    __table_args__ = (Index("ix_stock_documents_posted", "posted_at", "id"),)

    id: Mapped[StockDocumentId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'SD' || lpad(nextval('stock_document_numbers')::text, 9, '0')"), init=False
    )
    kind: Mapped[MovementKind]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    reason: Mapped[str]
    posted_by: Mapped[str]
    posted_at: Mapped[datetime]
