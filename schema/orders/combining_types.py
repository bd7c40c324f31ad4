"""How a channel's orders are merged and split, as clients see it (合单拆单设置)."""

from datetime import datetime

import strawberry

from domain import orders
from schema.base import Node, entity, id_of


@entity(
    reader=orders.combining_rules_by_id,
    needs="orders.view",
    description="How orders of a channel are merged and split.",
)
class CombiningRule(Node):
    """A channel without one merges within the shop, and only when somebody asks for it."""

    merge_mode: orders.MergeMode = strawberry.field(description="Which orders of one buyer may be merged.")
    shop_group: str | None = strawberry.field(description="The group within which shops of one platform merge.")
    merges_by_itself: bool = strawberry.field(description="Whether the clock merges what may be merged.")
    merges_despite_refunds: bool = strawberry.field(description="Whether orders with a refund are merged too.")
    splits_by_itself: list[orders.SplitBy] = strawberry.field(
        description="By what orders are split before rules judge them."
    )
    large_from_grams: int | None = strawberry.field(description="From which weight on goods are large; null: none are.")
    preorder_words: list[str] = strawberry.field(
        description="Words in a title that mean preorder goods, or in the seller's memo an order of them (预售)."
    )
    ship_now: orders.ShipNow = strawberry.field(description="Which goods beside preorder goods leave at once.")
    version: int = strawberry.field(description="How often it was changed.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
