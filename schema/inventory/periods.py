"""Stock periods (库存期间) as clients see them: which months are closed, and how they come to be."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import inventory
from schema.base import Info, Node, entity, query
from schema.inventory.types import VIEW
from schema.mutating import Call, mutation
from schema.paging import Connection, page_request


@entity(
    reader=inventory.stock_periods_by_id,
    needs=VIEW,
    description="A month that was closed, with all before it: nothing is posted into it (库存期间).",
)
class StockPeriod(Node):
    """Reopened, it is closed no more."""

    month: date = strawberry.field(description="Its first day.")
    reason: str = strawberry.field(description="Why it was closed, or reopened.")
    closed_by: str = strawberry.field(description="Who closed it.")
    closed_at: datetime = strawberry.field(description="When it was closed, in UTC.")
    reopened_by: str | None = strawberry.field(description="Who reopened it since; null if it is closed.")
    reopened_at: datetime | None = strawberry.field(description="When it was reopened, in UTC; null if it is closed.")


@strawberry.input(description="A month to be closed, with all before it.")
class CloseStockPeriodInput:
    """It must be over."""

    month: date = strawberry.field(description="Its first day.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="The month that was closed last, to be reopened.")
class ReopenStockPeriodInput:
    """The months before it stay closed."""

    month: date = strawberry.field(description="Its first day.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.type
class PeriodMutation:
    """Mutations."""

    @mutation(StockPeriod)
    async def close_stock_period(self, call: Call, input: CloseStockPeriodInput) -> Any:  # noqa: A002
        return await call.perform(inventory.close_stock_period, input.month, input.reason)

    @mutation(StockPeriod)
    async def reopen_stock_period(self, call: Call, input: ReopenStockPeriodInput) -> Any:  # noqa: A002
        return await call.perform(inventory.reopen_stock_period, input.month, input.reason)


@strawberry.type
class PeriodQuery:
    """Root fields."""

    @query(Connection[StockPeriod], "The months that were ever closed, the last first.", needs=VIEW)
    async def stock_periods(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await inventory.stock_periods(info.context.read, page_request(first, after, last, before))
