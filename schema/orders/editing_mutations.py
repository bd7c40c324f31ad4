"""The mutations that edit orders (改单变更)."""

from typing import Any

import strawberry

from domain import orders
from schema.measures import money_of, price_of
from schema.mutating import Call, mutation
from schema.orders import editing_inputs as inputs
from schema.orders.translating import on_order, receiver_of
from schema.orders.types import Order


@strawberry.type
class OrderEditingMutation:
    """Mutations."""

    @mutation(Order)
    async def change_order_line_price(self, call: Call, input: inputs.ChangeOrderLinePriceInput) -> Any:  # noqa: A002
        unit_price = price_of(input.unit_price, "unitPrice")
        given = _on_line(call, input)
        return await call.perform(
            orders.change_order_line_price, **given, unit_price=unit_price, currency=input.unit_price.currency.value
        )

    @mutation(Order)
    async def change_order_line_quantity(
        self,
        call: Call,
        input: inputs.ChangeOrderLineQuantityInput,  # noqa: A002
    ) -> Any:
        given = _on_line(call, input)
        return await call.perform(orders.change_order_line_quantity, **given, quantity=input.quantity)

    @mutation(Order)
    async def remove_order_line(self, call: Call, input: inputs.RemoveOrderLineInput) -> Any:  # noqa: A002
        return await call.perform(orders.remove_order_line, **_on_line(call, input))

    @mutation(Order)
    async def add_order_line(self, call: Call, input: inputs.AddOrderLineInput) -> Any:  # noqa: A002
        price = None if input.unit_price is None else price_of(input.unit_price, "unitPrice")
        variant_id = call.key("Variant", input.variant_id)
        currency = None if input.unit_price is None else input.unit_price.currency.value
        line = orders.AddedLine(variant_id=variant_id, quantity=input.quantity, unit_price=price, currency=currency)
        return await call.perform(orders.add_order_line, **on_order(call, input), line=line, reason=input.reason)

    @mutation(Order)
    async def add_order_gift(self, call: Call, input: inputs.AddOrderGiftInput) -> Any:  # noqa: A002
        variant_id = call.key("Variant", input.variant_id)
        gift = {"variant_id": variant_id, "quantity": input.quantity, "reason": input.reason}
        return await call.perform(orders.add_order_gift, **on_order(call, input), **gift)

    @mutation(Order)
    async def change_order_discount(self, call: Call, input: inputs.ChangeOrderDiscountInput) -> Any:  # noqa: A002
        amount = money_of(input.discount_amount, "discountAmount")
        given = on_order(call, input) | {"reason": input.reason, "currency": input.discount_amount.currency.value}
        return await call.perform(orders.change_order_discount, **given, discount_amount=amount)

    @mutation(Order)
    async def change_order_freight(self, call: Call, input: inputs.ChangeOrderFreightInput) -> Any:  # noqa: A002
        amount = money_of(input.freight_amount, "freightAmount")
        given = on_order(call, input) | {"reason": input.reason, "currency": input.freight_amount.currency.value}
        return await call.perform(orders.change_order_freight, **given, freight_amount=amount)

    @mutation(Order)
    async def change_order_receiver(self, call: Call, input: inputs.ChangeOrderReceiverInput) -> Any:  # noqa: A002
        given = on_order(call, input) | {"receiver": receiver_of(input.receiver), "reason": input.reason}
        return await call.perform(orders.change_order_receiver, **given)

    @mutation(Order)
    async def change_order_remark(self, call: Call, input: inputs.ChangeOrderRemarkInput) -> Any:  # noqa: A002
        given = on_order(call, input)
        return await call.perform(orders.change_order_remark, **given, buyer_message=input.buyer_message)

    @mutation(Order)
    async def change_order_memo(self, call: Call, input: inputs.ChangeOrderMemoInput) -> Any:  # noqa: A002
        given = on_order(call, input) | {"seller_memo": input.seller_memo, "seller_flag": input.seller_flag}
        return await call.perform(orders.change_order_memo, **given)


AnyLineInput = inputs.ChangeOrderLinePriceInput | inputs.ChangeOrderLineQuantityInput | inputs.RemoveOrderLineInput


def _on_line(call: Call, given: AnyLineInput) -> dict[str, Any]:
    return {
        "order_line_id": call.key("OrderLine", given.order_line_id),
        "reason": given.reason,
        "expected_version": given.expected_version,
    }
