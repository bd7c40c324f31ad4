"""The mutations that merge and split orders (合单拆单变更)."""

import dataclasses
from typing import Any

import strawberry

from domain import orders
from schema.mutating import Call, mutation
from schema.orders import combining_inputs as inputs
from schema.orders.combining_types import CombiningRule
from schema.orders.inputs import OrderInput
from schema.orders.translating import on_order
from schema.orders.types import Order


@strawberry.type
class OrderCombiningMutation:
    """Mutations."""

    @mutation(Order)
    async def split_order(self, call: Call, input: inputs.SplitOrderInput) -> Any:  # noqa: A002
        parts = [[_line(call, each) for each in part.lines] for part in input.parts]
        return await call.perform(orders.split_order, **on_order(call, input), parts=parts)

    @mutation(Order)
    async def split_order_by(self, call: Call, input: inputs.SplitOrderByInput) -> Any:  # noqa: A002
        return await call.perform(orders.split_order_by, **on_order(call, input), by=input.by)

    @mutation(Order)
    async def undo_order_split(self, call: Call, input: OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.undo_order_split, **on_order(call, input))

    @mutation(Order)
    async def merge_orders(self, call: Call, input: inputs.MergeOrdersInput) -> Any:  # noqa: A002
        merged = [
            orders.MergedOrder(order_id=call.key("Order", each.id), expected_version=each.expected_version)
            for each in input.orders
        ]
        return await call.perform(orders.merge_orders, merged=merged)

    @mutation(Order)
    async def unmerge_order(self, call: Call, input: OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.unmerge_order, **on_order(call, input))

    @mutation(CombiningRule)
    async def set_combining_rule(self, call: Call, input: inputs.SetCombiningRuleInput) -> Any:  # noqa: A002
        given = dataclasses.asdict(input)
        channel_id = call.key("Channel", given.pop("channel_id"))
        rule = orders.Combining(**given)
        return await call.perform(orders.set_combining_rule, channel_id=channel_id, rule=rule)


def _line(call: Call, given: inputs.SplitLineInput) -> orders.SplitLine:
    return orders.SplitLine(order_line_id=call.key("OrderLine", given.order_line_id), quantity=given.quantity)
