"""Drafts of orders (订单草稿), and what they would be now, as clients see them."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import catalogue, channels, customers, drafts, inventory, orders
from schema.base import Info, Node, edge, entity, id_of, part
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.customers.types import Customer, phone_for
from schema.inventory.types import Warehouse
from schema.measures import Money, amount_of
from schema.orders.types import Order
from schema.scalars import QuantityValue

VIEW = "drafts.view"


@strawberry.type(description="A line of a draft as it would be if it were placed now.")
class OrderDraftLine:
    """No price stands in a draft."""

    position: int = strawberry.field(description="The place in the draft, from 1.")
    quantity: QuantityValue = strawberry.field(description="How many are wanted.")
    available: QuantityValue = strawberry.field(
        description="How many can be promised now in the warehouse that would likely send it."
    )
    ships_on: date | None = strawberry.field(
        description="When it is to leave if it is sold before it is there; null when it is not."
    )
    for_sale: bool = strawberry.field(description="Whether the article is still sold.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the article.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The article.", needs="catalogue.view"
    )
    unit_price: Money | None = amount_of(Money | None, "unit_price", "What one costs now; null without a price.")
    amount: Money | None = amount_of(Money | None, "amount", "What the line costs now, before the discount.")


@strawberry.type(description="What a draft would be if it were placed now.")
class OrderDraftQuote:
    """total = goods - discount + freight; give the total as `expectedTotal` when you place it."""

    goods_amount: Money = amount_of(Money, "goods_amount", "The goods at the prices in force.")
    discount_amount: Money = amount_of(Money, "discount_amount", "What is taken off.")
    freight_amount: Money = amount_of(Money, "freight_amount", "What the buyer pays for freight.")
    total_amount: Money = amount_of(Money, "total_amount", "What the buyer would pay in all.")
    missing: list[str] = strawberry.field(
        description="What keeps it from being placed, as paths of fields such as receiver.phone or lines.0.quantity."
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None,
        inventory.warehouses_by_id,
        "warehouse_id",
        "Which would likely send it.",
        needs="inventory.view",
    )


@strawberry.type(description="Who gets the parcel, as far as it was said.")
class OrderDraftReceiver:
    """Chinese divisions, from the largest to the smallest."""

    receiver_name: str | None = strawberry.field(name="name", description="The name.")
    province: str | None = strawberry.field(description="The province (省).")
    city: str | None = strawberry.field(description="The city (市).")
    district: str | None = strawberry.field(description="The district (区县).")
    town: str | None = strawberry.field(description="The town (街道).")
    address_detail: str | None = strawberry.field(name="detail", description="The street and number.")
    postal_code: str | None = strawberry.field(description="The postal code.")

    @strawberry.field(description="The phone; masked without `customers.see_phone`.")
    def phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.receiver_phone)


@entity(reader=drafts.order_drafts_by_id, needs=VIEW, description="An order in the making, complete or not (草稿).")
class OrderDraft(Node):
    """It claims no stock and fixes no price."""

    status: drafts.DraftStatus = strawberry.field(description="What became of it.")
    owner_name: str = strawberry.field(description="Whose it is.")
    buyer_name: str | None = strawberry.field(description="The name of the buyer.")
    buyer_message: str | None = strawberry.field(description="What the buyer wants to say.")
    seller_memo: str | None = strawberry.field(description="What we note about it.")
    cash_on_delivery: bool = strawberry.field(description="Whether it is paid on delivery.")
    expires_at: datetime = strawberry.field(description="When it expires unless it is saved again, in UTC.")
    ended_at: datetime | None = strawberry.field(description="When it was placed, discarded or expired, in UTC.")
    version: int = strawberry.field(description="Give it as `expectedVersion` to be refused when someone was faster.")
    created_at: datetime = strawberry.field(description="When it was started, in UTC.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    receiver: OrderDraftReceiver = part(OrderDraftReceiver, "Who gets the parcel.")
    discount_amount: Money = amount_of(Money, "discount_amount", "What is taken off.")
    freight_amount: Money = amount_of(Money, "freight_amount", "What the buyer pays for freight.")

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
    owner_id: strawberry.ID | None = id_of("Staff", "owner_id", "The id of the person whose it is.", optional=True)
    customer_id: strawberry.ID | None = id_of(
        "Customer", "customer_id", "The id of its customer; null while none is known.", optional=True
    )
    order_id: strawberry.ID | None = id_of("Order", "order_id", "The id of the order it became.", optional=True)
    copied_from_id: strawberry.ID | None = id_of(
        "Order", "copied_from_id", "The id of the order it is a copy of.", optional=True
    )

    lines: list[OrderDraftLine] = edge(
        list[OrderDraftLine], drafts.lines_of, "id", "What is wanted, at the prices and stock of now, at most 200."
    )
    quote: OrderDraftQuote | None = edge(
        OrderDraftQuote | None, drafts.quotes_of, "id", "What it would be if it were placed now."
    )
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where it is sold.", needs="channels.view"
    )
    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "Who buys.", needs="customers.view"
    )
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "What it became.", needs="orders.view")
    copied_from: Order | None = edge(
        Order | None, orders.orders_by_id, "copied_from_id", "What it is a copy of.", needs="orders.view"
    )

    @strawberry.field(description="The phone of the buyer; masked without `customers.see_phone`.")
    def buyer_phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.buyer_phone)
