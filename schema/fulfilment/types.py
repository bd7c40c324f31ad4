"""Parcels (发货单) and the carriers that take them, as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, channels, finance, fulfilment, inventory, orders, shipping
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.fulfilment.packages import Package
from schema.inventory.documents import StockDocument
from schema.inventory.types import Warehouse
from schema.measures import Money, amount_of, money
from schema.orders.types import Order, OrderLine
from schema.scalars import QuantityValue
from schema.shipping.types import Carrier

SEES_COST = "finance.see_cost"


@strawberry.type(description="What of one order line is in a parcel.")
class ShipmentLine:
    """The parts of a line in all its parcels add up to the line."""

    position: int = strawberry.field(description="The place in the parcel, from 1.")
    quantity: QuantityValue = strawberry.field(description="How many.")

    order_line_id: strawberry.ID = id_of("OrderLine", "order_line_id", "The id of the order line.")

    order_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "order_line_id", "The order line.", needs="orders.view"
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What was sold.", needs="catalogue.view"
    )

    amount: Money = amount_of(Money, "amount", "What the buyer pays for this part.")

    @field_of(Money | None, f"What it cost. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)


@entity(
    reader=fulfilment.shipments_by_id,
    needs="fulfilment.view",
    description="One parcel of one order, handed to a carrier.",
)
class Shipment(Node):
    """Never edited; what was wrong comes back as a return."""

    number: str = strawberry.field(description="Our number of the parcel.")
    waybill: str = strawberry.field(description="The carrier's number of the parcel (运单号).")
    partial: bool = strawberry.field(description="Whether it is not the whole order.")
    shipped_by: str = strawberry.field(description="Who handed it over.")
    shipped_at: datetime = strawberry.field(description="When it was handed over, in UTC.")
    told_at: datetime | None = strawberry.field(description="When the channel was told; null while it was not.")

    delivery: fulfilment.DeliveryOutcome | None = strawberry.field(
        description="What became of it at its buyer; null while nobody said."
    )
    delivered_at: datetime | None = strawberry.field(
        description="When it was signed for, refused or came back, in UTC."
    )
    delivery_said_by: str | None = strawberry.field(
        description="Who said so: a person, a carrier's or warehouse's word."
    )
    delivery_remark: str | None = strawberry.field(description="What was remarked about it.")

    carrier: Carrier = edge(Carrier, shipping.carriers_by_code, "carrier_code", "Who carries it.")

    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order.")
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel the order came from.")

    order: Order | None = edge(
        Order | None, orders.orders_by_id, "order_id", "The order it belongs to.", needs="orders.view"
    )
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where the order came from.", needs="channels.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it left.", needs="inventory.view"
    )

    goods_amount: Money = amount_of(Money, "goods_amount", "What the buyer pays for the goods in it.")

    freight_amount: Money = amount_of(
        Money, "freight_amount", "The freight the buyer pays; it goes with the first parcel of an order."
    )

    @field_of(Money | None, f"What its goods cost us. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)

    lines: list[ShipmentLine] = edge(
        list[ShipmentLine], fulfilment.lines_of_shipments, "id", "What is in it, at most 1,000 lines."
    )
    returns: list[StockDocument] = edge(
        list[StockDocument],
        inventory.returns_of_parcels,
        "id",
        "By which documents goods of it came back, the first one first; a voided one among them.",
        needs="inventory.view",
    )
    package: Package | None = edge(
        Package | None,
        fulfilment.packages_of_shipments,
        "id",
        "The package it was: who checked, weighed and listed it; null when it left the short way.",
    )
