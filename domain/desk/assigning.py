"""Giving orders out by load (自动派单): to who is on duty, sees the channel, may review, and has the least to do.

Orders of one buyer go to one person as far as the limits let them. Who goes off duty may pass on what they have.

One pass at a time, under a lock, in a constant number of statements; an order somebody is changing waits for the next.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain import identity, orders
from domain.desk.models import DeskRule
from domain.kernel import Work, permission_of
from domain.orders import Order, OrderStatus

ASSIGNED_MAX = 500
LOCK = "desk.assign_by_load"
OPEN = tuple(each for each in OrderStatus if each not in orders.OVER and each is not OrderStatus.DRAFT)
GIVEN_OUT = (OrderStatus.UNREVIEWED,)
STAFF, ROLE = identity.Staff, identity.Role


@dataclass
class Person:
    """Who is on duty, the channels they see (None: all), and how many open orders they have."""

    id: UUID
    name: str
    channels: frozenset[UUID] | None
    load: int

    def takes(self, row: Any) -> bool:
        """Whether they see the channel of an order, and have not as many as it lets them have."""
        sees = self.channels is None or row.channel_id in self.channels
        return sees and (row.most_open_orders is None or self.load < row.most_open_orders)


async def assign_by_load(work: Work) -> int:
    """Give unowned orders of channels that assign by themselves to who has the least to do; says how many."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtext(LOCK))))
    rule = DeskRule.__table__
    waiting = (
        select(Order.id, Order.channel_id, Order.customer_id, rule.c.most_open_orders)
        .join(rule, rule.c.channel_id == Order.channel_id)
        .where(rule.c.assigns_by_load, Order.responsible_id.is_(None), Order.status.in_(GIVEN_OUT))
        .order_by(Order.placed_at, Order.id)
        .limit(ASSIGNED_MAX)
        .with_for_update(of=Order, skip_locked=True)
    )
    rows = await work.rows(waiting)
    if not rows:
        return 0
    given = give_out(rows, await people_on_duty(work), await _owners_of_buyers(work, rows))
    await orders.give_orders(work, given)
    return len(given)


async def pass_on(work: Work, fact: identity.StaffWentOffDuty) -> None:
    """Give what a person had to do to who is on duty; what nobody there may have is nobody's again."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtext(LOCK))))
    rule = DeskRule.__table__
    kept = (
        select(Order.id, Order.channel_id, Order.customer_id, Order.placed_at, rule.c.most_open_orders)
        .outerjoin(rule, rule.c.channel_id == Order.channel_id)
        .join(STAFF, STAFF.id == Order.responsible_id)
        .where(Order.responsible_id == fact.staff_id, Order.status.in_(OPEN), STAFF.on_duty.is_(False))
        # Locked in the order of their ids, as everybody does.
        .order_by(Order.id)
        .with_for_update(of=Order)
    )
    if not (rows := sorted(await work.rows(kept), key=lambda row: (row.placed_at, row.id))):
        return
    given: dict[UUID, tuple[UUID | None, str | None]] = {row.id: (None, None) for row in rows}
    await orders.give_orders(work, given | give_out(rows, await people_on_duty(work), {}))


def give_out(
    rows: Sequence[Any], people: Sequence[Person], owners: Mapping[UUID, UUID]
) -> dict[UUID, tuple[UUID | None, str | None]]:
    """Decide who gets which order, the first placed first: who has others of its buyer, else who has least to do."""
    given: dict[UUID, tuple[UUID | None, str | None]] = {}
    ranked = sorted(people, key=lambda each: (each.load, each.id))
    places = {each.id: index for index, each in enumerate(ranked)}
    theirs = {buyer: places[owner] for buyer, owner in owners.items() if owner in places}
    heap = [(each.load, index) for index, each in enumerate(ranked)]
    for row in rows:
        index = theirs.get(row.customer_id)
        if index is None or not ranked[index].takes(row):
            index = _least_busy(heap, ranked, row)
        if index is not None:
            person = ranked[index]
            person.load += 1
            heapq.heappush(heap, (person.load, index))
            given[row.id] = (person.id, person.name)
            if row.customer_id is not None:
                theirs.setdefault(row.customer_id, index)
    return given


def _least_busy(heap: list[tuple[int, int]], ranked: Sequence[Person], row: Any) -> int | None:
    """Find who has the least to do of those who may have an order; an entry of an earlier load is dropped."""
    passed, found = [], None
    while heap and found is None:
        load, index = heapq.heappop(heap)
        if load == ranked[index].load:
            passed.append((load, index))
            found = index if ranked[index].takes(row) else None
    for each in passed:
        heapq.heappush(heap, each)
    return found


async def _owners_of_buyers(work: Work, rows: Sequence[Any]) -> dict[UUID, UUID]:
    """Say who is in charge of the latest open order of each buyer of these."""
    buyers = sorted({row.customer_id for row in rows if row.customer_id is not None})
    if not buyers:
        return {}
    statement = (
        select(Order.customer_id, Order.responsible_id)
        .ext(distinct_on(Order.customer_id))
        .where(Order.customer_id.in_(buyers), Order.responsible_id.is_not(None), Order.status.in_(OPEN))
        .order_by(Order.customer_id, Order.placed_at.desc(), Order.id)
    )
    return {row.customer_id: row.responsible_id for row in await work.rows(statement)}


async def people_on_duty(work: Work) -> list[Person]:
    """Find who is on duty and may review, with their open orders; they stay so until this is committed."""
    grants = [permission_of(orders.review_order), "orders.*", "*"]
    load = select(func.count()).where(Order.responsible_id == STAFF.id, Order.status.in_(OPEN)).scalar_subquery()
    statement = (
        select(STAFF.id, STAFF.name, STAFF.channel_ids, load.label("load"))
        .join(ROLE, ROLE.id == STAFF.role_id)
        .where(STAFF.on_duty, STAFF.active, or_(*(func.array_position(ROLE.permissions, each) > 0 for each in grants)))
        .order_by(STAFF.id)
        .with_for_update(of=STAFF, read=True)
    )
    rows = await work.rows(statement)
    return [Person(row.id, row.name, _seen(row.channel_ids), row.load) for row in rows]


def _seen(channel_ids: Sequence[UUID] | None) -> frozenset[UUID] | None:
    return None if channel_ids is None else frozenset(channel_ids)
