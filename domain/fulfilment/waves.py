"""Waves (波次): released orders that are picked on one walk; an order is in one wave, whoever was faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select, update

from domain import identity, inventory, orders
from domain.fulfilment import planning
from domain.fulfilment.releasing import known_carrier
from domain.fulfilment.stages import PickLine, PickMode, Release, ReleaseStage, Wave, WaveId, WaveStatus
from domain.inventory import WarehouseId
from domain.kernel import BadInput, NotFound, Refusal, Work, WrongState, action, sees_warehouse, visible
from domain.orders import OrderStatus

WAVE_ORDERS_MAX = 200
OPEN = (WaveStatus.PLANNED, WaveStatus.PICKING)


class InAnotherWave(Refusal):
    """Order {number} is in wave {wave} of {made_by}."""

    number: str
    wave: str
    made_by: str
    chinese = "订单 {number} 已在 {made_by} 创建的波次 {wave} 中"


class NothingReleased(Refusal):
    """No released order waits here that such a wave could take."""

    chinese = "没有符合条件的已下发订单"


class NotOnTheShelves(Refusal):
    """Of order {number} {missing} pieces lie in no bin they could be picked from; count them, or move the order."""

    number: str
    missing: str
    chinese = "订单 {number} 有 {missing} 件在库位中找不到，请盘点或改派仓库"


@dataclass(frozen=True, kw_only=True)
class NewWave:
    """Which orders a wave takes: the named ones, or those that wait longest; `single` are orders of one piece."""

    warehouse_id: WarehouseId
    mode: PickMode
    size: int
    carrier_code: str | None = None
    single: bool | None = None
    order_ids: Sequence[UUID] | None = None


@action
async def make_wave(work: Work, wave: NewWave) -> Wave:
    """Put released orders into a wave, each into its slot, and plan from which bins their goods are taken."""
    releases = await _chosen(work, wave)
    lines = await planning.released_lines(work, releases)
    plan = await planning.plan(work, wave.warehouse_id, lines)
    if plan.missing and wave.order_ids is None:
        # Nobody asked for those whose goods cannot be found: the others go without them.
        lost = {line.release_id for line in lines if line.id in plan.missing}
        releases = [each for each in releases if each.id not in lost]
        plan = await planning.plan(work, wave.warehouse_id, [line for line in lines if line.release_id not in lost])
    elif plan.missing:
        raise await _not_there(work, releases, lines, plan)
    if not releases:
        raise NothingReleased
    made = Wave(
        warehouse_id=wave.warehouse_id,
        carrier_code=wave.carrier_code,
        mode=wave.mode,
        single=all(each.single for each in releases),
        made_by=work.actor.name,
        made_at=work.now,
    )
    work.session.add(made)
    await work.session.flush()
    for slot, release in enumerate(releases, 1):
        release.wave_id, release.slot, release.stage = made.id, slot, ReleaseStage.IN_WAVE
        release.carrier_code = release.carrier_code or wave.carrier_code
    by_id = {each.id: each for each in releases}
    work.session.add_all(planning.pick_line(made.id, by_id[share.line.release_id], share) for share in plan.shares)
    await work.session.flush()
    return made


@action
async def assign_wave(work: Work, wave_id: WaveId, staff_id: UUID) -> Wave:
    """Give a wave to the person who picks it."""
    wave = await wave_for_change(work, wave_id)
    needs_status(wave, OPEN)
    staff = identity.models.Staff
    rows = await work.rows(select(staff.name, staff.warehouse_ids).where(staff.id == staff_id, staff.active))
    if not rows or (rows[0].warehouse_ids is not None and wave.warehouse_id not in rows[0].warehouse_ids):
        raise NotFound(what="colleague", which=str(staff_id)).at("input", "staffId")
    wave.picker_id, wave.picker_name = staff_id, rows[0].name
    return wave


@action
async def cancel_wave(work: Work, wave_id: WaveId) -> Wave:
    """Dissolve a wave of which nothing was picked; its orders wait for another one."""
    ids = await work.rows(select(Release.order_id).where(Release.wave_id == wave_id, Release.ended_at.is_(None)))
    await orders.lock_orders(work, [row.order_id for row in ids])
    wave = await wave_for_change(work, wave_id)
    needs_status(wave, (WaveStatus.PLANNED,))
    wave.status = WaveStatus.CANCELLED
    await work.execute(update(PickLine).where(PickLine.wave_id == wave.id).values(quantity=PickLine.picked))
    again = update(Release).where(Release.wave_id == wave.id, Release.stage == ReleaseStage.IN_WAVE)
    await work.execute(again.values(wave_id=None, slot=None, stage=ReleaseStage.WAITING))
    return wave


async def wave_for_change(work: Work, wave_id: WaveId) -> Wave:
    """Find a wave of the actor's scope and hold it."""
    wave = await work.session.get(Wave, wave_id, with_for_update=True, populate_existing=True)
    if wave is None or not sees_warehouse(work.actor, wave.warehouse_id):
        raise NotFound(what="wave", which=str(wave_id)).at("input", "waveId")
    return wave


