"""What the mutations of resends, exchanges and deposits are given (补发换货定金输入)."""

from datetime import datetime

import strawberry

from schema.measures import MoneyInput
from schema.orders.inputs import VERSION, PlacedLineInput, ReceiverInput
from schema.scalars import QuantityValue


@strawberry.input(description="How much of a line of an order.")
class NamedLineInput:
    """At most what was shipped of it."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How many, more than nothing.")


@strawberry.input(description="An order, and which of its shipped goods are sent again.")
class ResendOrderInput:
    """At no charge."""

    id: strawberry.ID = strawberry.field(description="The order whose goods are sent again.")
    lines: list[NamedLineInput] = strawberry.field(description="What is sent again, 1 to 200 lines.")
    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")
    receiver: ReceiverInput | None = strawberry.field(
        default=None, description="To whom; to the same as before when not given."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="An order, which of its shipped goods come back, and what goes out for them.")
class ExchangeOrderInput:
    """The difference is paid by the buyer, or refunded."""

    id: strawberry.ID = strawberry.field(description="The order whose goods come back.")
    returns: list[NamedLineInput] = strawberry.field(description="What comes back, 1 to 200 lines.")
    lines: list[PlacedLineInput] = strawberry.field(
        description="What goes out, 1 to 200 lines: the same article at what was paid, others at the price in force."
    )
    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")
    freight_amount: MoneyInput | None = strawberry.field(
        default=None, description="What the buyer pays for freight; nothing unless given."
    )
    receiver: ReceiverInput | None = strawberry.field(
        default=None, description="To whom; to the same as before when not given."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A deposit order and until when its balance is to be paid (尾款期限).")
class ChangeBalanceDeadlineInput:
    """After it the clock keeps the deposit and closes the order."""

    id: strawberry.ID = strawberry.field(description="The order.")
    balance_due_at: datetime | None = strawberry.field(
        default=None, description="Until when, in UTC; null lets it wait until a person ends it."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
