"""What is sold before it is there (预售), as clients see and set it."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import catalogue, channels, orders
from schema.base import Info, Node, edge, entity, query
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.mutating import Call, mutation
from schema.paging import Connection, page_request

VIEW = "orders.view"


@entity(
    reader=orders.preorder_offers_by_id, needs=VIEW, description="An article a channel sells before it is there (预售)."
)
class PreorderOffer(Node):
    """An order that is short of such goods alone waits for them instead of being refused."""

    ships_on: date = strawberry.field(description="The day on which it is to leave.")
    active: bool = strawberry.field(description="Whether it is still offered so.")
    updated_at: datetime = strawberry.field(description="Since when it is offered so, in UTC.")
    updated_by: str = strawberry.field(description="Who offered it so.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where.", needs="channels.view"
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What.", needs="catalogue.view"
    )


@strawberry.input(description="An article to be sold on a channel before it is there.")
class OfferPreorderInput:
    """Said again, the day is the new one."""

    channel_id: strawberry.ID = strawberry.field(description="On which channel.")
    variant_id: strawberry.ID = strawberry.field(description="The article.")
    ships_on: date = strawberry.field(description="The day on which it is to leave, today or later.")


@strawberry.input(description="An article that is no longer to be sold before it is there.")
class EndPreorderInput:
    """Orders that wait go on waiting."""

    id: strawberry.ID = strawberry.field(description="The offer.")


@strawberry.type
class PreordersMutation:
    """Mutations."""

    @mutation(PreorderOffer)
    async def offer_preorder(self, call: Call, input: OfferPreorderInput) -> Any:  # noqa: A002
        channel_id, variant_id = call.key("Channel", input.channel_id), call.key("Variant", input.variant_id)
        return await call.perform(orders.offer_preorder, channel_id, variant_id, input.ships_on)

    @mutation(PreorderOffer)
    async def end_preorder(self, call: Call, input: EndPreorderInput) -> Any:  # noqa: A002
        return await call.perform(orders.end_preorder, call.key("PreorderOffer", input.id))


@strawberry.type
class PreordersQuery:
    """Root fields."""

    @query(Connection[PreorderOffer], "What is sold before it is there, what leaves first before the rest.", needs=VIEW)
    async def preorder_offers(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await orders.preorder_offers_page(info.context.read, page_request(first, after, last, before))
