"""Allocation (分配仓库): which one warehouse serves an order; its claims move there, all or none."""

from uuid import UUID

from domain import inventory
from domain.inventory import ClaimClass, WantedLine
from domain.kernel import NotFound, Work, action, sees_warehouse
from domain.orders import carrying, giving, holding, loading
from domain.orders.carrying import Sending, as_row
from domain.orders.claiming import CLASS_OF
from domain.orders.events import OrderAllocated
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order
from domain.orders.shipping import open_of

ALLOCATED_IN = (*CLASS_OF, OrderStatus.REVIEWED)
"""Once it is released to a warehouse, an order is called back first."""


@action
async def allocate_order(
    work: Work, order_id: UUID, warehouse_id: UUID | None = None, expected_version: int | None = None
) -> Order:
    """Serve an order from this warehouse, or from the best of its channel, and move its stock claims there."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALLOCATED_IN)
    await giving.take_gifts_back(work, [order.id])
    lines = await loading.lines_for_change(work, order)
    sending = await carrying.prepare(work, order, [as_row(each) for each in lines])
    warehouses = _allowed(work, order, sending, warehouse_id)
    wanted = [
        WantedLine(each.id, each.variant_id, open_of(each), each.unit_price)
        for each in lines
        if each.variant_id is not None and open_of(each) > NOTHING
    ]
    await inventory.release(work, [order.id])
    if wanted:
        claim_class = CLASS_OF.get(order.status, ClaimClass.TO_SHIP)
        choice = await inventory.claim_explained(work, order.id, warehouses, wanted, claim_class)
        sending = sending.among(warehouses, by_hand=warehouse_id is not None)
        await carrying.settle(work, order, sending, choice)
    await holding.release_holds(work, [order.id], [HoldReason.SHORTAGE])
    loading.touch(work, order)
    await work.session.flush()
    await giving.give_gifts(work, [order.id])
    if order.status is OrderStatus.REVIEWED:
        work.record(OrderAllocated(order_id=order.id))
    return order


def _allowed(work: Work, order: Order, sending: Sending, warehouse_id: UUID | None) -> list[UUID]:
    """List the warehouses that may serve the order and that the actor may use, or only the one asked for."""
    if warehouse_id is None:
        return [each for each in sending.found.warehouses if sees_warehouse(work.actor, each)]
    serving = {*sending.found.warehouses, *sending.grounds.shops[order.channel_id].warehouses}
    if warehouse_id not in serving or not sees_warehouse(work.actor, warehouse_id):
        raise NotFound(what="warehouse", which=str(warehouse_id)).at("input", "warehouseId")
    return [warehouse_id]
