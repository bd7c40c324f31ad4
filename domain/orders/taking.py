"""Responsibility (负责人): a person takes an order, is given it by a superior, or hands it over to a colleague.

What is somebody's is changed by that person or a superior of theirs only (see `loading`); what is nobody's, by anybody.
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update

from domain import identity
from domain.kernel import ActorKind, NotFound, Refusal, Work, action, audit
from domain.orders import loading
from domain.orders.batches import table_of, unnested
from domain.orders.lifecycle import LEFT, OVER, OrderStatus
from domain.orders.models import Order

ORDERS = table_of(Order)
ALIVE = tuple(each for each in OrderStatus if each not in OVER or each in LEFT)
"""Also what left needs somebody when its buyer wants the money back."""


class OnlyPeople(Refusal):
    """Only a person takes an order; {caller} is a program."""

    caller: str
    chinese = "只有员工可以领取订单，{caller} 是程序"


class Colleague(NamedTuple):
    """The person an order is given to."""

    id: UUID
    name: str


@action
async def take_order(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Take responsibility for an order, so that others leave it to you."""
    if work.actor.kind is ActorKind.CLIENT:
        raise OnlyPeople(caller=work.actor.name)
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    _give_to(work, order, work.actor.id, work.actor.name)
    return order


@action
async def hand_over_order(work: Work, order_id: UUID, staff_id: UUID, expected_version: int | None = None) -> Order:
    """Hand an order over to a colleague who sees its channel."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    colleague = await _colleague(work, staff_id, order.channel_id)
    _give_to(work, order, colleague.id, colleague.name)
    return order


@action
async def assign_order(work: Work, order_id: UUID, staff_id: UUID, expected_version: int | None = None) -> Order:
    """Give an order to one who stands below you and sees its channel."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, ALIVE)
    colleague = await _colleague(work, staff_id, order.channel_id)
    standing = (await identity.standings_of(work, [staff_id]))[staff_id]
    if work.actor.kind is not ActorKind.SYSTEM and work.actor.id not in standing.superiors:
        raise identity.NotBelow(name=colleague.name).at("input", "staffId")
    _give_to(work, order, colleague.id, colleague.name)
    return order


async def give_orders(work: Work, given: Mapping[UUID, tuple[UUID | None, str | None]]) -> None:
    """Give many locked orders to people (or nobody), by id and name, in one statement; their timelines tell it.

    Nobody has taken them by that: rules may still approve them, and the clock merge them.
    """
    if not given:
        return
    keys = ("id", "responsible_id", "responsible_name")
    rows = [dict(zip(keys, (order_id, *person), strict=True)) for order_id, person in given.items()]
    to = unnested([ORDERS.c[key] for key in keys], rows)
    stamp = {"taken_at": None, "updated_at": work.now, "updated_by": work.actor.name}
    owner = {key: to.c[key] for key in keys[1:]}
    changed = update(ORDERS).where(ORDERS.c.id == to.c.id)
    await work.execute(changed.values(**owner, **stamp, version=ORDERS.c.version + 1))
    for row in rows:
        told = {"responsible_name": {"before": None, "after": row["responsible_name"]}}
        change = {"type": "Order", "id": str(row["id"]), "fields": told}
        audit.note(work, "orders.assign_order", {}, ("Order", row["id"]), [change])


def _give_to(work: Work, order: Order, person_id: UUID | None, name: str) -> None:
    order.responsible_id, order.responsible_name, order.taken_at = person_id, name, work.now
    loading.touch(work, order)


async def _colleague(work: Work, staff_id: UUID, channel_id: UUID) -> Colleague:
    staff = identity.models.Staff
    rows = await work.rows(select(staff.id, staff.name, staff.channel_ids).where(staff.id == staff_id, staff.active))
    if not rows or (rows[0].channel_ids is not None and channel_id not in rows[0].channel_ids):
        raise NotFound(what="colleague", which=str(staff_id)).at("input", "staffId")
    return Colleague(rows[0].id, rows[0].name)
