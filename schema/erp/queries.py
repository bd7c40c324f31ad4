"""What can be asked about the in-house ERP (ERP 查询)."""

from typing import Any

import strawberry

from domain import erp
from schema.base import Info, query
from schema.erp.inputs import ErpChangeFilter, SalesFeedFilter
from schema.erp.types import VIEW, ErpChange, PartnerErp, SalesFeed
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request


@strawberry.type
class ErpQuery:
    """Root fields."""

    @query(list[PartnerErp], "The ERPs that keep books beside ours, by code, at most 100.", needs=VIEW)
    async def partner_erps(self, info: Info) -> Any:
        return await erp.partner_erps(info.context.read)

    @query(Connection[ErpChange], "What ERPs changed, the last received first.", needs=VIEW)
    async def erp_changes(
        self,
        info: Info,
        where: ErpChangeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or ErpChangeFilter()
        wanted = erp.ErpChangeFilter(statuses=given.statuses, change_id=given.change_id)
        return await erp.erp_changes(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[SalesFeed], "The sales of days as ERPs are told of them, the last day first.", needs=VIEW)
    async def sales_feeds(
        self,
        info: Info,
        where: SalesFeedFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or SalesFeedFilter()
        wanted = erp.SalesFeedFilter(
            statuses=given.statuses,
            channels=keys_in(given.channel, "Channel"),
            from_day=given.from_day,
            until_day=given.until_day,
        )
        return await erp.sales_feeds(info.context.read, wanted, page_request(first, after, last, before))
