"""Packages (包裹) before they leave, and the couriers' manifests (交接单), as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import catalogue, finance, fulfilment, inventory, orders
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.inventory.types import Warehouse
from schema.measures import Money, money
from schema.orders.types import Order, OrderLine
from schema.scalars import QuantityValue

if TYPE_CHECKING:
    from schema.fulfilment.types import Shipment

VIEW = "fulfilment.view"
SEES_COST = "finance.see_cost"


@strawberry.type(description="How much of an order line was scanned into a package.")
class PackageLine:
    """The scans of one line are added up."""

    position: int = strawberry.field(description="The place of the line in the order's release.")
    quantity: QuantityValue = strawberry.field(description="How many.")
    order_line_id: strawberry.ID = id_of("OrderLine", "order_line_id", "The id of the order line.")
    order_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "order_line_id", "The order line.", needs="orders.view"
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What it is.", needs="catalogue.view"
    )


@strawberry.type(description="A number asked of a carrier for a package (电子面单).")
class Waybill:
    """One that is not used is given back."""

    carrier_code: str = strawberry.field(description="The carrier, by code.")
    number: str | None = strawberry.field(description="The number; null while there is none.")
    status: fulfilment.WaybillStatus = strawberry.field(description="What became of it.")
    problem: str | None = strawberry.field(description="What the carrier said when it gave none.")
    wanted_by: str = strawberry.field(description="Who asked for it.")
    wanted_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    issued_at: datetime | None = strawberry.field(description="When it was given, in UTC.")

    @field_of(
        str | None,
        "What a printer makes the label of; it names the receiver. Requires `customers.see_phone`.",
        needs="customers.see_phone",
    )
    def print_data(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return root.print_data


@entity(
    reader=fulfilment.packages_by_id,
    needs=VIEW,
    description="What is packed together of one order, and who checked, sealed, weighed and handed it over.",
)
class Package(Node):
    """When it is handed over it becomes a Shipment."""

    number: str = strawberry.field(description="Our number of it.")
    status: fulfilment.PackageStatus = strawberry.field(description="How far it has come.")
    carrier_code: str | None = strawberry.field(description="Who is to take it, by code.")
    waybill: str | None = strawberry.field(description="The carrier's number on it (运单号).")
    expected_grams: int | None = strawberry.field(description="What its goods weigh; null if one of them is unknown.")
    grams: int | None = strawberry.field(description="What it weighs; null while nobody weighed it.")
    checked_by: str = strawberry.field(description="Who scans its goods (验货).")
    checked_at: datetime = strawberry.field(description="When the first of it was scanned, in UTC.")
    sealed_by: str | None = strawberry.field(description="Who closed it (打包).")
    sealed_at: datetime | None = strawberry.field(description="When it was closed, in UTC.")
    weighed_by: str | None = strawberry.field(description="Who weighed it (称重).")
    weighed_at: datetime | None = strawberry.field(description="When it was weighed, in UTC.")
    listed_by: str | None = strawberry.field(description="Who scanned it onto its manifest.")
    listed_at: datetime | None = strawberry.field(description="When it was scanned onto its manifest, in UTC.")
    cancelled_by: str | None = strawberry.field(description="Who took it apart again.")
    cancelled_at: datetime | None = strawberry.field(description="When it was taken apart, in UTC.")
    order_id: strawberry.ID = id_of("Order", "order_id", "The id of its order.")
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "Its order.", needs="orders.view")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Where it is.", needs="inventory.view"
    )
    manifest_id: strawberry.ID | None = id_of("Manifest", "manifest_id", "The id of its manifest.", optional=True)
    shipment: Annotated["Shipment", strawberry.lazy("schema.fulfilment.types")] | None = edge(
        Annotated["Shipment", strawberry.lazy("schema.fulfilment.types")] | None,
        fulfilment.shipments_by_id,
        "shipment_id",
        "The parcel it became when it left.",
    )
    lines: list[PackageLine] = edge(
        list[PackageLine], fulfilment.lines_of_packages, "id", "What is in it, in the order of the lines."
    )
    waybills: list[Waybill] = edge(
        list[Waybill], fulfilment.waybills_of_packages, "id", "The numbers asked for it, the first one first."
    )

    @field_of(Money | None, f"What its carrier takes, by weight and tariff. Requires `{SEES_COST}`.", needs=SEES_COST)
    def freight_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return None if root.freight_amount is None else money(root.freight_amount, finance.COMPANY_CURRENCY)


@entity(reader=fulfilment.manifests_by_id, needs=VIEW, description="The packages one courier takes along (交接单).")
class Manifest(Node):
    """Closed when they are handed over."""

    number: str = strawberry.field(description="Its number.")
    carrier_code: str = strawberry.field(description="The courier, by code.")
    opened_by: str = strawberry.field(description="Who began it.")
    opened_at: datetime = strawberry.field(description="When it was begun, in UTC.")
    closed_by: str | None = strawberry.field(description="Who handed its packages over.")
    closed_at: datetime | None = strawberry.field(description="When they were handed over, in UTC.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Where they leave.", needs="inventory.view"
    )
    packages: list[Package] = edge(list[Package], fulfilment.packages_of_manifests, "id", "What is on it, at most 200.")
