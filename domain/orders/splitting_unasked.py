"""Splitting unasked (自动拆单): before rules judge what waits, orders of shops that say so are cut into parts.

First by the warehouses designated for goods, then large goods, then preorder goods, each within what those before left
together. What was ever split, is paid on delivery, may still be merged or waits for more than stock is left as it is.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from domain import channels
from domain.kernel import Work, audit, permission_of
from domain.orders import combining, loading, siblings, splitting, splitting_by, splitting_plans
from domain.orders.batches import among
from domain.orders.combining import Combining
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import CombiningRule, Hold, HoldReason, Order, OrderLine
from domain.orders.splitting import PARTS_MAX
from domain.orders.splitting_plans import Cut, Piece, Share, SplitBy

SPLIT_AT_ONCE_MAX = 50
KINDS = (OrderKind.NORMAL, OrderKind.PREORDER)


async def split_unasked(work: Work, order_ids: Sequence[UUID]) -> set[UUID]:
    """Split those of these locked orders whose shops say so; says which are no longer to be judged as they are."""
    due = await _due(work, order_ids)
    if not due:
        return set()
    locked = await loading.orders_for_change(work, due)
    rules = await combining.combining_of(work, sorted({each.channel_id for each in locked.values()}))
    mergeable = await siblings.names_of_mergeable(work, due)
    heads = [
        each for each in locked.values() if not (rules[each.channel_id].merges_by_itself and mergeable.get(each.id))
    ]
    lines = await _lines_of(work, heads)
    plans: dict[UUID, list[Share]] = {}
    for channel_id in sorted({each.channel_id for each in heads}):
        own: dict[UUID, list[OrderLine]] = {each.id: lines[each.id] for each in heads if each.channel_id == channel_id}
        plans |= await _plans(work, channel_id, own, rules[channel_id], heads)
    for order_id in sorted(plans)[:SPLIT_AT_ONCE_MAX]:
        order = locked[order_id]
        await _split(work, order, lines[order_id], plans[order_id], rules[order.channel_id])
    return {*plans}


async def _split(
    work: Work, order: Order, lines: Sequence[OrderLine], shares: Sequence[Share], rule: Combining
) -> None:
    """Split an order as if somebody had asked for it: the timelines of it and its parts tell it."""
    running, work.running = work.running, splitting_by.split_order_by.__name__
    try:
        anew = SplitBy.DESIGNATION in rule.splits_by_itself
        await splitting.split(work, order, lines, shares, sent_anew=anew)
    finally:
        work.running = running
    given = {"unasked": rule.splits_by_itself}
    audit.write_story(work, permission_of(splitting_by.split_order_by), given, ("Order", str(order.id)))


async def _due(work: Work, order_ids: Sequence[UUID]) -> list[UUID]:
    part, held = aliased(Order), (HoldReason.SHORTAGE,)
    statement = (
        select(Order.id)
        .join(CombiningRule, CombiningRule.channel_id == Order.channel_id)
        .where(among(Order.id, order_ids), func.cardinality(CombiningRule.splits_by_itself) > 0)
        .where(Order.status == OrderStatus.UNREVIEWED, Order.kind.in_(KINDS), ~Order.cash_on_delivery)
        .where(Order.split_from_id.is_(None), ~exists().where(part.split_from_id == Order.id))
        .where(~exists().where(Hold.order_id == Order.id, Hold.released_at.is_(None), Hold.reason.not_in(held)))
        .order_by(Order.id)
    )
    return [row.id for row in await work.rows(statement)]


async def _lines_of(work: Work, heads: Sequence[Order]) -> dict[UUID, list[OrderLine]]:
    lines: dict[UUID, list[OrderLine]] = {each.id: [] for each in heads}
    statement = select(OrderLine).where(among(OrderLine.order_id, list(lines)))
    ordered = statement.order_by(OrderLine.order_id, OrderLine.position).execution_options(populate_existing=True)
    for line in await work.session.scalars(ordered):
        lines[line.order_id].append(line)
    return lines


async def _plans(
    work: Work, channel_id: UUID, lines: Mapping[UUID, Sequence[OrderLine]], rule: Combining, heads: Sequence[Order]
) -> dict[UUID, list[Share]]:
    """Say of orders of a channel where they are cut, of those that are."""
    open_lines = [line for own in lines.values() for line in own if splitting.divisible(line)]
    by_line = {each.line_id: each for each in await splitting_by.pieces_of(work, open_lines, rule, heads)}
    pieces = {key: [by_line[each.id] for each in own if each.id in by_line] for key, own in lines.items()}
    warehouses = list(await channels.warehouses_of(work, channels.ChannelId(channel_id)))
    warehouses += sorted({place for each in by_line.values() for place in each.designated} - {*warehouses})
    free = await splitting_by.free_for(work, pieces, warehouses)
    found = {
        key: splitting_plans.in_turn(own, cuts_of(rule, own, free[key], warehouses), PARTS_MAX)
        for key, own in pieces.items()
    }
    return {key: shares for key, shares in found.items() if shares}


def cuts_of(
    rule: Combining, pieces: Sequence[Piece], free: splitting_plans.Free, warehouses: Sequence[UUID]
) -> list[Cut]:
    """List how a channel cuts an order, in their order."""
    cuts: list[Cut] = []
    if SplitBy.DESIGNATION in rule.splits_by_itself:
        cuts.append(splitting_plans.by_designation)
    if SplitBy.LARGE_GOODS in rule.splits_by_itself and rule.large_from_grams is not None:
        cuts.append(partial(splitting_plans.large_goods, from_grams=rule.large_from_grams))
    if SplitBy.PREORDER in rule.splits_by_itself and any(each.preorder_word for each in pieces):
        cuts.append(partial(splitting_plans.preorder, free=free, warehouses=warehouses, now=rule.ship_now))
    return cuts
