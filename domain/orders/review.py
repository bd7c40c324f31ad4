"""Order review (审单): a person or a rule vouches for an order before its stock is firmly promised."""

from collections.abc import Sequence
from uuid import UUID

from domain import inventory
from domain.inventory import ClaimClass
from domain.kernel import Item, Refusal, Work, action, plural, short_text
from domain.orders import approving, blacklist, checking, holding, loading, reminders
from domain.orders.events import OrderSentBack
from domain.orders.hold_rules import RELEASED_BY
from domain.orders.lifecycle import OVER, OrderStatus
from domain.orders.models import HoldReason, Order

REASON_LENGTH_MAX = 500
ALIVE = tuple(each for each in OrderStatus if each not in OVER)


class NotOnHold(Refusal):
    """Order {number} is not on hold for {reason}."""

    number: str
    reason: str
    released_by: str | None = None
    released_at: str | None = None
    chinese = "订单 {number} 没有因 {reason} 挂起"

    def message(self) -> str:
        """Say so, and who was faster."""
        return super().message() + (
            f" {self.released_by} released it at {self.released_at}." if self.released_by else ""
        )


class HoldReleasesItself(Refusal):
    """The hold {reason} of order {number} releases itself when its cause is gone: {evidence}."""

    number: str
    reason: str
    evidence: str
    chinese = "订单 {number} 的挂起原因 {reason} 只会在原因消除后自动解除：{evidence}"


class HoldNotYours(Refusal):
    """Releasing the hold {reason} of order {number} needs the permission {needed}."""

    number: str
    reason: str
    needed: str
    chinese = "解除订单 {number} 的挂起原因 {reason} 需要权限 {needed}"


@action
async def review_order(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Approve an order and firmly promise its stock."""
    return await _approved(work, order_id, await approving.approve(work, {order_id: expected_version}))


@plural(review_order)
async def review_orders(work: Work, wanted: Sequence[tuple[UUID, int | None]]) -> list[Item]:
    """Approve many orders in one transaction, each with its outcome; the second time the same is too late."""
    seen: set[UUID] = set()
    twice = [order_id in seen or bool(seen.add(order_id)) for order_id, _ in wanted]  # type: ignore[func-returns-value]
    first = {order_id: version for (order_id, version), again in zip(wanted, twice, strict=True) if not again}
    approval = await approving.approve(work, first)
    second = [order_id for (order_id, _), again in zip(wanted, twice, strict=True) if again]
    late = await approving.approve(work, dict.fromkeys(second)) if second else approving.Approval()
    return [
        _item(order_id, version, late if again else approval)
        for (order_id, version), again in zip(wanted, twice, strict=True)
    ]


def _item(order_id: UUID, version: int | None, approval: approving.Approval) -> Item:
    given = {"order_id": order_id, "expected_version": version}
    refusal = approval.refused.get(order_id)
    changes = () if refusal else approval.changes(order_id)
    return Item(subject=(Order.__name__, order_id), given=given, refusal=refusal, changes=changes)


async def _approved(work: Work, order_id: UUID, approval: approving.Approval) -> Order:
    if order_id in approval.refused:
        raise approval.refused[order_id]
    work.session.sync_session.info.setdefault("changes", []).extend(approval.changes(order_id))
    return await work.session.get_one(Order, order_id, populate_existing=True)


@action
async def approve_order_finance(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Approve an order for finance, after its first review, and firmly promise its stock."""
    waiting = (OrderStatus.AWAITING_FINANCE,)
    return await _approved(work, order_id, await approving.approve(work, {order_id: expected_version}, None, waiting))


@action
async def return_order_finance(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Return an order from finance to its first review, with the reason."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    loading.needs_state(order, (OrderStatus.AWAITING_FINANCE,))
    await back_to_review(work, order, given)
    return order


@action
async def send_back_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Send a reviewed order back to review, with the reason."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, (OrderStatus.REVIEWED,))
    await inventory.promote(work, [order.id], ClaimClass.TO_REVIEW)
    await back_to_review(work, order, given)
    return order


async def back_to_review(work: Work, order: Order, reason: str) -> None:
    """Give an order back to review, also from its warehouse; no rule approves it again by itself."""
    if order.status is OrderStatus.RELEASED:
        loading.become(work, order, OrderStatus.REVIEWED)
    loading.become(work, order, OrderStatus.UNREVIEWED)
    order.reviewed_by = order.reviewed_at = order.finance_reviewed_by = order.finance_reviewed_at = None
    order.sent_back_at = work.now
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderSentBack(order_id=order.id, reason=reason))


@action
async def hold_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Pause an order by hand, with the reason; nothing is reviewed or shipped meanwhile."""
    given = reason_of(reason)
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    await holding.open_holds(work, {order.id: {HoldReason.PAUSED_BY_HAND: given}})
    loading.touch(work, order)
    return order


@action
async def release_order_hold(
    work: Work, order_id: UUID, reason: HoldReason, expected_version: int | None = None
) -> Order:
    """Release one hold of an order after having looked at it."""
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    await loading.refuse_of_others(work, [order], RELEASED_BY.get(reason))
    await _refuse_release(work, order, reason)
    await holding.release_holds(work, [order.id], [reason], by=work.actor.name)
    loading.touch(work, order)
    return order


async def _refuse_release(work: Work, order: Order, reason: HoldReason) -> None:
    reasons = await loading.open_reasons(work, order.id)
    if reason not in reasons:
        raise await _not_on_hold(work, order, reason)
    needed = RELEASED_BY.get(reason)
    if needed is None:
        evidence = reasons[reason]
        raise HoldReleasesItself(number=order.number, reason=reason.value, evidence=evidence).at("input", "reason")
    if not work.actor.may(needed):
        raise HoldNotYours(number=order.number, reason=reason.value, needed=needed).at("input", "reason")
    if reason is HoldReason.BLACKLISTED:
        blacklist.refuse_rejected(await blacklist.blacklisted(work, checking.buyer_keys(vars(order)), work.now))


async def _not_on_hold(work: Work, order: Order, reason: HoldReason) -> Refusal:
    known = [
        each
        for each in (await holding.holds_of_orders(work, [order.id]))[order.id]
        if each.reason is reason and each.released_at
    ]
    last = max(known, key=lambda each: each.released_at, default=None)
    told = (
        {} if last is None else {"released_by": last.released_by or "its cause", "released_at": str(last.released_at)}
    )
    return NotOnHold(number=order.number, reason=reason.value, **told).at("input", "reason")


def reason_of(text: str) -> str:
    """Read the reason a person gives, or refuse an empty or endless one."""
    return short_text(text, "reason", REASON_LENGTH_MAX)
