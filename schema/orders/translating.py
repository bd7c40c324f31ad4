"""From the inputs of clients to what the actions of orders take (输入转换)."""

import dataclasses
from typing import Any, Protocol

import strawberry

from domain import orders
from schema.measures import money_of
from schema.mutating import Call
from schema.orders.inputs import (
    AllocateOrderInput,
    BuyerInput,
    HandOverOrderInput,
    MatchOrderLineInput,
    OrderReasonInput,
    PlacedLineInput,
    PlaceOrderInput,
    ReceiverInput,
    ReleaseOrderHoldInput,
)


class OnOrder(Protocol):
    """What every input about one order says."""

    id: strawberry.ID
    expected_version: int | None


def on_order(call: Call, given: OnOrder) -> dict[str, Any]:
    """Read what every action on one order takes: which, and the version that was seen."""
    return {"order_id": call.key("Order", given.id), "expected_version": given.expected_version}


def seen(call: Call, given: OnOrder) -> tuple[Any, int | None]:
    """Read an order and the version that was seen of it, as a plural of an action takes them."""
    return call.key("Order", given.id), given.expected_version


def with_reason(call: Call, given: OrderReasonInput | ReleaseOrderHoldInput) -> dict[str, Any]:
    return on_order(call, given) | {"reason": given.reason}


def handing_over(call: Call, given: HandOverOrderInput) -> dict[str, Any]:
    return on_order(call, given) | {"staff_id": call.key("Staff", given.staff_id)}


def allocating(call: Call, given: AllocateOrderInput) -> dict[str, Any]:
    return on_order(call, given) | {"warehouse_id": optional_key(call, "Warehouse", given.warehouse_id)}


def match_of(call: Call, given: MatchOrderLineInput) -> dict[str, Any]:
    """Read which line is which article."""
    return {
        "order_line_id": call.key("OrderLine", given.order_line_id),
        "variant_id": call.key("Variant", given.variant_id),
        "remember": given.remember,
        "expected_version": given.expected_version,
    }


def optional_key(call: Call, type_name: str, given: strawberry.ID | None) -> Any:
    return None if given is None else call.key(type_name, given)


def placement_of(call: Call, given: PlaceOrderInput) -> orders.Placement:
    """Read an order to be placed."""
    return orders.Placement(
        channel_id=call.key("Channel", given.channel_id),
        lines=[placed_line(call, each) for each in given.lines],
        customer=buyer_of(call, given.customer),
        receiver=receiver_of(given.receiver),
        external_number=given.external_number,
        buyer_message=given.buyer_message,
        expected_total=None if given.expected_total is None else money_of(given.expected_total, "expectedTotal"),
        expected_currency=given.expected_total.currency.value if given.expected_total else None,
        deposit_amount=None if given.deposit_amount is None else money_of(given.deposit_amount, "depositAmount"),
        balance_due_at=given.balance_due_at,
        paid=given.paid,
        cash_on_delivery=given.cash_on_delivery,
    )


def buyer_of(call: Call, who: BuyerInput) -> orders.PlacedBy:
    """Read who buys."""
    return orders.PlacedBy(
        customer_id=optional_key(call, "Customer", who.customer_id),
        name=who.name,
        phone=who.phone,
        external_id=who.external_id,
    )


def placed_line(call: Call, line: PlacedLineInput) -> orders.PlacedLine:
    """Read how much of which article is wanted."""
    variant_id = optional_key(call, "Variant", line.variant_id)
    return orders.PlacedLine(quantity=line.quantity, variant_id=variant_id, sku=line.sku)


def receiver_of(given: ReceiverInput) -> orders.IncomingReceiver:
    return orders.IncomingReceiver(**dataclasses.asdict(given))
