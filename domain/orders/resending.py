"""Resending (补发): what was lost, broken or missing is sent again, for nothing, and never more than was shipped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.kernel import Money, UnitPrice, Work, action, identifier
from domain.orders import entering, originals
from domain.orders.importing import NO_BUNDLE, NOTHING
from domain.orders.incoming import IncomingReceiver, IncomingRefundStatus
from domain.orders.kinds import OrderKind
from domain.orders.models import Order
from domain.orders.originals import FollowUp, Named, NamedLine
from domain.orders.review import reason_of

FREE = dict.fromkeys(("goods_amount", "discount_amount", "freight_amount", "total_amount"), Money(0))


@action
async def resend_order(
    work: Work,
    order_id: UUID,
    lines: Sequence[NamedLine],
    reason: str,
    *,
    receiver: IncomingReceiver | None = None,
    expected_version: int | None = None,
) -> Order:
    """Send shipped goods of an order again at no charge, with the reason: a new order that a person reviews."""
    given = reason_of(reason)
    original = await originals.original_for(work, order_id, expected_version)
    wanted = await originals.named(work, original, lines, OrderKind.RESEND)
    follow_up = FollowUp(kind=OrderKind.RESEND, reason=given, receiver=receiver)
    order = originals.head_of(work, original, follow_up, FREE)
    rows = [_row(order, position, each) for position, each in enumerate(wanted, start=1)]
    return await entering.enter(work, order, rows)


def _row(order: Order, position: int, named: Named) -> dict[str, Any]:
    line = named.line
    return {
        "id": identifier(),
        "order_id": order.id,
        "position": position,
        "seller_code": line.seller_code,
        "variant_id": line.variant_id,
        "title": line.title,
        "specification": line.specification,
        "quantity": named.quantity,
        "unit_price": UnitPrice(0),
        "list_amount": Money(0),
        "line_amount": Money(0),
        "shipped_quantity": NOTHING,
        "cancelled_quantity": NOTHING,
        "refund": IncomingRefundStatus.NONE,
        **NO_BUNDLE,
        "original_line_id": line.id,
    }
