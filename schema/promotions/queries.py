"""What can be asked about promotions (促销查询)."""

from typing import Any

import strawberry

from domain import promotions
from schema.base import Info, query
from schema.paging import Connection, page_request
from schema.promotions.types import VIEW, GiftRule


@strawberry.type
class PromotionsQuery:
    """Root fields."""

    @query(Connection[GiftRule], "Which orders get a gift, the oldest rule first.", needs=VIEW)
    async def gift_rules(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await promotions.gift_rules(info.context.read, page_request(first, after, last, before))
