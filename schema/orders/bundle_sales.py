"""What was sold of virtual bundles (套件销量), as clients see it."""

from typing import Annotated, Any

import strawberry

from domain import catalogue, channels, orders
from schema.base import Info, edge, id_of, query
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.filters import IdFilter, PeriodFilter
from schema.measures import Money, amount_of
from schema.orders.queries import keys_in
from schema.scalars import QuantityValue, bad_input


@strawberry.type(description="What was sold of a virtual bundle on a channel in a period.")
class BundleSale:
    """Counted by the lines that the bundles were; one that was cancelled whole does not count."""

    orders: int = strawberry.field(description="In how many orders.")
    quantity: QuantityValue = strawberry.field(description="How many bundles.")
    amount: Money = amount_of(Money, "amount", "What the buyers pay for them.")
    bundle_id: strawberry.ID = id_of("Variant", "bundle_id", "The id of the variant that is the bundle.")
    bundle: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "bundle_id", "The bundle.", needs="catalogue.view"
    )
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where it was sold.", needs="channels.view"
    )


@strawberry.type
class BundleSalesQuery:
    """Root field."""

    @query(
        list[BundleSale],
        "What was sold of virtual bundles in orders placed in a period, the most sold first, at most 500 rows.",
        needs="orders.view",
    )
    async def bundle_sales(
        self,
        info: Info,
        placed_at: Annotated[PeriodFilter, strawberry.argument(description="When; both ends must be given.")],
        channel_id: Annotated[IdFilter | None, strawberry.argument(description="On these channels only.")] = None,
        bundle_id: Annotated[IdFilter | None, strawberry.argument(description="Of these bundles only.")] = None,
    ) -> Any:
        if placed_at.from_ is None or placed_at.to is None:
            raise bad_input("placedAt: give both ends of the period")
        return await orders.bundle_sales(
            info.context.read,
            placed_at.from_,
            placed_at.to,
            channel_ids=keys_in(channel_id, "Channel"),
            bundle_ids=keys_in(bundle_id, "Variant"),
        )
