"""Orders (订单), their lines, why they wait and what was done to them, as clients see them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import (
    alerts,
    catalogue,
    channels,
    customers,
    feedback,
    finance,
    fulfilment,
    inventory,
    orders,
    printing,
    refunds,
    shipping,
)
from schema.alerts.types import Alert
from schema.base import Node, edge, entity, id_of, part
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.customers.types import Customer
from schema.inventory.types import Warehouse
from schema.measures import Money, amount_of
from schema.orders.came_back import CameBack
from schema.orders.explaining_types import OrderDecision, OrderRemark
from schema.orders.receivers import Receiver
from schema.orders.review_types import ReviewFinding
from schema.orders.story_types import OrderEvent
from schema.scalars import QuantityValue
from schema.shipping.types import Carrier

if TYPE_CHECKING:
    from schema.feedback.types import OrderFeedback
    from schema.finance.types import Receivable
    from schema.fulfilment.stages import Release
    from schema.fulfilment.types import Shipment
    from schema.refunds.types import PlatformRefund
from schema.papers.types import Print

SEES_PAYLOAD = "orders.see_payload"


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
    returned_quantity: QuantityValue = strawberry.field(description="How many came back from the buyer.")
    refund: orders.IncomingRefundStatus = strawberry.field(description="Where its refund stands on the platform.")

    gift_rule_id: strawberry.ID | None = id_of(
        "GiftRule", "gift_rule_id", "The id of the rule that gave it; null when it is no gift of a rule.", optional=True
    )

    variant_id: strawberry.ID | None = id_of(
        "Variant", "variant_id", "The id of our variant; null while it is not matched.", optional=True
    )

    original_line_id: strawberry.ID | None = id_of(
        "OrderLine", "original_line_id", "The id of the shipped line that is sent again.", optional=True
    )

    variant: Variant | None = edge(
        Variant | None,
        catalogue.variants_by_id,
        "variant_id",
        "Our variant, once it is matched.",
        needs="catalogue.view",
    )

    origin_order_id: strawberry.ID | None = id_of(
        "Order",
        "origin_order_id",
        "The id of the order whose trade names the line, once it was merged or split; null for its own order's.",
        optional=True,
    )

    bundle_title: str | None = strawberry.field(
        description="What the buyer read of the virtual bundle of which it is a component; null when it is none."
    )
    bundle_quantity: QuantityValue | None = strawberry.field(description="How many of that bundle were ordered.")
    bundle_line_id: strawberry.ID | None = id_of(
        "OrderLine",
        "bundle_line_id",
        "The id of the line which the bundle was: the same for all components of one bundle line.",
        optional=True,
    )
    bundle_id: strawberry.ID | None = id_of(
        "Variant", "bundle_id", "The id of the variant that is the bundle.", optional=True
    )
    bundle: Variant | None = edge(
        Variant | None,
        catalogue.variants_by_id,
        "bundle_id",
        "The virtual bundle of which it is a component.",
        needs="catalogue.view",
    )

    ships_on: date | None = strawberry.field(description="The day on which preorder goods are to leave.")
    unit_price: Money = amount_of(Money, "unit_price", "What the buyer pays for one.")
    list_amount: Money = amount_of(Money, "list_amount", "What it would cost without discount.")
    line_amount: Money = amount_of(Money, "line_amount", "What the buyer pays for the line.")


@strawberry.type(description="Goods that are to come back for an exchange order, and what they are worth to the buyer.")
class ExpectedReturn:
    """What their worth exceeds `discountAmount` of the order in all is owed to the buyer once they are back."""

    original_line_id: strawberry.ID = id_of("OrderLine", "original_line_id", "The id of the line of the original.")
    quantity: QuantityValue = strawberry.field(description="How many are to come back.")
    received_quantity: QuantityValue = strawberry.field(description="How many have come.")
    received_at: datetime | None = strawberry.field(description="When some last came, in UTC.")
    received_by: str | None = strawberry.field(description="Who noted it.")
    credit_amount: Money = amount_of(Money, "credit_amount", "What the buyer had paid for them.")
    original_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "original_line_id", "The line of the original order."
    )


@strawberry.type(description="One reason why an order waits; it goes by itself when its cause is gone, or by a person.")
class OrderHold:
    """Open ones only."""

    reason: orders.HoldReason = strawberry.field(description="Why.")
    evidence: str = strawberry.field(description="What it was decided by.")
    opened_at: datetime = strawberry.field(description="Since when, in UTC.")
    opened_by: str = strawberry.field(description="Who or what opened it.")


@entity(reader=orders.orders_by_id, needs="orders.view", description="A buyer's order on one channel.")
class Order(CameBack, Node):
    """total = goods - discount + freight, to the cent."""

    number: str = strawberry.field(description="Our number.")
    external_number: str | None = strawberry.field(description="The number on its platform.")
    source: orders.OrderSource = strawberry.field(description="Whether it was imported or placed here.")
    status: orders.OrderStatus = strawberry.field(description="Where it stands.")
    kind: orders.OrderKind = strawberry.field(description="What it is for.")
    kind_reason: str | None = strawberry.field(description="Why it was resent or exchanged.")
    placed_at: datetime = strawberry.field(description="When the buyer placed it, in UTC.")
    paid_at: datetime | None = strawberry.field(description="When it was paid, in UTC.")
    promised_ship_at: datetime | None = strawberry.field(description="Until when it was promised to leave, in UTC.")
    buyer_message: str | None = strawberry.field(description="What the buyer wrote.")
    seller_memo: str | None = strawberry.field(description="What the seller noted on the platform.")
    seller_flag: int | None = strawberry.field(description="The seller's flag on the platform.")
    cash_on_delivery: bool = strawberry.field(description="Whether it is paid on delivery.")
    responsible_name: str | None = strawberry.field(description="Who took it.")
    taken_at: datetime | None = strawberry.field(
        description="When a person took it, in UTC; null while it was only given out by load."
    )
    reviewed_by: str | None = strawberry.field(description="Who approved it.")
    reviewed_at: datetime | None = strawberry.field(description="When it was approved, in UTC.")
    finance_reviewed_by: str | None = strawberry.field(description="Who approved it for finance.")
    finance_reviewed_at: datetime | None = strawberry.field(description="When it was approved for finance, in UTC.")
    sent_back_at: datetime | None = strawberry.field(
        description="When it was sent back to review, in UTC; no rule approves it by itself then."
    )
    shipped_at: datetime | None = strawberry.field(description="When its last parcel left us, in UTC.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled or closed, in UTC.")
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled.")
    version: int = strawberry.field(description="Give it as `expectedVersion` to be refused when someone was faster.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")

    receiver: Receiver = part(Receiver, "Who gets the parcel.")

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
    customer_id: strawberry.ID | None = id_of("Customer", "customer_id", "The id of its customer.", optional=True)
    warehouse_id: strawberry.ID | None = id_of(
        "Warehouse", "warehouse_id", "The id of the warehouse that serves it; null while none does.", optional=True
    )

    responsible_id: strawberry.ID | None = id_of(
        "Staff", "responsible_id", "The id of the person who took it.", optional=True
    )

    merged_into_id: strawberry.ID | None = id_of(
        "Order", "merged_into_id", "The id of the order in which it lives on, once it was merged.", optional=True
    )

    split_from_id: strawberry.ID | None = id_of(
        "Order", "split_from_id", "The id of the order of which it is a part, if it is one.", optional=True
    )

    original_id: strawberry.ID | None = id_of(
        "Order", "original_id", "The id of the order it refers to, if it is a resend or an exchange.", optional=True
    )

    goods_amount: Money = amount_of(Money, "goods_amount", "The goods at their list prices.")
    discount_amount: Money = amount_of(Money, "discount_amount", "What is taken off.")
    freight_amount: Money = amount_of(Money, "freight_amount", "What the buyer pays for freight.")
    total_amount: Money = amount_of(Money, "total_amount", "What the buyer pays in all.")
    paid_amount: Money = amount_of(Money, "paid_amount", "What the buyer has paid.")
    deposit_amount: Money | None = amount_of(
        Money | None, "deposit_amount", "What is paid first; null unless it is paid in two steps."
    )
    deposit_paid_at: datetime | None = strawberry.field(
        description="When the deposit of an order placed here was paid, in UTC."
    )
    balance_due_at: datetime | None = strawberry.field(
        description="Until when the balance is to be paid, in UTC; null waits until a person ends it."
    )
    forfeited_at: datetime | None = strawberry.field(description="When the house kept the deposit, in UTC.")

    external_warehouse: str | None = strawberry.field(
        description="The code of the warehouse its platform wants it sent from; it goes before all others."
    )
    carrier_code: str | None = strawberry.field(description="Who carries it, by code; null while nobody goes there.")
    carrier_set_by: str | None = strawberry.field(description="Who chose its carrier by hand; null when rules did.")
    carrier: Carrier | None = edge(
        Carrier | None, shipping.carriers_by_code, "carrier_code", "Who carries it.", needs="fulfilment.view"
    )
    explanation: list[OrderDecision] = edge(
        list[OrderDecision],
        orders.decisions_of,
        "id",
        "Why this warehouse, this carrier and these gifts: the last decisions, the latest first, at most 5 of a kind.",
    )

    lines: list[OrderLine] = edge(list[OrderLine], orders.lines_of, "id", "What was ordered, at most 1,000 lines.")
    holds: list[OrderHold] = edge(list[OrderHold], orders.holds_of, "id", "Why it waits; empty when nothing is wrong.")
    remarks: list[OrderRemark] = edge(
        list[OrderRemark],
        orders.remarks_of,
        "id",
        "What buyers wrote and sellers noted of it and of the orders that live on in it, its own first.",
    )
    review_finding: ReviewFinding | None = edge(
        ReviewFinding | None,
        orders.review_findings_of,
        "id",
        "Why no rule approved it by itself; null until it was judged, and once it is reviewed.",
    )
    timeline: list[OrderEvent] = edge(
        list[OrderEvent],
        fulfilment.timeline_of,
        "id",
        "What was done to it and its parcels, the latest first, at most 100.",
    )
    merged_into: Annotated["Order", strawberry.lazy("schema.orders.types")] | None = edge(
        Annotated["Order", strawberry.lazy("schema.orders.types")] | None,
        orders.orders_by_id,
        "merged_into_id",
        "The order in which it lives on, once it was merged.",
    )
    split_from: Annotated["Order", strawberry.lazy("schema.orders.types")] | None = edge(
        Annotated["Order", strawberry.lazy("schema.orders.types")] | None,
        orders.orders_by_id,
        "split_from_id",
        "The order of which it is a part.",
    )
    merged_orders: list[Annotated["Order", strawberry.lazy("schema.orders.types")]] = edge(
        list[Annotated["Order", strawberry.lazy("schema.orders.types")]],
        orders.merged_into,
        "id",
        "The orders that live on in it, and parts of it that were put together again.",
    )
    parts: list[Annotated["Order", strawberry.lazy("schema.orders.types")]] = edge(
        list[Annotated["Order", strawberry.lazy("schema.orders.types")]],
        orders.parts_of,
        "id",
        "What it was split into, at most 50 parts.",
    )
    original: Annotated["Order", strawberry.lazy("schema.orders.types")] | None = edge(
        Annotated["Order", strawberry.lazy("schema.orders.types")] | None,
        orders.orders_by_id,
        "original_id",
        "The order it refers to, if it is a resend or an exchange.",
    )
    follow_ups: list[Annotated["Order", strawberry.lazy("schema.orders.types")]] = edge(
        list[Annotated["Order", strawberry.lazy("schema.orders.types")]],
        orders.follow_ups_of,
        "id",
        "The orders that resend or exchange goods of it, by number.",
    )
    expected_returns: list[ExpectedReturn] = edge(
        list[ExpectedReturn],
        orders.expected_returns_of,
        "id",
        "What comes back for it, at most 200 lines; empty unless it is an exchange.",
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
    releases: list[Annotated["Release", strawberry.lazy("schema.fulfilment.stages")]] | None = edge(
        list[Annotated["Release", strawberry.lazy("schema.fulfilment.stages")]] | None,
        fulfilment.releases_of_orders,
        "id",
        "Where it stood and stands in its warehouses, the first time first: who did what there and when.",
        needs="fulfilment.view",
    )
    feedback: list[Annotated["OrderFeedback", strawberry.lazy("schema.feedback.types")]] = edge(
        list[Annotated["OrderFeedback", strawberry.lazy("schema.feedback.types")]],
        feedback.feedback_of_orders,
        "id",
        "What the channel was told of its trade, and what it does not know yet.",
    )
    refunds: list[Annotated["PlatformRefund", strawberry.lazy("schema.refunds.types")]] | None = edge(
        list[Annotated["PlatformRefund", strawberry.lazy("schema.refunds.types")]] | None,
        refunds.refunds_of_orders,
        "id",
        "What its buyer asked back on the platform, the first one first.",
        needs="refunds.view",
    )
    prints: list[Annotated["Print", strawberry.lazy("schema.papers.types")]] = edge(
        list[Annotated["Print", strawberry.lazy("schema.papers.types")]],
        printing.prints_of,
        "id",
        "Which papers of it were printed, the first copy first.",
    )
    outdated_papers: list[printing.PrintKind] = edge(
        list[printing.PrintKind],
        fulfilment.outdated_papers_of,
        "id",
        "Which papers of it were printed before it changed and not again since; also labels of packages not yet sent.",
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

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
    order_id: strawberry.ID | None = id_of("Order", "order_id", "The id of the order it became.", optional=True)

    payload: strawberry.scalars.JSON | None = edge(
        strawberry.scalars.JSON | None,
        orders.trade_payloads,
        "id",
        "What the platform sent, with the buyer's data.",
        needs=SEES_PAYLOAD,
    )
