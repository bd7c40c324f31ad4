"""Merging (合单): orders of one buyer to one address become one parcel; undone until the warehouse has it.

The oldest order survives and keeps its number; the lines of the others move to it with their claims, knowing whose
trade names them. The absorbed orders stay as MERGED rows with their amounts, so that undoing restores them exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from domain import inventory
from domain.inventory import ClaimClass, MovedClaim
from domain.kernel import BadInput, Money, Refusal, Work, action, audit, routine
from domain.orders import (
    checking,
    editing,
    giving,
    going_along,
    keeping,
    loading,
    merging_rules,
    reminders,
    siblings,
    suggesting,
    waiting,
)
from domain.orders.batches import among, table_of
from domain.orders.events import OrderEdited
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus
from domain.orders.merging_rules import SOURCES_MAX, Mergeable
from domain.orders.models import CombiningRule, Order, OrderLine
from domain.orders.shipping import open_of

UNMERGED_IN = (OrderStatus.UNREVIEWED, OrderStatus.REVIEWED)
"""Once it is released to the warehouse, an order is recalled first."""

MERGED_AT_ONCE_MAX = 50
TOGETHER_MAX = 300
"""What cannot be merged now must not stand before what can."""
RULES = table_of(CombiningRule)


class CannotMerge(Refusal):
    """Order {number} cannot be merged into {survivor}: {explained}."""

    number: str
    survivor: str
    conditions: tuple[str, ...]
    explained: str
    chinese = "订单 {number} 不能合并到 {survivor}：{explained}"


class NothingMerged(Refusal):
    """No other order lives on in order {number}."""

    number: str
    chinese = "订单 {number} 没有合并其他订单"


class FreightTooLow(Refusal):
    """The freight of order {number} is {freight}, its merged orders bring {merged}: set it to that or more."""

    number: str
    freight: Money
    merged: Money
    chinese = "订单 {number} 运费已改为 {freight}，低于被合并订单的运费 {merged}，请先调整运费"


@dataclass(frozen=True, kw_only=True)
class MergedOrder:
    """An order to be merged, and the version of it that was seen."""

    order_id: UUID
    expected_version: int | None = None


@action
async def merge_orders(work: Work, merged: Sequence[MergedOrder]) -> Order:
    """Merge 2 to 6 orders of one buyer to one address: the oldest lives on, the others become part of it."""
    ids = [each.order_id for each in merged]
    if len(set(ids)) != len(ids) or not 1 < len(ids) <= SOURCES_MAX:
        problem = f"there must be 2 to {SOURCES_MAX} different orders"
        raise BadInput(field="orders", problem=problem).at("input", "orders")
    locked = await loading.orders_for_change(work, ids)
    for index, each in enumerate(merged):
        try:
            order = loading.of_version(locked.get(each.order_id), each.order_id, each.expected_version)
            loading.needs_state(order, (OrderStatus.UNREVIEWED,))
        except Refusal as refusal:
            raise refusal.within("orders", str(index)) from None
    facts = await siblings.mergeable(work, ids)
    survivor = merging_rules.survivor_of(list(facts.values()))
    others = sorted((each for each in facts.values() if each is not survivor), key=lambda each: each.placed_at)
    _refuse_unfit(work, survivor, others)
    return await _absorb(work, locked[survivor.id], [locked[each.id] for each in others])


def _refuse_unfit(work: Work, survivor: Mergeable, others: Sequence[Mergeable]) -> None:
    """Name the first order that does not fit, with all conditions that it breaks."""
    own = merging_rules.against_itself(survivor, work.actor)
    for each in others:
        broken = [*own, *merging_rules.against_itself(each, work.actor), *merging_rules.against_both(survivor, each)]
        if broken:
            conditions = tuple(sorted(set(broken)))
            raise CannotMerge(
                number=each.number, survivor=survivor.number, conditions=conditions, explained=", ".join(conditions)
            ).at("input", "orders")
    if sum(each.sources for each in (survivor, *others)) > SOURCES_MAX:
        problem = f"an order is merged from at most {SOURCES_MAX}"
        raise BadInput(field="orders", problem=problem).at("input", "orders")


@routine
async def merge_waiting_orders(work: Work) -> int:
    """Merge what may be merged on the channels that say so by themselves; says how many orders were absorbed."""
    channel_ids = [
        row.channel_id for row in await work.rows(select(RULES.c.channel_id).where(RULES.c.merges_by_itself))
    ]
    if not channel_ids:
        return await suggesting.suggest(work, [])
    together = await siblings.together(work, channel_ids, TOGETHER_MAX)
    await suggesting.suggest(work, together)
    found = [group for each in together for group in merging_rules.groups_of(each, work.actor)][:MERGED_AT_ONCE_MAX]
    locked = await loading.orders_for_change(work, sorted({each.id for group in found for each in group}))
    # What was seen before the locks may have changed while we waited for them.
    facts = await siblings.mergeable(work, sorted(locked))
    absorbed = 0
    for group in found:
        still = [facts[each.id] for each in group if each.id in facts and each.combining.merges_by_itself]
        for again in merging_rules.groups_of(still, work.actor):
            survivor = await _absorb(work, locked[again[0].id], [locked[each.id] for each in again[1:]])
            story = ("Order", str(survivor.id))
            audit.write_story(work, "orders.merge_waiting_orders", {"merged": [each.number for each in again]}, story)
            absorbed += len(again) - 1
    return absorbed


async def _absorb(work: Work, survivor: Order, others: Sequence[Order]) -> Order:
    """Move the lines of locked orders with all that belongs to them into one of them; gifts are for the whole."""
    await giving.take_gifts_back(work, [each.id for each in (survivor, *others)])
    lines = await _lines_of(work, [survivor, *others])
    for order in (survivor, *others):
        order.kept = keeping.sharing(order.kept, [_row(each) for each in lines[order.id]], order.freight_amount)
    together, moves = list(lines[survivor.id]), []
    for other in others:
        for line in lines[other.id]:
            line.position = max(each.position for each in together) + 1 if together else 1
            line.order_id, line.origin_order_id = survivor.id, line.origin_order_id or other.id
            together.append(line)
            moves.append(MovedClaim(line.id, survivor.id, line.id, line.quantity))
        survivor.freight_amount += other.freight_amount
        survivor.paid_amount += other.paid_amount
        survivor.warehouse_id = survivor.warehouse_id or other.warehouse_id
        loading.become(work, other, OrderStatus.MERGED)
        other.merged_into_id = survivor.id
    editing.total(survivor, together)
    await going_along.move_holds(work, [each.id for each in others], survivor.id)
    return await _finish(work, survivor, others, moves)


async def _finish(work: Work, survivor: Order, others: Sequence[Order], moves: Sequence[MovedClaim]) -> Order:
    editing.note_edit(work, survivor, ["merged"])
    await work.session.flush()
    await inventory.move_claims(work, moves)
    await reminders.stop_reminding(work, [each.id for each in others])
    going_along.tell(work, others, {"merged_into": survivor.number})
    await waiting.claim_for_waiting(work, [survivor.id])
    await giving.give_gifts(work, [survivor.id])
    await work.session.refresh(survivor)
    await checking.check_orders(work, [survivor.id])
    return survivor


@action
async def unmerge_order(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Let the orders that were merged into one live on by themselves again, each as it was."""
    statement = select(Order.id).where(
        Order.merged_into_id == order_id, or_(Order.split_from_id.is_(None), Order.split_from_id != order_id)
    )
    absorbed_ids = [row.id for row in await work.rows(statement)]
    locked = await loading.orders_for_change(work, [order_id, *absorbed_ids])
    survivor = loading.of_version(locked.get(order_id), order_id, expected_version)
    loading.needs_state(survivor, UNMERGED_IN)
    absorbed = sorted(
        (each for each in locked.values() if each.merged_into_id == order_id and each.id in absorbed_ids),
        key=lambda each: (each.placed_at, each.id),
    )
    if not absorbed:
        raise NothingMerged(number=survivor.number)
    return await _let_go(work, survivor, absorbed)


