"""Stock documents (出入库单): the papers by which staff move stock, and their lines."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.ledger import MovementKind
from domain.inventory.models.places import BinId, WarehouseId
from domain.inventory.models.stock import LotId
from domain.kernel import Quantity, Table, UnitPrice, identifier, optional_reference, primary_key, reference
from domain.partners import PartnerId

StockDocumentId = NewType("StockDocumentId", UUID)
StockDocumentLineId = NewType("StockDocumentLineId", UUID)


class DocumentStatus(StrEnum):
    """How far a stock document has come."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    POSTED = "POSTED"
    VOIDED = "VOIDED"
    DISCARDED = "DISCARDED"


class StockDocument(Table):
    """A document by which staff move stock; the kind of its first movement is its kind. What posts it is the ledger.

    One that `voids_id` names is undone by this one, movement by movement. `origin` is the number of the paper it is a
    step of, such as a transfer; only that paper's own steps correct it. It takes effect when it is posted, or at the
    earlier moment it says. With an override reason it may take more than is there. The partner is who goods came from
    or went to, where that is no other place of the house.
    """

    __tablename__ = "stock_documents"
    __table_args__ = (
        CheckConstraint("(status IN ('POSTED', 'VOIDED')) = (posted_at IS NOT NULL)", name="posted_at_a_moment"),
        Index("ix_stock_documents_drafted", "drafted_at", "id"),
        Index("ix_stock_documents_posted", "posted_at", "id"),
        Index("ix_stock_documents_kind", "kind", "drafted_at", "id"),
        Index("ix_stock_documents_place", "warehouse_id", "drafted_at", "id"),
        Index("ix_stock_documents_drafted_by", "drafted_by", "drafted_at"),
        Index("ix_stock_documents_approved_by", "approved_by", "drafted_at"),
        Index("ix_stock_documents_posted_by", "posted_by", "drafted_at"),
        Index(
            "ix_stock_documents_partner",
            "partner_id",
            "drafted_at",
            "id",
            postgresql_where=text("partner_id IS NOT NULL"),
        ),
        Index("uq_stock_documents_voids", "voids_id", unique=True, postgresql_where=text("voids_id IS NOT NULL")),
    )

    id: Mapped[StockDocumentId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'SD' || lpad(nextval('stock_document_numbers')::text, 9, '0')"), init=False
    )
    kind: Mapped[MovementKind]
    status: Mapped[DocumentStatus] = mapped_column(default=DocumentStatus.DRAFT)
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    to_warehouse_id: Mapped[WarehouseId | None] = optional_reference("warehouses.id", index=True, default=None)
    reason: Mapped[str]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    posted_by: Mapped[str | None] = mapped_column(default=None)
    posted_at: Mapped[datetime | None] = mapped_column(default=None)
    voided_by: Mapped[str | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)
    voids_id: Mapped[StockDocumentId | None] = optional_reference("stock_documents.id", default=None)
    version: Mapped[int] = mapped_column(default=1)
    origin: Mapped[str | None] = mapped_column(default=None)
    effective_at: Mapped[datetime | None] = mapped_column(default=None)
    origin_id: Mapped[UUID | None] = mapped_column(default=None, index=True)
    override_reason: Mapped[str | None] = mapped_column(default=None)
    partner_id: Mapped[PartnerId | None] = optional_reference("partners.id", default=None)


class StockDocumentLine(Table):
    """What a document moves of one variant, as it was written down; where it went in truth stands in the ledger.

    The lot by id is the one it is taken from, the lot by code the one it enters. What goes back to a supplier may name
    the line of the receipt it came with.
    """

    __tablename__ = "stock_document_lines"
    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        CheckConstraint("quantity > 0", name="moves_something"),
        CheckConstraint("(receipt_id IS NULL) = (receipt_position IS NULL)", name="names_a_line_of_a_receipt"),
        Index("ix_stock_document_lines_variant", "variant_id", "document_id"),
        Index(
            "ix_stock_document_lines_receipt",
            "receipt_id",
            "receipt_position",
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
    )

    id: Mapped[StockDocumentLineId] = primary_key(default_factory=identifier)
    document_id: Mapped[StockDocumentId] = reference("stock_documents.id")
    position: Mapped[int]
    variant_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    unit_cost: Mapped[UnitPrice | None] = mapped_column(default=None)
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    lot_code: Mapped[str | None] = mapped_column(default=None)
    produced_on: Mapped[date | None] = mapped_column(default=None)
    expires_on: Mapped[date | None] = mapped_column(default=None)
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    to_bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    receipt_id: Mapped[StockDocumentId | None] = optional_reference("stock_documents.id", default=None)
    receipt_position: Mapped[int | None] = mapped_column(default=None)
