"""What can be asked about partners' warehouses (外仓查询)."""

from typing import Any
from uuid import UUID

import strawberry

from domain import exchange
from schema.base import Info, query
from schema.exchange.inputs import (
    CompareRunFilter,
    ExchangePaperFilter,
    ExchangeReportFilter,
    PartnerArticleFilter,
    StockDifferenceFilter,
)
from schema.exchange.types import (
    VIEW,
    CompareRun,
    ExchangePaper,
    ExchangeReport,
    PartnerArticle,
    PartnerWarehouse,
    StockDifference,
)
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request
from schema.scalars import key_of

NOBODY = UUID(int=0)


@strawberry.type
class ExchangeQuery:
    """Root fields."""

    @query(list[PartnerWarehouse], "The warehouses partners run for us, by code, at most 500.", needs=VIEW)
    async def partner_warehouses(self, info: Info) -> Any:
        return await exchange.partner_warehouses(info.context.read)

    @query(Connection[ExchangePaper], "What partners were asked to do, the last asked first.", needs=VIEW)
    async def exchange_papers(
        self,
        info: Info,
        where: ExchangePaperFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or ExchangePaperFilter()
        wanted = exchange.PaperFilter(
            statuses=given.statuses,
            kinds=given.kinds,
            warehouses=keys_in(given.warehouse, "Warehouse"),
            number=given.number,
            source_number=given.source_number,
        )
        return await exchange.exchange_papers(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[ExchangeReport], "What partners reported, the last received first.", needs=VIEW)
    async def exchange_reports(
        self,
        info: Info,
        where: ExchangeReportFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or ExchangeReportFilter()
        wanted = exchange.ReportFilter(statuses=given.statuses, warehouses=keys_in(given.warehouse, "Warehouse"))
        return await exchange.exchange_reports(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[PartnerArticle], "The articles a partner was told, by their codes.", needs=VIEW)
    async def partner_articles(
        self,
        info: Info,
        where: PartnerArticleFilter,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        partner, refused = key_of("PartnerWarehouse", where.partner_id) or NOBODY, where.refused_only
        request = page_request(first, after, last, before)
        return await exchange.partner_articles(info.context.read, partner, refused_only=refused, request=request)

    @query(Connection[CompareRun], "The comparisons with partners, the last asked first.", needs=VIEW)
    async def compare_runs(
        self,
        info: Info,
        where: CompareRunFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        warehouses = keys_in(where.warehouse if where else None, "Warehouse")
        return await exchange.compare_runs(info.context.read, warehouses, page_request(first, after, last, before))

    @query(Connection[StockDifference], "The lines in which the books differed in a comparison.", needs=VIEW)
    async def stock_differences(
        self,
        info: Info,
        where: StockDifferenceFilter,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        run, request = key_of("CompareRun", where.run_id) or NOBODY, page_request(first, after, last, before)
        return await exchange.stock_differences(info.context.read, run, open_only=where.open_only, request=request)
