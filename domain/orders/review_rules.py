"""Keeping review rules (审单策略维护): defined, changed, enabled, disabled, removed; every version stays to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, channels
from domain.kernel import (
    BadInput,
    Money,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Rate,
    Read,
    Reading,
    Refusal,
    Work,
    action,
    check_version,
    constant,
    page,
    short_text,
)
from domain.orders.batches import among, table_of
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order
from domain.orders.policies import DELAY_MINUTES_MAX, check_flags, check_words
from domain.orders.rule_conditions import Conditions
from domain.orders.rule_models import ReviewFinding, ReviewRule, ReviewRuleId, ReviewRuleVersion

NAME_LENGTH_MAX = 100
PRIORITY_MAX = 1_000
RULES_MAX = 200
IDS_MAX = 200

RULES = constant(select(*table_of(ReviewRule).c).where(ReviewRule.removed_at.is_(None)))
VERSIONS = select(*table_of(ReviewRuleVersion).c).order_by(ReviewRuleVersion.version.desc())
BY_PRIORITY = Ordering(
    name="review_rules.priority",
    columns=(ReviewRule.priority, ReviewRule.id),
    keys=("priority", "id"),
    parsers=(int, UUID),
    descending=True,
)

review_rules_by_id = Reading(constant(select(*table_of(ReviewRule).c)), ReviewRule.id)
# A rule as it was from some moment on, the latest version first.
review_rule_versions_of = Reading(VERSIONS, ReviewRuleVersion.rule_id, many=True)
# Why no rule approved an order that still waits for review.
review_findings_of = Reading(
    constant(
        select(*table_of(ReviewFinding).c)
        .join(Order, Order.id == ReviewFinding.order_id)
        .where(Order.status == OrderStatus.UNREVIEWED)
    ),
    ReviewFinding.order_id,
    channel=Order.channel_id,
)


class ReviewRuleTaken(Refusal):
    """There is already a review rule named {name}."""

    name: str
    chinese = "审单策略 {name} 已存在"


class TooManyReviewRules(Refusal):
    """There are {rules_max} review rules already; remove one first."""

    rules_max: int
    chinese = "审单策略已达 {rules_max} 条，请先删除"


@dataclass(frozen=True, kw_only=True)
class RuleGiven:
    """A rule as a person states it."""

    name: str
    priority: int
    conditions: Conditions


class Rule(NamedTuple):
    """A rule as orders are judged by it."""

    id: UUID
    name: str
    conditions: Conditions


@action
async def define_review_rule(work: Work, rule: RuleGiven) -> ReviewRule:
    """Define a rule by which orders are approved by themselves; it does nothing until it is enabled."""
    name = await _checked(work, rule)
    known = await work.rows(select(ReviewRule.name).where(ReviewRule.removed_at.is_(None)).with_for_update())
    if len(known) >= RULES_MAX:
        raise TooManyReviewRules(rules_max=RULES_MAX)
    if name in {row.name for row in known}:
        raise ReviewRuleTaken(name=name).at("input", "name")
    stamp: dict[str, Any] = {"created_at": work.now, "updated_at": work.now, "updated_by": work.actor.name}
    made = ReviewRule(name=name, priority=rule.priority, conditions=rule.conditions.stored(), **stamp)
    work.session.add(made)
    await work.session.flush()
    return await _kept(work, made)


@action
async def change_review_rule(
    work: Work, rule_id: UUID, rule: RuleGiven, expected_version: int | None = None
) -> ReviewRule:
    """Change the name, priority and conditions of a review rule; orders that wait are judged anew."""
    found = await _rule(work, rule_id, expected_version)
    name = await _checked(work, rule)
    other = select(ReviewRule.id).where(ReviewRule.name == name, ReviewRule.removed_at.is_(None))
    if await work.rows(other.where(ReviewRule.id != found.id)):
        raise ReviewRuleTaken(name=name).at("input", "name")
    found.name, found.priority, found.conditions = name, rule.priority, rule.conditions.stored()
    return await _changed(work, found)


@action
async def enable_review_rule(work: Work, rule_id: UUID, expected_version: int | None = None) -> ReviewRule:
    """Let a review rule approve orders from now on."""
    found = await _rule(work, rule_id, expected_version)
    found.enabled = True
    return await _changed(work, found)


@action
async def disable_review_rule(work: Work, rule_id: UUID, expected_version: int | None = None) -> ReviewRule:
    """Let a review rule approve nothing more until it is enabled again."""
    found = await _rule(work, rule_id, expected_version)
    found.enabled = False
    return await _changed(work, found)


@action
async def remove_review_rule(work: Work, rule_id: UUID, expected_version: int | None = None) -> ReviewRule:
    """Remove a review rule; what it approved still names it."""
    found = await _rule(work, rule_id, expected_version)
    found.enabled, found.removed_at = False, work.now
    return await _changed(work, found)


async def rules_in_force(work: Work | Read) -> list[Rule]:
    """Load the enabled rules, the highest priority first, of equals the latest."""
    statement = RULES.where(ReviewRule.enabled).order_by(ReviewRule.priority.desc(), ReviewRule.id.desc())
    return [Rule(row.id, row.name, Conditions.read(row.conditions)) for row in await work.rows(statement)]


async def review_rules_page(read: Read, request: PageRequest) -> Page:
    """Read a page of the review rules, the highest priority first."""
    return await page(read, RULES, BY_PRIORITY, request)


async def _rule(work: Work, rule_id: UUID, expected_version: int | None) -> ReviewRule:
    statement = select(ReviewRule).where(ReviewRule.id == rule_id, ReviewRule.removed_at.is_(None))
    found: ReviewRule | None = await work.session.scalar(statement.with_for_update())
    if found is None:
        raise NotFound(what="review rule", which=str(rule_id)).at("input", "id")
    await check_version(work, found, expected_version)
    return found


async def _changed(work: Work, rule: ReviewRule) -> ReviewRule:
    rule.version += 1
    rule.updated_at, rule.updated_by = work.now, work.actor.name
    return await _kept(work, rule)


async def _kept(work: Work, rule: ReviewRule) -> ReviewRule:
    """Keep the version that holds from now on."""
    same: dict[str, Any] = {key: getattr(rule, key) for key in ("version", "name", "priority", "enabled", "conditions")}
    work.session.add(
        ReviewRuleVersion(
            rule_id=ReviewRuleId(rule.id), removed=rule.removed_at is not None, set_at=work.now,
            set_by=work.actor.name, **same,
        )
    )  # fmt: skip
    await work.session.flush()
    return rule


async def _checked(work: Work, rule: RuleGiven) -> str:
    if not -PRIORITY_MAX <= rule.priority <= PRIORITY_MAX:
        raise _bad("priority", f"must lie between {-PRIORITY_MAX} and {PRIORITY_MAX}")
    check_conditions(rule.conditions)
    await _check_ids(work, rule.conditions)
    return short_text(rule.name, "name", NAME_LENGTH_MAX)


def check_conditions(conditions: Conditions) -> None:
    """Refuse conditions that nothing or everything could meet by mistake."""
    if not 0 <= conditions.waited_minutes <= DELAY_MINUTES_MAX:
        raise _bad("waitedMinutes", f"must lie between 0 and {DELAY_MINUTES_MAX}")
    for field, amount in (("amountMin", conditions.amount_min), ("amountMax", conditions.amount_max)):
        if amount is not None and amount < Money(0):
            raise _bad(field, "must not be negative")
    least, most = conditions.amount_min, conditions.amount_max
    if least is not None and most is not None and least > most:
        raise _bad("amountMax", "must not be below amountMin")
    if conditions.margin_min is not None and not Rate(-1) <= conditions.margin_min <= Rate(1):
        raise _bad("marginMin", "must lie between -1 and 1")
    check_words(conditions.harmless_words, "harmlessWords")
    check_words(conditions.remote_areas, "remoteAreas")
    if conditions.flags is not None:
        check_flags(conditions.flags, "flags")


async def _check_ids(work: Work, conditions: Conditions) -> None:
    await _check_known(work, channels.Channel.id, conditions.channel_ids, "channelIds")
    await _check_known(work, catalogue.Category.id, conditions.category_ids, "categoryIds")


async def _check_known(work: Work, column: Any, ids: Sequence[UUID] | None, field: str) -> None:
    if ids is None:
        return
    if not 1 <= len(ids) <= IDS_MAX:
        raise _bad(field, f"1 to {IDS_MAX}, or none at all")
    known = {row[0] for row in await work.rows(select(column).where(among(column, ids)))}
    if missing := sorted(set(ids) - known):
        raise NotFound(what=field.removesuffix("Ids"), which=str(missing[0])).at("input", field)


def _bad(field: str, problem: str) -> Refusal:
    return BadInput(field=field, problem=problem).at("input", field)
