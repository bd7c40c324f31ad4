"""Orders that wait for goods (缺货与未匹配): when stock or a matching article comes, the oldest are served first.

A hold for shortage or unmatched goods releases itself here, without anybody asking.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from domain import bundles, catalogue, inventory
from domain.inventory import Candidates
from domain.kernel import Work
from domain.orders import carrying, checking, decisions, exploding, giving, holding, telling
from domain.orders.batches import among, table_of, unnested
from domain.orders.claiming import Claimed, claim_needs, needs_of, open_quantity
from domain.orders.events import OrderCancelled, OrderEdited, OrderRevised
from domain.orders.grounds import read_grounds
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import WAITING
from domain.orders.models import Hold, HoldReason, Order, OrderLine
from domain.orders.revising import Known
from domain.orders.updating import load_known
from domain.shipping import CarrierChoice

RETRIED_MAX = 200
"""Orders tried per fact; claiming for one is a new fact, so the rest follows."""

ORDERS = table_of(Order)
LINES = table_of(OrderLine)
MATCHED = [LINES.c.id, LINES.c.variant_id]
ITEM, CLAIM = inventory.StockItem, inventory.models.Claim
THERE = CLAIM.claim_class != inventory.ClaimClass.PREORDER
ITEMS = select(
    ITEM.variant_id,
    (inventory.FREE > NOTHING).label("free"),
    and_(
        ITEM.preorder_limit > ITEM.preorder, func.coalesce(ITEM.expected_on >= bindparam("today", type_=Date), true())
    ).label("expected"),
)


async def retry_shortages(work: Work, fact: inventory.StockChanged) -> None:
    """Claim for orders that were short of these variants, now that some may be free for the whole order.

    Those that were promised nothing before it is there are promised it, now that more may be expected.
    """
    statement = ITEMS.where(among(ITEM.variant_id, fact.variant_ids))
    items = await work.rows(statement, {"today": inventory.today(work.now)})
    if free := sorted({row.variant_id for row in items if row.free}):
        statement = _short_of_variants(free).where(~_short_still())
        await claim_for_waiting(work, [row.id for row in await work.rows(statement)], in_turn=True)
    if expected := sorted({row.variant_id for row in items if row.expected}):
        unpromised = ~select(CLAIM.order_line_id).where(CLAIM.order_line_id == OrderLine.id).exists()
        still = OrderLine.quantity > OrderLine.shipped_quantity + OrderLine.cancelled_quantity
        statement = _short_of_variants(expected).where(OrderLine.ships_on.is_not(None), still, unpromised)
        await claim_for_waiting(work, [row.id for row in await work.rows(statement)])


def _short_of_variants(variant_ids: Sequence[UUID]) -> Select[Any]:
    """Find the orders that wait for these variants, the first paid first."""
    return (
        select(Order.id)
        .join(Hold, Hold.order_id == Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Hold.reason == HoldReason.SHORTAGE, Hold.released_at.is_(None))
        .where(among(OrderLine.variant_id, variant_ids), Order.status.in_(WAITING))
        .group_by(Order.id)
        .order_by(func.coalesce(Order.paid_at, Order.placed_at), Order.id)
        .limit(RETRIED_MAX)
    )


async def match_waiting(work: Work, fact: catalogue.ProductChanged) -> None:
    """Match the lines that had no article, now that this product has new SKUs or barcodes."""
    by_sku, by_barcode = await _codes_of(work, fact.product_id)
    if not by_sku:
        return
    lines = await _unmatched(work, [*by_sku], [*by_barcode])
    found = {each.id: (each.order_id, by_sku.get(each.seller_code) or by_barcode[each.barcode]) for each in lines}
    await match_lines_of_waiting(work, found)


async def match_lines_of_waiting(work: Work, found: Mapping[UUID, tuple[UUID, UUID]]) -> None:
    """Give lines without an article theirs, by line: its order and the article; then claim, the first order first."""
    if not found:
        return
    order_ids = list(dict.fromkeys(order_id for order_id, _ in found.values()))
    await load_known(work, sorted(order_ids))
    given = unnested(MATCHED, [{"id": line_id, "variant_id": variant} for line_id, (_, variant) in found.items()])
    for line_id, (order_id, variant_id) in found.items():
        telling.tell_changes(work, order_id, "OrderLine", line_id, {}, {"variant_id": variant_id})
    await work.execute(
        update(LINES)
        .where(LINES.c.id == given.c.id, LINES.c.variant_id.is_(None))
        .values(variant_id=given.c.variant_id)
    )
    await exploding.explode_waiting(work, order_ids)
    await claim_for_waiting(work, order_ids)
    checking.check_at_closing(work, order_ids)


async def explode_bundles(work: Work, fact: bundles.BundleChanged) -> None:
    """React to a variant that is a virtual bundle now: lines that wait for stock it never has are its components."""
    statement = (
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(catalogue.Variant, catalogue.Variant.id == OrderLine.variant_id)
        .where(OrderLine.variant_id == fact.variant_id, OrderLine.bundle_part == 0, ~catalogue.Variant.stocked)
        .where(Order.status.in_(WAITING))
        .group_by(Order.id)
        .order_by(func.coalesce(Order.paid_at, Order.placed_at), Order.id)
        .limit(RETRIED_MAX)
    )
    order_ids = [row.id for row in await work.rows(statement)]
    if not order_ids:
        return
    await load_known(work, sorted(order_ids))
    await exploding.explode_waiting(work, order_ids)
    await claim_for_waiting(work, order_ids)
    checking.check_at_closing(work, order_ids)
    if len(order_ids) == RETRIED_MAX:
        work.record(fact)


async def end_shortages(work: Work, fact: OrderCancelled | OrderEdited | OrderRevised) -> None:
    """React to orders that were given up or changed: those that are short no more are taken off the alerts."""
    order_ids = fact.order_ids if isinstance(fact, OrderRevised) else [fact.order_id]
    short = await _short_of(work, order_ids)
    await inventory.shortage_ended(work, [each for each in order_ids if each not in short])


async def claim_for_waiting(work: Work, order_ids: Sequence[UUID], *, in_turn: bool = False) -> None:
    """Claim what waiting orders still need, the first of the list served first, and settle their holds.

    In their turn, by payment, orders go before preorders that cannot be served yet; else those go before them.
    """
    known = await load_known(work, order_ids) if order_ids else {}
    waiting = [each for each in order_ids if each in known and known[each].order["status"] in WAITING]
    if not waiting:
        return
    said, short = len(work.facts), await _short_of(work, waiting)
    heads, lines = {each: known[each].order for each in waiting}, {each: known[each].lines for each in waiting}
    grounds = await read_grounds(work, list(heads.values()), [each for of_order in lines.values() for each in of_order])
    found = {each: grounds.candidates(heads[each], lines[each]) for each in waiting}
    claimed = await _claim(work, heads, lines, found, in_turn=in_turn)
    # That an order is short was said when it became so.
    work.facts[said:] = [
        each for each in work.facts[said:] if not (isinstance(each, inventory.StockRanShort) and each.order_id in short)
    ]
    served = {each: claimed[each] for each in waiting if each in claimed and claimed[each].warehouse_id is not None}
    carried = carrying.carriers_of(grounds, {each: heads[each] for each in served}, lines, found, served)
    await _note_warehouses(work, heads, served, carried)
    await _settle(work, {each: known[each] for each in waiting}, claimed)
    await carrying.settle_unreachable(work, carried)
    await decisions.write_decisions(work, carrying.explained(grounds, found, served, carried))
    await giving.give_gifts(work, list(served))


async def _claim(
    work: Work,
    heads: Mapping[UUID, Mapping[str, Any]],
    lines: Mapping[UUID, Sequence[Mapping[str, Any]]],
    found: Mapping[UUID, Candidates],
    *,
    in_turn: bool,
) -> dict[UUID, Claimed]:
    statuses = {key: each["status"] for key, each in heads.items()}
    chosen = {key: each["warehouse_id"] for key, each in heads.items()}
    return await claim_needs(work, await needs_of(work, found, statuses, chosen, lines), in_turn=in_turn)


async def _note_warehouses(
    work: Work,
    heads: Mapping[UUID, Mapping[str, Any]],
    served: Mapping[UUID, Claimed],
    carried: Mapping[UUID, CarrierChoice],
) -> None:
    rows: list[dict[str, Any]] = []
    for order_id, each in served.items():
        head, choice = heads[order_id], carried.get(order_id)
        carrier = head["carrier_code"] if choice is None else choice.carrier_code
        if (each.warehouse_id, carrier) != (head["warehouse_id"], head["carrier_code"]):
            rows.append({"id": order_id, "warehouse_id": each.warehouse_id, "carrier_code": carrier})
    for row in rows:
        before = {key: heads[row["id"]][key] for key in row}
        telling.tell_changes(work, row["id"], "Order", row["id"], before, row)
    if rows:
        given = unnested([ORDERS.c[key] for key in rows[0]], rows)
        changed: dict[str, Any] = {key: given.c[key] for key in rows[0] if key != "id"}
        changed |= {"updated_at": work.now, "updated_by": work.actor.name}
        await work.execute(update(ORDERS).where(ORDERS.c.id == given.c.id).values(**changed))


async def _settle(work: Work, known: Mapping[UUID, Known], claimed: Mapping[UUID, Claimed]) -> None:
    short = {order_id: each.shortage for order_id, each in claimed.items() if each.shortage}
    matched = [
        order_id
        for order_id, each in known.items()
        if all(line["variant_id"] is not None or open_quantity(line) <= NOTHING for line in each.lines)
    ]
    await holding.open_holds(work, {order_id: {HoldReason.SHORTAGE: evidence} for order_id, evidence in short.items()})
    await holding.release_holds(work, [each for each in known if each not in short], [HoldReason.SHORTAGE])
    await holding.release_holds(work, matched, [HoldReason.UNMATCHED_GOODS])


async def _short_of(work: Work, order_ids: Sequence[UUID]) -> set[UUID]:
    waits = (Hold.reason == HoldReason.SHORTAGE, Hold.released_at.is_(None))
    return {
        row.order_id for row in await work.rows(select(Hold.order_id).where(among(Hold.order_id, order_ids), *waits))
    }


def _short_still() -> ColumnElement[bool]:
    """Say that a line of an order fits nowhere: an order is claimed whole, so trying it would be in vain.

    Without this, those that wait in vain would be tried before, and instead of, the one that can be served.
    """
    line = aliased(OrderLine)
    wanted = line.quantity - line.shipped_quantity - line.cancelled_quantity
    fits = select(ITEM.variant_id).where(ITEM.variant_id == line.variant_id, wanted <= inventory.FREE).exists()
    claimed = select(CLAIM.order_line_id).where(CLAIM.order_line_id == line.id, THERE).exists()
    return (
        select(line.id)
        .where(line.order_id == Order.id, line.variant_id.is_not(None), wanted > NOTHING, ~claimed, ~fits)
        .exists()
    )


async def _codes_of(work: Work, product_id: UUID) -> tuple[dict[str, UUID], dict[str, UUID]]:
    variant, barcode = catalogue.Variant, catalogue.models.Barcode
    statement = (
        select(variant.id, variant.sku, barcode.code)
        .join(barcode, barcode.variant_id == variant.id, isouter=True)
        .where(variant.product_id == product_id)
    )
    rows = await work.rows(statement)
    return {row.sku: row.id for row in rows}, {row.code: row.id for row in rows if row.code is not None}


async def _unmatched(work: Work, skus: Sequence[str], barcodes: Sequence[str]) -> list[Any]:
    of_sku = OrderLine.seller_code == any_(literal(skus, ARRAY(Text)))
    of_barcode = OrderLine.barcode == any_(literal(barcodes, ARRAY(Text)))
    statement = select(OrderLine.id, OrderLine.order_id, OrderLine.seller_code, OrderLine.barcode)
    joined = statement.join(Order, Order.id == OrderLine.order_id)
    return await work.rows(in_turn(joined).where(or_(of_sku, of_barcode)))


def in_turn(lines: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Take the lines of waiting orders that have no article, those of the oldest order first."""
    return (
        lines.where(OrderLine.variant_id.is_(None), Order.status.in_(WAITING))
        .order_by(func.coalesce(Order.paid_at, Order.placed_at), Order.id, OrderLine.position)
        .limit(RETRIED_MAX)
    )
