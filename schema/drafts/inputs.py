"""What the mutations of drafts are given (草稿输入)."""

from datetime import datetime

import strawberry

from schema.measures import MoneyInput
from schema.orders.inputs import VERSION, BuyerInput, PlacedLineInput


@strawberry.input(description="Who gets the parcel, as far as it is known.")
class OrderDraftReceiverInput:
    """Chinese divisions, from the largest to the smallest."""

    name: str | None = strawberry.field(default=None, description="The name.")
    phone: str | None = strawberry.field(default=None, description="The phone.")
    province: str | None = strawberry.field(default=None, description="The province (省).")
    city: str | None = strawberry.field(default=None, description="The city (市).")
    district: str | None = strawberry.field(default=None, description="The district (区县).")
    town: str | None = strawberry.field(default=None, description="The town (街道).")
    detail: str | None = strawberry.field(default=None, description="The street and number.")
    postal_code: str | None = strawberry.field(default=None, description="The postal code.")


@strawberry.input(description="Everything a draft holds; what is not given is not in it.")
class OrderDraftContentInput:
    """May be incomplete; `OrderDraft.quote.missing` tells what is."""

    lines: list[PlacedLineInput] = strawberry.field(
        default_factory=list, description="What is wanted, at most 200 lines."
    )
    customer: BuyerInput | None = strawberry.field(
        default=None, description="Who buys; the only customer with the phone is found by it."
    )
    receiver: OrderDraftReceiverInput | None = strawberry.field(default=None, description="Who gets the parcel.")
    buyer_message: str | None = strawberry.field(default=None, description="What the buyer wants to say.")
    seller_memo: str | None = strawberry.field(default=None, description="What we note about it.")
    cash_on_delivery: bool = strawberry.field(default=False, description="Whether it is paid on delivery.")
    discount_amount: MoneyInput | None = strawberry.field(
        default=None, description="What is taken off. Placing it then requires `orders.change_order_discount`."
    )
    freight_amount: MoneyInput | None = strawberry.field(
        default=None, description="What the buyer pays for freight; nothing unless given."
    )


@strawberry.input(description="A new draft of an order on a channel.")
class StartOrderDraftInput:
    """It is of the person who starts it."""

    channel_id: strawberry.ID = strawberry.field(description="On which channel.")
    content: OrderDraftContentInput = strawberry.field(
        default_factory=OrderDraftContentInput, description="What is known so far."
    )


@strawberry.input(description="A draft and all it shall hold.")
class SaveOrderDraftInput:
    """It replaces what the draft held."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    content: OrderDraftContentInput = strawberry.field(description="What it shall hold.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A draft of an order.")
class OrderDraftInput:
    """For what needs nothing else."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A draft that becomes an order.")
class PlaceOrderDraftInput:
    """At the prices in force."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    expected_total: MoneyInput | None = strawberry.field(
        default=None, description="What the buyer was told; refused when the prices give another total."
    )
    paid: bool = strawberry.field(
        default=False, description="Whether it is paid already. Requires `orders.confirm_order_payment`."
    )
    deposit_amount: MoneyInput | None = strawberry.field(
        default=None, description="What is paid first (定金), less than the total; the balance is paid later."
    )
    balance_due_at: datetime | None = strawberry.field(
        default=None, description="Until when the balance is to be paid, in UTC; after that the deposit is kept."
    )
    external_number: str | None = strawberry.field(
        default=None, description="The client's own number of the order; placed once per channel."
    )


@strawberry.input(description="An order to be copied.")
class CopyOrderInput:
    """Into a draft."""

    id: strawberry.ID = strawberry.field(description="The order.")
