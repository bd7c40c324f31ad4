"""What can be asked about feedback to channels (回传查询)."""

from typing import Any

import strawberry

from domain import feedback
from schema.base import Info, query
from schema.feedback.types import OrderFeedback
from schema.filters import IdFilter
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request


@strawberry.input(description="Which words to channels.")
class OrderFeedbackFilter:
    """Conditions are combined by AND."""

    statuses: list[feedback.FeedbackStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    kinds: list[feedback.FeedbackKind] | None = strawberry.field(default=None, description="Of these kinds.")
    channel: IdFilter | None = strawberry.field(default=None, description="To these channels.")


@strawberry.type
class FeedbackQuery:
    """Root fields."""

    @query(
        Connection[OrderFeedback],
        "What channels were told of their orders, are owed or refused, the last tried first.",
        needs="orders.view",
    )
    async def order_feedback(
        self,
        info: Info,
        where: OrderFeedbackFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or OrderFeedbackFilter()
        wanted = feedback.FeedbackFilter(
            statuses=given.statuses, kinds=given.kinds, channels=keys_in(given.channel, "Channel")
        )
        return await feedback.order_feedback(info.context.read, wanted, page_request(first, after, last, before))
