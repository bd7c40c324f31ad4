"""Returns (退货单) as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, finance, fulfilment, inventory, orders
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.fulfilment.types import SEES_COST, Shipment
from schema.inventory.documents import StockDocument
from schema.inventory.types import Warehouse
from schema.measures import Money, amount_of, money
from schema.orders.types import Order, OrderLine
from schema.scalars import QuantityValue


@strawberry.type(description="How much of an order line came back.")
class GoodsReturnLine:
    """All returns of a line together bring back at most what was shipped of it."""

    position: int = strawberry.field(description="The place in the return, from 1.")
    quantity: QuantityValue = strawberry.field(description="How many.")
    order_line_id: strawberry.ID = id_of("OrderLine", "order_line_id", "The id of the order line.")
    amount: Money = amount_of(Money, "amount", "What the buyer had paid for it.")
    credit_amount: Money = amount_of(Money, "credit_amount", "What of that is owed to the buyer.")
    order_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "order_line_id", "The order line.", needs="orders.view"
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What came back.", needs="catalogue.view"
    )

    @field_of(Money | None, f"What it cost. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)


@entity(
    reader=fulfilment.returns_by_id,
    needs="fulfilment.view",
    description="Goods of one parcel that came back from the buyer (退货单).",
)
class GoodsReturn(Node):
    """Never edited; one that was wrong is voided, and never was."""

    number: str = strawberry.field(description="Our number.")
    condition: inventory.ReturnCondition = strawberry.field(description="Whether they can be sold again.")
    reason: str = strawberry.field(description="Why they came back.")
    received_by: str = strawberry.field(description="Who took them in.")
    received_at: datetime = strawberry.field(description="When, in UTC.")
    void_reason: str | None = strawberry.field(description="Why it was voided; null while it stands.")
    voided_by: str | None = strawberry.field(description="Who voided it.")
    voided_at: datetime | None = strawberry.field(description="When it was voided, in UTC.")

    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order whose goods they are.")
    shipment_id: strawberry.ID = id_of("Shipment", "shipment_id", "The id of the parcel they left with.")
    goods_amount: Money = amount_of(Money, "goods_amount", "What the buyer had paid for them.")
    credit_amount: Money = amount_of(
        Money, "credit_amount", "What of that is owed to the buyer: for an exchange, what goes beyond what goes out."
    )
    lines: list[GoodsReturnLine] = edge(
        list[GoodsReturnLine], fulfilment.lines_of_returns, "id", "What came back, at most 500 lines."
    )
    order: Order | None = edge(
        Order | None, orders.orders_by_id, "order_id", "The order whose goods they are.", needs="orders.view"
    )
    exchange: Order | None = edge(
        Order | None, orders.orders_by_id, "exchange_id", "The exchange they came for, if any.", needs="orders.view"
    )
    shipment: Shipment | None = edge(
        Shipment | None, fulfilment.shipments_by_id, "shipment_id", "The parcel they left with."
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Where they were put.", needs="inventory.view"
    )
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "document_id",
        "The stock document that took them in.",
        needs="inventory.view",
    )

    @field_of(Money | None, f"What they cost us. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)
