"""How a trade from outside becomes an order and its lines (转单): pure, from facts to rows."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.inventory import today
from domain.kernel import Money, Quantity, UnitPrice, identifier
from domain.orders.incoming import (
    IncomingLine,
    IncomingOrder,
    IncomingReceiver,
    IncomingRefundStatus,
    IncomingStatus,
    UnreadableTrade,
)
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import OrderSource

ZONE = ZoneInfo("Asia/Shanghai")
LINES_MAX = 1_000
AMOUNT_MAX = Decimal(10) ** 10
NUMBER_LENGTH_MAX = 100
NOTHING = Quantity(0)
PRICE_STEP = Decimal("0.000001")
NO_BUNDLE: Mapping[str, Any] = {
    "bundle_line_id": None,
    "bundle_id": None,
    "bundle_quantity": None,
    "bundle_title": None,
    "bundle_part": 0,
}
"""What a line says that is no component of a bundle."""

NOBODY = IncomingReceiver(
    name="", phone=None, province=None, city=None, district=None, town=None, detail="", postal_code=None
)

STATUS_OF: Mapping[IncomingStatus, OrderStatus] = {
    IncomingStatus.AWAITING_PAYMENT: OrderStatus.AWAITING_PAYMENT,
    IncomingStatus.DEPOSIT_PAID: OrderStatus.AWAITING_PAYMENT,
    IncomingStatus.PAID: OrderStatus.UNREVIEWED,
    # Some of it was shipped before we saw it, we cannot know which: a person looks at the order.
    IncomingStatus.PARTLY_SHIPPED: OrderStatus.UNREVIEWED,
    IncomingStatus.SHIPPED: OrderStatus.SHIPPED,
    IncomingStatus.COMPLETED: OrderStatus.COMPLETED,
    IncomingStatus.CANCELLED: OrderStatus.CANCELLED,
    IncomingStatus.DEPOSIT_FORFEITED: OrderStatus.CANCELLED,
    IncomingStatus.CLOSED_REFUNDED: OrderStatus.CLOSED,
}

SHIPPED_THERE = frozenset({IncomingStatus.SHIPPED, IncomingStatus.COMPLETED})
CANCELLED_THERE = frozenset({IncomingStatus.CANCELLED, IncomingStatus.DEPOSIT_FORFEITED})
GONE_THERE = CANCELLED_THERE | {IncomingStatus.CLOSED_REFUNDED}


def problem_of(incoming: IncomingOrder) -> str:
    """Say why a trade cannot be stored at all; empty when it can."""
    if not 1 <= len(incoming.external_number) <= NUMBER_LENGTH_MAX:
        return f"its number must have 1 to {NUMBER_LENGTH_MAX} characters"
    if len(incoming.lines) > LINES_MAX:
        return f"it has {len(incoming.lines)} lines, at most {LINES_MAX} can be stored"
    amounts = [incoming.freight_amount, incoming.total_amount, incoming.paid_amount]
    measures = [amount.value for amount in amounts]
    for line in incoming.lines:
        measures += (line.quantity.value, line.list_amount.value, line.line_amount.value)
    beyond = [each for each in measures if abs(each) >= AMOUNT_MAX]
    return f"{beyond[0]} is too large to be stored" if beyond else ""


def readable(trade: IncomingOrder | UnreadableTrade) -> IncomingOrder | UnreadableTrade:
    """Turn what cannot be stored into an unreadable trade, so that it is kept and shown."""
    if isinstance(trade, UnreadableTrade) or not (problem := problem_of(trade)):
        return trade
    return UnreadableTrade(
        external_number=trade.external_number[:NUMBER_LENGTH_MAX],
        modified_at=trade.modified_at,
        problem=problem,
        raw=trade.raw,
    )


def status_of(incoming: IncomingOrder) -> OrderStatus:
    """Say where an order stands that nobody here has touched; one whose every line was refunded is closed."""
    status = STATUS_OF[incoming.status]
    if status in (OrderStatus.AWAITING_PAYMENT, OrderStatus.UNREVIEWED) and all_refunded(incoming):
        return OrderStatus.CLOSED
    return status


def all_refunded(incoming: IncomingOrder) -> bool:
    return bool(incoming.lines) and all(each.refund is IncomingRefundStatus.SUCCEEDED for each in incoming.lines)


def amounts_of(incoming: IncomingOrder) -> dict[str, Money]:
    """Total the lines to the cent; what the platform says instead becomes a hold, never a wrong sum."""
    goods = sum((each.list_amount.value for each in incoming.lines), Decimal(0))
    paid_for = sum((each.line_amount.value for each in incoming.lines), Decimal(0))
    return {
        "goods_amount": Money(goods),
        "discount_amount": Money(goods - paid_for),
        "freight_amount": incoming.freight_amount,
        "total_amount": Money(paid_for + incoming.freight_amount.value),
        "paid_amount": incoming.paid_amount,
    }


def content_of(incoming: IncomingOrder) -> dict[str, Any]:
    """List what an order takes over from its trade, at first and whenever the platform changes it."""
    return {
        "placed_at": incoming.placed_at,
        "paid_at": incoming.paid_at,
        "promised_ship_at": incoming.promised_ship_at or promised_until(incoming),
        **receiver_of(incoming.receiver or NOBODY),
        "buyer_message": incoming.buyer_message,
        "seller_memo": incoming.seller_memo,
        "seller_flag": incoming.seller_flag,
        "cash_on_delivery": incoming.cash_on_delivery,
        "external_warehouse": incoming.external_warehouse,
        "currency": incoming.currency,
        **amounts_of(incoming),
    }


def leaves_on(line: IncomingLine, incoming: IncomingOrder) -> date | None:
    """Say when presale goods are to leave; a platform that names no day has promised one, or promises them at once."""
    if not line.presale:
        return None
    return line.ships_on or today(incoming.promised_ship_at or incoming.paid_at or incoming.placed_at)


def promised_until(incoming: IncomingOrder) -> datetime | None:
    """Say until when presale goods are promised to leave: the end of the last of their days."""
    days = [day for each in incoming.lines if (day := leaves_on(each, incoming)) is not None]
    return end_of(max(days)) if days else None


def end_of(day: date) -> datetime:
    """Give the last second of a day of the company."""
    return datetime.combine(day, time(23, 59, 59), ZONE)


def receiver_of(receiver: IncomingReceiver) -> dict[str, str | None]:
    return {
        "receiver_name": receiver.name or None,
        "receiver_phone": receiver.phone,
        "province": receiver.province,
        "city": receiver.city,
        "district": receiver.district,
        "town": receiver.town,
        "address_detail": receiver.detail or None,
        "postal_code": receiver.postal_code,
        "address_token": receiver.address_token,
    }


def receiver_from(order: Mapping[str, Any]) -> IncomingReceiver:
    """Read the receiver back from the row of an order."""
    return IncomingReceiver(
        name=order["receiver_name"] or "",
        phone=order["receiver_phone"],
        province=order["province"],
        city=order["city"],
        district=order["district"],
        town=order["town"],
        detail=order["address_detail"] or "",
        postal_code=order["postal_code"],
        address_token=order["address_token"],
    )


def lines_of(incoming: IncomingOrder, order_id: UUID) -> list[dict[str, Any]]:
    """Make the lines; a platform that uses a line number twice keeps both lines."""
    seen: dict[str, int] = {}
    lines = []
    for position, each in enumerate(incoming.lines, start=1):
        times = seen[each.external_number] = seen.get(each.external_number, 0) + 1
        number = each.external_number if times == 1 else f"{each.external_number}#{times}"
        told = quantities_of(each, incoming.status) | {"ships_on": leaves_on(each, incoming)}
        lines.append(_line(each, order_id, position, number) | told)
    return lines


def _line(line: IncomingLine, order_id: UUID, position: int, number: str) -> dict[str, Any]:
    return {
        "id": identifier(),
        "order_id": order_id,
        "position": position,
        "external_number": number,
        "external_item": line.external_item,
        "external_sku": line.external_sku,
        "seller_code": line.seller_code,
        "barcode": line.barcode,
        "variant_id": None,
        "title": line.title,
        "specification": line.specification,
        "quantity": line.quantity,
        "unit_price": unit_price_of(line.line_amount, line.quantity),
        "list_amount": line.list_amount,
        "line_amount": line.line_amount,
        "refund": line.refund,
        **NO_BUNDLE,
    }


def quantities_of(line: IncomingLine, status: IncomingStatus) -> dict[str, Quantity]:
    """Say what of a line is over: refunded before it was shipped by us, or shipped by others before we saw it."""
    whole = max(line.quantity, NOTHING)
    refunded = line.refund is IncomingRefundStatus.SUCCEEDED or status in GONE_THERE
    shipped = status in SHIPPED_THERE and not refunded
    return {
        "shipped_quantity": whole if shipped else NOTHING,
        "cancelled_quantity": whole if refunded else NOTHING,
    }


def unit_price_of(amount: Money, quantity: Quantity) -> UnitPrice:
    """Say what one unit costs the buyer; a line without a quantity keeps its whole amount."""
    if not quantity:
        return UnitPrice(amount.value)
    return UnitPrice((amount.value / quantity.value).quantize(PRICE_STEP, ROUND_HALF_UP))


def order_of(incoming: IncomingOrder, order_id: UUID, channel_id: UUID) -> dict[str, Any]:
    """Make the head of an order seen for the first time."""
    status = status_of(incoming)
    gone = status in (OrderStatus.CANCELLED, OrderStatus.CLOSED)
    return {
        "id": order_id,
        "channel_id": channel_id,
        "external_number": incoming.external_number,
        "source": OrderSource.IMPORTED,
        "status": status,
        "kind": OrderKind.PREORDER if any(each.presale for each in incoming.lines) else OrderKind.NORMAL,
        "modified_at": incoming.modified_at,
        "cancelled_at": incoming.modified_at if gone else None,
        "cancel_reason": "on the platform" if gone else None,
        "version": 1,
        **content_of(incoming),
    }
