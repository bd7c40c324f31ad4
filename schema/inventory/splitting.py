"""When the house splits hot variants by itself (热点自动分桶), as clients see and set it."""

from datetime import datetime
from typing import Any

import strawberry

from domain import inventory
from schema.base import Info, Node, entity, query
from schema.inventory.types import VIEW
from schema.mutating import Call, mutation


@entity(
    reader=inventory.stock_splittings_by_id,
    needs=VIEW,
    description="By which figures the house splits hot variants and joins them again (热点自动分桶).",
)
class StockSplitting(Node):
    """There is one; `StockLevel.buckets` tells what is split, the audit log when and by whom."""

    active: bool = strawberry.field(description="Whether the house does it at all.")
    claims_per_minute: int = strawberry.field(
        description="A variant of a warehouse is hot when so many transactions of the last minute promised some of it."
    )
    buckets: int = strawberry.field(description="Over how many rows it is split, if ten for each are free.")
    quiet_minutes: int = strawberry.field(
        description="It is joined when it was not hot for so long, or when less than two for each row are free."
    )
    set_by: str = strawberry.field(description="Who set it.")
    set_at: datetime = strawberry.field(description="When it was set, in UTC.")


@strawberry.input(description="When the house splits hot variants by itself.")
class SetStockSplittingInput:
    """All of it is given, changed or not."""

    active: bool = strawberry.field(description="Whether the house does it; if not, it joins what it has split.")
    claims_per_minute: int = strawberry.field(
        description="From how many transactions of a minute on a variant is hot, 1 to 1,000,000."
    )
    buckets: int = strawberry.field(description="Over how many rows it is split, 2 to 64.")
    quiet_minutes: int = strawberry.field(
        description="How many minutes after it was last hot it is joined, 1 to 10,080 (a week)."
    )


@strawberry.type
class SplittingMutation:
    """Mutations."""

    @mutation(StockSplitting)
    async def set_stock_splitting(self, call: Call, input: SetStockSplittingInput) -> Any:  # noqa: A002
        return await call.perform(inventory.set_stock_splitting, inventory.SplittingRules(**vars(input)))


@strawberry.type
class SplittingQuery:
    """Root fields."""

    @query(StockSplitting, "By which figures the house splits hot variants and joins them again.", needs=VIEW)
    async def stock_splitting(self, info: Info) -> Any:
        return await inventory.stock_splitting(info.context.read)
