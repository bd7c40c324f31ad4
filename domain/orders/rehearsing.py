"""Rehearsing a review rule (审单策略试算): what it would have approved of the orders of the last days, and what failed.

Each order is judged at the first moment at which the rule could have looked at it: it was here and paid long enough.
Its holds are those of that moment. Lines, amounts, message, memo, address, warehouse, prices, costs and the blacklist
are those of today; an order that had no shortage then is taken to have had its stock.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from domain.kernel import BadInput, Page, PageRequest, Read, page, visible
from domain.orders.batches import among
from domain.orders.judging import Judged, judge
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order
from domain.orders.queries import ORDERS, orders_by_placed
from domain.orders.rule_conditions import Conditions, Failure, ReviewCondition, ReviewFacts, failures

DAYS_MAX = 90
REHEARSED_MAX = 2_000
PART_MAX = 500
DONE_ELSEWHERE = (
    OrderStatus.AWAITING_PAYMENT, OrderStatus.DRAFT, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED
)  # fmt: skip
"""What never waited for review here: not paid yet, or shipped elsewhere before we saw it."""


@dataclass(frozen=True)
class Rehearsal:
    """What a rule would have done; `cut` says that only the latest 2,000 orders were looked at."""

    considered: int
    cut: bool
    approved: Sequence[UUID]
    failed: Mapping[ReviewCondition, int]
    read: Read

    async def page(self, request: PageRequest) -> Page:
        """Read a page of the orders it would have approved, the latest placed first."""
        statement = ORDERS.where(among(Order.id, self.approved))
        seen = visible(statement, self.read.actor, channel=Order.channel_id)
        return await page(self.read, seen, orders_by_placed(), request)


async def rehearse(read: Read, conditions: Conditions, days: int, now: datetime) -> Rehearsal:
    """Say what a rule with these conditions would have approved of the orders placed in the last days."""
    if not 1 <= days <= DAYS_MAX:
        raise BadInput(field="days", problem=f"must lie between 1 and {DAYS_MAX}").at("days")
    here = or_(Order.reviewed_at.is_not(None), Order.status.not_in(DONE_ELSEWHERE))
    statement = select(Order.id).where(Order.placed_at >= now - timedelta(days=days), here)
    latest = visible(statement, read.actor, channel=Order.channel_id).order_by(Order.placed_at.desc(), Order.id.desc())
    ids = [row.id for row in await read.rows(latest.limit(REHEARSED_MAX + 1))]
    approved, failed = list[UUID](), Counter[ReviewCondition]()
    for start in range(0, min(len(ids), REHEARSED_MAX), PART_MAX):
        judged = await judge(read, ids[start : min(start + PART_MAX, REHEARSED_MAX)], [conditions], now, whole=True)
        for order_id, found in failed_then(judged, conditions).items():
            failed.update(each.condition for each in found)
            approved += [] if found else [order_id]
    return Rehearsal(min(len(ids), REHEARSED_MAX), len(ids) > REHEARSED_MAX, approved, dict(failed), read)


def failed_then(judged: Judged, conditions: Conditions) -> dict[UUID, list[Failure]]:
    """Say of each order what would have failed at the first moment at which the rule could have looked at it."""
    found = {}
    for order_id, facts in judged.facts.items():
        head = judged.heads[order_id]
        waited = timedelta(minutes=max(conditions.waited_minutes, facts.delay_minutes))
        at = max(head["created_at"], (head["paid_at"] or head["placed_at"]) + waited)
        found[order_id] = failures(conditions, as_then(facts, head, judged.held[order_id], at), at)
    return found


def as_then(facts: ReviewFacts, head: Mapping[str, Any], held: Sequence[Any], at: datetime) -> ReviewFacts:
    """Put the facts back to a moment, as far as the data tells."""
    then = {
        each.reason: each.evidence
        for each in held
        if each.opened_at <= at and (each.released_at is None or each.released_at > at)
    }
    short = HoldReason.SHORTAGE in then
    unmatched = facts.unmatched if HoldReason.UNMATCHED_GOODS in then else ()
    return replace(
        facts,
        holds=then,
        unmatched=unmatched,
        unclaimed=[then[HoldReason.SHORTAGE]] if short else (),
        anything_open=True,
        sent_back=False,
        taken_by=facts.taken_by if head["taken_at"] is not None and head["taken_at"] <= at else None,
    )
