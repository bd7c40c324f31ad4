"""Deposit orders (定金预售): a deposit is paid first and the balance later; until then the order waits.

An own one is agreed when it is placed; one of a platform is known by its trade. What is never paid in full may be
forfeited: the buyer keeps the goods to himself no more, and the house keeps the deposit.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from domain import inventory
from domain.kernel import BadInput, Money, Refusal, Work, action
from domain.orders import holding, loading, reminders
from domain.orders.batches import table_of, unnested
from domain.orders.events import OrderCancelled, OrderDepositForfeited
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingOrder, IncomingStatus
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order, OrderSource
from domain.orders.review import reason_of

ORDERS = table_of(Order)
TOLD = (ORDERS.c.id, ORDERS.c.deposit_amount)
UNPAID = (OrderStatus.AWAITING_PAYMENT,)


class NoDeposit(Refusal):
    """Order {number} has no deposit that was agreed here."""

    number: str
    chinese = "订单 {number} 不是本系统约定的定金订单"


class DepositNotPaid(Refusal):
    """Of the deposit {deposit} of order {number}, {paid} is paid: there is nothing to keep."""

    number: str
    deposit: Money
    paid: Money
    chinese = "订单 {number} 定金 {deposit}，已付 {paid}，没有可没收的定金"


class DepositPaid(Refusal):
    """The deposit of order {number} is paid already."""

    number: str
    chinese = "订单 {number} 的定金已支付"


def check_deposit(deposit: Money | None, total: Money, *, settled: bool) -> None:
    """Refuse a deposit that leaves no balance, or of an order that is paid already or on delivery."""
    if deposit is None:
        return
    if settled:
        problem = "cannot be agreed for an order that is paid already or on delivery"
        raise BadInput(field="depositAmount", problem=problem).at("input", "depositAmount")
    if not Money(0) < deposit < total:
        problem = f"must be more than 0 and less than the total {total}, not {deposit}"
        raise BadInput(field="depositAmount", problem=problem).at("input", "depositAmount")


def unpaid_rest(order: Order) -> dict[HoldReason, str]:
    """Say how much of an order with a deposit is paid, as long as it is not all of it."""
    if order.deposit_amount is None or order.paid_amount >= order.total_amount:
        return {}
    return {HoldReason.DEPOSIT_UNPAID: f"{order.paid_amount} of {order.total_amount} is paid"}


@action
async def confirm_order_deposit(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Confirm that the deposit of an order was paid; it goes on waiting for its balance."""
    order = await deposit_order(work, order_id, expected_version)
    if order.paid_amount > Money(0) or order.deposit_amount is None:
        raise DepositPaid(number=order.number).at("input", "id")
    order.paid_amount, order.deposit_paid_at = order.deposit_amount, work.now
    loading.touch(work, order)
    await holding.open_holds(work, {order.id: unpaid_rest(order)})
    return order


@action
async def forfeit_order_deposit(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Keep the deposit of an order whose balance was not paid, with the reason: the order is cancelled."""
    given = reason_of(reason)
    order = await deposit_order(work, order_id, expected_version)
    deposit = order.deposit_amount or Money(0)
    if order.paid_amount < deposit:
        raise DepositNotPaid(number=order.number, deposit=deposit, paid=order.paid_amount).at("input", "id")
    await give_up(work, order, given, kept=True)
    return order


async def give_up(work: Work, order: Order, reason: str, *, kept: bool) -> None:
    """Cancel a locked order whose balance did not come, and keep its deposit if that was paid."""
    loading.become(work, order, OrderStatus.CANCELLED)
    order.cancelled_at, order.cancel_reason = work.now, reason
    order.forfeited_at = work.now if kept else None
    for line in await loading.lines_for_change(work, order):
        line.cancelled_quantity = max(line.quantity, NOTHING)
    await holding.release_holds(work, [order.id])
    await inventory.release(work, [order.id])
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderCancelled(order_id=order.id, reason=reason))
    if kept:
        work.record(OrderDepositForfeited(order_id=order.id, channel_id=order.channel_id))


async def deposit_order(work: Work, order_id: UUID, expected_version: int | None) -> Order:
    """Lock an order whose deposit was agreed here and whose balance is awaited."""
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    if order.deposit_amount is None or order.source is not OrderSource.PLACED:
        raise NoDeposit(number=order.number).at("input", "id")
    loading.needs_state(order, UNPAID)
    return order


async def note_deposits(work: Work, trades: Sequence[tuple[UUID, IncomingOrder]]) -> None:
    """Note which orders of a platform are paid in two steps, and of which it lets the house keep the deposit.

    That is what their trades say: that only the deposit is paid, or that the buyer lost it.
    """
    paid = [each for each in trades if each[1].status is IncomingStatus.DEPOSIT_PAID]
    if paid:
        told = unnested(TOLD, _told(paid))
        await work.execute(_noted(told).values(kind=OrderKind.DEPOSIT, deposit_amount=told.c.deposit_amount))
    lost = [each for each in trades if each[1].status is IncomingStatus.DEPOSIT_FORFEITED and each[1].paid_amount]
    if lost:
        told = unnested((*TOLD, ORDERS.c.forfeited_at), _told(lost))
        noted = _noted(told).where(ORDERS.c.forfeited_at.is_(None), ORDERS.c.status == OrderStatus.CANCELLED)
        stamp = {"deposit_amount": told.c.deposit_amount, "forfeited_at": told.c.forfeited_at}
        changed = noted.values(kind=OrderKind.DEPOSIT, **stamp).returning(ORDERS.c.id, ORDERS.c.channel_id)
        for row in await work.rows(changed):
            work.record(OrderDepositForfeited(order_id=row.id, channel_id=row.channel_id))


def _told(trades: Sequence[tuple[UUID, IncomingOrder]]) -> list[Mapping[str, object]]:
    return [
        {"id": order_id, "deposit_amount": trade.paid_amount, "forfeited_at": trade.modified_at}
        for order_id, trade in trades
    ]


def _noted(told: Any) -> Any:
    return update(ORDERS).where(ORDERS.c.id == told.c.id, ORDERS.c.source == OrderSource.IMPORTED)
