"""Withdrawing (撤回): an order, or a part of it, that is not to go after all; what was picked is put back (返架).

Whatever the stage, goods, claims and plans are exact at once; carrying the goods back is somebody's task.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update

from domain import inventory, orders
from domain.fulfilment.packing import take_back
from domain.fulfilment.releasing import end, open_release
from domain.fulfilment.stages import (
    NONE,
    PickLine,
    PutBack,
    PutBackId,
    Release,
    ReleaseLine,
    ReleaseStage,
    Wave,
    WaveStatus,
)
from domain.fulfilment.unpacking import unpack
from domain.inventory import BinId
from domain.kernel import NotFound, Quantity, Refusal, Work, WrongState, action, sees_warehouse, short_text
from domain.orders import OrderStatus

DOCUMENT = "PutBack"
REASON_LENGTH_MAX = 500
IN_THE_WAREHOUSE = (OrderStatus.RELEASED, OrderStatus.PICKED, OrderStatus.PACKED)


class NotReleased(Refusal):
    """Order {number} is not in the hands of a warehouse."""

    number: str
    chinese = "订单 {number} 未在仓库作业中"


@action
async def recall_order(work: Work, order_id: UUID, reason: str, expected_version: int | None = None) -> Release:
    """Call an order back from its warehouse at whatever stage it is; what was picked is to be put back."""
    given = short_text(reason, "reason", REASON_LENGTH_MAX)
    order = await orders.order_for_change(work, order_id, expected_version)
    if not any(order.status is each for each in IN_THE_WAREHOUSE):
        needed = " or ".join(IN_THE_WAREHOUSE)
        raise WrongState(what="order", which=order.number, state=order.status.value, needed=needed)
    release = await open_release(work, order.id)
    if release is None or not sees_warehouse(work.actor, release.warehouse_id):
        raise NotReleased(number=order.number).at("input", "orderId")
    await withdraw(work, release, given, ReleaseStage.RECALLED)
    orders.move_on(work, [order], OrderStatus.REVIEWED)
    return release


@action
async def put_back_goods(work: Work, put_back_id: PutBackId, bin_id: BinId | None = None) -> PutBack:
    """Say that picked goods lie on a shelf again: in the bin they came from, or in another one."""
    task = await work.session.get(PutBack, put_back_id, with_for_update=True, populate_existing=True)
    if task is None or not sees_warehouse(work.actor, task.warehouse_id):
        raise NotFound(what="task of putting back", which=str(put_back_id)).at("input", "id")
    if task.done_at is not None:
        raise WrongState(what="task of putting back", which=str(task.id), state="done", needed="one that is open")
    into = bin_id if bin_id is not None else task.from_bin_id
    line = inventory.Line(variant_id=task.variant_id, quantity=task.quantity, bin_id=into)
    if into is not None:
        await inventory.check_named(work, [line], task.warehouse_id)
    pick_line = await work.session.get_one(PickLine, task.pick_line_id, with_for_update=True, populate_existing=True)
    goods = inventory.StagedGoods(variant_id=task.variant_id, lot_id=task.lot_id, bin_id=into, quantity=task.quantity)
    document = inventory.Document(type=DOCUMENT, id=task.id, reason=task.reason)
    try:
        await inventory.unstage_goods(work, document, task.warehouse_id, [goods])
    except Refusal as refused:
        raise refused.at("input", "binId") from None
    pick_line.to_put_back -= task.quantity
    pick_line.put_back += task.quantity
    task.bin_id, task.done_by, task.done_at = into, work.actor.name, work.now
    await work.session.flush()
    return task


async def withdraw(work: Work, release: Release, reason: str, stage: ReleaseStage) -> None:
    """Take an order out of its warehouse: nothing more is picked for it, and what was picked is put back."""
    await unpack(work, release)
    for line in await pick_lines_of(work, release):
        line.quantity = line.picked
        _ask_back(work, release, line, kept(line), reason)
    end(work, release, stage, reason)
    await work.session.flush()
    await _end_walk(work, release)


async def trim(work: Work, release: Release, line: ReleaseLine, quantity: Quantity, reason: str) -> None:
    """Let less of a line go than was released: what is not picked yet stays, the rest of it is put back."""
    too_much = line.quantity - quantity
    line.quantity = quantity
    for part in reversed(await pick_lines_of(work, release, line.id)):
        unpicked = min(part.quantity - part.picked, too_much)
        part.quantity -= unpicked
        too_much -= unpicked
    for part in reversed(await pick_lines_of(work, release, line.id)):
        back = min(kept(part), too_much)
        if back > NONE:
            _ask_back(work, release, part, back, reason)
            too_much -= back
    await work.session.flush()


async def follow_cancelled(work: Work, fact: orders.OrderCancelled) -> None:
    """Take an order that was cancelled out of its warehouse."""
    await _follow(work, [fact.order_id], fact.reason)


async def follow_sent_back(work: Work, fact: orders.OrderSentBack) -> None:
    """Take an order out of its warehouse that went back to review without anybody there, for want of goods."""
    for order in await orders.lock_orders(work, [fact.order_id]):
        release = await open_release(work, order.id)
        if release is not None and (order.status is OrderStatus.REVIEWED or order.status not in orders.TO_SHIP):
            await withdraw(work, release, fact.reason, ReleaseStage.RECALLED)


async def follow_revised(work: Work, fact: orders.OrderRevised) -> None:
    """Take what a platform cancelled, closed or refunded out of the warehouses."""
    await _follow(work, fact.order_ids, "changed on the platform")


async def _follow(work: Work, order_ids: Iterable[UUID], reason: str) -> None:
    here = await work.rows(
        select(Release.order_id).where(Release.order_id.in_(sorted(order_ids)), Release.ended_at.is_(None))
    )
    if not here:
        return
    found = await orders.lock_orders(work, [row.order_id for row in here])
    for each in await orders.with_open_lines(work, found):
        release = await open_release(work, each.order.id)
        if release is not None:
            await _settle(work, release, each, reason)


async def _settle(work: Work, release: Release, found: orders.ToShip, reason: str) -> None:
    """Make a release what is still open of its order; one that is over ends it."""
    if found.order.status not in orders.TO_SHIP:
        await withdraw(work, release, reason, ReleaseStage.STOPPED)
        return
    still_open = found.open_quantities()
    statement = select(ReleaseLine).where(ReleaseLine.release_id == release.id)
    trimmed = False
    for line in list(await work.session.scalars(statement.execution_options(populate_existing=True))):
        parts = await pick_lines_of(work, release, line.id)
        rest = still_open.get(line.order_line_id, NONE) + Quantity.total(each.left_house for each in parts)
        if rest < line.quantity:
            if not trimmed and await unpack(work, release):
                take_back(release, found.order, work)
            trimmed = True
            await trim(work, release, line, rest, reason)
    if trimmed:
        await _go_on(work, release, found.order)
    await _end_walk(work, release)


async def _go_on(work: Work, release: Release, order: orders.Order) -> None:
    """Let an order whose rest was picked already go on to packing: nothing more is awaited for it."""
    waits = any(line.picked < line.quantity for line in await pick_lines_of(work, release))
    if release.stage is ReleaseStage.IN_WAVE and not waits:
        release.stage, release.picked_by, release.picked_at = ReleaseStage.PICKED, work.actor.name, work.now
        if order.status is OrderStatus.RELEASED:
            orders.move_on(work, [order], OrderStatus.PICKED)
        await work.session.flush()


async def pick_lines_of(work: Work, release: Release, line_id: Any = None) -> list[PickLine]:
    """Hold what is planned and picked for a release, or for one of its lines."""
    statement = select(PickLine).where(PickLine.release_id == release.id)
    if line_id is not None:
        statement = statement.where(PickLine.release_line_id == line_id)
    statement = statement.order_by(PickLine.id).with_for_update()
    return list(await work.session.scalars(statement.execution_options(populate_existing=True)))


def kept(line: PickLine) -> Quantity:
    """Say how much of a pick line lies on the trolley for its order."""
    return line.picked - line.left_house - line.to_put_back - line.put_back


def _ask_back(work: Work, release: Release, line: PickLine, quantity: Quantity, reason: str) -> None:
    if quantity <= NONE:
        return
    line.to_put_back += quantity
    task = PutBack(
        pick_line_id=line.id,
        release_id=release.id,
        order_id=release.order_id,
        warehouse_id=line.warehouse_id,
        variant_id=line.variant_id,
        lot_id=line.lot_id,
        from_bin_id=line.bin_id,
        quantity=quantity,
        reason=reason,
        asked_at=work.now,
    )
    work.session.add(task)


async def _end_walk(work: Work, release: Release) -> None:
    """End a walk on which nothing is left to be picked."""
    if release.wave_id is None:
        return
    walking = exists().where(Release.wave_id == release.wave_id, Release.stage == ReleaseStage.IN_WAVE)
    over = update(Wave).where(Wave.id == release.wave_id, Wave.status.in_(OPEN_WAVES), ~walking)
    await work.execute(over.values(status=WaveStatus.PICKED, picked_at=work.now))


OPEN_WAVES: Sequence[WaveStatus] = (WaveStatus.PLANNED, WaveStatus.PICKING)
