"""What the mutations of orders are given (订单输入)."""

from datetime import datetime

import strawberry

from domain import orders
from schema.measures import MoneyInput
from schema.scalars import QuantityValue

VERSION = "The version you have seen; refused when someone was faster."


@strawberry.input(description="An order.")
class OrderInput:
    """For what needs nothing else."""

    id: strawberry.ID = strawberry.field(description="The order.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and the reason for what is done to it.")
class OrderReasonInput:
    """The reason stays with the order."""

    id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and the hold to be released.")
class ReleaseOrderHoldInput:
    """Shortage and unmatched goods release themselves only."""

    id: strawberry.ID = strawberry.field(description="The order.")
    reason: orders.HoldReason = strawberry.field(description="Which hold.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and the colleague who takes it over.")
class HandOverOrderInput:
    """The colleague sees the channel."""

    id: strawberry.ID = strawberry.field(description="The order.")
    staff_id: strawberry.ID = strawberry.field(description="The colleague.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and the warehouse that shall serve it.")
class AllocateOrderInput:
    """All of it from one warehouse."""

    id: strawberry.ID = strawberry.field(description="The order.")
    warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="The warehouse; the best of the channel when not given."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order and who shall carry it.")
class SetOrderCarrierInput:
    """Whatever the rules say."""

    id: strawberry.ID = strawberry.field(description="The order.")
    carrier_code: str = strawberry.field(description="The carrier, by code; `carriers` lists them.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A line of an order and the article it is.")
class MatchOrderLineInput:
    """For a line that matched none, or the wrong one."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    variant_id: strawberry.ID = strawberry.field(description="Our variant.")
    remember: bool = strawberry.field(
        default=False,
        description="Whether the seller code of the line means this variant on its channel from now on.",
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An article and how much of it.")
class PlacedLineInput:
    """Named by its id or by its SKU."""

    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant.")
    sku: str | None = strawberry.field(default=None, description="Or its SKU.")


@strawberry.input(description="Who buys: a known customer, or a name and a phone.")
class BuyerInput:
    """With the channel's own id of the buyer, the same buyer is found again."""

    customer_id: strawberry.ID | None = strawberry.field(default=None, description="The customer.")
    name: str | None = strawberry.field(default=None, description="The name.")
    phone: str | None = strawberry.field(default=None, description="The phone.")
    external_id: str | None = strawberry.field(default=None, description="The channel's id of the buyer.")


@strawberry.input(description="Who gets the parcel.")
class ReceiverInput:
    """Chinese divisions, from the largest to the smallest."""

    name: str = strawberry.field(description="The name.")
    phone: str | None = strawberry.field(default=None, description="The phone; needed unless there is a token.")
    province: str | None = strawberry.field(default=None, description="The province (省).")
    city: str | None = strawberry.field(default=None, description="The city (市).")
    district: str | None = strawberry.field(default=None, description="The district (区县).")
    town: str | None = strawberry.field(default=None, description="The town (街道).")
    detail: str = strawberry.field(description="The street and number.")
    postal_code: str | None = strawberry.field(default=None, description="The postal code.")
    address_token: str | None = strawberry.field(
        default=None, description="What a platform gives instead of a masked address."
    )


@strawberry.input(description="An order to be placed at the prices in force.")
class PlaceOrderInput:
    """Price, stock, customer and address in one transaction."""

    channel_id: strawberry.ID = strawberry.field(description="On which channel.")
    lines: list[PlacedLineInput] = strawberry.field(description="What is ordered, 1 to 200 lines.")
    customer: BuyerInput = strawberry.field(description="Who buys.")
    receiver: ReceiverInput = strawberry.field(description="Who gets the parcel.")
    external_number: str | None = strawberry.field(
        default=None, description="The client's own number of the order; placed once per channel."
    )
    buyer_message: str | None = strawberry.field(default=None, description="What the buyer writes.")
    expected_total: MoneyInput | None = strawberry.field(
        default=None, description="What the buyer was shown; refused when the prices give another total."
    )
    paid: bool = strawberry.field(
        default=False, description="Whether it is paid already. Requires `orders.confirm_order_payment`."
    )
    cash_on_delivery: bool = strawberry.field(default=False, description="Whether it is paid on delivery.")
    deposit_amount: MoneyInput | None = strawberry.field(
        default=None, description="What is paid first (定金), less than the total; the balance is paid later."
    )
    balance_due_at: datetime | None = strawberry.field(
        default=None, description="Until when the balance is to be paid, in UTC; after that the deposit is kept."
    )
