"""Stock documents (出入库单): the papers by which staff move stock."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.ledger import MovementKind
from domain.inventory.models.places import WarehouseId
from domain.kernel import Table, identifier, primary_key, reference

StockDocumentId = NewType("StockDocumentId", UUID)


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
