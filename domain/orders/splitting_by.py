"""Splitting by a rule (自动拆单): what the stock, the goods and the channel's settings say decides where to cut."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, channels, inventory
from domain.kernel import BadInput, Quantity, Work, action
from domain.orders import combining, splitting, splitting_plans
from domain.orders.batches import among
from domain.orders.combining import Combining
from domain.orders.importing import NOTHING
from domain.orders.models import Order, OrderLine
from domain.orders.splitting import NothingToSplit
from domain.orders.splitting_plans import Piece, SplitBy

ITEM, CLAIM = inventory.StockItem, inventory.models.Claim


@action
async def split_order_by(work: Work, order_id: UUID, by: SplitBy, expected_version: int | None = None) -> Order:
    """Split an order by warehouse, stock or designation, into preorder goods and others, or into its large goods."""
    order, lines = await splitting.order_to_split(work, order_id, expected_version)
    rule = (await combining.combining_of(work, [order.channel_id]))[order.channel_id]
    shares = await _plan(work, order, lines, by, rule)
    if not shares:
        raise NothingToSplit(number=order.number)
    sent_anew = by in (SplitBy.WAREHOUSE, SplitBy.DESIGNATION)
    return await splitting.split(work, order, lines, shares, sent_anew=sent_anew)


async def _plan(
    work: Work, order: Order, lines: Sequence[OrderLine], by: SplitBy, rule: Combining
) -> list[splitting_plans.Share]:
    pieces = await pieces_of(work, [each for each in lines if splitting.divisible(each)], rule, [order])
    if by is SplitBy.LARGE_GOODS:
        if rule.large_from_grams is None:
            problem = "the channel does not say from which weight on goods are large; set its combining rule"
            raise BadInput(field="by", problem=problem).at("input", "by")
        return splitting_plans.large_goods(pieces, rule.large_from_grams)
    if by is SplitBy.DESIGNATION:
        return splitting_plans.by_designation(pieces)
    warehouses = list(await channels.warehouses_of(work, channels.ChannelId(order.channel_id)))
    warehouses += sorted({place for each in pieces for place in each.designated} - {*warehouses})
    free = (await free_for(work, {order.id: pieces}, warehouses))[order.id]
    if by is SplitBy.WAREHOUSE:
        return splitting_plans.by_warehouse(pieces, free, warehouses)
    if by is SplitBy.STOCK:
        return splitting_plans.by_stock(pieces, free, warehouses)
    return splitting_plans.preorder(pieces, free, warehouses, rule.ship_now)


async def pieces_of(work: Work, lines: Sequence[OrderLine], rule: Combining, heads: Sequence[Order]) -> list[Piece]:
    """Say of lines what decides where they go; a preorder word in the seller's memo is said of the whole order."""
    waiting = {each.id for each in heads if any(word in (each.seller_memo or "") for word in rule.preorder_words)}
    variant = catalogue.Variant
    wanted = [each.variant_id for each in lines if each.variant_id is not None]
    rows = await work.rows(select(variant.id, variant.weight_grams).where(among(variant.id, wanted)))
    weights: Mapping[Any, int] = {row.id: row.weight_grams for row in rows}
    designated = await inventory.designated_among(work, wanted)
    return [
        Piece(
            line_id=each.id,
            variant_id=each.variant_id,
            quantity=each.quantity,
            amount=each.line_amount,
            weight_grams=weights.get(each.variant_id, 0),
            preorder_word=each.order_id in waiting or _is_preorder(each, rule),
            designated=designated.get(each.variant_id, frozenset()),
        )
        for each in lines
    ]


def _is_preorder(line: OrderLine, rule: Combining) -> bool:
    """Whether a line was sold before it is there, or reads so."""
    return line.ships_on is not None or any(word in _read_of(line) for word in rule.preorder_words)


def _read_of(line: OrderLine) -> str:
    """Say what the buyer read of a line, also of the bundle of which it is a component."""
    return f"{line.title} {line.specification or ''} {line.bundle_title or ''}"


async def free_for(
    work: Work, wanted: Mapping[UUID, Sequence[Piece]], warehouses: Sequence[UUID]
) -> dict[UUID, dict[tuple[UUID, UUID], Quantity]]:
    """Say what is free for each order: what nobody holds, and what it holds itself."""
    variants = {each.variant_id for pieces in wanted.values() for each in pieces if each.variant_id is not None}
    statement = select(ITEM.variant_id, ITEM.warehouse_id, inventory.SELLABLE.label("free"))
    statement = statement.join(inventory.Warehouse, inventory.Warehouse.id == ITEM.warehouse_id).where(
        among(ITEM.variant_id, sorted(variants)),
        among(ITEM.warehouse_id, warehouses),
        inventory.Warehouse.active,
        inventory.Warehouse.sellable,
    )
    there = {(row.variant_id, row.warehouse_id): row.free for row in await work.rows(statement)}
    free: dict[UUID, dict[tuple[UUID, UUID], Quantity]] = {
        order_id: {key: many for key, many in there.items() if key[0] in {each.variant_id for each in pieces}}
        for order_id, pieces in wanted.items()
    }
    own = select(CLAIM.order_id, CLAIM.variant_id, CLAIM.warehouse_id, CLAIM.quantity)
    for row in await work.rows(own.where(among(CLAIM.order_id, list(wanted)))):
        key = (row.variant_id, row.warehouse_id)
        free[row.order_id][key] = free[row.order_id].get(key, NOTHING) + row.quantity
    return {
        order_id: {key: max(many, NOTHING) for key, many in of_order.items()} for order_id, of_order in free.items()
    }
