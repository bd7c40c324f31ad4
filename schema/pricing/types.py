"""Prices (价格) as clients see them: lists, prices, and why a price is what it is."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, channels, pricing
from schema.base import Info, Node, edge, entity, field_of
from schema.catalogue.types import Variant
from schema.channels.types import Channel, price_to_buyers
from schema.measures import Currency, Money

VIEW = "pricing.view"


@entity(reader=pricing.price_lists_by_id, needs=VIEW, description="Prices for one channel or for all, from and until.")
class PriceList(Node):
    """The list of highest priority wins, then the channel's own."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    priority: int = strawberry.field(description="The higher wins.")
    starts_at: datetime = strawberry.field(description="From when it is in force, in UTC.")
    ends_at: datetime | None = strawberry.field(description="Until when; null means for ever.")
    created_at: datetime = strawberry.field(description="When it was added, in UTC.")
    channel: Channel | None = edge(
        Channel | None,
        channels.channels_by_id,
        "channel_id",
        "The channel it holds for; null means all of its currency.",
        needs="channels.view",
    )

    @strawberry.field(description="The currency of its prices.")
    def currency(root: strawberry.Parent[Any]) -> Currency:  # noqa: N805
        return Currency(root.currency)


@entity(reader=pricing.prices_by_id, needs=VIEW, description="What one unit of a variant costs in one price list.")
class Price(Node):
    """The one that started last wins within its list."""

    starts_at: datetime = strawberry.field(description="From when it is in force, in UTC.")
    ends_at: datetime | None = strawberry.field(description="Until when; null means for ever.")
    price_list: PriceList = edge(PriceList, pricing.price_lists_by_id, "price_list_id", "Its list.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What it is the price of.", needs="catalogue.view"
    )

    @field_of(Money, "The price of one unit.")
    def unit_price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return price_to_buyers(root.unit_price, root.currency)


@strawberry.type(description="One price that was considered, and its verdict.")
class ConsideredPrice:
    """The chosen one comes first."""

    price_list_code: str = strawberry.field(description="The code of its list.")
    price_list_name: str = strawberry.field(description="The name of its list.")
    priority: int = strawberry.field(description="The priority of its list.")
    of_channel: bool = strawberry.field(description="Whether its list is the channel's own.")
    verdict: pricing.Verdict = strawberry.field(description="What became of it.")

    @field_of(Money, "The price of one unit.")
    def unit_price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return price_to_buyers(root.unit_price, root.currency)


@strawberry.type(description="What a variant costs on a channel at a moment.")
class PriceInForce:
    """The winning price of all lists that apply."""

    price_list: PriceList = edge(PriceList, pricing.price_lists_by_id, "price_list_id", "The list that won.")
    price: Price = edge(Price, pricing.prices_by_id, "id", "The price that won.")

    @field_of(Money, "The price of one unit.")
    def unit_price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return price_to_buyers(root.unit_price, root.currency)

    @field_of(list[ConsideredPrice], "Why: each price that was considered, the chosen one first, at most 200.")
    async def explanation(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        return await info.context.load(pricing.explanations_at, root.key)
