"""What can be asked about carriers, their rules and their freight (物流查询)."""

from typing import Any

import strawberry

from domain import shipping
from schema.base import Info, query
from schema.paging import Connection, page_request
from schema.shipping.types import VIEW, CarrierPreference, CarrierRule, FreightTemplate


@strawberry.type
class ShippingQuery:
    """Root fields."""

    @query(Connection[CarrierRule], "Which carrier takes what, the oldest rule first.", needs=VIEW)
    async def carrier_rules(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await shipping.carrier_rules(info.context.read, page_request(first, after, last, before))

    @query(Connection[CarrierPreference], "Whom shops and warehouses insist on, the oldest first.", needs=VIEW)
    async def carrier_preferences(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await shipping.carrier_preferences(info.context.read, page_request(first, after, last, before))

    @query(Connection[FreightTemplate], "What carriers charge, the oldest template first.", needs=VIEW)
    async def freight_templates(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await shipping.freight_templates(info.context.read, page_request(first, after, last, before))
