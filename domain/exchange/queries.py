"""Readers of the exchange with partners (外仓查询): connections, papers, reports; within the scope of warehouses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.exchange.models import (
    CompareRun,
    ExchangePaper,
    ExchangePaperLine,
    ExchangeReport,
    PaperStatus,
    PartnerArticle,
    PartnerWarehouse,
    ReportStatus,
    StockDifference,
)
from domain.exchange.words import PaperKind
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

TEXT_LENGTH_MAX = 100
PARTNERS_MAX = 500
OPEN = tuple(each.name for each in PartnerWarehouse.__table__.columns if each.name != "sealed_credentials")
PARTNERS = constant(select(*(PartnerWarehouse.__table__.columns[name] for name in OPEN)))
PAPERS = constant(select(*ExchangePaper.__table__.columns))
REPORTS = constant(select(*ExchangeReport.__table__.columns))

partner_warehouses_by_id = Reading(PARTNERS, PartnerWarehouse.id, warehouse=PartnerWarehouse.warehouse_id)
exchange_papers_by_id = Reading(PAPERS, ExchangePaper.id, warehouse=ExchangePaper.warehouse_id)
exchange_reports_by_id = Reading(REPORTS, ExchangeReport.id, warehouse=ExchangeReport.warehouse_id)
RUNS = constant(select(*CompareRun.__table__.columns))
DIFFERENCES = constant(select(*StockDifference.__table__.columns))
ARTICLES = constant(select(*PartnerArticle.__table__.columns))
partner_articles_by_id = Reading(ARTICLES, PartnerArticle.id, warehouse=PartnerArticle.warehouse_id)
compare_runs_by_id = Reading(RUNS, CompareRun.id, warehouse=CompareRun.warehouse_id)
stock_differences_by_id = Reading(DIFFERENCES, StockDifference.id, warehouse=StockDifference.warehouse_id)
lines_of_papers = Reading(
    select(*ExchangePaperLine.__table__.columns)
    .join(ExchangePaper, ExchangePaper.id == ExchangePaperLine.paper_id)
    .order_by(ExchangePaperLine.paper_id, ExchangePaperLine.position),
    ExchangePaperLine.paper_id,
    many=True,
    warehouse=ExchangePaper.warehouse_id,
)
reports_of_papers = Reading(
    select(*ExchangeReport.__table__.columns)
    .where(ExchangeReport.paper_id.is_not(None))
    .order_by(ExchangeReport.paper_id, ExchangeReport.received_at, ExchangeReport.id),
    ExchangeReport.paper_id,
    many=True,
    warehouse=ExchangeReport.warehouse_id,
)


async def partner_warehouses(read: Read) -> list[Any]:
    """Read all partners' warehouses of the scope, by code; there are as many as contracts."""
    statement = visible(PARTNERS, read.actor, warehouse=PartnerWarehouse.warehouse_id)
    return await read.rows(statement.order_by(PartnerWarehouse.code).limit(PARTNERS_MAX))


@dataclass(frozen=True, kw_only=True)
class PaperFilter:
    """Which papers; what is None does not matter."""

    statuses: Sequence[PaperStatus] | None = None
    kinds: Sequence[PaperKind] | None = None
    warehouses: Sequence[UUID] | None = None
    number: str | None = None
    source_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportFilter:
    """Which reports; what is None does not matter."""

    statuses: Sequence[ReportStatus] | None = None
    warehouses: Sequence[UUID] | None = None


def _newest_first(name: str, at: Any, id_: Any) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering(name=name, columns=(at, id_), keys=(at.key, "id"), parsers=parsers, descending=True)


PAPERS_NEWEST_FIRST = _newest_first("exchange.papers", ExchangePaper.written_at, ExchangePaper.id)
REPORTS_NEWEST_FIRST = _newest_first("exchange.reports", ExchangeReport.received_at, ExchangeReport.id)


async def exchange_papers(read: Read, where: PaperFilter, request: PageRequest) -> Page:
    """Read one page of papers, the last written first."""
    paper = ExchangePaper
    statement = visible(PAPERS, read.actor, warehouse=paper.warehouse_id)
    among = ((paper.status, where.statuses), (paper.kind, where.kinds), (paper.warehouse_id, where.warehouses))
    statement = statement.where(*(column.in_(values) for column, values in among if values is not None))
    texts = ((paper.number, where.number), (paper.source_number, where.source_number))
    statement = statement.where(*(column == text[:TEXT_LENGTH_MAX] for column, text in texts if text is not None))
    return await page(read, statement, PAPERS_NEWEST_FIRST, request)


async def exchange_reports(read: Read, where: ReportFilter, request: PageRequest) -> Page:
    """Read one page of reports, the last received first."""
    statement = visible(REPORTS, read.actor, warehouse=ExchangeReport.warehouse_id)
    among = ((ExchangeReport.status, where.statuses), (ExchangeReport.warehouse_id, where.warehouses))
    statement = statement.where(*(column.in_(values) for column, values in among if values is not None))
    return await page(read, statement, REPORTS_NEWEST_FIRST, request)


RUNS_NEWEST_FIRST = _newest_first("exchange.runs", CompareRun.asked_at, CompareRun.id)
BY_ID = Ordering(
    name="exchange.differences", columns=(StockDifference.id,), keys=("id",), parsers=(UUID,), descending=False
)


BY_ITEM = Ordering(
    name="exchange.articles",
    columns=(PartnerArticle.item_code, PartnerArticle.id),
    keys=("item_code", "id"),
    parsers=(str, UUID),
    descending=False,
)


async def partner_articles(read: Read, partner_id: UUID, *, refused_only: bool, request: PageRequest) -> Page:
    """Read one page of the articles a partner was told, by their codes."""
    statement = visible(ARTICLES, read.actor, warehouse=PartnerArticle.warehouse_id)
    statement = statement.where(PartnerArticle.partner_id == partner_id)
    if refused_only:
        statement = statement.where(PartnerArticle.problem.is_not(None))
    return await page(read, statement, BY_ITEM, request)


async def compare_runs(read: Read, warehouses: Sequence[UUID] | None, request: PageRequest) -> Page:
    """Read one page of comparisons, the last asked first."""
    statement = visible(RUNS, read.actor, warehouse=CompareRun.warehouse_id)
    if warehouses is not None:
        statement = statement.where(CompareRun.warehouse_id.in_(warehouses))
    return await page(read, statement, RUNS_NEWEST_FIRST, request)


async def stock_differences(read: Read, run_id: UUID, *, open_only: bool, request: PageRequest) -> Page:
    """Read one page of the differences of a comparison, by article."""
    statement = visible(DIFFERENCES, read.actor, warehouse=StockDifference.warehouse_id)
    statement = statement.where(StockDifference.run_id == run_id)
    if open_only:
        statement = statement.where(StockDifference.accepted_at.is_(None))
    return await page(read, statement, BY_ID, request)
