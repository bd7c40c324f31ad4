"""Payment of an order (付款确认): from now on it waits for review; one that costs more since is paid up (补款)."""

from uuid import UUID

from domain import inventory
from domain.inventory import ClaimClass
from domain.kernel import Refusal, Work, action
from domain.orders import checking, checks, giving, holding, loading
from domain.orders.carrying import as_row
from domain.orders.events import OrderPaid
from domain.orders.lifecycle import WAITING, OrderStatus
from domain.orders.models import HoldReason, Order


class NothingDue(Refusal):
    """Nothing is left to be paid of order {number}."""

    number: str
    chinese = "订单 {number} 没有待付款项"


@action
async def confirm_order_payment(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Confirm that an order was paid in full: an unpaid one goes to review, one that was part paid waits no more."""
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    loading.needs_state(order, WAITING)
    if order.status is OrderStatus.AWAITING_PAYMENT:
        loading.become(work, order, OrderStatus.UNREVIEWED)
        order.paid_at = work.now
    elif not checks.rest_due(as_row(order)):
        raise NothingDue(number=order.number).at("input", "id")
    else:
        loading.touch(work, order)
    order.paid_amount = order.total_amount
    await holding.release_holds(work, [order.id], [HoldReason.DEPOSIT_UNPAID])
    await inventory.promote(work, [order.id], ClaimClass.TO_REVIEW)
    await work.session.flush()
    await giving.give_gifts(work, [order.id])
    await checking.check_orders(work, [order.id])
    work.record(OrderPaid(order_id=order.id))
    return order
