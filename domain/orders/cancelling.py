"""Cancelling (取消订单): before shipment, and everything the order held is given back."""

from uuid import UUID

from domain import inventory
from domain.kernel import Refusal, Work, action
from domain.orders import giving, holding, loading, reminders
from domain.orders.events import OrderCancelled
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order
from domain.orders.review import reason_of


class LivesOn(Refusal):
    """Order {number} lives on in {survivor}, which ships its goods: cancel that one, or unmerge it first."""

    number: str
    survivor: str
    chinese = "订单 {number} 已并入 {survivor} 发货：请取消该订单，或先撤销合并"


@action
async def cancel_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Cancel an order before it is shipped and give its stock back."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    if order.merged_into_id is not None:
        survivor = await work.session.get_one(Order, order.merged_into_id)
        raise LivesOn(number=order.number, survivor=survivor.number).at("input", "id")
    loading.become(work, order, OrderStatus.CANCELLED)
    order.cancelled_at, order.cancel_reason = work.now, given
    await giving.end_gifts(work, [order.id])
    for line in await loading.lines_for_change(work, order):
        line.cancelled_quantity = max(line.quantity, NOTHING)
    await holding.release_holds(work, [order.id])
    await inventory.release(work, [order.id])
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderCancelled(order_id=order.id, reason=given))
    return order
