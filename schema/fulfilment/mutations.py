"""The mutations of shipping (发货)."""

import functools
from typing import Any

import strawberry

from domain import fulfilment
from schema.fulfilment.inputs import (
    ReceiveExchangeReturnInput,
    ReceiveReturnInput,
    RecordDeliveryInput,
    ReturnedLineInput,
    ShipOrderInput,
    VoidReturnInput,
)
from schema.fulfilment.package_mutations import PackagesMutation
from schema.fulfilment.returns import GoodsReturn
from schema.fulfilment.stage_mutations import StagesMutation
from schema.fulfilment.types import Shipment
from schema.mutating import Call, OnRefusal, bulk_mutation, mutation
from schema.orders.types import Order


def given(call: Call, parcel: ShipOrderInput) -> dict[str, Any]:
    """Read one parcel as the action wants it."""
    return {
        "order_id": call.key("Order", parcel.order_id),
        "carrier_code": parcel.carrier_code,
        "waybill": parcel.waybill,
        "lines": None
        if parcel.lines is None
        else [
            fulfilment.ShipLine(order_line_id=call.key("OrderLine", line.order_line_id), quantity=line.quantity)
            for line in parcel.lines
        ],
    }


@strawberry.type
class FulfilmentMutation(StagesMutation, PackagesMutation):
    """Mutations."""

    @mutation(Shipment)
    async def ship_order(self, call: Call, input: ShipOrderInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.ship_order, **given(call, input))

    @bulk_mutation(Shipment)
    async def ship_orders(self, call: Call, inputs: list[ShipOrderInput], on_refusal: OnRefusal) -> Any:
        parcels = [functools.partial(given, call, each) for each in inputs]
        return await call.perform_each(fulfilment.ship_order, parcels, on_refusal)

    @mutation(Shipment)
    async def record_delivery(self, call: Call, input: RecordDeliveryInput) -> Any:  # noqa: A002
        key = call.key("Shipment", input.shipment_id)
        given = (input.outcome, input.delivered_at, input.remark)
        return await call.perform(fulfilment.record_delivery, key, *given)

    @mutation(GoodsReturn)
    async def receive_return(self, call: Call, input: ReceiveReturnInput) -> Any:  # noqa: A002
        returned = fulfilment.ParcelReturn(
            shipment_id=call.key("Shipment", input.shipment_id),
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            condition=input.condition,
            reason=input.reason,
            lines=_returned(call, input.lines),
        )
        return await call.perform(fulfilment.receive_return, returned)

    @mutation(Order)
    async def receive_exchange_return(self, call: Call, input: ReceiveExchangeReturnInput) -> Any:  # noqa: A002
        returned = fulfilment.ExchangeReturn(
            exchange_id=call.key("Order", input.id),
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            condition=input.condition,
            lines=_returned(call, input.lines),
            expected_version=input.expected_version,
        )
        return await call.perform(fulfilment.receive_exchange_return, returned)

    @mutation(GoodsReturn)
    async def void_return(self, call: Call, input: VoidReturnInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.void_return, call.key("GoodsReturn", input.id), input.reason)


def _returned(call: Call, lines: list[ReturnedLineInput]) -> list[fulfilment.ReturnedLine]:
    return [
        fulfilment.ReturnedLine(
            order_line_id=call.key("OrderLine", line.order_line_id),
            quantity=line.quantity,
            bin_id=call.key("Bin", line.bin_id) if line.bin_id else None,
        )
        for line in lines
    ]
