"""How goods are costed (成本核算方式), and the papers that change what stock is worth without moving it."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.catalogue import CostMethod
from domain.inventory.models.documents import StockDocumentId
from domain.kernel import Money, Quantity, Table, UnitPrice, identifier, optional_reference, primary_key, reference

CostChangeId = NewType("CostChangeId", UUID)
CostScopingId = NewType("CostScopingId", UUID)

COMPANY = UUID("00000000-0000-7000-8000-00000000000c")
"""The cost scope of the whole company, beside those of its warehouses."""


class CostScope(StrEnum):
    """Over what the cost of goods is averaged: each warehouse by itself, or the whole company."""

    WAREHOUSE = "WAREHOUSE"
    COMPANY = "COMPANY"


class CostScoping(Table):
    """What the company chose (one row, and none before it chooses): then each warehouse is a cost scope by itself."""

    __tablename__ = "cost_scoping"
    __table_args__ = (CheckConstraint("id = '00000000-0000-7000-8000-00000000000c'", name="one_row"),)

    id: Mapped[CostScopingId] = primary_key(default_factory=lambda: CostScopingId(COMPANY))
    cost_scope: Mapped[CostScope]
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class CostChangeKind(StrEnum):
    """Why stock is worth more or less although nothing moved."""

    METHOD_SET = "METHOD_SET"
    BACK_DATED = "BACK_DATED"
    REPRICED = "REPRICED"
    WRITTEN_DOWN = "WRITTEN_DOWN"


class CostChange(Table):
    """A paper (成本调整单) that changes what stock is worth; its movements have a value and no quantity.

    The document is the one it follows from, if any.
    """

    __tablename__ = "cost_changes"
    __table_args__ = (Index("ix_cost_changes_made", "made_at", "id"),)

    id: Mapped[CostChangeId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'CC' || lpad(nextval('cost_change_numbers')::text, 9, '0')"), init=False
    )
    kind: Mapped[CostChangeKind]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    document_id: Mapped[StockDocumentId | None] = optional_reference("stock_documents.id", index=True, default=None)


class CostChangeLine(Table):
    """A line of a receipt that was priced anew: what was still there of it took a part of the difference."""

    __tablename__ = "cost_change_lines"
    __table_args__ = (
        PrimaryKeyConstraint("change_id", "position"),
        CheckConstraint("quantity > 0 AND unit_cost >= 0 AND still_there BETWEEN 0 AND quantity", name="signs"),
        Index("ix_cost_change_lines_receipt", "document_id", "document_line", "change_id"),
    )

    change_id: Mapped[CostChangeId] = reference("cost_changes.id")
    position: Mapped[int]
    document_id: Mapped[StockDocumentId] = reference("stock_documents.id")
    document_line: Mapped[int]
    variant_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    unit_cost_before: Mapped[UnitPrice]
    unit_cost: Mapped[UnitPrice]
    difference: Mapped[Money]
    still_there: Mapped[Quantity]
    revalued: Mapped[Money]


class CostRule(Table):
    """How a variant is costed in all warehouses, and the paper that says so; none: at the moving average."""

    __tablename__ = "cost_rules"
    __table_args__ = (
        CheckConstraint("(method = 'FIXED') = (fixed_cost IS NOT NULL) AND fixed_cost >= 0", name="fixed_has_a_cost"),
    )

    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    method: Mapped[CostMethod]
    fixed_cost: Mapped[UnitPrice | None] = mapped_column(default=None)
    change_id: Mapped[CostChangeId] = reference("cost_changes.id", index=True)
