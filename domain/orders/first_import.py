"""Orders seen for the first time (首次接单): goods and buyers are matched, stock is claimed, and the rest is a hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue, channels, customers
from domain.alerts import NewAlert
from domain.customers import Buyer
from domain.kernel import Work
from domain.orders import carrying, checking, decisions, exploding, giving, holding, importing, preorders, revising
from domain.orders.batches import insert_together
from domain.orders.claiming import Claimed, Need, claim_needs, short_of
from domain.orders.grounds import read_grounds
from domain.orders.incoming import IncomingOrder
from domain.orders.models import HoldReason, Order, OrderDecision, OrderLine
from domain.orders.revising import Revision


@dataclass(frozen=True)
class Shop:
    """What the import must know of a channel."""

    channel_id: UUID
    currency: str
    on_account: bool = False


@dataclass
class Imported:
    """How many orders wait for a reason, which are over, and which others changed with them."""

    held: int = 0
    over: list[UUID] = field(default_factory=list)
    also: list[UUID] = field(default_factory=list)
    shipped_anyway: list[NewAlert] = field(default_factory=list)
    not_anyway: list[UUID] = field(default_factory=list)


async def import_orders(work: Work, shop: Shop, trades: Sequence[tuple[UUID, IncomingOrder]]) -> Imported:
    """Make the orders of trades that were never seen before, the oldest first served."""
    if not trades:
        return Imported()
    heads = {order_id: importing.order_of(trade, order_id, shop.channel_id) for order_id, trade in trades}
    lines = {order_id: importing.lines_of(trade, order_id) for order_id, trade in trades}
    await match_lines(work, shop, [each for of_order in lines.values() for each in of_order])
    await exploding.explode(work, shop.channel_id, list(lines.values()))
    buyers = await _buyers(work, shop, [trade for _, trade in trades])
    in_turn = sorted(trades, key=lambda each: (each[1].paid_at or each[1].placed_at, each[0]))
    for order_id, trade in trades:
        heads[order_id] |= {"customer_id": buyers.get(trade.buyer_id), "on_account": shop.on_account}
    # All that can be read beforehand is: from the claims on, others wait for the same goods.
    black = await checking.blacklisted_among(work, heads)
    grounds = await read_grounds(work, list(heads.values()), [each for of_order in lines.values() for each in of_order])
    found = {each: grounds.candidates(heads[each], lines[each]) for each, _ in in_turn}
    needs = [Need(each, heads[each]["status"], found[each].warehouses, lines[each]) for each, _ in in_turn]
    claimed = await claim_needs(work, needs, promising=False)
    if short := short_of(needs, claimed):
        claimed |= await preorders.promise_imported(work, shop.channel_id, heads, lines, short, claimed)
    carried = carrying.carriers_of(grounds, heads, lines, found, claimed)
    for order_id in heads:
        heads[order_id] |= {
            "warehouse_id": claimed[order_id].warehouse_id if order_id in claimed else None,
            "carrier_code": carried[order_id].carrier_code if order_id in carried else None,
            "created_at": work.now,
            "updated_at": work.now,
            "updated_by": work.actor.name,
        }
    explained = carrying.explained(grounds, found, claimed, carried)
    await insert_together(
        work,
        (Order, list(heads.values())),
        (OrderLine, [each for of_order in lines.values() for each in of_order]),
        (OrderDecision, decisions.rows_of(work, explained)),
    )
    reasons = {
        order_id: _reasons(trade, heads[order_id], lines[order_id], claimed.get(order_id), shop)
        | carrying.unreachable(carried.get(order_id))
        for order_id, trade in trades
    }
    checked = await checking.reasons_of(work, heads, lines, black, grounds)
    await holding.open_holds(work, {order_id: {**each, **checked[order_id]} for order_id, each in reasons.items()})
    if grounds.has_gifts:
        await giving.give_gifts(work, list(heads))
    return Imported(held=sum(1 for order_id, each in reasons.items() if each or checked[order_id]))


def _reasons(
    trade: IncomingOrder, head: Mapping[str, Any], lines: list[dict[str, Any]], claimed: Claimed | None, shop: Shop
) -> dict[HoldReason, str]:
    made = Revision(status=head["status"], content={}, lines=lines, changed=revising.partly_shipped_there(trade))
    reasons = revising.reasons_after(made, trade, shop.currency)
    if claimed is not None and claimed.shortage:
        reasons[HoldReason.SHORTAGE] = claimed.shortage
    return reasons


async def match_lines(work: Work, shop: Shop, lines: Sequence[dict[str, Any]]) -> None:
    """Find the variant of each line: by the channel's listing, a code remembered there, our SKU, or the barcode."""
    listed = await _listed(work, shop, {each["external_sku"] for each in lines if each["external_sku"]})
    rest = [each for each in lines if each["external_sku"] not in listed]
    codes = sorted({each["seller_code"] for each in rest if each["seller_code"]})
    barcodes = sorted({each["barcode"] for each in rest if each["barcode"]})
    match = await catalogue.match_goods(work, codes, barcodes) if codes or barcodes else None
    said = await channels.remembered_codes(work, shop.channel_id, codes)
    for each in lines:
        known = listed.get(each["external_sku"]) or said.get(each["seller_code"] or "")
        each["variant_id"] = known or (match.variant(each["seller_code"], each["barcode"]) if match else None)


async def _listed(work: Work, shop: Shop, external_skus: set[str]) -> dict[str, UUID]:
    if not external_skus:
        return {}
    listing = channels.Listing
    statement = select(listing.external_sku, listing.variant_id).where(
        listing.channel_id == shop.channel_id,
        listing.external_sku == any_(literal(sorted(external_skus), ARRAY(Text))),
    )
    return {row.external_sku: row.variant_id for row in await work.rows(statement)}


async def _buyers(work: Work, shop: Shop, trades: Sequence[IncomingOrder]) -> Mapping[str, Any]:
    return await customers.match_customers(work, shop.channel_id, [_buyer(each) for each in trades if each.buyer_id])


def _buyer(trade: IncomingOrder) -> Buyer:
    receiver = trade.receiver
    name = trade.buyer_name or (receiver.name if receiver else None)
    return Buyer(external_id=trade.buyer_id, name=name, phone=receiver.phone if receiver else None)
