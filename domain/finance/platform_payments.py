"""What platforms paid back (平台已退款): it pays what is owed for its goods that came back, once, whatever was first.

A platform's refund is a payment under its own number there; where it pays for several returns, the later ones are
numbered after it. What it pays beyond what is owed for its goods is not booked.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain import fulfilment, orders, refunds
from domain.finance.journal import NOTHING, business_date
from domain.finance.models import OpenItemId
from domain.finance.refunds import REFERENCE_LENGTH_MAX, PaidOut, pay_held
from domain.finance.settling import lock_items
from domain.kernel import Money, Work

# For which goods that came back refunds were paid on platforms: those of their line, or of their whole trade.
PAID_BACK = """
    SELECT refund.id, refund.external_number, refund.amount AS refunded, refund.order_id, back.id AS return_id,
        sum(part.credit_amount) AS credited
    FROM platform_refunds AS refund
    JOIN order_lines AS line ON (line.origin_order_id = refund.order_id
            OR (line.origin_order_id IS NULL AND line.order_id = refund.order_id))
        AND (refund.line_number IS NULL
            OR split_part(refund.line_number, '#', 1) IN (line.external_number, line.external_sku))
    JOIN goods_return_lines AS part ON part.order_line_id = line.id
    JOIN goods_returns AS back ON back.id = part.return_id AND back.voided_at IS NULL
        AND back.exchange_id IS NULL AND back.currency = refund.currency
    WHERE refund.stage = 'PAID_BACK' AND refund.goods_come_back AND {which}
    GROUP BY refund.id, back.id ORDER BY refund.id, back.id
"""
OF_REFUND = text(PAID_BACK.format(which="refund.id = :id"))
OF_RETURN = text(
    PAID_BACK.format(
        which="""back.id = :id AND refund.order_id IN (
            SELECT coalesce(named.origin_order_id, named.order_id) FROM order_lines AS named
            JOIN goods_return_lines AS came ON came.order_line_id = named.id WHERE came.return_id = :id)"""
    )
)
HOLDERS = text("""
    SELECT DISTINCT line.order_id FROM platform_refunds AS refund JOIN order_lines AS line
        ON line.origin_order_id = refund.order_id
            OR (line.origin_order_id IS NULL AND line.order_id = refund.order_id)
    WHERE refund.id = :id AND refund.stage = 'PAID_BACK'
""")
OWED = text("SELECT id FROM open_items WHERE source_type = 'goods_return' AND source_id = :id")
# A person may have entered the payment under the number of the refund before.
PAID = text("""
    SELECT coalesce(sum(amount), 0) AS amount, count(*) AS payments,
        coalesce(sum(amount) FILTER (WHERE of_item), 0) AS of_item
    FROM (
        SELECT payment.amount, EXISTS (SELECT FROM allocations
            WHERE allocations.receipt_id = :item AND allocations.receivable_id = payment.id) AS of_item
        FROM open_items AS payment
        WHERE payment.kind = 'PAYMENT' AND payment.voided_at IS NULL AND split_part(payment.reference, '/', 1) = :number
          AND payment.order_id IN (SELECT order_id FROM order_lines
            WHERE origin_order_id = :trade OR (origin_order_id IS NULL AND order_id = :trade))
    ) AS payments
""")


async def pay_what_platform_paid(work: Work, fact: refunds.ReturnRefundMoved) -> None:
    """Let what a platform has paid back pay what is owed for its goods, as far as they are back."""
    holders = [row.order_id for row in await work.rows(HOLDERS, {"id": fact.refund_id})]
    if holders:
        await orders.lock_orders(work, holders)
        await _pay(work, await work.rows(OF_REFUND, {"id": fact.refund_id}))


async def pay_return(work: Work, returned: fulfilment.GoodsReturn) -> None:
    """Let what platforms have paid back before pay what is owed for goods that came back now; the order is held."""
    await _pay(work, await work.rows(OF_RETURN, {"id": returned.id}))


async def _pay(work: Work, rows: list[Any]) -> None:
    for row in rows:
        for owed in await work.rows(OWED, {"id": row.return_id}):
            await _pay_item(work, row, owed.id)


async def _pay_item(work: Work, row: Any, item_id: UUID) -> None:
    item = (await lock_items(work, [item_id])).get(item_id)
    if item is None or item.voided_at is not None:
        return
    number = row.external_number
    (paid,) = await work.rows(PAID, {"item": item.id, "trade": row.order_id, "number": number})
    left = Money(row.refunded) - Money(paid.amount)
    part = min(left, Money(row.credited) - Money(paid.of_item), item.amount - item.settled_amount)
    if part <= NOTHING:
        return
    reference = number if not paid.payments else f"{number}/{paid.payments + 1}"
    money = PaidOut(item_id=OpenItemId(item.id), amount=part, paid_on=business_date(work.now), reference=reference)
    await pay_held(work, item, money, reference[-REFERENCE_LENGTH_MAX:])
