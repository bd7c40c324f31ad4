"""Opening shops (开店): a shop is opened with its rules, paused and resumed by people, and authorised anew."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.channels.events import ChannelOpened, ChannelPaused, ChannelResumed, ChannelUnauthorised, ShownRuleChanged
from domain.channels.models import Channel, ChannelId, ChannelStatus, ChannelWarehouse, Platform, WarehouseCriterion
from domain.channels.watch import settle_shop, watch_session
from domain.kernel import (
    BadInput,
    NotFound,
    Refusal,
    Work,
    WrongState,
    action,
    identifier,
    routine,
    visible,
    web_address,
)
from domain.kernel.versions import check_version

NAME_LENGTH_MAX = 200
WAREHOUSES_MAX = 50
MINUTES_MAX = 60 * 24 * 30
PERCENT_MAX = 1_000
PIECES_MAX = 1_000_000

CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
CURRENCY = re.compile(r"[A-Z]{3}")


class ChannelTaken(Refusal):
    """There is already a channel with the code {channel}."""

    channel: str
    chinese = "渠道编码 {channel} 已存在"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """After how many minutes an order is late: unreviewed (warn, severe), before its promise, unprocessed."""

    warn_minutes: int = 30
    severe_minutes: int = 120
    pick_lead_minutes: int = 240
    process_minutes: int = 240


@dataclass(frozen=True, kw_only=True)
class ShownRule:
    """How much of the stock a shop shows: percent of what is free, plus pieces, within minimum and maximum."""

    percent: int = 100
    plus: int = 0
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewChannel:
    """A shop to be opened; `warehouse_ids` serve it, the first choice first."""

    code: str
    name: str
    platform: Platform
    currency: str = "CNY"
    base_url: str | None = None
    sealed_credentials: str | None = None
    warehouse_ids: tuple[UUID, ...] = ()
    thresholds: Thresholds = Thresholds()
    shown: ShownRule = ShownRule()
    warehouse_criteria: tuple[WarehouseCriterion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChannelChanges:
    """What is to change of a shop; None stays as it is, the rest is replaced as a whole."""

    name: str | None = None
    base_url: str | None = None
    warehouse_ids: tuple[UUID, ...] | None = None
    thresholds: Thresholds | None = None
    shown: ShownRule | None = None
    warehouse_criteria: tuple[WarehouseCriterion, ...] | None = None


@action
async def open_channel(work: Work, given: NewChannel) -> Channel:
    """Open a shop on a platform: it is read and told from now on."""
    if not CODE.fullmatch(given.code) or not CURRENCY.fullmatch(given.currency):
        raise BadInput(field="code", problem="a code is a-z, 0-9, - and _; a currency three capitals").at("input")
    _check(given.name, given.base_url, given.thresholds, given.shown)
    row = {
        "id": identifier(),
        "code": given.code,
        "name": given.name.strip(),
        "platform": given.platform,
        "status": ChannelStatus.OPEN,
        "currency": given.currency,
        "base_url": given.base_url,
        "sealed_credentials": given.sealed_credentials,
        **_columns(given.thresholds, given.shown),
        "warehouse_criteria": list(dict.fromkeys(given.warehouse_criteria)),
        "version": 1,
        "created_at": work.now,
    }
    if not await work.change(insert(Channel).values(row).on_conflict_do_nothing(index_elements=["code"])):
        raise ChannelTaken(channel=given.code).at("input", "code")
    await _serve(work, row["id"], given.warehouse_ids)
    work.record(ChannelOpened(channel_id=row["id"]))
    return await work.session.get_one(Channel, row["id"])


@action
async def edit_channel(
    work: Work, channel_id: ChannelId, changes: ChannelChanges, *, expected_version: int | None = None
) -> Channel:
    """Change the name, address, warehouses and how they are chosen, alert thresholds or shown stock of a shop."""
    channel = await channel_for_change(work, channel_id)
    await check_version(work, channel, expected_version)
    _check(changes.name, changes.base_url, changes.thresholds, changes.shown)
    for name in ("name", "base_url"):
        if (value := getattr(changes, name)) is not None:
            setattr(channel, name, value.strip())
    for name, minutes_or_rule in _columns(changes.thresholds, changes.shown).items():
        setattr(channel, name, minutes_or_rule)
    if changes.warehouse_ids is not None:
        await _serve(work, channel_id, changes.warehouse_ids)
    if changes.warehouse_criteria is not None:
        channel.warehouse_criteria = list(dict.fromkeys(changes.warehouse_criteria))
    if changes.shown is not None or changes.warehouse_ids is not None:
        work.record(ShownRuleChanged(channel_id=channel_id))
    channel.version += 1
    return channel


@action
async def pause_channel(work: Work, channel_id: ChannelId, reason: str) -> Channel:
    """Stop reading and telling a shop until someone resumes it."""
    if not reason.strip() or len(reason) > NAME_LENGTH_MAX:
        raise BadInput(field="reason", problem=f"needs 1 to {NAME_LENGTH_MAX} characters").at("input", "reason")
    channel = await channel_for_change(work, channel_id)
    _become(channel, ChannelStatus.PAUSED, ChannelStatus.OPEN, reason)
    await settle_shop(work, channel_id)
    work.record(ChannelPaused(channel_id=channel_id, reason=reason))
    return channel


@action
async def resume_channel(work: Work, channel_id: ChannelId) -> Channel:
    """Read and tell a paused shop again; what was missed meanwhile is caught up."""
    channel = await channel_for_change(work, channel_id)
    _become(channel, ChannelStatus.OPEN, ChannelStatus.PAUSED, None)
    work.record(ChannelResumed(channel_id=channel_id))
    return channel


@action
async def authorise_channel(work: Work, channel_id: ChannelId, sealed_credentials: str) -> Channel:
    """Give a shop new credentials; one whose session had died is read and told again."""
    channel = await channel_for_change(work, channel_id)
    channel.sealed_credentials = sealed_credentials
    if channel.status is ChannelStatus.UNAUTHORISED:
        channel.status, channel.status_reason = ChannelStatus.OPEN, None
        await settle_shop(work, channel_id)
        work.record(ChannelResumed(channel_id=channel_id))
    channel.version += 1
    return channel


@routine
async def mark_unauthorised(work: Work, channel_id: ChannelId, reason: str) -> None:
    """Note that the session of a shop is dead: nobody calls there until a person authorises it."""
    channel = await channel_for_change(work, channel_id)
    if channel.status is ChannelStatus.OPEN:
        _become(channel, ChannelStatus.UNAUTHORISED, ChannelStatus.OPEN, reason[:NAME_LENGTH_MAX])
        await watch_session(work, channel, reason[:NAME_LENGTH_MAX])
        work.record(ChannelUnauthorised(channel_id=channel_id, reason=reason[:NAME_LENGTH_MAX]))


def _become(channel: Channel, after: ChannelStatus, before: ChannelStatus, reason: str | None) -> None:
    if channel.status is not before:
        raise WrongState(what="channel", which=channel.code, state=channel.status.value, needed=before.value)
    channel.status, channel.status_reason = after, reason
    channel.version += 1


async def channel_for_change(work: Work, channel_id: ChannelId) -> Channel:
    """Load a channel of the actor's scope, locked, or refuse."""
    statement = visible(select(Channel).where(Channel.id == channel_id), work.actor, channel=Channel.id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    channel: Channel | None = (await work.session.scalars(locked)).one_or_none()
    if channel is None:
        raise NotFound(what="channel", which=str(channel_id)).at("input", "id")
    return channel


async def _serve(work: Work, channel_id: ChannelId, warehouse_ids: tuple[UUID, ...]) -> None:
    if len(warehouse_ids) > WAREHOUSES_MAX or len(set(warehouse_ids)) < len(warehouse_ids):
        problem = f"at most {WAREHOUSES_MAX}, each once"
        raise BadInput(field="warehouseIds", problem=problem).at("input", "warehouseIds")
    await work.execute(delete(ChannelWarehouse).where(ChannelWarehouse.channel_id == channel_id))
    if warehouse_ids:
        rows = [
            {"channel_id": channel_id, "warehouse_id": each, "priority": place}
            for place, each in enumerate(warehouse_ids, start=1)
        ]
        await work.execute(insert(ChannelWarehouse), rows)


def _columns(thresholds: Thresholds | None, shown: ShownRule | None) -> dict[str, int | None]:
    rule = {f"shown_{name}": value for name, value in shown.__dict__.items()} if shown else {}
    return {**(thresholds.__dict__ if thresholds else {}), **rule}


def _check(name: str | None, base_url: str | None, thresholds: Thresholds | None, shown: ShownRule | None) -> None:
    if name is not None and not 1 <= len(name.strip()) <= NAME_LENGTH_MAX:
        raise BadInput(field="name", problem=f"needs 1 to {NAME_LENGTH_MAX} characters").at("input", "name")
    if base_url is not None and web_address(base_url) is None:
        raise BadInput(field="baseUrl", problem="is not a web address").at("input", "baseUrl")
    for field, minutes in (thresholds.__dict__ if thresholds else {}).items():
        if not 0 <= minutes <= MINUTES_MAX:
            raise BadInput(field=field, problem=f"must lie between 0 and {MINUTES_MAX}").at("input", "thresholds")
    if thresholds and thresholds.severe_minutes < thresholds.warn_minutes:
        raise BadInput(field="severeMinutes", problem="is earlier than warnMinutes").at("input", "thresholds")
    if shown is not None:
        check_shown_rule(shown)


def check_shown_rule(shown: ShownRule) -> None:
    """Refuse a rule no shop could follow."""
    if not 0 <= shown.percent <= PERCENT_MAX:
        raise BadInput(field="percent", problem=f"must lie between 0 and {PERCENT_MAX}").at("input", "shown", "percent")
    if abs(shown.plus) > PIECES_MAX or not 0 <= shown.minimum <= PIECES_MAX:
        raise BadInput(field="plus", problem=f"at most {PIECES_MAX} pieces, the minimum not negative").at(
            "input", "shown"
        )
    if shown.maximum is not None and not shown.minimum <= shown.maximum <= PIECES_MAX:
        raise BadInput(field="maximum", problem="is below the minimum or endless").at("input", "shown", "maximum")
