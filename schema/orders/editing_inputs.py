"""What the mutations that edit orders are given (改单输入)."""

import strawberry

from schema.measures import MoneyInput
from schema.orders.inputs import VERSION, ReceiverInput
from schema.scalars import QuantityValue

REASON = "Why, in 1 to 500 characters."


@strawberry.input(description="A line of an order and what the buyer pays for one.")
class ChangeOrderLinePriceInput:
    """The order is totalled anew."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    unit_price: MoneyInput = strawberry.field(description="What one costs, after every discount.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A line of an order and how much of it.")
class ChangeOrderLineQuantityInput:
    """At the same price."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A line of an order that shall go.")
class RemoveOrderLineInput:
    """An article or a gift."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and an article to be added to it.")
class AddOrderLineInput:
    """At the price in force, or another."""

    id: strawberry.ID = strawberry.field(description="The order.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="What one costs; the price in force on the channel when not given."
    )
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and a gift to be added to it.")
class AddOrderGiftInput:
    """It costs the buyer nothing."""

    id: strawberry.ID = strawberry.field(description="The order.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and what is taken off its goods.")
class ChangeOrderDiscountInput:
    """In all, instead of what was taken off before."""

    id: strawberry.ID = strawberry.field(description="The order.")
    discount_amount: MoneyInput = strawberry.field(description="What is taken off in all; shared out to the lines.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and its freight.")
class ChangeOrderFreightInput:
    """What the buyer pays for it."""

    id: strawberry.ID = strawberry.field(description="The order.")
    freight_amount: MoneyInput = strawberry.field(description="What the buyer pays for freight.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and who gets it instead.")
class ChangeOrderReceiverInput:
    """The whole receiver, not only what differs."""

    id: strawberry.ID = strawberry.field(description="The order.")
    receiver: ReceiverInput = strawberry.field(description="Who gets the parcel.")
    reason: str = strawberry.field(description=REASON)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and what its buyer wants of it.")
class ChangeOrderRemarkInput:
    """Instead of what the buyer wrote."""

    id: strawberry.ID = strawberry.field(description="The order.")
    buyer_message: str | None = strawberry.field(default=None, description="The remark; none takes it away.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and what colleagues shall know of it.")
class ChangeOrderMemoInput:
    """The platform is told both."""

    id: strawberry.ID = strawberry.field(description="The order.")
    seller_memo: str | None = strawberry.field(default=None, description="The memo; none takes it away.")
    seller_flag: int | None = strawberry.field(default=None, description="The flag from 0 to 5; it stays if not given.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
