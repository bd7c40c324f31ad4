"""Partners' warehouses (外仓对接): who runs which warehouse for us, what it was asked, and everything it reported."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.exchange.words import GoodsType, PaperKind, PaperType, WarehouseStep
from domain.inventory import WarehouseId
from domain.kernel import Money, Quantity, Table, UnitPrice, identifier, optional_reference, primary_key, reference

PartnerWarehouseId = NewType("PartnerWarehouseId", UUID)
ExchangePaperId = NewType("ExchangePaperId", UUID)
ExchangeReportId = NewType("ExchangeReportId", UUID)
CompareRunId = NewType("CompareRunId", UUID)
PartnerArticleId = NewType("PartnerArticleId", UUID)
StockDifferenceId = NewType("StockDifferenceId", UUID)


class PartnerStatus(StrEnum):
    """Whether a partner is told anything; what it reports is taken either way."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"


class PartnerWarehouse(Table):
    """A warehouse of ours that a partner runs (外仓). Credentials are sealed and never returned."""

    __tablename__ = "partner_warehouses"

    id: Mapped[PartnerWarehouseId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    warehouse_id: Mapped[WarehouseId] = mapped_column(Uuid, ForeignKey("warehouses.id"), unique=True)
    defective_warehouse_id: Mapped[WarehouseId | None] = optional_reference("warehouses.id", default=None)
    status: Mapped[PartnerStatus] = mapped_column(default=PartnerStatus.OPEN)
    status_reason: Mapped[str | None] = mapped_column(default=None)
    base_url: Mapped[str]
    customer_id: Mapped[str]
    owner_code: Mapped[str]
    their_code: Mapped[str]
    sender_name: Mapped[str]
    sender_phone: Mapped[str]
    sender_province: Mapped[str]
    sender_city: Mapped[str]
    sender_detail: Mapped[str]
    sealed_credentials: Mapped[str]
    tested_at: Mapped[datetime | None] = mapped_column(default=None)
    test_problem: Mapped[str | None] = mapped_column(default=None)
    tells_under_way: Mapped[bool] = mapped_column(default=False)
    takes_returns: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]


class PaperStatus(StrEnum):
    """How far a paper has come between us and a partner."""

    PENDING = "PENDING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    PARTLY_DONE = "PARTLY_DONE"
    DONE = "DONE"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


class PaperSource(StrEnum):
    """What a paper carries out: an order, a stock document, a transfer, or the return of a parcel."""

    ORDER = "ORDER"
    STOCK_DOCUMENT = "STOCK_DOCUMENT"
    TRANSFER = "TRANSFER"
    PARCEL = "PARCEL"


