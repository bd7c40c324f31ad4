"""Orders (订单), their lines, why they wait and what was done to them, as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import alerts, catalogue, channels, customers, finance, fulfilment, inventory, orders
from schema.alerts.types import Alert
from schema.base import Info, Node, edge, entity, field_of
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.customers.types import Customer, phone_for
from schema.inventory.types import Warehouse
from schema.measures import Money, money
from schema.scalars import QuantityValue, global_id

if TYPE_CHECKING:
    from schema.finance.types import Receivable
    from schema.fulfilment.types import Shipment

SEES_PAYLOAD = "orders.see_payload"


def optional_id(type_name: str, key: Any) -> strawberry.ID | None:
    return None if key is None else strawberry.ID(global_id(type_name, key))


@strawberry.type(description="Who gets the parcel; a platform may mask the data and give a token for it.")
class Receiver:
    """Chinese divisions, from the largest to the smallest."""

    receiver_name: str | None = strawberry.field(name="name", description="The name.")
    province: str | None = strawberry.field(description="The province (省).")
    city: str | None = strawberry.field(description="The city (市).")
    district: str | None = strawberry.field(description="The district (区县).")
    town: str | None = strawberry.field(description="The town (街道).")
    address_detail: str | None = strawberry.field(name="detail", description="The street and number.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    address_token: str | None = strawberry.field(description="What a platform gives instead of a masked address.")

    @strawberry.field(description="The phone; masked without `customers.see_phone`.")
    def phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.receiver_phone)


@entity(reader=orders.order_lines_by_id, needs="orders.view", description="One article of an order.")
class OrderLine(Node):
    """Amounts are what the buyer pays after every discount; the lines add up to the order to the cent."""

    position: int = strawberry.field(description="The place in the order, from 1.")
    external_number: str | None = strawberry.field(description="The number of the line on its platform.")
    seller_code: str | None = strawberry.field(description="The code we gave the article there; our SKU if it matched.")
    barcode: str | None = strawberry.field(description="The barcode the platform tells.")
    title: str = strawberry.field(description="What the buyer read.")
    specification: str | None = strawberry.field(description="Which specification the buyer chose.")
    quantity: QuantityValue = strawberry.field(description="How many were ordered.")
    shipped_quantity: QuantityValue = strawberry.field(description="How many were shipped.")
    cancelled_quantity: QuantityValue = strawberry.field(description="How many will not be shipped any more.")
    refund: orders.IncomingRefundStatus = strawberry.field(description="Where its refund stands on the platform.")

    @strawberry.field(description="The id of our variant; null while it is not matched.")
    def variant_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return optional_id("Variant", root.variant_id)

    variant: Variant | None = edge(
        Variant | None,
        catalogue.variants_by_id,
        "variant_id",
        "Our variant, once it is matched.",
        needs="catalogue.view",
    )

    @field_of(Money, "What the buyer pays for one.")
    def unit_price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.unit_price, root.currency)

    @field_of(Money, "What it would cost without discount.")
    def list_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.list_amount, root.currency)

    @field_of(Money, "What the buyer pays for the line.")
    def line_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.line_amount, root.currency)


@strawberry.type(description="One reason why an order waits; it goes by itself when its cause is gone, or by a person.")
class OrderHold:
    """Open ones only."""

    reason: orders.HoldReason = strawberry.field(description="Why.")
    evidence: str = strawberry.field(description="What it was decided by.")
    opened_at: datetime = strawberry.field(description="Since when, in UTC.")
    opened_by: str = strawberry.field(description="Who or what opened it.")


@strawberry.type(description="One thing that was done to an order.")
class OrderEvent:
    """From the audit log."""

    at: datetime = strawberry.field(description="When, in UTC.")
    actor_name: str = strawberry.field(description="Who did it.")
    action: str = strawberry.field(description="The action, such as orders.review_order.")

    @strawberry.field(description="The changed fields with their values before and after.")
    def changes(root: strawberry.Parent[Any]) -> strawberry.scalars.JSON:  # noqa: N805
        return strawberry.scalars.JSON(root.changes)


@entity(reader=orders.orders_by_id, needs="orders.view", description="A buyer's order on one channel.")
class Order(Node):
    """total = goods - discount + freight, to the cent."""

    number: str = strawberry.field(description="Our number.")
    external_number: str | None = strawberry.field(description="The number on its platform.")
    source: orders.OrderSource = strawberry.field(description="Whether it was imported or placed here.")
    status: orders.OrderStatus = strawberry.field(description="Where it stands.")
    placed_at: datetime = strawberry.field(description="When the buyer placed it, in UTC.")
    paid_at: datetime | None = strawberry.field(description="When it was paid, in UTC.")
    promised_ship_at: datetime | None = strawberry.field(description="Until when it was promised to leave, in UTC.")
    buyer_message: str | None = strawberry.field(description="What the buyer wrote.")
    seller_memo: str | None = strawberry.field(description="What the seller noted on the platform.")
    seller_flag: int | None = strawberry.field(description="The seller's flag on the platform.")
    cash_on_delivery: bool = strawberry.field(description="Whether it is paid on delivery.")
    responsible_name: str | None = strawberry.field(description="Who took it.")
    taken_at: datetime | None = strawberry.field(description="When it was taken, in UTC.")
    reviewed_by: str | None = strawberry.field(description="Who approved it.")
    reviewed_at: datetime | None = strawberry.field(description="When it was approved, in UTC.")
    shipped_at: datetime | None = strawberry.field(description="When its last parcel left us, in UTC.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled or closed, in UTC.")
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled.")
    version: int = strawberry.field(description="Give it as `expectedVersion` to be refused when someone was faster.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")

    @field_of(Receiver, "Who gets the parcel.")
    def receiver(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return root

    @strawberry.field(description="The id of its channel.")
    def channel_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id("Channel", root.channel_id))

    @strawberry.field(description="The id of its customer.")
    def customer_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return optional_id("Customer", root.customer_id)

    @strawberry.field(description="The id of the warehouse that serves it; null while none does.")
    def warehouse_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return optional_id("Warehouse", root.warehouse_id)

    @strawberry.field(description="The id of the person who took it.")
    def responsible_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return optional_id("Staff", root.responsible_id)

    @field_of(Money, "The goods at their list prices.")
    def goods_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.goods_amount, root.currency)

    @field_of(Money, "What is taken off.")
    def discount_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.discount_amount, root.currency)

    @field_of(Money, "What the buyer pays for freight.")
    def freight_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.freight_amount, root.currency)

    @field_of(Money, "What the buyer pays in all.")
    def total_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.total_amount, root.currency)

    @field_of(Money, "What the buyer has paid.")
    def paid_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.paid_amount, root.currency)

    lines: list[OrderLine] = edge(list[OrderLine], orders.lines_of, "id", "What was ordered, at most 1,000 lines.")
    holds: list[OrderHold] = edge(list[OrderHold], orders.holds_of, "id", "Why it waits; empty when nothing is wrong.")
    timeline: list[OrderEvent] = edge(
        list[OrderEvent], orders.timeline_of, "id", "What was done to it here, the latest first, at most 100."
    )
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where it came from.", needs="channels.view"
    )
    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "Who bought.", needs="customers.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Which serves it.", needs="inventory.view"
    )
    alerts: list[Alert] | None = edge(
        list[Alert] | None, alerts.open_alerts_of, "id", "What somebody must act on now.", needs="alerts.view"
    )
    shipments: list[Annotated["Shipment", strawberry.lazy("schema.fulfilment.types")]] | None = edge(
        list[Annotated["Shipment", strawberry.lazy("schema.fulfilment.types")]] | None,
        fulfilment.shipments_of,
        "id",
        "Its parcels, the first one first.",
        needs="fulfilment.view",
    )
    receivables: list[Annotated["Receivable", strawberry.lazy("schema.finance.types")]] | None = edge(
        list[Annotated["Receivable", strawberry.lazy("schema.finance.types")]] | None,
        finance.receivables_of,
        "id",
        "What is or was owed for its parcels, the oldest first.",
        needs="finance.view",
    )


@entity(reader=orders.trades_by_id, needs="orders.view", description="A trade from outside as it was received.")
class Trade(Node):
    """Kept raw whatever became of it."""

    external_number: str = strawberry.field(description="The number on its platform.")
    problem: str | None = strawberry.field(description="Why it cannot be read; null when it could.")
    modified_at: datetime = strawberry.field(description="When the platform last changed it, in UTC.")
    received_at: datetime = strawberry.field(description="When we received it, in UTC.")

    @strawberry.field(description="The id of its channel.")
    def channel_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id("Channel", root.channel_id))

    @strawberry.field(description="The id of the order it became.")
    def order_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return optional_id("Order", root.order_id)

    payload: strawberry.scalars.JSON | None = edge(
        strawberry.scalars.JSON | None,
        orders.trade_payloads,
        "id",
        "What the platform sent, with the buyer's data.",
        needs=SEES_PAYLOAD,
    )
