"""Matching by hand (对码): a person says which article a line is; what is remembered serves the orders after it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain import bundles, catalogue, channels, inventory
from domain.kernel import BadInput, NotFound, Refusal, Work, action, visible
from domain.orders import checking, exploding, loading, waiting
from domain.orders.batches import among
from domain.orders.lifecycle import WAITING
from domain.orders.models import Order, OrderLine

UNMATCHED = select(OrderLine.id, OrderLine.order_id, OrderLine.seller_code, OrderLine.external_sku)


@action
async def match_order_line(
    work: Work, order_line_id: UUID, variant_id: UUID, *, remember: bool = False, expected_version: int | None = None
) -> Order:
    """Say which article a line of an order is, and claim its stock; remember it for the shop's code if you say so."""
    order = await loading.order_for_change(work, await _order_of(work, order_line_id), expected_version)
    loading.needs_state(order, WAITING)
    line = next((each for each in await loading.lines_for_change(work, order) if each.id == order_line_id), None)
    if line is None:
        raise _no_line(order_line_id)
    await _check_variant(work, variant_id, line)
    if remember:
        await _remember(work, order, line, variant_id)
    if line.variant_id != variant_id:
        await inventory.release(work, [order.id], [line.id])
        line.variant_id = variant_id
        loading.touch(work, order)
        await work.session.flush()
        await exploding.explode_waiting(work, [order.id])
        await waiting.claim_for_waiting(work, [order.id])
        checking.check_at_closing(work, [order.id])
        await work.session.refresh(order)
        await work.session.refresh(line)
    return order


async def match_remembered(work: Work, fact: channels.SellerCodeRemembered) -> None:
    """React to a code whose article a person named: the other lines that wait with it are that article too."""
    lines = await _unmatched(work, fact.channel_id, OrderLine.seller_code == fact.code)
    await waiting.match_lines_of_waiting(work, {each.id: (each.order_id, fact.variant_id) for each in lines})


async def match_listed(work: Work, fact: channels.VariantsListed) -> None:
    """React to articles a shop shows now: lines that wait under the shop's own SKU are these articles."""
    listing = channels.Listing
    statement = select(listing.external_sku, listing.variant_id).where(
        listing.channel_id == fact.channel_id, among(listing.variant_id, fact.variant_ids)
    )
    shown: Mapping[str, Any] = {row.external_sku: row.variant_id for row in await work.rows(statement)}
    lines = await _unmatched(work, fact.channel_id, OrderLine.external_sku.in_(sorted(shown)))
    found = {each.id: (each.order_id, shown[each.external_sku]) for each in lines}
    await waiting.match_lines_of_waiting(work, found)


async def _unmatched(work: Work, channel_id: UUID, condition: ColumnElement[bool]) -> Sequence[Any]:
    return await work.rows(
        waiting.in_turn(UNMATCHED.join(Order, Order.id == OrderLine.order_id)).where(
            Order.channel_id == channel_id, condition
        )
    )


async def _order_of(work: Work, order_line_id: UUID) -> UUID:
    statement = select(OrderLine.order_id).join(Order, Order.id == OrderLine.order_id)
    statement = statement.where(OrderLine.id == order_line_id)
    order_id: UUID | None = await work.session.scalar(visible(statement, work.actor, channel=Order.channel_id))
    if order_id is None:
        raise _no_line(order_line_id)
    return order_id


def _no_line(order_line_id: UUID) -> Refusal:
    return NotFound(what="order line", which=str(order_line_id)).at("input", "orderLineId")


async def _check_variant(work: Work, variant_id: UUID, line: OrderLine) -> None:
    variant = catalogue.Variant
    rows = await work.rows(select(variant.sku, variant.stocked).where(variant.id == variant_id))
    if not rows:
        raise NotFound(what="variant", which=str(variant_id)).at("input", "variantId")
    if line.bundle_id is not None and not rows[0].stocked:
        raise bundles.BundleNested(sku=rows[0].sku).at("input", "variantId")


async def _remember(work: Work, order: Order, line: OrderLine, variant_id: UUID) -> None:
    if not line.seller_code:
        problem = "the line has no seller code; show the variant on the channel under the shop's SKU instead"
        raise BadInput(field="remember", problem=problem).at("input", "remember")
    await channels.remember_seller_code(work, order.channel_id, line.seller_code, variant_id)
