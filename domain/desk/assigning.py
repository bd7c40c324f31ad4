"""Giving orders out by load (自动派单): to who is on duty, sees the channel, may review, and has the least to do.

One pass at a time, under a lock, in a constant number of statements; an order somebody is changing waits for the next.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

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

    def sees(self, channel_id: UUID) -> bool:
        return self.channels is None or channel_id in self.channels


async def assign_by_load(work: Work) -> int:
    """Give unowned orders of channels that assign by themselves to who has the least to do; says how many."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtext(LOCK))))
    rule = DeskRule.__table__
    waiting = (
        select(Order.id, Order.channel_id, rule.c.most_open_orders)
        .join(rule, rule.c.channel_id == Order.channel_id)
        .where(rule.c.assigns_by_load, Order.responsible_id.is_(None), Order.status.in_(GIVEN_OUT))
        .order_by(Order.placed_at, Order.id)
        .limit(ASSIGNED_MAX)
        .with_for_update(of=Order, skip_locked=True)
    )
    rows = await work.rows(waiting)
    people = await _on_duty(work) if rows else []
    given = give_out(rows, people)
    await orders.give_orders(work, given)
    return len(given)


def give_out(rows: Sequence[Any], people: Sequence[Person]) -> dict[UUID, tuple[UUID, str]]:
    """Decide who gets which order, the first placed first, each to the one with the least to do at that point."""
    given: dict[UUID, tuple[UUID, str]] = {}
    ranked = sorted(people, key=lambda each: (each.load, each.id))
    heap = [(each.load, index) for index, each in enumerate(ranked)]
    heapq.heapify(heap)
    for row in rows:
        passed = []
        while heap:
            load, index = heapq.heappop(heap)
            person, most = ranked[index], row.most_open_orders
            if person.sees(row.channel_id) and (most is None or load < most):
                given[row.id] = (person.id, person.name)
                passed.append((load + 1, index))
                break
            passed.append((load, index))
        for each in passed:
            heapq.heappush(heap, each)
    return given


async def _on_duty(work: Work) -> list[Person]:
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
