"""Picking (拣货): what the picker took from a bin goes onto the trolley, and orders whose goods are all there go on.

What is not in its bin is looked for in another one; an order that nothing is left for goes back to review.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory, orders
from domain.fulfilment import planning, short_picks, waves
from domain.fulfilment.stages import (
    NONE,
    Pick,
    PickLine,
    Release,
    ReleaseId,
    ReleaseStage,
    Wave,
    WaveId,
    WaveStatus,
)
from domain.inventory import BinId, LotId
from domain.kernel import BadInput, Quantity, Refusal, Work, action
from domain.orders import OrderStatus

PICKS_MAX = 500
DOCUMENT = "Pick"


class MoreThanPlanned(Refusal):
    """Entry {line} takes {wanted}, but only {planned} are still to be picked there; leave the rest in its bin."""

    line: int
    wanted: Quantity
    planned: Quantity
    chinese = "第 {line} 条拣货 {wanted}，该处待拣只有 {planned}，多出的请留在库位"


@dataclass(frozen=True, kw_only=True)
class PickedGoods:
    """What was taken from one place, for one order or for the wave; `missing` says that the rest is not there."""

    variant_id: UUID
    quantity: Quantity
    bin_id: BinId | None = None
    lot_id: LotId | None = None
    release_id: ReleaseId | None = None
    missing: bool = False

    @property
    def place(self) -> planning.Place:
        return self.variant_id, self.bin_id, self.lot_id

    def concerns(self, line: PickLine) -> bool:
        """Whether a line of the plan is of this place, and of this order if one is named."""
        return _place(line) == self.place and self.release_id in (None, line.release_id)


@action
async def confirm_picks(work: Work, wave_id: WaveId, picks: Sequence[PickedGoods]) -> Wave:
    """Confirm what was taken from which bins of a wave, and what could not be found there."""
    if not 1 <= len(picks) <= PICKS_MAX:
        raise BadInput(field="picks", problem=f"must be 1 to {PICKS_MAX}").at("input", "picks")
    walk = await _walk(work, wave_id)
    taken: list[tuple[PickLine, Quantity]] = []
    for index, each in enumerate(picks):
        taken += _take(walk.live, index, each)
    await _move(work, walk.wave, taken)
    missed = [each for each in picks if each.missing]
    short = [line for line in walk.live if line.picked < line.quantity and any(each.concerns(line) for each in missed)]
    if short:
        for release in await short_picks.look_elsewhere(work, walk.wave, short, walk.releases):
            await short_picks.send_back(work, release, walk.order_of(release), walk.wave)
    await go_on(work, walk)
    return walk.wave


@dataclass
class Walk:
    """A wave on its way: its orders and its plan, held; `live` are the lines of orders that may still go."""

    wave: Wave
    found: dict[UUID, orders.Order]
    releases: dict[ReleaseId, Release]
    live: list[PickLine]

    def order_of(self, release: Release) -> orders.Order:
        return self.found[release.order_id]


async def _walk(work: Work, wave_id: WaveId) -> Walk:
    """Hold the orders of a wave, then the wave, then its plan."""
    in_wave = (Release.wave_id == wave_id, Release.stage == ReleaseStage.IN_WAVE)
    ids = [row.order_id for row in await work.rows(select(Release.order_id).where(*in_wave))]
    found: dict[UUID, orders.Order] = {each.id: each for each in await orders.lock_orders(work, ids)}
    wave = await waves.wave_for_change(work, wave_id)
    waves.needs_status(wave, waves.OPEN)
    statement = select(Release).where(*in_wave).order_by(Release.slot).execution_options(populate_existing=True)
    releases = {each.id: each for each in await work.session.scalars(statement)}
    held = await _held(work, list(found))
    going = {
        each.id
        for each in releases.values()
        if each.order_id in found and each.order_id not in held and found[each.order_id].status is OrderStatus.RELEASED
    }
    lines = select(PickLine).where(PickLine.wave_id == wave.id, PickLine.picked < PickLine.quantity)
    rows = list(await work.session.scalars(lines.order_by(PickLine.id).execution_options(populate_existing=True)))
    slots = {each.id: each.slot or 0 for each in releases.values()}
    live = sorted((each for each in rows if each.release_id in going), key=lambda each: slots[each.release_id])
    return Walk(wave, found, releases, live)


async def _held(work: Work, order_ids: Sequence[UUID]) -> set[UUID]:
    """Find which of these orders wait for a reason: nothing is picked for them meanwhile."""
    hold = orders.models.Hold
    rows = await work.rows(select(hold.order_id).where(hold.order_id.in_(order_ids), hold.released_at.is_(None)))
    return {row.order_id for row in rows}


def _take(live: Sequence[PickLine], index: int, pick: PickedGoods) -> list[tuple[PickLine, Quantity]]:
    """Share what was taken from a place out over the orders that want it, the first slot first."""
    lines = [each for each in live if pick.concerns(each) and each.picked < each.quantity]
    planned = Quantity.total(each.quantity - each.picked for each in lines)
    if pick.quantity < NONE or (not pick.quantity and not pick.missing):
        raise BadInput(field="quantity", problem="must be more than 0, or the goods missing").at(
            "input", "picks", str(index), "quantity"
        )
    if pick.quantity > planned or not lines:
        raise MoreThanPlanned(line=index + 1, wanted=pick.quantity, planned=planned).at(
            "input", "picks", str(index), "quantity"
        )
    rest, taken = pick.quantity, []
    for line in lines:
        part = min(line.quantity - line.picked, rest)
        if part > NONE:
            line.picked += part
            taken.append((line, part))
        rest -= part
    return taken


async def _move(work: Work, wave: Wave, taken: Sequence[tuple[PickLine, Quantity]]) -> None:
    """Move what was taken onto the trolley, in one document."""
    if wave.status is WaveStatus.PLANNED:
        wave.status = WaveStatus.PICKING
        wave.picker_id, wave.picker_name = wave.picker_id or work.actor.id, wave.picker_name or work.actor.name
    if not taken:
        return
    pick = Pick(wave_id=wave.id, picked_by=work.actor.name, picked_at=work.now)
    work.session.add(pick)
    await work.session.flush()
    goods = [
        inventory.StagedGoods(variant_id=line.variant_id, lot_id=line.lot_id, bin_id=line.bin_id, quantity=quantity)
        for line, quantity in taken
    ]
    await inventory.stage_goods(work, inventory.Document(type=DOCUMENT, id=pick.id), wave.warehouse_id, goods)


async def go_on(work: Work, walk: Walk) -> None:
    """Let the orders whose goods are all on the trolley go on to packing, and end the walk when none is left."""
    await work.session.flush()
    line = PickLine
    rows = await work.rows(
        select(line.release_id).where(line.wave_id == walk.wave.id, line.picked < line.quantity).distinct()
    )
    unfinished = {row.release_id for row in rows}
    done = [
        each
        for each in walk.releases.values()
        if each.stage is ReleaseStage.IN_WAVE
        and each.id not in unfinished
        and walk.order_of(each).status is OrderStatus.RELEASED
    ]
    for release in done:
        release.stage, release.picked_by, release.picked_at = ReleaseStage.PICKED, work.actor.name, work.now
    orders.move_on(work, [walk.order_of(each) for each in done], OrderStatus.PICKED)
    if all(each.stage is not ReleaseStage.IN_WAVE for each in walk.releases.values()):
        walk.wave.status, walk.wave.picked_at = WaveStatus.PICKED, work.now
    await work.session.flush()


def _place(line: Any) -> planning.Place:
    return line.variant_id, line.bin_id, line.lot_id
