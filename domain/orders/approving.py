"""Approving (审核通过): the one way in which orders pass review, one or a thousand, in a constant number of statements.

Above the company's limit an approved order goes on to finance; below it, its stock is firmly promised at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain import inventory
from domain.inventory import ClaimClass
from domain.kernel import NotFound, Refusal, Work, visible
from domain.orders import blocking, funds, loading, reminders
from domain.orders.batches import among, table_of, unnested
from domain.orders.events import OrderReviewed
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import LIFECYCLE, OrderStatus
from domain.orders.models import Order, OrderLine
from domain.orders.policies import PolicyRules, policies_for
from domain.orders.shipping import NothingToShip

ORDERS = table_of(Order)
HEAD = tuple(
    ORDERS.c[key]
    for key in ("id", "number", "channel_id", "status", "currency", "total_amount", "responsible_id",
                "responsible_name", "version", "updated_at", "updated_by", "on_account")
)  # fmt: skip
OPEN = OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.cancelled_quantity > NOTHING
UNREVIEWED = (OrderStatus.UNREVIEWED,)


@dataclass
class Approval:
    """What came of approving: why not, by order; where the others stand now, and who vouched for them."""

    refused: dict[UUID, Refusal] = field(default_factory=dict)
    moved: dict[UUID, tuple[OrderStatus, OrderStatus]] = field(default_factory=dict)
    stamp: dict[str, str | datetime] = field(default_factory=dict)

    def changes(self, order_id: UUID) -> list[dict[str, Any]]:
        """Say the change of one order as the audit log keeps it."""
        before, after = self.moved[order_id]
        told: dict[str, dict[str, str | None]] = {"status": {"before": before.value, "after": after.value}}
        told |= {key: {"before": None, "after": str(value)} for key, value in self.stamp.items()}
        return [{"type": "Order", "id": str(order_id), "of": ["Order", str(order_id)], "fields": told}]


@dataclass(frozen=True)
class Asked:
    """What is known of the orders to be approved, locked."""

    heads: Mapping[UUID, Any]
    taken: Mapping[UUID, Refusal]
    waiting: Mapping[UUID, Mapping[Any, str]]
    open_lines: frozenset[UUID]
    policies: Mapping[UUID, PolicyRules]


async def approve(
    work: Work, wanted: Mapping[UUID, int | None], by: str | None = None, allowed: Sequence[OrderStatus] = UNREVIEWED
) -> Approval:
    """Approve orders that a person, or a rule named `by`, vouches for; `wanted` gives the version seen of each."""
    asked = await _ask(work, list(wanted))
    approval = Approval()
    for order_id, version in wanted.items():
        refusal = _refusal(asked, order_id, version, allowed)
        if refusal is not None:
            approval.refused[order_id] = refusal
        else:
            head = asked.heads[order_id]
            approval.moved[order_id] = (head.status, _next_status(asked, head))
    await _within_funds(work, asked, approval)
    if approval.moved:
        await _write(work, approval, by or work.actor.name)
    return approval


async def _within_funds(work: Work, asked: Asked, approval: Approval) -> None:
    """Leave out what the funds of its distributor do not suffice for."""
    promised = [key for key, (_, after) in approval.moved.items() if after is OrderStatus.REVIEWED]
    on_account = [asked.heads[key] for key in promised if asked.heads[key].on_account]
    for order_id, refusal in (await funds.refused_for_funds(work, on_account)).items() if on_account else ():
        approval.refused[order_id] = refusal
        del approval.moved[order_id]


async def _ask(work: Work, order_ids: Sequence[UUID]) -> Asked:
    statement = visible(select(*HEAD).where(among(ORDERS.c.id, order_ids)), work.actor, channel=ORDERS.c.channel_id)
    rows = await work.rows(statement.order_by(ORDERS.c.id).with_for_update())
    found = [row.id for row in rows]
    lines = select(OrderLine.order_id).where(among(OrderLine.order_id, found), OPEN).distinct()
    return Asked(
        heads={row.id: row for row in rows},
        taken=await loading.taken_by_others(work, rows),
        waiting=await blocking.blocked_among(work, found),
        open_lines=frozenset(row.order_id for row in await work.rows(lines)),
        policies=await policies_for(work, [row.channel_id for row in rows]),
    )


def _refusal(asked: Asked, order_id: UUID, version: int | None, allowed: Sequence[OrderStatus]) -> Refusal | None:
    head = asked.heads.get(order_id)
    if head is None:
        return NotFound(what="order", which=str(order_id)).at("input", "id")
    if version is not None and version != head.version:
        return loading.version_conflict(head)
    if OrderStatus.UNREVIEWED in allowed and order_id in asked.taken:
        return asked.taken[order_id]
    if head.status not in allowed:
        return loading.wrong_state(head, allowed)
    if reasons := asked.waiting.get(order_id):
        return loading.on_hold(head, reasons)
    return None if order_id in asked.open_lines else NothingToShip(number=head.number)


def _next_status(asked: Asked, head: Any) -> OrderStatus:
    finance = asked.policies[head.channel_id].needs_finance(head.currency, head.total_amount)
    first = head.status is OrderStatus.UNREVIEWED
    return OrderStatus.AWAITING_FINANCE if first and finance else OrderStatus.REVIEWED


async def _write(work: Work, approval: Approval, by: str) -> None:
    """Write what was decided; of what finance approves, the first reviewer stays."""
    rows = [{"id": order_id, "status": after} for order_id, (_, after) in approval.moved.items()]
    for before, after in set(approval.moved.values()):
        LIFECYCLE.check("order", before, after)
    given = unnested([ORDERS.c.id, ORDERS.c.status], rows)
    finance = {before for before, _ in approval.moved.values()} == {OrderStatus.AWAITING_FINANCE}
    who = ("finance_reviewed_by", "finance_reviewed_at") if finance else ("reviewed_by", "reviewed_at")
    approval.stamp = {who[0]: by, who[1]: work.now}
    stamp = {**approval.stamp, "updated_at": work.now, "updated_by": work.actor.name}
    changed = {"status": given.c.status, "version": ORDERS.c.version + 1, "sent_back_at": None, **stamp}
    await work.execute(update(ORDERS).where(ORDERS.c.id == given.c.id).values(**changed))
    promised = [order_id for order_id, (_, after) in approval.moved.items() if after is OrderStatus.REVIEWED]
    if promised:
        await inventory.promote(work, promised, ClaimClass.TO_SHIP)
        await reminders.stop_reminding(work, promised)
        work.record(*(OrderReviewed(order_id=each, reviewed_by=by) for each in promised))