class ExchangePaper(Table):
    """One thing a partner is asked to do (外仓单据), under a number of ours it reports back by.

    A source has at most one paper of a kind that is not over. `receiver_hash` is of whom it was told as the receiver;
    `paused_at` says since when the partner waits with it, as `pause_wanted` asks.
    """

    __tablename__ = "exchange_papers"
    __table_args__ = (
        Index(
            "uq_exchange_papers_live",
            "source_id",
            "kind",
            unique=True,
            postgresql_where=text("status NOT IN ('DONE', 'CANCELLED')"),
        ),
        Index("ix_exchange_papers_written", "written_at", "id"),
        Index("ix_exchange_papers_source", "source_id"),
        Index("ix_exchange_papers_partner", "partner_id", "id"),
    )

    id: Mapped[ExchangePaperId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'EX' || lpad(nextval('exchange_paper_numbers')::text, 9, '0')"), init=False
    )
    partner_id: Mapped[PartnerWarehouseId] = reference("partner_warehouses.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    kind: Mapped[PaperKind]
    type: Mapped[PaperType]
    source: Mapped[PaperSource]
    source_id: Mapped[UUID]
    source_number: Mapped[str]
    status: Mapped[PaperStatus] = mapped_column(default=PaperStatus.PENDING)
    their_number: Mapped[str | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    carrier_code: Mapped[str | None] = mapped_column(default=None)
    waybill: Mapped[str | None] = mapped_column(default=None)
    step: Mapped[WarehouseStep | None] = mapped_column(default=None)
    step_at: Mapped[datetime | None] = mapped_column(default=None)
    step_remark: Mapped[str | None] = mapped_column(default=None)
    written_by: Mapped[str]
    written_at: Mapped[datetime]
    tried_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    receiver_hash: Mapped[str | None] = mapped_column(default=None)
    pause_wanted: Mapped[bool] = mapped_column(default=False)
    paused_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class ExchangePaperLine(Table):
    """One article of a paper: how much was asked, and how much of it was confirmed, also damaged.

    `held` is what of it no buyer can have until it is confirmed; of transfers the transfer holds the goods.
    """

    __tablename__ = "exchange_paper_lines"
    __table_args__ = (
        PrimaryKeyConstraint("paper_id", "position"),
        CheckConstraint("planned > 0 AND confirmed >= 0", name="quantities"),
        CheckConstraint("held BETWEEN 0 AND planned", name="held_of_it"),
        Index("ix_exchange_paper_lines_variant", "variant_id", "paper_id"),
    )

    paper_id: Mapped[ExchangePaperId] = reference("exchange_papers.id")
    position: Mapped[int]
    variant_id: Mapped[UUID]
    item_code: Mapped[str]
    title: Mapped[str]
    planned: Mapped[Quantity]
    confirmed: Mapped[Quantity] = mapped_column(default=Quantity(0))
    held: Mapped[Quantity] = mapped_column(default=Quantity(0))
    unit_cost: Mapped[UnitPrice | None] = mapped_column(default=None)
    price: Mapped[Money | None] = mapped_column(default=None)
    lot_code: Mapped[str | None] = mapped_column(default=None)
    source_line_id: Mapped[UUID | None] = mapped_column(default=None)


class PartnerArticle(Table):
    """An article as a partner knows it (商品备案): it is told before the first paper about it, and when it changed."""

    __tablename__ = "partner_articles"
    __table_args__ = (
        UniqueConstraint("partner_id", "variant_id"),
        Index("ix_partner_articles_variant", "variant_id"),
        Index("ix_partner_articles_item", "partner_id", "item_code", "id"),
    )

    id: Mapped[PartnerArticleId] = primary_key(default_factory=identifier)
    partner_id: Mapped[PartnerWarehouseId] = reference("partner_warehouses.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    variant_id: Mapped[UUID]
    item_code: Mapped[str]
    their_number: Mapped[str | None] = mapped_column(default=None)
    told_hash: Mapped[str | None] = mapped_column(default=None)
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)


class ReportStatus(StrEnum):
    """What became of a report: WAITING could not be applied yet, UNREADABLE no rule understands."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    WAITING = "WAITING"
    UNREADABLE = "UNREADABLE"
    SET_ASIDE = "SET_ASIDE"


class ExchangeReport(Table):
    """One report of a partner exactly as it came (外仓回传), and what became of it.

    The partner's number of it makes it one report, however often it comes; another content under the same number is
    kept beside it as unreadable.
    """

    __tablename__ = "exchange_reports"
    __table_args__ = (
        UniqueConstraint("partner_id", "method", "report_key", "content_hash"),
        Index(
            "uq_exchange_reports_first",
            "partner_id",
            "method",
            "report_key",
            unique=True,
            postgresql_where=text("first"),
        ),
        Index("ix_exchange_reports_received", "received_at", "id"),
        Index(
            "ix_exchange_reports_open",
            "received_at",
            "id",
            postgresql_where=text("status IN ('WAITING', 'UNREADABLE')"),
        ),
    )

    id: Mapped[ExchangeReportId] = primary_key(default_factory=identifier)
    partner_id: Mapped[PartnerWarehouseId] = reference("partner_warehouses.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    method: Mapped[str]
    report_key: Mapped[str]
    content_hash: Mapped[str]
    first: Mapped[bool] = mapped_column(default=True)
    content: Mapped[str]
    status: Mapped[ReportStatus] = mapped_column(default=ReportStatus.RECEIVED)
    problem: Mapped[str | None] = mapped_column(default=None)
    paper_id: Mapped[ExchangePaperId | None] = optional_reference("exchange_papers.id", index=True, default=None)
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_by: Mapped[str | None] = mapped_column(default=None)


class RunStatus(StrEnum):
    """How far a comparison has come."""

    ASKED = "ASKED"
    DONE = "DONE"
    FAILED = "FAILED"


class CompareRun(Table):
    """One comparison of our book with what a partner says it holds (对账), page by page of articles.

    `reached` is the last article of the last page: a run that was interrupted goes on behind it.
    """

    __tablename__ = "compare_runs"
    __table_args__ = (
        Index("ix_compare_runs_asked", "asked_at", "id"),
        Index("ix_compare_runs_partner", "partner_id", "asked_at"),
    )

    id: Mapped[CompareRunId] = primary_key(default_factory=identifier)
    partner_id: Mapped[PartnerWarehouseId] = reference("partner_warehouses.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.ASKED)
    problem: Mapped[str | None] = mapped_column(default=None)
    articles: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)
    reached: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    compared_at: Mapped[datetime | None] = mapped_column(default=None)


class DifferenceCause(StrEnum):
    """Why the books may differ, as far as the house knows."""

    UNCONFIRMED = "UNCONFIRMED"
    REPORT_WAITING = "REPORT_WAITING"
    MOVED_MEANWHILE = "MOVED_MEANWHILE"
    LOTS_ONLY = "LOTS_ONLY"
    NO_PLACE = "NO_PLACE"
    UNEXPLAINED = "UNEXPLAINED"


class WhoIsRight(StrEnum):
    """Whose figure counts, by rule: who holds the goods has counted them, we have promised them."""

    THEIRS = "THEIRS"
    OURS = "OURS"
    WAIT = "WAIT"


class StockDifference(Table):
    """One line of a comparison: an article in a condition and lot, both figures, the cause and who is right."""

    __tablename__ = "stock_differences"
    __table_args__ = (
        Index(
            "uq_stock_differences_line",
            "run_id",
            "variant_id",
            "goods_type",
            "lot_code",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stock_differences_run", "run_id", "id"),
        Index("ix_stock_differences_variant", "variant_id", "run_id"),
    )

    id: Mapped[StockDifferenceId] = primary_key(default_factory=identifier)
    run_id: Mapped[CompareRunId] = reference("compare_runs.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    place_id: Mapped[WarehouseId | None] = optional_reference("warehouses.id", default=None)
    variant_id: Mapped[UUID]
    item_code: Mapped[str]
    goods_type: Mapped[GoodsType]
    lot_code: Mapped[str | None] = mapped_column(default=None)
    ours: Mapped[Quantity]
    theirs: Mapped[Quantity]
    pending: Mapped[Quantity]
    promised: Mapped[Quantity]
    cause: Mapped[DifferenceCause]
    right: Mapped[WhoIsRight]
    accepted_by: Mapped[str | None] = mapped_column(default=None)
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    document_id: Mapped[UUID | None] = optional_reference("stock_documents.id", default=None)
