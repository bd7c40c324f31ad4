"""What an edit of an order would do, before it is done (改单预览)."""

from typing import Annotated, Any

import strawberry

from domain import inventory, kernel, orders
from schema.base import Info, edge, query
from schema.inventory.types import Warehouse
from schema.measures import Money, MoneyInput, amount_of, money_of, price_of
from schema.orders.inputs import ReceiverInput
from schema.orders.translating import receiver_of
from schema.scalars import QuantityValue, key_of


@strawberry.input(description="What would change of a line; neither quantity nor price takes it out.")
class PreviewLineInput:
    """At least the line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue | None = strawberry.field(default=None, description="How many instead.")
    unit_price: MoneyInput | None = strawberry.field(default=None, description="What one would cost instead.")


@strawberry.input(description="An article that would be added.")
class PreviewAddedLineInput:
    """At the price in force, or another."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How many.")
    unit_price: MoneyInput | None = strawberry.field(default=None, description="What one costs.")


@strawberry.input(description="What would change of an order; what is not given stays.")
class PreviewOrderEditInput:
    """Nothing is changed."""

    id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[PreviewLineInput] = strawberry.field(default_factory=list, description="Lines that would change.")
    added: list[PreviewAddedLineInput] = strawberry.field(default_factory=list, description="Articles to be added.")
    discount_amount: MoneyInput | None = strawberry.field(default=None, description="What would be taken off in all.")
    freight_amount: MoneyInput | None = strawberry.field(default=None, description="What the freight would be.")
    receiver: ReceiverInput | None = strawberry.field(default=None, description="Who would get it.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="Which warehouse would serve it.")


@strawberry.type(description="How an order stands.")
class OrderStanding:
    """Before or after an edit."""

    status: orders.OrderStatus = strawberry.field(description="Where it stands.")
    carrier_code: str | None = strawberry.field(description="Who carries it.")
    goods_amount: Money = amount_of(Money, "goods_amount", "The goods at their list prices.")
    discount_amount: Money = amount_of(Money, "discount_amount", "What is taken off.")
    freight_amount: Money = amount_of(Money, "freight_amount", "What the buyer pays for freight.")
    total_amount: Money = amount_of(Money, "total_amount", "What the buyer pays in all.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Which serves it.", needs="inventory.view"
    )


@strawberry.type(description="One line as it would be.")
class PreviewedLine:
    """With its stock."""

    title: str = strawberry.field(description="What the buyer read.")
    wanted: QuantityValue = strawberry.field(description="How many are to be shipped.")
    claimed: QuantityValue = strawberry.field(description="For how many of them there is stock.")
    line_amount: Money = amount_of(Money, "line_amount", "What the buyer pays for the line.")


@strawberry.type(description="A reason to wait that would come or go.")
class PreviewedHold:
    """With its evidence."""

    reason: orders.HoldReason = strawberry.field(description="Why.")
    evidence: str = strawberry.field(description="What it is decided by.")


@strawberry.type(description="What an edit would do to an order.")
class OrderEditPreview:
    """Nothing of it has happened."""

    before: OrderStanding = strawberry.field(description="How it stands now.")
    after: OrderStanding = strawberry.field(description="How it would stand.")
    lines: list[PreviewedLine] = strawberry.field(description="Its lines as they would be, with their stock.")
    opened: list[PreviewedHold] = strawberry.field(description="For what it would wait then.")
    released: list[PreviewedHold] = strawberry.field(description="For what it would wait no longer.")


@strawberry.type
class OrderPreviewQuery:
    """Root fields."""

    @query(
        OrderEditPreview,
        "What an edit would do to amounts, stock, holds, warehouse and carrier; under the permissions of its parts.",
        needs="orders.view",
    )
    async def preview_order_edit(
        self,
        info: Info,
        input: Annotated[PreviewOrderEditInput, strawberry.argument(description="What would change.")],  # noqa: A002
    ) -> Any:
        order_id = _key("Order", input.id, "id")
        edit = _edit(input)
        async with kernel.begin(info.context.sessions, info.context.actor, rehearsal=True) as work:
            return await orders.preview_edit(work, order_id, edit)


def _key(type_name: str, given: str, field: str) -> Any:
    key = key_of(type_name, given)
    if key is None:
        raise kernel.NotFound(what=type_name.lower(), which=given).at("input", field)
    return key


def _edit(given: PreviewOrderEditInput) -> orders.OrderEdit:
    return orders.OrderEdit(
        lines=[
            orders.LineEdit(
                order_line_id=_key("OrderLine", each.order_line_id, "lines"),
                quantity=each.quantity,
                unit_price=None if each.unit_price is None else price_of(each.unit_price, "unitPrice"),
            )
            for each in given.lines
        ],
        added=[
            orders.AddedLine(
                variant_id=_key("Variant", each.variant_id, "added"),
                quantity=each.quantity,
                unit_price=None if each.unit_price is None else price_of(each.unit_price, "unitPrice"),
            )
            for each in given.added
        ],
        discount_amount=None if given.discount_amount is None else money_of(given.discount_amount, "discountAmount"),
        freight_amount=None if given.freight_amount is None else money_of(given.freight_amount, "freightAmount"),
        receiver=None if given.receiver is None else receiver_of(given.receiver),
        warehouse_id=None if given.warehouse_id is None else _key("Warehouse", given.warehouse_id, "warehouseId"),
    )
