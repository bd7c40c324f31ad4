"""Desk rules (工作台设置): one per channel; without one, orders are only reminded of by the limits of the channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import alerts, channels, identity
from domain.alerts import AlertKind
from domain.desk import hours
from domain.desk.hours import Hours
from domain.desk.models import DeskRule
from domain.kernel import (
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Read,
    Reading,
    Refusal,
    VersionConflict,
    Work,
    action,
    page,
    visible,
)

MINUTES_MAX = 60 * 24 * 30
ORDERS_MAX = 10_000
LAST_HOUR = 23
RULES = DeskRule.__table__
BY_CHANNEL = Ordering("CHANNEL", (RULES.c.channel_id,), ("channel_id",), (UUID,))
desk_rules_by_id = Reading(select(*RULES.c), RULES.c.id, channel=RULES.c.channel_id)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """How a channel's desk shall work; what is None is not done."""

    assigns_by_load: bool = False
    most_open_orders: int | None = None
    unprinted_minutes: int | None = None
    unshipped_minutes: int | None = None
    promise_minutes: int | None = None
    refund_minutes: int | None = None
    balance_minutes: int | None = None
    escalate_minutes: int | None = None
    escalates_to_id: UUID | None = None
    digest_hour: int | None = None
    hours: Sequence[Hours] = ()


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The limits of a channel as they hold at a moment, in minutes; a limit that is None reminds nobody."""

    channel_id: UUID
    warn: int
    severe: int
    lead: int
    process: int
    unprinted: int | None
    unshipped: int | None
    promise: int | None
    refund: int | None
    balance: int | None
    escalate: int | None


@action
async def set_desk_rule(work: Work, channel_id: UUID, rule: Desk, expected_version: int | None = None) -> DeskRule:
    """Say how a channel's orders are given out, reminded of by the hour, escalated and summed up daily from now on."""
    _check(rule)
    channel = await channels.channel_for_change(work, channels.ChannelId(channel_id))
    if rule.escalates_to_id is not None:
        standing = (await identity.standings_of(work, [rule.escalates_to_id])).get(rule.escalates_to_id)
        if standing is None or not standing.active:
            raise NotFound(what="Staff", which=str(rule.escalates_to_id)).at("input", "escalatesToId")
    found = select(DeskRule).where(DeskRule.channel_id == channel.id).with_for_update()
    row = await work.session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        row = DeskRule(channel_id=channel.id, updated_at=work.now, updated_by=work.actor.name, version=0)
        work.session.add(row)
    if expected_version not in (None, row.version):
        at = row.updated_at.isoformat()
        conflict = VersionConflict(current=row.version, changed_by=row.updated_by, changed_at=at)
        raise conflict.at("input", "expectedVersion")
    for key, value in vars(rule).items():
        setattr(row, key, [each.encode() for each in rule.hours] if key == "hours" else value)
    row.version += 1
    row.updated_at, row.updated_by = work.now, work.actor.name
    await work.session.flush()
    if rule.digest_hour is None:
        await alerts.resolve_alerts(work, [channel.id], [AlertKind.DAILY_DIGEST])
    return row


def _check(rule: Desk) -> None:
    for name, most in (
        ("most_open_orders", ORDERS_MAX),
        ("unprinted_minutes", MINUTES_MAX),
        ("unshipped_minutes", MINUTES_MAX),
        ("promise_minutes", MINUTES_MAX),
        ("refund_minutes", MINUTES_MAX),
        ("balance_minutes", MINUTES_MAX),
        ("escalate_minutes", MINUTES_MAX),
    ):
        given = getattr(rule, name)
        if given is not None and not 1 <= given <= most:
            raise _out_of(name, 1, most)
    if rule.digest_hour is not None and not 0 <= rule.digest_hour <= LAST_HOUR:
        raise _out_of("digest_hour", 0, LAST_HOUR)
    hours.check_hours(rule.hours)


def _out_of(name: str, least: int, most: int) -> Refusal:
    first, *rest = name.split("_")
    field = first + "".join(each.title() for each in rest)
    return BadInput(field=field, problem=f"must lie between {least} and {most}").at("input", field)


async def desk_rules(read: Read, request: PageRequest) -> Page:
    """Read one page of the rules of the channels one sees."""
    return await page(read, visible(select(*RULES.c), read.actor, channel=RULES.c.channel_id), BY_CHANNEL, request)


async def paces(work: Work) -> list[Pace]:
    """Say by which limits each channel is reminded now; one that is silent at this hour is absent."""
    channel = channels.Channel
    columns = (channel.id, channel.warn_minutes, channel.severe_minutes)
    rest = (channel.pick_lead_minutes, channel.process_minutes)
    joined = select(*columns, *rest, *(each for each in RULES.c if each.key not in ("id", "channel_id")))
    rows = await work.rows(joined.outerjoin(RULES, RULES.c.channel_id == channel.id).order_by(channel.id))
    found = [_pace(row, work.now) for row in rows]
    return [each for each in found if each is not None]


def _pace(row: Any, at: datetime) -> Pace | None:
    """Scale limits: what is stricter waits shorter, and looks further ahead of a promise."""
    percent = hours.percent_at(decoded(row.hours), at)
    if percent is None:
        return None
    waits: Mapping[str, int | None] = {
        "warn": row.warn_minutes,
        "severe": row.severe_minutes,
        "process": row.process_minutes,
        "unprinted": row.unprinted_minutes,
        "unshipped": row.unshipped_minutes,
        "refund": row.refund_minutes,
        "escalate": row.escalate_minutes,
    }
    ahead = {"lead": row.pick_lead_minutes, "promise": row.promise_minutes, "balance": row.balance_minutes}
    scaled: dict[str, Any] = {key: _part(each, percent, hours.USUAL) for key, each in waits.items()}
    scaled |= {key: _part(each, hours.USUAL, percent) for key, each in ahead.items()}
    return Pace(channel_id=row.id, **scaled)


def decoded(rows: Sequence[Mapping[str, Any]] | None) -> list[Hours]:
    """Read the hours of a rule; a channel without one has none."""
    return [hours.decode(each) for each in rows or ()]


def _part(minutes: int | None, of: int, whole: int) -> int | None:
    return None if minutes is None else minutes * of // whole