def needs_status(wave: Wave, allowed: Sequence[WaveStatus]) -> None:
    """Refuse a wave that is in none of these states."""
    if wave.status not in allowed:
        needed = " or ".join(allowed)
        raise WrongState(what="wave", which=wave.number, state=wave.status.value, needed=needed)


def waiting(wave: NewWave) -> Any:
    """Choose what waits in a warehouse and fits into the wave, what was released first coming first."""
    conditions = [
        Release.warehouse_id == wave.warehouse_id,
        Release.stage == ReleaseStage.WAITING,
        ~exists().where(HELD.order_id == Release.order_id, HELD.released_at.is_(None)),
    ]
    if wave.carrier_code is not None:
        conditions.append(or_(Release.carrier_code == wave.carrier_code, Release.carrier_code.is_(None)))
    if wave.single is not None:
        conditions.append(Release.single.is_(wave.single))
    return select(Release).where(*conditions).order_by(Release.released_at, Release.id)


HELD = orders.models.Hold


def check_size(size: int) -> int:
    if not 1 <= size <= WAVE_ORDERS_MAX:
        raise BadInput(field="size", problem=f"must lie between 1 and {WAVE_ORDERS_MAX}").at("input", "size")
    return size


async def _chosen(work: Work, wave: NewWave) -> list[Release]:
    """Find the orders of a new wave and hold them: first the orders, then the turn to plan."""
    check_size(wave.size)
    await known_carrier(work, wave.carrier_code)
    await inventory.open_place(work, wave.warehouse_id)
    wanted = wave.order_ids
    if wanted is None:
        rows = await work.rows(
            visible(waiting(wave).with_only_columns(Release.order_id), work.actor, channel=Release.channel_id).limit(
                wave.size
            )
        )
        wanted = [row.order_id for row in rows]
    elif len(wanted) > wave.size:
        raise BadInput(field="orderIds", problem=f"more than the size, {wave.size}").at("input", "orderIds")
    if not wanted:
        raise NothingReleased
    await orders.hold_to_handle(work, wanted, (OrderStatus.RELEASED,))
    await planning.take_turn(work, wave.warehouse_id)
    found = await work.session.scalars(
        select(Release)
        .where(Release.order_id.in_(wanted), Release.ended_at.is_(None))
        .order_by(Release.released_at, Release.id)
        .execution_options(populate_existing=True)
    )
    releases = list(found)
    if wave.order_ids is None:
        return [each for each in releases if each.wave_id is None]
    for each in releases:
        await _refuse_taken(work, each, wave)
    return releases


async def _refuse_taken(work: Work, release: Release, wave: NewWave) -> None:
    if release.warehouse_id != wave.warehouse_id:
        raise NotFound(what="order", which=str(release.order_id)).at("input", "orderIds")
    if release.wave_id is not None:
        number = await number_of(work, release)
        taken = await work.session.get_one(Wave, release.wave_id)
        raise InAnotherWave(number=number, wave=taken.number, made_by=taken.made_by).at("input", "orderIds")


async def number_of(work: Work, release: Release) -> str:
    rows = await work.rows(select(orders.Order.number).where(orders.Order.id == release.order_id))
    return str(rows[0].number)


async def _not_there(
    work: Work, releases: Sequence[Release], lines: Sequence[Any], plan: planning.Plan
) -> NotOnTheShelves:
    short = next(line for line in lines if line.id in plan.missing)
    release = next(each for each in releases if each.id == short.release_id)
    return NotOnTheShelves(number=await number_of(work, release), missing=str(plan.missing[short.id]))
