"""Loading an order for change (订单锁定): locked, within the actor's scope, at the version the actor has seen.

An order somebody is in charge of is changed by that person or a superior of theirs; the warehouse, finance, programs
(which speak for buyers and partners) and the house itself do their own part of it, whoever is in charge.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import identity
from domain.kernel import ActorKind, NotFound, Refusal, VersionConflict, Work, WrongState, visible
from domain.orders.lifecycle import LIFECYCLE, OrderStatus
from domain.orders.models import Hold, HoldReason, Order, OrderLine


class OrderOnHold(Refusal):
    """Order {number} is on hold: {explained}."""

    number: str
    reasons: tuple[str, ...]
    explained: str
    chinese = "订单 {number} 已挂起：{explained}"


class OrderTaken(Refusal):
    """Order {number} belongs to {taken_by}."""

    number: str
    taken_by: str
    chinese = "订单 {number} 由 {taken_by} 负责"


async def order_for_change(
    work: Work, order_id: UUID, expected_version: int | None = None, *, by_anyone: bool = False
) -> Order:
    """Load and lock an order; one out of scope is not there, one of others is refused unless it is `by_anyone`."""
    statement = visible(select(Order).where(Order.id == order_id), work.actor, channel=Order.channel_id)
    statement = statement.with_for_update().execution_options(populate_existing=True)
    order = of_version(await work.session.scalar(statement), order_id, expected_version)
    if not by_anyone:
        await refuse_of_others(work, [order])
    return order


async def orders_for_change(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Load and lock orders in the order of their ids, so that nobody waits in a circle; others' are refused."""
    statement = visible(select(Order).where(Order.id.in_(order_ids)), work.actor, channel=Order.channel_id)
    statement = statement.order_by(Order.id).with_for_update().execution_options(populate_existing=True)
    found = {each.id: each for each in await work.session.scalars(statement)}
    await refuse_of_others(work, list(found.values()))
    return dict(found)


def of_version(order: Order | None, order_id: UUID, expected_version: int | None) -> Order:
    """Refuse an order that is not there, or that somebody changed since it was seen."""
    if order is None:
        raise NotFound(what="order", which=str(order_id)).at("input", "id")
    if expected_version is not None and expected_version != order.version:
        raise version_conflict(order)
    return order


async def lines_for_change(work: Work, order: Order) -> list[OrderLine]:
    """Load the lines of a locked order, in their order."""
    statement = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
    return list(await work.session.scalars(statement.execution_options(populate_existing=True)))


async def open_reasons(work: Work, order_id: UUID) -> dict[HoldReason, str]:
    """Find why an order waits, with the evidence."""
    rows = await work.rows(
        select(Hold.reason, Hold.evidence).where(Hold.order_id == order_id, Hold.released_at.is_(None))
    )
    return {row.reason: row.evidence for row in sorted(rows, key=lambda row: row.reason)}


def on_hold(order: Any, reasons: Mapping[HoldReason, str]) -> OrderOnHold:
    explained = "; ".join(f"{reason} ({evidence})" for reason, evidence in reasons.items())
    return OrderOnHold(number=order.number, reasons=tuple(reasons), explained=explained)


async def refuse_of_others(work: Work, orders: Sequence[Order], right: str | None = None) -> None:
    """Let only the person in charge or a superior change orders; with a right the person lacks, whoever has it."""
    if taken := await taken_by_others(work, orders, right):
        raise next(iter(taken.values()))


async def taken_by_others(work: Work, orders: Sequence[Any], right: str | None = None) -> dict[UUID, OrderTaken]:
    """Say whose these orders are, of those that are not the actor's to change; one statement if there are any.

    Who no longer works here is in charge of nothing.
    """
    if work.actor.kind is not ActorKind.STAFF:
        return {}
    others = [each for each in orders if each.responsible_id not in (None, work.actor.id)]
    if not others:
        return {}
    standings = await identity.standings_of(work, sorted({each.responsible_id for each in others}))
    return {
        each.id: OrderTaken(number=each.number, taken_by=each.responsible_name or "")
        for each in others
        if not _gives_way(work, standings.get(each.responsible_id), right)
    }


def _gives_way(work: Work, owner: identity.Standing | None, right: str | None) -> bool:
    """Whether the person in charge gives way to the actor: as to a superior, or for what they may not do themselves."""
    if owner is None:
        return False
    lacking = right is not None and not owner.person.may(right)
    return not owner.active or work.actor.id in owner.superiors or lacking


def become(work: Work, order: Order, status: OrderStatus) -> None:
    """Move an order to another state, if its life allows."""
    if not LIFECYCLE.allows(order.status, status):
        raise wrong_state(order, LIFECYCLE.before(status))
    order.status = status
    touch(work, order)


def touch(work: Work, order: Order) -> None:
    """Note who changed an order, and when."""
    order.version += 1
    order.updated_at, order.updated_by = work.now, work.actor.name


def needs_state(order: Order, allowed: Sequence[OrderStatus]) -> None:
    """Refuse an order that is in none of these states."""
    if order.status not in allowed:
        raise wrong_state(order, allowed)


def wrong_state(order: Any, allowed: Sequence[OrderStatus]) -> WrongState:
    """Say in which state an order is, who changed it last and when: two people may want the same order."""
    return WrongState(
        what=LIFECYCLE.what,
        which=order.number,
        state=order.status.value,
        needed=" or ".join(allowed) or "another document",
        changed_by=order.updated_by,
        changed_at=order.updated_at.isoformat(),
    )


def version_conflict(order: Any) -> Refusal:
    """Say who was faster, and when."""
    conflict = VersionConflict(
        current=order.version, changed_by=order.updated_by, changed_at=order.updated_at.isoformat()
    )
    return conflict.at("input", "expectedVersion")
