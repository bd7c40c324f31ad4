"""What merging and splitting are given (合单拆单输入)."""

import strawberry

from domain import orders
from schema.orders.inputs import VERSION
from schema.scalars import QuantityValue


@strawberry.input(description="How much of a line goes into a part.")
class SplitLineInput:
    """No more than is left of it."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")


@strawberry.input(description="One part of a split order.")
class SplitPartInput:
    """At least one line."""

    lines: list[SplitLineInput] = strawberry.field(description="What goes into it.")


@strawberry.input(description="An order and the parts it is split into.")
class SplitOrderInput:
    """What no part names becomes one more."""

    id: strawberry.ID = strawberry.field(description="The order.")
    parts: list[SplitPartInput] = strawberry.field(description="The parts, 1 to 50.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and by what it is split.")
class SplitOrderByInput:
    """The stock, the goods or the channel's settings decide where."""

    id: strawberry.ID = strawberry.field(description="The order.")
    by: orders.SplitBy = strawberry.field(description="By what.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A channel and how its orders are merged and split.")
class SetCombiningRuleInput:
    """The whole of it; what is not given is as it is without a rule."""

    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    merge_mode: orders.MergeMode = strawberry.field(
        default=orders.MergeMode.SAME_SHOP, description="Which orders of one buyer may be merged."
    )
    shop_group: str | None = strawberry.field(
        default=None, description="The group within which shops of one platform merge; with SAME_GROUP only."
    )
    merges_by_itself: bool = strawberry.field(default=False, description="Whether the clock merges what may be merged.")
    merges_despite_refunds: bool = strawberry.field(
        default=False, description="Whether orders with a requested or granted refund are merged too."
    )
    splits_by_itself: list[orders.SplitBy] = strawberry.field(
        default_factory=list,
        description="By what orders are split before rules judge them: DESIGNATION, LARGE_GOODS or PREORDER.",
    )
    large_from_grams: int | None = strawberry.field(
        default=None, description="From which weight on goods are large and travel alone; not given: none are."
    )
    preorder_words: list[str] = strawberry.field(
        default_factory=list,
        description="Words in a title that mean preorder goods, or in the seller's memo an order of them; at most 20.",
    )
    ship_now: orders.ShipNow = strawberry.field(
        default=orders.ShipNow.IN_STOCK_AND_NO_WORD, description="Which goods beside preorder goods leave at once."
    )


@strawberry.input(description="An order to be merged.")
class MergedOrderInput:
    """At the version you have seen."""

    id: strawberry.ID = strawberry.field(description="The order.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="Orders of one buyer to one address.")
class MergeOrdersInput:
    """The oldest lives on."""

    orders: list[MergedOrderInput] = strawberry.field(description="The orders, 2 to 6.")
