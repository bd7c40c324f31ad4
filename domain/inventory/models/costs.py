"""How goods are costed (成本核算方式), and the papers that change what stock is worth without moving it."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.catalogue import CostMethod
from domain.inventory.models.documents import StockDocumentId
from domain.kernel import Table, UnitPrice, identifier, optional_reference, primary_key, reference

CostChangeId = NewType("CostChangeId", UUID)


class CostChangeKind(StrEnum):
    """Why stock is worth more or less although nothing moved."""

    METHOD_SET = "METHOD_SET"
    BACK_DATED = "BACK_DATED"


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
