"""Orders in the warehouse (仓内订单): many are locked at once, in the order of their ids, and go on together."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain.kernel import NotFound, Work, visible
from domain.orders import blocking, holding, loading
from domain.orders.batches import among
from domain.orders.events import OrderMovedOn
from domain.orders.holds import EVIDENCE_LENGTH_MAX
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order, OrderLine
from domain.orders.shipping import ToShip, open_of


async def lock_orders(work: Work, order_ids: Sequence[UUID]) -> list[Order]:
    """Lock orders in the order of their ids; one out of scope is not there."""
    wanted = sorted(set(order_ids))
    statement = visible(select(Order).where(among(Order.id, wanted)), work.actor, channel=Order.channel_id)
    statement = statement.order_by(Order.id).with_for_update().execution_options(populate_existing=True)
    found = list(await work.session.scalars(statement))
    if missing := set(wanted) - {each.id for each in found}:
        raise NotFound(what="order", which=str(min(missing))).at("input", "id")
    return found


async def orders_to_handle(
    work: Work,
    order_ids: Sequence[UUID],
    states: Sequence[OrderStatus],
    *,
    on_hold: bool = False,
    despite: HoldReason | None = None,
) -> list[ToShip]:
    """Lock orders the warehouse works on, with their open lines: each in one of these states and held by nothing.

    `despite` is a reason that does not matter, because it is about to be settled; `on_hold` that none does.
    """
    return await with_open_lines(work, await hold_to_handle(work, order_ids, states, on_hold=on_hold, despite=despite))


async def hold_to_handle(
    work: Work,
    order_ids: Sequence[UUID],
    states: Sequence[OrderStatus],
    *,
    on_hold: bool = False,
    despite: HoldReason | None = None,
) -> list[Order]:
    """Lock orders as `orders_to_handle` does, for whoever does not look at their lines."""
    found = await lock_orders(work, order_ids)
    for order in found:
        loading.needs_state(order, states)
    if not on_hold:
        await refuse_held(work, found, despite)
    return found


async def refuse_held(work: Work, found: Sequence[Order], despite: HoldReason | None = None) -> None:
    """Refuse to go on when one of these orders waits for a reason, also one that came after its review."""
    blocked = await blocking.blocked_among(work, [each.id for each in found])
    for order in found:
        reasons = {reason: why for reason, why in blocked.get(order.id, {}).items() if reason is not despite}
        if reasons:
            raise loading.on_hold(order, reasons)


async def with_open_lines(work: Work, found: Sequence[Order]) -> list[ToShip]:
    """Find what is open of locked orders."""
    ids = [each.id for each in found]
    statement = select(OrderLine).where(among(OrderLine.order_id, ids)).order_by(OrderLine.order_id, OrderLine.position)
    lines: dict[UUID, list[OrderLine]] = {each: [] for each in ids}
    for line in await work.session.scalars(statement.execution_options(populate_existing=True)):
        if line.variant_id is not None and open_of(line) > NOTHING:
            lines[line.order_id].append(line)
    return [ToShip(each, tuple(lines[each.id])) for each in found]


def move_on(work: Work, found: Sequence[Order], status: OrderStatus) -> None:
    """Move locked orders to another state, as far as their life allows; those that are there already stay."""
    for order in found:
        if order.status is not status:
            loading.become(work, order, status)
            work.record(OrderMovedOn(order_id=order.id))


async def hold_for(work: Work, order: Order, reason: HoldReason, evidence: str) -> None:
    """Let a locked order wait for a reason the warehouse has."""
    await holding.open_holds(work, {order.id: {reason: evidence[:EVIDENCE_LENGTH_MAX]}})
    loading.touch(work, order)


async def no_longer_for(work: Work, order: Order, reason: HoldReason) -> None:
    """Let a reason the warehouse had go: its cause is gone."""
    if await holding.release_holds(work, [order.id], [reason]):
        loading.touch(work, order)
