"""Order policies (订单策略设置): the limits of a channel, else of the company, by which orders are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from domain import channels
from domain.kernel import (
    BadInput,
    Money,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Read,
    Refusal,
    Work,
    action,
    by_key,
    check_version,
    constant,
    identifier,
    page,
    sees_channel,
)
from domain.orders.batches import among, table_of
from domain.orders.check_models import OrderPolicy

WORDS_MAX = 100
WORD_LENGTH_MAX = 50
FLAG_MAX, FLAGS_MAX = 5, 20
SAME_BUYER_MAX = 1_000
DELAY_MINUTES_MAX = 7 * 24 * 60
DRAFT_DAYS_MAX = 366


class PolicyShared(Refusal):
    """The policy of the company holds for all channels; only who sees all channels may set it."""

    chinese = "公司级策略适用于全部渠道，只有可查看全部渠道的人员可以设置"


@dataclass(frozen=True, kw_only=True)
class PolicyRules:
    """The limits; what is None, false or empty is not checked."""

    currency: str = "CNY"
    amount_min: Money | None = None
    amount_max: Money | None = None
    same_buyer_orders: int | None = None
    holds_messages: bool = False
    holds_memos: bool = False
    harmless_words: tuple[str, ...] = ()
    held_flags: tuple[int, ...] = ()
    holds_siblings: bool = False
    finance_above_amount: Money | None = None
    review_delay_minutes: int = 0
    reviews_restocked: bool = False
    stops_outdated_papers: bool = False
    draft_days: int = 30

    def needs_finance(self, currency: str, total: Money) -> bool:
        """Whether an order of this total is looked at by finance as well."""
        limit = self.finance_above_amount
        return limit is not None and currency == self.currency and total > limit


POLICIES = constant(select(*table_of(OrderPolicy).c))
BY_CREATED = Ordering(
    name="order_policies.created",
    columns=(OrderPolicy.created_at, OrderPolicy.id),
    keys=("created_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
)


NOTHING_CHECKED = PolicyRules()
NAMES = tuple(each.name for each in fields(PolicyRules))
AMOUNTS = ("amount_min", "amount_max", "finance_above_amount")

# Amounts stand as texts within the JSON: what is read of it is exact.
POLICIES_READ = """
    SELECT 'policy' AS kind, to_jsonb(policy) || jsonb_build_object('amount_min', amount_min::text,
        'amount_max', amount_max::text, 'finance_above_amount', finance_above_amount::text) AS fact
    FROM order_policies AS policy WHERE channel_id = ANY (:channel_ids) OR channel_id IS NULL
"""
POLICIES_OF = text(POLICIES_READ).bindparams(bindparam("channel_ids", type_=ARRAY(Uuid))).columns(kind=Text, fact=JSONB)


@action
async def set_order_policy(
    work: Work, rules: PolicyRules, channel_id: UUID | None = None, expected_version: int | None = None
) -> OrderPolicy:
    """Set by which limits the orders of a channel, or of all channels without their own, are checked and reviewed."""
    _check(rules)
    await _check_channel(work, channel_id)
    stamp = {"created_at": work.now, "updated_at": work.now, "updated_by": work.actor.name}
    new: dict[str, Any] = {"id": identifier(), "channel_id": channel_id, "version": 0, **_values(rules), **stamp}
    await work.execute(insert(OrderPolicy).values(new).on_conflict_do_nothing())
    statement = select(OrderPolicy).where(OrderPolicy.channel_id.is_not_distinct_from(channel_id))
    policy = (await work.session.scalars(statement.with_for_update())).one()
    await check_version(work, policy, expected_version)
    for name, value in _values(rules).items():
        setattr(policy, name, value)
    policy.version += 1
    policy.updated_at, policy.updated_by = work.now, work.actor.name
    return policy


async def policies_for(work: Work | Read, channel_ids: Sequence[UUID]) -> Mapping[UUID, PolicyRules]:
    """Find the limits of channels: their own, else the company's, else none."""
    rows = await work.rows(POLICIES_OF, {"channel_ids": sorted(set(channel_ids))})
    return policies_from([row.fact for row in rows], channel_ids)


