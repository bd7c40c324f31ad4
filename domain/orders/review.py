"""Order review (审单): a person or a rule vouches for an order before its stock is firmly promised."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from domain import identity, inventory
from domain.inventory import ClaimClass
from domain.kernel import NotFound, Refusal, Work, action, short_text
from domain.orders import holding, loading, reminders, shipping
from domain.orders.events import OrderReviewed, OrderSentBack
from domain.orders.lifecycle import OVER, OrderStatus
from domain.orders.models import HoldReason, Order

REASON_LENGTH_MAX = 500
ALIVE = tuple(each for each in OrderStatus if each not in OVER)
RELEASES_ITSELF = frozenset({HoldReason.SHORTAGE, HoldReason.UNMATCHED_GOODS})
"""Releasing these by hand would let an order through that has no stock promised to it."""


class NotOnHold(Refusal):
    """Order {number} is not on hold for {reason}."""

    number: str
    reason: str
    chinese = "订单 {number} 没有因 {reason} 挂起"


class HoldReleasesItself(Refusal):
    """The hold {reason} of order {number} releases itself when its cause is gone: {evidence}."""

    number: str
    reason: str
    evidence: str
    chinese = "订单 {number} 的挂起原因 {reason} 只会在原因消除后自动解除：{evidence}"


class Colleague(NamedTuple):
    """The person an order is handed to."""

    id: UUID
    name: str


@action
async def take_order(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Take responsibility for an order, so that others leave it to you."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    loading.refuse_of_others(work, order)
    _give_to(work, order, work.actor.id, work.actor.name)
    return order


@action
async def hand_over_order(work: Work, order_id: UUID, staff_id: UUID, expected_version: int | None = None) -> Order:
    """Hand an order over to a colleague who sees its channel."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    loading.refuse_of_others(work, order)
    colleague = await _colleague(work, staff_id, order.channel_id)
    _give_to(work, order, colleague.id, colleague.name)
    return order


@action
async def review_order(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Approve an order and firmly promise its stock."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.refuse_of_others(work, order)
    await loading.refuse_on_hold(work, order)
    await shipping.refuse_empty(work, order)
    loading.become(work, order, OrderStatus.REVIEWED)
    order.reviewed_by, order.reviewed_at = work.actor.name, work.now
    await inventory.promote(work, [order.id], ClaimClass.TO_SHIP)
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderReviewed(order_id=order.id, reviewed_by=work.actor.name))
    return order


@action
async def send_back_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Send a reviewed order back to review, with the reason."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.refuse_of_others(work, order)
    loading.needs_state(order, (OrderStatus.REVIEWED,))
    loading.become(work, order, OrderStatus.UNREVIEWED)
    order.reviewed_by = order.reviewed_at = None
    await inventory.promote(work, [order.id], ClaimClass.TO_REVIEW)
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderSentBack(order_id=order.id, reason=given))
    return order


@action
async def hold_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Pause an order by hand, with the reason; nothing is reviewed or shipped meanwhile."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    loading.refuse_of_others(work, order)
    await holding.open_holds(work, {order.id: {HoldReason.PAUSED_BY_HAND: given}})
    loading.touch(work, order)
    return order


@action
async def release_order_hold(
    work: Work, order_id: UUID, reason: HoldReason, expected_version: int | None = None
) -> Order:
    """Release one hold of an order after having looked at it."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.refuse_of_others(work, order)
    reasons = await loading.open_reasons(work, order.id)
    if reason not in reasons:
        raise NotOnHold(number=order.number, reason=reason.value).at("input", "reason")
    if reason in RELEASES_ITSELF:
        raise HoldReleasesItself(number=order.number, reason=reason.value, evidence=reasons[reason]).at(
            "input", "reason"
        )
    await holding.release_holds(work, [order.id], [reason], by=work.actor.name)
    loading.touch(work, order)
    return order


def reason_of(text: str) -> str:
    """Read the reason a person gives, or refuse an empty or endless one."""
    return short_text(text, "reason", REASON_LENGTH_MAX)


def _give_to(work: Work, order: Order, person_id: UUID | None, name: str) -> None:
    order.responsible_id, order.responsible_name, order.taken_at = person_id, name, work.now
    loading.touch(work, order)


async def _colleague(work: Work, staff_id: UUID, channel_id: UUID) -> Colleague:
    staff = identity.models.Staff
    rows = await work.rows(select(staff.id, staff.name, staff.channel_ids).where(staff.id == staff_id, staff.active))
    if not rows or (rows[0].channel_ids is not None and channel_id not in rows[0].channel_ids):
        raise NotFound(what="colleague", which=str(staff_id)).at("input", "staffId")
    return Colleague(rows[0].id, rows[0].name)
