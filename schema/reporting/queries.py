"""What can be asked about the past of the stock (库存报表)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import reporting
from schema.base import Info, query
from schema.inventory.types import VIEW
from schema.paging import Connection, page_request
from schema.reporting.inputs import DayPeriod, StockScopeFilter, scope_of
from schema.reporting.types import ReceiptsAndIssues, StockCardLine, StockWorth
from schema.scalars import key_of

Span = reporting.Span
WorthBy = reporting.WorthBy
NOBODY = UUID(int=0)


@strawberry.type
class ReportingQuery:
    """Root fields."""

    @query(Connection[ReceiptsAndIssues], "Opening, in, out and closing stock of a period (进销存).", needs=VIEW)
    async def receipts_and_issues(  # noqa: PLR0917 — the arguments of a connection, and of what.
        self,
        info: Info,
        period: DayPeriod,
        span: Span = Span.WHOLE,
        where: StockScopeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.receipts_and_issues(info.context.read, scope_of(where), period.days(), span, request)

    @query(Connection[StockCardLine], "The card of a variant in a warehouse, the earliest movement first.", needs=VIEW)
    async def stock_card(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        variant_id: strawberry.ID,
        warehouse_id: strawberry.ID,
        period: DayPeriod | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        card = reporting.CardOf(
            variant_id=key_of("Variant", variant_id) or NOBODY,
            warehouse_id=key_of("Warehouse", warehouse_id) or NOBODY,
            days=period.days() if period is not None else None,
        )
        return await reporting.stock_card(info.context.read, card, page_request(first, after, last, before))

    @query(Connection[StockWorth], "What stock is worth, now or as of a past moment.", needs=VIEW)
    async def stock_worth(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        by: WorthBy = WorthBy.WAREHOUSE,
        where: StockScopeFilter | None = None,
        as_of: datetime | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.stock_worth(info.context.read, scope_of(where), by, request, as_of)
