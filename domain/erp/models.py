"""The in-house ERP (内部ERP对接): who it is, how far it was read and told, what it changed, what it heard of sales."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.erp.words import SalesLineKind
from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

PartnerErpId = NewType("PartnerErpId", UUID)
ErpStreamId = NewType("ErpStreamId", UUID)
ErpChangeRowId = NewType("ErpChangeRowId", UUID)
SalesFeedId = NewType("SalesFeedId", UUID)


class ErpStatus(StrEnum):
    """Whether an ERP is asked and told anything."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"


class PartnerErp(Table):
    """An ERP that keeps books beside ours. Credentials are sealed and never returned."""

    __tablename__ = "partner_erps"

    id: Mapped[PartnerErpId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[ErpStatus] = mapped_column(default=ErpStatus.OPEN)
    status_reason: Mapped[str | None] = mapped_column(default=None)
    base_url: Mapped[str]
    sealed_credentials: Mapped[str]
    told_cost: Mapped[bool] = mapped_column(default=False)
    sales_from: Mapped[date]
    sales_until: Mapped[date | None] = mapped_column(default=None)
    fed_at: Mapped[datetime | None] = mapped_column(default=None)
    tested_at: Mapped[datetime | None] = mapped_column(default=None)
    test_problem: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]


class ErpStreamKind(StrEnum):
    """What is read or told by a cursor."""

    THEIR_CHANGES = "THEIR_CHANGES"
    OUR_MOVEMENTS = "OUR_MOVEMENTS"


class ErpStream(Table):
    """How far one direction has come (进度): the cursor moves only after what lies before it is safe on the other side.

    The cursor of their changes is the ERP's own word; that of our movements is a position of the stock ledger.
    """

    __tablename__ = "erp_streams"
    __table_args__ = (UniqueConstraint("partner_id", "kind"),)

    id: Mapped[ErpStreamId] = primary_key(default_factory=identifier)
    partner_id: Mapped[PartnerErpId] = reference("partner_erps.id")
    kind: Mapped[ErpStreamKind]
    cursor: Mapped[str] = mapped_column(default="")
    carried: Mapped[int] = mapped_column(default=0)
    moved_at: Mapped[datetime | None] = mapped_column(default=None)
    faults: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(default=None)
    next_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class ErpChangeStatus(StrEnum):
    """What became of a change of the ERP."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    WAITING = "WAITING"
    UNREADABLE = "UNREADABLE"
    SET_ASIDE = "SET_ASIDE"


class ErpChange(Table):
    """One change of the ERP exactly as it came; however often it comes, it is one."""

    __tablename__ = "erp_changes"
    __table_args__ = (
        UniqueConstraint("partner_id", "change_id", "content_hash"),
        Index("uq_erp_changes_first", "partner_id", "change_id", unique=True, postgresql_where=text("first")),
        Index("ix_erp_changes_received", "received_at", "id"),
        Index("ix_erp_changes_waiting", "received_at", "id", postgresql_where=text("status = 'WAITING'")),
        Index("ix_erp_changes_document", "document_id", postgresql_where=text("document_id IS NOT NULL")),
    )

    id: Mapped[ErpChangeRowId] = primary_key(default_factory=identifier)
    partner_id: Mapped[PartnerErpId] = reference("partner_erps.id")
    change_id: Mapped[str]
    content_hash: Mapped[str]
    first: Mapped[bool]
    content: Mapped[str]
    status: Mapped[ErpChangeStatus]
    problem: Mapped[str | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = optional_reference("warehouses.id", default=None)
    document_id: Mapped[UUID | None] = mapped_column(default=None)
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_by: Mapped[str | None] = mapped_column(default=None)


class SalesFeedStatus(StrEnum):
    """How far a feed has come; SENT is told and not acknowledged."""

    PENDING = "PENDING"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"


class SalesFeed(Table):
    """The sales of a day in a channel (销售日报); what comes late is a feed of the next sequence, never an edit."""

    __tablename__ = "sales_feeds"
    __table_args__ = (
        UniqueConstraint("partner_id", "day", "channel_id", "sequence"),
        Index("ix_sales_feeds_day", "day", "id"),
        Index("ix_sales_feeds_owed", "id", postgresql_where=text("status IN ('PENDING', 'SENT')")),
    )

    id: Mapped[SalesFeedId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'SF' || lpad(nextval('sales_feed_numbers')::text, 9, '0')"), init=False
    )
    partner_id: Mapped[PartnerErpId] = reference("partner_erps.id")
    day: Mapped[date]
    channel_id: Mapped[UUID] = reference("channels.id", index=True)
    sequence: Mapped[int]
    currency: Mapped[str]
    content_hash: Mapped[str]
    sold_quantity: Mapped[Quantity]
    goods_amount: Mapped[Money]
    discount_amount: Mapped[Money]
    freight_amount: Mapped[Money]
    cost_amount: Mapped[Money]
    returned_quantity: Mapped[Quantity]
    returned_amount: Mapped[Money]
    returned_cost: Mapped[Money]
    status: Mapped[SalesFeedStatus] = mapped_column(default=SalesFeedStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    their_number: Mapped[str | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class SalesFeedLine(Table):
    """What was sold or paid back of an article."""

    __tablename__ = "sales_feed_lines"
    __table_args__ = (PrimaryKeyConstraint("feed_id", "position"),)
    append_only: ClassVar[bool] = True

    feed_id: Mapped[SalesFeedId] = reference("sales_feeds.id")
    position: Mapped[int]
    kind: Mapped[SalesLineKind]
    variant_id: Mapped[UUID] = reference("variants.id")
    sku: Mapped[str]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]
    discount: Mapped[Money]
    cost_amount: Mapped[Money]


class SalesFeedReturn(Table):
    """How much of an order line a feed tells as returned, or (`SOLD`) as sold after all, and by which source."""

    __tablename__ = "sales_feed_returns"
    __table_args__ = (
        PrimaryKeyConstraint("feed_id", "source_id", "order_line_id"),
        Index("ix_sales_feed_returns_line", "order_line_id"),
    )
    append_only: ClassVar[bool] = True

    feed_id: Mapped[SalesFeedId] = reference("sales_feeds.id")
    source_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    kind: Mapped[SalesLineKind]
    variant_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]
    discount: Mapped[Money]
    cost_amount: Mapped[Money]


class SalesFeedSource(Table):
    """A parcel that left, a line that was paid back, or a return, in the one feed that tells of it.

    A return that was voided is named by the stock document that voids it.
    """

    __tablename__ = "sales_feed_sources"
    __table_args__ = (
        PrimaryKeyConstraint("partner_id", "source_id"),
        Index("ix_sales_feed_sources_feed", "feed_id"),
    )
    append_only: ClassVar[bool] = True

    partner_id: Mapped[PartnerErpId] = reference("partner_erps.id")
    source_id: Mapped[UUID]
    feed_id: Mapped[SalesFeedId] = reference("sales_feeds.id")
    kind: Mapped[SalesLineKind]
    goods_amount: Mapped[Money]
    freight_amount: Mapped[Money]
    cost_amount: Mapped[Money]
