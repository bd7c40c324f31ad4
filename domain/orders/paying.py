"""Payment of an order placed here (付款确认): from now on it waits for review."""

from uuid import UUID

from domain import inventory
from domain.inventory import ClaimClass
from domain.kernel import Work, action
from domain.orders import giving, holding, loading
from domain.orders.events import OrderPaid
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order


@action
async def confirm_order_payment(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Confirm that an order placed here was paid in full, and give it to review."""
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    loading.needs_state(order, (OrderStatus.AWAITING_PAYMENT,))
    loading.become(work, order, OrderStatus.UNREVIEWED)
    order.paid_at, order.paid_amount = work.now, order.total_amount
    await holding.release_holds(work, [order.id], [HoldReason.DEPOSIT_UNPAID])
    await inventory.promote(work, [order.id], ClaimClass.TO_REVIEW)
    await work.session.flush()
    await giving.give_gifts(work, [order.id])
    work.record(OrderPaid(order_id=order.id))
    return order
