"""Deadlines of balances (尾款期限): until when the rest of a deposit order is to be paid, and what comes after.

The desk reminds before. When it has passed, the clock keeps the deposit and closes the order; one of which not even
the deposit came is cancelled. One without a deadline waits for a person.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.kernel import BadInput, Money, Work, action, audit, permission_of, routine
from domain.orders import deposits, loading
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order

ENDED_AT_ONCE_MAX = 50
AHEAD_MAX = timedelta(days=366)
LATE = "尾款逾期未付 the balance was not paid in time"
AWAITED = (Order.status == OrderStatus.AWAITING_PAYMENT, Order.balance_due_at.is_not(None))


def check_deadline(due_at: datetime | None, deposit: Money | None, now: datetime) -> None:
    """Refuse a deadline that is over or too far off, or of an order that is not paid in two steps."""
    if due_at is None:
        return
    if deposit is None:
        problem = "only an order with a deposit has one; say its depositAmount"
        raise BadInput(field="balanceDueAt", problem=problem).at("input", "balanceDueAt")
    if not now < due_at <= now + AHEAD_MAX:
        problem = f"must lie after {now.isoformat()} and at most {AHEAD_MAX.days} days later"
        raise BadInput(field="balanceDueAt", problem=problem).at("input", "balanceDueAt")


@action
async def change_balance_deadline(
    work: Work, order_id: UUID, due_at: datetime | None, expected_version: int | None = None
) -> Order:
    """Say anew until when the balance of an order is to be paid; null lets it wait until a person ends it."""
    order = await deposits.deposit_order(work, order_id, expected_version)
    check_deadline(due_at, order.deposit_amount, work.now)
    order.balance_due_at = due_at
    loading.touch(work, order)
    return order


@routine
async def end_overdue_deposits(work: Work) -> int:
    """Close the orders whose balance was not paid in time, and keep their deposits; says how many were closed."""
    overdue = select(Order.id).where(*AWAITED, Order.balance_due_at <= work.now)
    found = await work.rows(overdue.order_by(Order.balance_due_at, Order.id).limit(ENDED_AT_ONCE_MAX))
    locked = await loading.orders_for_change(work, [row.id for row in found]) if found else {}
    ended = 0
    for order in locked.values():
        # Somebody may have paid, or said another deadline, while we waited for the lock.
        due_at = order.balance_due_at
        if order.status is not OrderStatus.AWAITING_PAYMENT or due_at is None or due_at > work.now:
            continue
        kept = order.deposit_amount is not None and order.paid_amount >= order.deposit_amount
        await deposits.give_up(work, order, LATE, kept=kept)
        await work.session.flush()
        given = {"unasked": due_at.isoformat(), "kept": kept}
        audit.write_story(work, permission_of(deposits.forfeit_order_deposit), given, ("Order", str(order.id)))
        ended += 1
    return ended
