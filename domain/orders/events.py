"""What happened to orders (订单事实): what the rest of the company reacts to."""

from uuid import UUID

from domain.kernel import Event


class OrderImported(Event):
    """Orders of one channel were received for the first time."""

    channel_id: UUID
    order_ids: list[UUID]


class OrderRevised(Event):
    """Orders of one channel changed on their platform."""

    channel_id: UUID
    order_ids: list[UUID]


class OrderPlaced(Event):
    """An order was placed here."""

    order_id: UUID
    channel_id: UUID


class OrderPaid(Event):
    """An order placed here was paid."""

    order_id: UUID


class OrderReviewed(Event):
    """An order passed review and its stock is promised to it."""

    order_id: UUID
    reviewed_by: str


class OrderAllocated(Event):
    """A reviewed order is to be shipped by the warehouse it now has."""

    order_id: UUID


class OrderSentBack(Event):
    """A reviewed order went back to review."""

    order_id: UUID
    reason: str


class OrderCancelled(Event):
    """An order was cancelled before it was shipped; its stock is free again."""

    order_id: UUID
    reason: str


class OrderDepositForfeited(Event):
    """The balance of an order was not paid, and the house keeps its deposit."""

    order_id: UUID
    channel_id: UUID


class OrderEdited(Event):
    """A person changed an order: its lines, its amounts, or to whom it goes."""

    order_id: UUID
    fields: list[str]


class OrderHoldsChanged(Event):
    """An order that is to be shipped must wait for one more reason, or for one less."""

    order_id: UUID


class ReturnExpected(Event):
    """Goods of an order that was shipped are to come back for an exchange."""

    exchange_order_id: UUID


class OrderMemoChanged(Event):
    """A person changed the memo or the flag of an order; its platform is owed them."""

    order_id: UUID
    channel_id: UUID


class OrderMovedOn(Event):
    """An order came to another stage in its warehouse, or back to an earlier one."""

    order_id: UUID
