"""The mutations of resends and exchanges (补发换货变更)."""

from typing import Any

import strawberry

from domain import kernel, orders
from schema.measures import money_of
from schema.mutating import Call, mutation
from schema.orders import kind_inputs as inputs
from schema.orders.inputs import OrderInput, OrderReasonInput, ReceiverInput
from schema.orders.translating import on_order, placed_line, receiver_of, with_reason
from schema.orders.types import Order


@strawberry.type
class OrderKindsMutation:
    """Mutations."""

    @mutation(Order)
    async def resend_order(self, call: Call, input: inputs.ResendOrderInput) -> Any:  # noqa: A002
        return await call.perform(
            orders.resend_order,
            **on_order(call, input),
            lines=_named(call, input.lines),
            reason=input.reason,
            receiver=_receiver(input.receiver),
        )

    @mutation(Order)
    async def confirm_order_deposit(self, call: Call, input: OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.confirm_order_deposit, **on_order(call, input))

    @mutation(Order)
    async def forfeit_order_deposit(self, call: Call, input: OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.forfeit_order_deposit, **with_reason(call, input))

    @mutation(Order)
    async def change_balance_deadline(self, call: Call, input: inputs.ChangeBalanceDeadlineInput) -> Any:  # noqa: A002
        return await call.perform(orders.change_balance_deadline, **on_order(call, input), due_at=input.balance_due_at)

    @mutation(Order)
    async def exchange_order(self, call: Call, input: inputs.ExchangeOrderInput) -> Any:  # noqa: A002
        freight = input.freight_amount
        exchange = orders.Exchange(
            returns=_named(call, input.returns),
            lines=[placed_line(call, each) for each in input.lines],
            reason=input.reason,
            freight_amount=kernel.Money(0) if freight is None else money_of(freight, "freightAmount"),
            currency=None if freight is None else freight.currency.value,
            receiver=_receiver(input.receiver),
        )
        return await call.perform(orders.exchange_order, **on_order(call, input), exchange=exchange)


def _named(call: Call, given: list[inputs.NamedLineInput]) -> list[orders.NamedLine]:
    return [
        orders.NamedLine(order_line_id=call.key("OrderLine", each.order_line_id), quantity=each.quantity)
        for each in given
    ]


def _receiver(given: ReceiverInput | None) -> orders.IncomingReceiver | None:
    return None if given is None else receiver_of(given)