async def _let_go(work: Work, survivor: Order, absorbed: Sequence[Order]) -> Order:
    freight = Money.total(each.freight_amount for each in absorbed)
    if freight > survivor.freight_amount:
        raise FreightTooLow(number=survivor.number, freight=survivor.freight_amount, merged=freight)
    if survivor.status is OrderStatus.REVIEWED:
        loading.become(work, survivor, OrderStatus.UNREVIEWED)
        survivor.reviewed_by = survivor.reviewed_at = None
        survivor.finance_reviewed_by = survivor.finance_reviewed_at = None
        await inventory.promote(work, [survivor.id], ClaimClass.TO_REVIEW)
    await giving.take_gifts_back(work, [survivor.id])
    lines = (await _lines_of(work, [survivor]))[survivor.id]
    own = [each for each in lines if each.origin_order_id in (None, survivor.id)]
    survivor.freight_amount -= freight
    survivor.paid_amount -= Money.total(each.paid_amount for each in absorbed)
    survivor.kept = keeping.unsharing(survivor.kept)
    moves = []
    for order in absorbed:
        theirs = [each for each in lines if each.origin_order_id == order.id]
        moves += _return_lines(order, theirs)
        editing.total(order, theirs)
        order.kept = keeping.unsharing(order.kept)
        loading.become(work, order, OrderStatus.UNREVIEWED)
        order.merged_into_id, order.warehouse_id = None, survivor.warehouse_id
    editing.total(survivor, own)
    editing.note_edit(work, survivor, ["merged"])
    await work.session.flush()
    await inventory.move_claims(work, moves)
    return await _stand_alone(work, survivor, absorbed)


