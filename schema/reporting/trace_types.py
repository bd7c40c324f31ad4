"""Traces of lots (批次追溯) as clients see them: from a lot to the buyers, and from a buyer back to the lots."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import catalogue, customers, fulfilment, inventory, orders, reporting
from schema.base import edge, id_of
from schema.catalogue.types import Variant
from schema.customers.types import Customer
from schema.fulfilment.types import Shipment
from schema.inventory.types import Lot, MovementKind, Warehouse
from schema.orders.types import Order, OrderLine
from schema.scalars import QuantityValue, global_id, key_or_nobody


@strawberry.input(description="Whose trace; exactly one of them.")
class LotTraceWhere:
    """From a lot forward, or from an order or a customer back."""

    lot_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="All that happened to this lot and to what was made of it: receipts, transfers, sales, write-offs.",
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The lots shipped for this order, and the lots those were made of."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The lots shipped to this customer, and the lots those were made of."
    )

    def wanted(self) -> reporting.TraceFilter:
        """Read what is asked for; an id of another type matches nothing."""
        return reporting.TraceFilter(
            lot_id=_key("Lot", self.lot_id),
            order_id=_key("Order", self.order_id),
            customer_id=_key("Customer", self.customer_id),
        )


def _key(kind: str, given: strawberry.ID | None) -> UUID | None:
    return None if given is None else key_or_nobody(kind, given)


@strawberry.type(description="A movement of a lot into or out of a place, and whose parcel it went into (批次追溯).")
class LotTrace:
    """What only went from bin to bin is left out; what was not sold has no parcel, order or customer."""

    sku: str = strawberry.field(description="The variant's SKU.")
    quantity: QuantityValue = strawberry.field(description="How much came in, or negative how much went out.")
    kind: MovementKind = strawberry.field(description="Why it moved.")
    certain: bool = strawberry.field(
        description="False where goods without a lot moved, or became what they are, among which there may be such."
    )
    reason: str | None = strawberry.field(description="The reason that was stated.")
    actor_name: str = strawberry.field(description="Who moved it.")
    effective_at: datetime = strawberry.field(description="When it took effect, in UTC.")
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs="catalogue.view"
    )
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where it moved.")
    counterpart: Warehouse | None = edge(
        Warehouse | None,
        inventory.warehouses_by_id,
        "counterpart_id",
        "Where it came from, or went to; null when you may not see that place.",
    )
    shipment: Shipment | None = edge(
        Shipment | None, fulfilment.shipments_by_id, "shipment_id", "In which parcel it went.", needs="fulfilment.view"
    )
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "For which order.", needs="orders.view")
    order_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "order_line_id", "For which line of it.", needs="orders.view"
    )
    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "To whom.", needs="customers.view"
    )

    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    movement_id: strawberry.ID = id_of("StockMovement", "id", "The id of the movement.")

    @strawberry.field(description="The id of the document it comes from.")
    def document_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id(root.document_type, root.document_id))
