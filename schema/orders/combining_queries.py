"""What may be merged, and how channels merge and split (合单查询)."""

from typing import Annotated, Any

import strawberry

from domain import orders
from schema.base import Info, edge, query
from schema.orders.combining_types import CombiningRule
from schema.orders.types import Order
from schema.scalars import key_of


@strawberry.type(description="An order that could be merged with another one.")
class OrderSibling:
    """Of the same buyer, to the same address."""

    number: str = strawberry.field(description="Its number.")
    in_the_way: list[orders.MergeCondition] = strawberry.field(
        description="What colleagues must clear away before; empty when the two can be merged now."
    )
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "The order.")


@strawberry.type(description="Orders that may become one parcel.")
class MergeCandidate:
    """The survivor first."""

    @strawberry.field(description="The orders; the first one would live on.")
    async def orders(root: strawberry.Parent[Any], info: Info) -> list[Order]:  # noqa: N805
        rows = [await info.context.load(orders.orders_by_id, each) for each in root.order_ids]
        return [each for each in rows if each is not None]


@strawberry.type
class OrderCombiningQuery:
    """Root fields."""

    @query(
        list[MergeCandidate],
        "Which orders that wait for review may be merged, those that wait longest first, at most 100 groups.",
        needs="orders.view",
    )
    async def merge_candidates(
        self,
        info: Info,
        channel_id: Annotated[strawberry.ID | None, strawberry.argument(description="Of this channel only.")] = None,
    ) -> Any:
        key = None if channel_id is None else key_of("Channel", channel_id)
        if channel_id is not None and key is None:
            return []
        return await orders.merge_candidates(info.context.read, key)

    @query(
        list[OrderSibling],
        "Which orders could still be merged with one that waits for review, at most 20.",
        needs="orders.view",
    )
    async def order_siblings(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002
        key = key_of("Order", id)
        order = None if key is None else await info.context.load(orders.orders_by_id, key)
        return [] if order is None else (await orders.siblings_by_order(info.context.read, [order.id]))[order.id]

    @query(
        CombiningRule | None,
        "How orders of a channel are merged and split; null when nobody said so.",
        needs="orders.view",
    )
    async def combining_rule(
        self, info: Info, channel_id: Annotated[strawberry.ID, strawberry.argument(description="The channel.")]
    ) -> Any:
        key = key_of("Channel", channel_id)
        return None if key is None else await info.context.load(orders.combining_rules_by_channel, key)
