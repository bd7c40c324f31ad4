"""Queues by person (个人队列): who has how much to do, and what is nobody's, in one statement."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from domain import orders
from domain.desk.assigning import OPEN, STAFF
from domain.kernel import Read, visible
from domain.orders import Order, OrderStatus

PEOPLE_MAX = 500
HOLD = orders.models.Hold
WAITS = exists().where(HOLD.order_id == Order.id, HOLD.released_at.is_(None))


@dataclass(frozen=True, slots=True)
class Queue:
    """The open orders of one person, or (without a person) of nobody; what is on hold is counted there only."""

    person_id: UUID | None
    person_name: str | None
    on_duty: bool
    total: int
    on_hold: int
    to_review: int
    to_finance: int
    to_ship: int


async def queues(read: Read) -> list[Queue]:
    """Count the open orders of each person in the caller's channels, the most first; who is on duty is there too."""
    rows = await read.rows(_counted(read))
    return [Queue(*(getattr(row, key) for key in Queue.__slots__)) for row in rows]


def _counted(read: Read) -> Select[Any]:
    to_ship = Order.status.in_(orders.TO_SHIP)
    counts = (
        func.count().label("total"),
        func.count().filter(WAITS).label("on_hold"),
        func.count().filter(and_(Order.status == OrderStatus.UNREVIEWED, ~WAITS)).label("to_review"),
        func.count().filter(and_(Order.status == OrderStatus.AWAITING_FINANCE, ~WAITS)).label("to_finance"),
        func.count().filter(and_(to_ship, ~WAITS)).label("to_ship"),
    )
    names = func.max(Order.responsible_name).label("responsible_name")
    mine: Select[Any] = select(Order.responsible_id).add_columns(names, *counts)
    mine = mine.where(Order.status.in_(OPEN)).group_by(Order.responsible_id)
    counted = visible(mine, read.actor, channel=Order.channel_id).subquery()
    people = select(STAFF.id, STAFF.name, STAFF.on_duty).where(_colleague(read)).subquery()
    figures = [func.coalesce(counted.c[each.name], 0).label(each.name) for each in counts]
    joined = select(
        func.coalesce(people.c.id, counted.c.responsible_id).label("person_id"),
        func.coalesce(people.c.name, counted.c.responsible_name).label("person_name"),
        func.coalesce(people.c.on_duty, False).label("on_duty"),
        *figures,
    ).select_from(people.join(counted, people.c.id == counted.c.responsible_id, full=True))
    seen = joined.where(counted.c.total.is_not(None) | people.c.on_duty)
    return seen.order_by(figures[0].desc(), people.c.name.nulls_last(), people.c.id).limit(PEOPLE_MAX)


def _colleague(read: Read) -> Any:
    """Whether somebody sees a channel that the caller sees: others' names are not the caller's to know."""
    if read.actor.channels is None:
        return STAFF.active
    return and_(STAFF.active, STAFF.channel_ids.is_(None) | STAFF.channel_ids.overlap(sorted(read.actor.channels)))