def _return_lines(order: Order, lines: Sequence[OrderLine]) -> list[MovedClaim]:
    """Give an order its lines back, in the order in which they came."""
    for position, line in enumerate(lines, start=1):
        line.order_id, line.position, line.origin_order_id = order.id, position, None
    return [MovedClaim(each.id, order.id, each.id, each.quantity) for each in lines]


async def _stand_alone(work: Work, survivor: Order, absorbed: Sequence[Order]) -> Order:
    """Let each order wait for its own reasons; one whose trade was cancelled meanwhile is over."""
    lines = await _lines_of(work, [survivor, *absorbed])
    rows = {order_id: [_row(line) for line in each] for order_id, each in lines.items()}
    await going_along.share_out_holds(work, survivor.id, rows)
    await reminders.stop_reminding(work, [survivor.id])
    going_along.tell(work, absorbed, {"unmerged_from": survivor.number})
    waits = []
    for order in (survivor, *absorbed):
        if lines[order.id] and not any(open_of(each) > NOTHING for each in lines[order.id]):
            await going_along.give_up(work, order, "on the platform, while it was merged")
        else:
            waits.append(order.id)
    # Their platforms heard how far the order was that they were part of: they are back to review.
    work.record(*(OrderEdited(order_id=each.id, fields=["merged"]) for each in absorbed if each.id in waits))
    await work.session.flush()
    await waiting.claim_for_waiting(work, waits)
    await giving.give_gifts(work, waits)
    await work.session.refresh(survivor)
    return survivor


async def _lines_of(work: Work, orders: Sequence[Order]) -> dict[UUID, list[OrderLine]]:
    statement = select(OrderLine).where(among(OrderLine.order_id, [each.id for each in orders]))
    ordered = statement.order_by(OrderLine.order_id, OrderLine.position).execution_options(populate_existing=True)
    found: dict[UUID, list[OrderLine]] = {each.id: [] for each in orders}
    for line in await work.session.scalars(ordered):
        found[line.order_id].append(line)
    return found


def _row(line: OrderLine) -> Mapping[str, Any]:
    return {**keeping.row_of(line), "variant_id": line.variant_id, "refund": line.refund}
