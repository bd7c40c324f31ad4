"""What can be asked about stocktakes (盘点查询)."""

from typing import Any

import strawberry

from domain import stocktaking
from schema.base import Info, query
from schema.filters import PeriodFilter
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request
from schema.stocktaking.inputs import StocktakeFilter, StocktakeLineFilter
from schema.stocktaking.types import VIEW, Stocktake, StocktakeLine


@strawberry.type
class StocktakingQuery:
    """Root fields."""

    @query(Connection[Stocktake], "The stocktakes, the last begun first.", needs=VIEW)
    async def stocktakes(
        self,
        info: Info,
        where: StocktakeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StocktakeFilter()
        period = given.started_at or PeriodFilter()
        wanted = stocktaking.StocktakeFilter(
            warehouses=keys_in(given.warehouse, "Warehouse"),
            statuses=given.statuses,
            scopes=given.scopes,
            variants=keys_in(given.variant, "Variant"),
            person=given.person,
            number=given.number,
            from_at=period.from_,
            to_at=period.to,
        )
        return await stocktaking.stocktakes(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[StocktakeLine], "The lines of stocktakes.", needs=VIEW)
    async def stocktake_lines(
        self,
        info: Info,
        where: StocktakeLineFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StocktakeLineFilter()
        wanted = stocktaking.StocktakeLineFilter(
            stocktakes=keys_in(given.stocktake, "Stocktake"),
            variants=keys_in(given.variant, "Variant"),
            only_uncounted=given.only_uncounted,
            only_recount=given.only_recount,
            only_different=given.only_different,
        )
        return await stocktaking.stocktake_lines(info.context.read, wanted, page_request(first, after, last, before))
