"""Channels (渠道) as clients see them: shops within their scope, never their credentials."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, channels, kernel
from schema.base import Node, edge, entity, field_of
from schema.catalogue.types import Variant
from schema.measures import Currency, Money, money
from schema.scalars import QuantityValue

VIEW = "channels.view"


def price_to_buyers(price: kernel.UnitPrice | None, currency: str) -> Any:
    """Give a price its currency and the places of it: what buyers pay has no more."""
    return None if price is None else money(kernel.Money(price.value), currency)


@strawberry.type(description="After how many minutes an order of the channel is late.")
class ChannelThresholds:
    """What alerts are raised by."""

    warn_minutes: int = strawberry.field(description="Unreviewed since payment: somebody should look.")
    severe_minutes: int = strawberry.field(description="Unreviewed since payment: somebody must act.")
    pick_lead_minutes: int = strawberry.field(description="Before the promised ship time: somebody must act.")
    process_minutes: int = strawberry.field(description="Unprocessed since its review.")


@strawberry.type(description="How much of the stock the channel shows.")
class ShownRule:
    """floor(free x percent / 100 + plus), at least minimum, at most maximum."""

    percent: int = strawberry.field(description="Percent of what is free.")
    plus: int = strawberry.field(description="Pieces more, or less if negative.")
    minimum: int = strawberry.field(description="Never less than this.")
    maximum: int | None = strawberry.field(description="Never more than this; null means no limit.")


@strawberry.type(description="How far one stream of a channel has been read.")
class StreamProgress:
    """Orders and refunds are read apart."""

    stream: str = strawberry.field(description="Such as orders or refunds.")
    read_until: datetime | None = strawberry.field(description="Everything modified before this has been read.")
    pulled_at: datetime | None = strawberry.field(description="When it was last read, in UTC.")
    rest_until: datetime | None = strawberry.field(description="Not read again before this, after a ban or a fault.")
    rest_reason: str | None = strawberry.field(description="Why it rests.")
    failures: int = strawberry.field(description="How many times it failed since it was last read.")


@entity(reader=channels.channels_by_id, needs=VIEW, description="One shop on one platform.")
class Channel(Node):
    """Its credentials are sealed and never answered."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    platform: channels.Platform = strawberry.field(description="Whose protocol it speaks.")
    status: channels.ChannelStatus = strawberry.field(description="Whether it is read and told.")
    status_reason: str | None = strawberry.field(description="Why it is not.")
    base_url: str | None = strawberry.field(description="Where its gateway is, if not where the platform's is.")
    warehouse_criteria: list[channels.WarehouseCriterion] = strawberry.field(
        description="What decides between warehouses that leave as little short, before their order."
    )
    version: int = strawberry.field(description="Counts its edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="When it was opened, in UTC.")
    streams: list[StreamProgress] = edge(
        list[StreamProgress], channels.streams_of, "id", "How far it has been read, stream by stream."
    )

    @strawberry.field(description="The currency it sells in.")
    def currency(root: strawberry.Parent[Any]) -> Currency:  # noqa: N805
        return Currency(root.currency)

    @field_of(ChannelThresholds, "When its orders are late.")
    def thresholds(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return root

    @strawberry.field(description="How much of the stock it shows.")
    def shown(root: strawberry.Parent[Any]) -> ShownRule:  # noqa: N805
        return ShownRule(
            percent=root.shown_percent, plus=root.shown_plus, minimum=root.shown_minimum, maximum=root.shown_maximum
        )


@entity(reader=channels.listings_by_id, needs=VIEW, description="A variant as one channel shows it.")
class Listing(Node):
    """The channel is told whenever what is shown changes."""

    external_item: str = strawberry.field(description="The channel's number of the item.")
    external_sku: str = strawberry.field(description="The channel's number of the specification.")
    seller_code: str = strawberry.field(description="Our SKU, as the channel repeats it to us.")
    title: str = strawberry.field(description="What it is called there; empty means the product's name.")
    listed: bool = strawberry.field(description="Whether it is shown.")
    shown_quantity: QuantityValue | None = strawberry.field(description="What it shows as available.")
    sync_blocked: str | None = strawberry.field(description="Why nobody tells the channel about it; null if they do.")
    created_at: datetime = strawberry.field(description="When it was listed, in UTC.")
    channel: Channel = edge(Channel, channels.channels_by_id, "channel_id", "Where it is shown.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What is shown.", needs="catalogue.view"
    )

    @strawberry.field(description="Whether the channel has still to be told of its stock.")
    def stock_owed(root: strawberry.Parent[Any]) -> bool:  # noqa: N805
        return bool(root.stock_version != root.stock_told_version)

    @strawberry.field(description="Whether the channel has still to be told of its goods.")
    def goods_owed(root: strawberry.Parent[Any]) -> bool:  # noqa: N805
        return bool(root.goods_version != root.goods_told_version)

    @strawberry.field(description="Whether the channel has still to be told of its price.")
    def price_owed(root: strawberry.Parent[Any]) -> bool:  # noqa: N805
        return bool(root.price_version != root.price_told_version)

    @field_of(Money | None, "What it shows as its price; null while it has none.")
    def price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return price_to_buyers(root.price, root.currency)
