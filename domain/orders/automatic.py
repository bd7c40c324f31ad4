"""Automatic review (自动审单): by the clock, what waits is checked again, split, judged, and approved or explained.

Each pass takes the orders that were judged longest ago, a bounded number, in a constant number of statements; what a
colleague holds locked at that moment is left to the next pass.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import Work, permission_of
from domain.kernel.audit import note
from domain.orders import approving, checking, exploding, splitting_unasked, waiting
from domain.orders.batches import among, table_of, unnested
from domain.orders.judging import Judged, judge, judge_looked
from domain.orders.kinds import FOLLOWING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order
from domain.orders.review import review_order
from domain.orders.review_rules import Rule, rules_in_force
from domain.orders.rule_conditions import Conditions, Failure, always, failures
from domain.orders.rule_models import ReviewFinding, ReviewRule

JUDGED_MAX = 300
FRESH_SECONDS = 30
FORGOTTEN_MAX = 1_000
RESTOCKED = "restocked"
FINDINGS = table_of(ReviewFinding)
Outcomes = dict[UUID, tuple[Rule | None, list[Failure]]]


async def review_waiting(work: Work) -> int:
    """Judge the orders that wait for review and approve those a rule vouches for; says how many."""
    await _forget(work)
    order_ids = await _due(work)
    if not order_ids:
        return 0
    # An article may have become a bundle while an order of it came in.
    if exploded := await exploding.explode_waiting(work, order_ids):
        await waiting.claim_for_waiting(work, exploded)
    _, looked = await checking.look_and_check(work, order_ids)
    divided = await splitting_unasked.split_unasked(work, order_ids)
    rules = await rules_in_force(work)
    asked = [each.conditions for each in rules]
    # What was just looked at is judged as it was seen, unless orders were divided meanwhile.
    if looked is None or divided:
        judged = await judge(work, [each for each in order_ids if each not in divided], asked, work.now)
    else:
        judged = await judge_looked(work, looked, asked)
    approved, outcomes = decide(judged, rules, work.now)
    for by, wanted in approved.items():
        await _approve(work, by, wanted)
    await _explain(work, outcomes)
    return sum(len(each) for each in approved.values())


def decide(judged: Judged, rules: Sequence[Rule], now: datetime) -> tuple[dict[str, list[UUID]], Outcomes]:
    """Say which orders are approved by whom, and of the others what failed of the rule that came closest."""
    approved, outcomes = dict[str, list[UUID]](), Outcomes()
    for order_id, facts in judged.facts.items():
        tried = [(rule, failures(rule.conditions, facts, now)) for rule in rules]
        passed = next((rule for rule, failed in tried if not failed), None)
        if passed is not None:
            approved.setdefault(f"rule {passed.name}", []).append(order_id)
        elif restocked(judged, order_id, now):
            approved.setdefault(RESTOCKED, []).append(order_id)
        else:
            outcomes[order_id] = min(tried, key=lambda each: len(each[1]), default=(None, []))
    return approved, outcomes


def restocked(judged: Judged, order_id: UUID, now: datetime) -> bool:
    """Whether an order waited for stock only, which came by itself, and its company approves such orders at once."""
    head, held = judged.heads[order_id], judged.held[order_id]
    if not judged.policies[head["channel_id"]].reviews_restocked or not held:
        return False
    only_short = all(each.reason is HoldReason.SHORTAGE and each.released_at is not None for each in held)
    by_itself = all(each.released_by is None for each in held)
    return only_short and by_itself and not any(always(Conditions(), judged.facts[order_id], now).values())


async def _due(work: Work) -> list[UUID]:
    """Take the orders that were judged longest ago, or not since they or the rules changed, and lock them."""
    changed = select(func.max(ReviewRule.updated_at)).scalar_subquery()
    stale = work.now - timedelta(seconds=FRESH_SECONDS)
    at = FINDINGS.c.judged_at
    statement = (
        select(Order.id)
        .join(FINDINGS, FINDINGS.c.order_id == Order.id, isouter=True)
        .where(Order.status == OrderStatus.UNREVIEWED, Order.kind.not_in(FOLLOWING))
        .where(or_(at.is_(None), at < stale, at < Order.updated_at, at < changed))
        .order_by(at.asc().nulls_first(), Order.paid_at, Order.id)
        .limit(JUDGED_MAX)
        .with_for_update(of=Order, skip_locked=True)
    )
    return [row.id for row in await work.rows(statement)]


async def _approve(work: Work, by: str, order_ids: Sequence[UUID]) -> None:
    approval = await approving.approve(work, dict.fromkeys(sorted(order_ids)), by)
    for order_id in approval.moved:
        subject = (Order.__name__, order_id)
        note(work, permission_of(review_order), {"order_id": order_id, "by": by}, subject, approval.changes(order_id))
    await work.execute(delete(FINDINGS).where(among(FINDINGS.c.order_id, list(approval.moved))))


async def _explain(work: Work, outcomes: Mapping[UUID, tuple[Rule | None, list[Failure]]]) -> None:
    if not outcomes:
        return
    rows = [_finding(work, order_id, *outcomes[order_id]) for order_id in sorted(outcomes)]
    columns = [FINDINGS.c[key] for key in rows[0]]
    statement = insert(FINDINGS).from_select(columns, select(*unnested(columns, rows).c))
    changed = {key: statement.excluded[key] for key in rows[0] if key != "order_id"}
    await work.execute(statement.on_conflict_do_update(index_elements=[FINDINGS.c.order_id], set_=changed))


def _finding(work: Work, order_id: UUID, rule: Rule | None, failed: Sequence[Failure]) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "judged_at": work.now,
        "rule_id": rule.id if rule else None,
        "rule_name": rule.name if rule else None,
        "failed": {each.condition.value: each.evidence for each in failed},
    }


async def _forget(work: Work) -> None:
    """Forget what was found of orders that do not wait for review any more."""
    over = (
        select(FINDINGS.c.order_id)
        .join(Order, Order.id == FINDINGS.c.order_id)
        .where(Order.status != OrderStatus.UNREVIEWED)
        .limit(FORGOTTEN_MAX)
    )
    await work.execute(delete(FINDINGS).where(FINDINGS.c.order_id.in_(over)))
