"""The mutations of orders (订单变更)."""

import functools
from typing import Any

import strawberry

from domain import orders
from schema.mutating import TOGETHER_INPUTS_MAX, Call, OnRefusal, bulk_mutation, mutation
from schema.orders import inputs
from schema.orders.translating import allocating, handing_over, match_of, on_order, placement_of, seen, with_reason
from schema.orders.types import Order


@strawberry.type
class OrdersMutation:
    """Mutations."""

    @mutation(Order)
    async def place_order(self, call: Call, input: inputs.PlaceOrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.place_order, placement=placement_of(call, input))

    @mutation(Order)
    async def confirm_order_payment(self, call: Call, input: inputs.OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.confirm_order_payment, **on_order(call, input))

    @mutation(Order)
    async def take_order(self, call: Call, input: inputs.OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.take_order, **on_order(call, input))

    @bulk_mutation(Order)
    async def take_orders(self, call: Call, inputs: list[inputs.OrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(on_order, call, each) for each in inputs]
        return await call.perform_each(orders.take_order, given, on_refusal)

    @mutation(Order)
    async def hand_over_order(self, call: Call, input: inputs.HandOverOrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.hand_over_order, **handing_over(call, input))

    @bulk_mutation(Order)
    async def hand_over_orders(self, call: Call, inputs: list[inputs.HandOverOrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(handing_over, call, each) for each in inputs]
        return await call.perform_each(orders.hand_over_order, given, on_refusal)

    @mutation(Order)
    async def assign_order(self, call: Call, input: inputs.HandOverOrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.assign_order, **handing_over(call, input))

    @bulk_mutation(Order)
    async def assign_orders(self, call: Call, inputs: list[inputs.HandOverOrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(handing_over, call, each) for each in inputs]
        return await call.perform_each(orders.assign_order, given, on_refusal)

    @mutation(Order)
    async def review_order(self, call: Call, input: inputs.OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.review_order, **on_order(call, input))

    @bulk_mutation(Order, TOGETHER_INPUTS_MAX)
    async def review_orders(self, call: Call, inputs: list[inputs.OrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(seen, call, each) for each in inputs]
        return await call.perform_together(orders.review_orders, given, on_refusal)

    @mutation(Order)
    async def send_back_order(self, call: Call, input: inputs.OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.send_back_order, **with_reason(call, input))

    @bulk_mutation(Order)
    async def send_back_orders(self, call: Call, inputs: list[inputs.OrderReasonInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(with_reason, call, each) for each in inputs]
        return await call.perform_each(orders.send_back_order, given, on_refusal)

    @mutation(Order)
    async def hold_order(self, call: Call, input: inputs.OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.hold_order, **with_reason(call, input))

    @bulk_mutation(Order)
    async def hold_orders(self, call: Call, inputs: list[inputs.OrderReasonInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(with_reason, call, each) for each in inputs]
        return await call.perform_each(orders.hold_order, given, on_refusal)

    @mutation(Order)
    async def release_order_hold(self, call: Call, input: inputs.ReleaseOrderHoldInput) -> Any:  # noqa: A002
        return await call.perform(orders.release_order_hold, **with_reason(call, input))

    @bulk_mutation(Order)
    async def release_order_holds(
        self, call: Call, inputs: list[inputs.ReleaseOrderHoldInput], on_refusal: OnRefusal
    ) -> Any:
        given = [functools.partial(with_reason, call, each) for each in inputs]
        return await call.perform_each(orders.release_order_hold, given, on_refusal)

    @mutation(Order)
    async def match_order_line(self, call: Call, input: inputs.MatchOrderLineInput) -> Any:  # noqa: A002
        return await call.perform(orders.match_order_line, **match_of(call, input))

    @mutation(Order)
    async def allocate_order(self, call: Call, input: inputs.AllocateOrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.allocate_order, **allocating(call, input))

    @bulk_mutation(Order)
    async def allocate_orders(self, call: Call, inputs: list[inputs.AllocateOrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(allocating, call, each) for each in inputs]
        return await call.perform_each(orders.allocate_order, given, on_refusal)

    @mutation(Order)
    async def choose_order_carrier(self, call: Call, input: inputs.OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.choose_order_carrier, **on_order(call, input))

    @mutation(Order)
    async def set_order_carrier(self, call: Call, input: inputs.SetOrderCarrierInput) -> Any:  # noqa: A002
        given = on_order(call, input)
        return await call.perform(orders.set_order_carrier, **given, carrier_code=input.carrier_code)

    @mutation(Order)
    async def cancel_order(self, call: Call, input: inputs.OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.cancel_order, **with_reason(call, input))

    @bulk_mutation(Order)
    async def cancel_orders(self, call: Call, inputs: list[inputs.OrderReasonInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(with_reason, call, each) for each in inputs]
        return await call.perform_each(orders.cancel_order, given, on_refusal)

    @mutation(Order)
    async def accept_shipped_anyway(self, call: Call, input: inputs.OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.accept_shipped_anyway, **with_reason(call, input))
