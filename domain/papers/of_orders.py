"""The papers of orders (订单单证): what stands on an order, its packing slip and its invoice list."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, channels, customers, inventory, orders
from domain.kernel import Quantity, Read, Reading
from domain.papers.amounts_in_words import in_words
from domain.papers.words import measure, moment

ORDER, LINE = orders.Order, orders.OrderLine
HEADS = Reading(
    select(
        *ORDER.__table__.columns,
        channels.Channel.name.label("channel_name"),
        inventory.Warehouse.name.label("warehouse_name"),
    )
    .join(channels.Channel, channels.Channel.id == ORDER.channel_id)
    .outerjoin(inventory.Warehouse, inventory.Warehouse.id == ORDER.warehouse_id),
    ORDER.id,
    channel=ORDER.channel_id,
)
LINES = Reading(
    select(*LINE.__table__.columns, catalogue.Variant.sku)
    .join(ORDER, ORDER.id == LINE.order_id)
    .outerjoin(catalogue.Variant, catalogue.Variant.id == LINE.variant_id)
    .order_by(LINE.order_id, LINE.position),
    LINE.order_id,
    many=True,
    channel=ORDER.channel_id,
)


async def of_orders(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on the papers of orders; phones are masked for those who may not see them."""
    heads, lines, said = await HEADS(read, ids), await LINES(read, ids), await orders.remarks_of(read, ids)
    seen = read.actor.may(customers.SEE_PHONE)
    return {order_id: _order(head, lines[order_id], said[order_id], seen=seen) for order_id, head in heads.items()}


def remark_on(head: Any, said: Sequence[Any], key: str) -> str:
    """Put what was said of an order before what was said of those that live on in it, each with its number."""
    told = [(each.id == head.id, each.number, getattr(each, key)) for each in said if getattr(each, key)]
    return "; ".join(text if own else f"{number}: {text}" for own, number, text in told)


def _order(head: Any, lines: Sequence[Any], said: Sequence[Any], *, seen: bool) -> dict[str, Any]:
    divisions = (head.province, head.city, head.district, head.town, head.address_detail)
    phone = head.receiver_phone if seen else customers.masked_phone(head.receiver_phone)
    return {
        "number": head.number,
        "channel_id": head.channel_id,
        "warehouse_id": head.warehouse_id,
        "external_number": head.external_number or "",
        "channel": head.channel_name,
        "warehouse": head.warehouse_name or "",
        "placed_at": moment(head.placed_at),
        "paid_at": moment(head.paid_at),
        "receiver": head.receiver_name or "",
        "phone": phone or "",
        "address": " ".join(each for each in divisions if each),
        "buyer_message": remark_on(head, said, "buyer_message"),
        "seller_memo": remark_on(head, said, "seller_memo"),
        "cash_on_delivery": head.cash_on_delivery,
        "currency": head.currency,
        "goods_amount": str(head.goods_amount),
        "discount_amount": str(head.discount_amount),
        "freight_amount": str(head.freight_amount),
        "total_amount": str(head.total_amount),
        "paid_amount": str(head.paid_amount),
        "total_in_words": in_words(head.total_amount),
        "lines": [_line(each) for each in lines],
    }


def _line(line: Any) -> dict[str, Any]:
    bundle = f"{line.bundle_title} ×{measure(line.bundle_quantity)}" if line.bundle_title else ""
    left = max(line.quantity, Quantity(0)) - line.cancelled_quantity
    return {
        "position": str(line.position),
        "code": line.sku or line.seller_code or "",
        "title": f"{line.title}（{bundle}）" if bundle else line.title,
        "bundle": bundle,
        "specification": line.specification or "",
        "ordered": measure(line.quantity),
        "quantity": measure(left),
        "unit_price": measure(line.unit_price, places=2),
        "amount": str(line.line_amount),
    }