def policies_from(read: Sequence[Mapping[str, Any]], channel_ids: Sequence[UUID]) -> Mapping[UUID, PolicyRules]:
    """Make the limits of channels of rows that were read."""
    found = {each["channel_id"]: _rules(each) for each in read}
    company = found.get(None, NOTHING_CHECKED)
    return {each: found.get(str(each), company) for each in channel_ids}


async def order_policies_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Find policies: the company's is everybody's to see, one of a channel is seen by those who see the channel."""
    return by_key(await read.rows(_seen(read).where(among(OrderPolicy.id, ids))))


async def draft_days(work: Work, channel_id: UUID) -> int:
    """Say for how many days a draft of a channel waits before it expires."""
    return (await policies_for(work, [channel_id]))[channel_id].draft_days


def _seen(read: Read) -> Select[Any]:
    if read.actor.channels is None:
        return POLICIES
    own = OrderPolicy.channel_id.in_(sorted(read.actor.channels))
    return POLICIES.where(or_(own, OrderPolicy.channel_id.is_(None)))


async def order_policies_page(read: Read, request: PageRequest) -> Page:
    """Read a page of the policies, the oldest first: there is at most one for each channel, and the company's."""
    return await page(read, _seen(read), BY_CREATED, request)


def _rules(read: Mapping[str, Any]) -> PolicyRules:
    given = {name: read[name] for name in NAMES}
    amounts = {name: None if given[name] is None else Money(given[name]) for name in AMOUNTS}
    lists = {name: tuple(given[name]) for name in ("harmless_words", "held_flags")}
    return PolicyRules(**given | amounts | lists)


def _values(rules: PolicyRules) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((name, getattr(rules, name)) for name in NAMES)
    }


def _check(rules: PolicyRules) -> None:
    for name, amount in (
        ("amountMin", rules.amount_min),
        ("amountMax", rules.amount_max),
        ("financeAboveAmount", rules.finance_above_amount),
    ):
        if amount is not None and amount < Money(0):
            raise _bad(name, "must not be negative")
    if rules.amount_min is not None and rules.amount_max is not None and rules.amount_min > rules.amount_max:
        raise _bad("amountMax", "must not be below amountMin")
    if rules.same_buyer_orders is not None and not 2 <= rules.same_buyer_orders <= SAME_BUYER_MAX:  # noqa: PLR2004 — One is no repetition.
        raise _bad("sameBuyerOrders", f"must lie between 2 and {SAME_BUYER_MAX}")
    if not 0 <= rules.review_delay_minutes <= DELAY_MINUTES_MAX:
        raise _bad("reviewDelayMinutes", f"must lie between 0 and {DELAY_MINUTES_MAX}")
    if not 1 <= rules.draft_days <= DRAFT_DAYS_MAX:
        raise _bad("draftDays", f"must lie between 1 and {DRAFT_DAYS_MAX}")
    check_words(rules.harmless_words, "harmlessWords")
    check_flags(rules.held_flags, "heldFlags")


def check_words(words: Sequence[str], field: str) -> None:
    """Refuse too many words, or one that is empty or endless."""
    if len(words) > WORDS_MAX or any(not 1 <= len(each.strip()) <= WORD_LENGTH_MAX for each in words):
        raise _bad(field, f"at most {WORDS_MAX} words of 1 to {WORD_LENGTH_MAX} characters")


def check_flags(flags: Sequence[int], field: str) -> None:
    """Refuse flags that no order can have."""
    if len(flags) > FLAGS_MAX or any(not 0 <= each <= FLAG_MAX for each in flags):
        raise _bad(field, f"at most {FLAGS_MAX} flags from 0 to {FLAG_MAX}")


def _bad(field: str, problem: str) -> Refusal:
    return BadInput(field=field, problem=problem).at("input", field)


async def _check_channel(work: Work, channel_id: UUID | None) -> None:
    if channel_id is None:
        if work.actor.channels is not None:
            raise PolicyShared().at("input", "channelId")
        return
    known = await work.rows(select(channels.Channel.id).where(channels.Channel.id == channel_id))
    if not known or not sees_channel(work.actor, channel_id):
        raise NotFound(what="channel", which=str(channel_id)).at("input", "channelId")
