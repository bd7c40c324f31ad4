"""Shown stock (店铺可售库存): each listing shows its share of what is free in the warehouses that serve its channel."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, or_, select

from domain import catalogue, channels
from domain.inventory.averages import NOTHING
from domain.inventory.claims import LOOK
from domain.inventory.events import StockChanged
from domain.inventory.models import StockItem
from domain.inventory.statements import UUIDS
from domain.kernel import Quantity, Work

HUNDRED = 100


def shown_quantity(
    base: Quantity, percent: int, plus: int, minimum: int, maximum: int | None, delist: bool
) -> Quantity:
    """Say what a listing shows: whole pieces of its share; too few to show are none at all, or the minimum."""
    share = (base.value * percent / HUNDRED + plus).to_integral_value(ROUND_FLOOR)
    if share < minimum:
        share = Decimal(0 if delist else minimum)
    if maximum and share > maximum:
        share = Decimal(maximum)
    return Quantity(max(share, Decimal(0)))


LISTINGS = (
    select(channels.Listing.variant_id, catalogue.Variant.stocked)
    .join(catalogue.Variant, catalogue.Variant.id == channels.Listing.variant_id)
    .where(channels.Listing.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
    .order_by(channels.Listing.id)
    .with_for_update(key_share=True, of=channels.Listing)
)


async def refresh_shown_stock(work: Work, fact: StockChanged) -> None:
    """Show what is free now of the variants that changed, in every listing of theirs."""
    await show_free_stock(work, fact.variant_ids)


async def show_listed(work: Work, fact: channels.VariantsListed) -> None:
    """Show what is free of variants that a channel begins to list."""
    await show_free_stock(work, fact.variant_ids)


async def show_free_stock(work: Work, variant_ids: Sequence[UUID]) -> int:
    """Show what is free now of these variants; returns how many listings changed."""
    # What is never in stock itself is left out: others say what can be shown of it.
    own = sorted({row.variant_id for row in await listings_in_turn(work, variant_ids) if row.stocked})
    if not own:
        return 0
    by_variant = await channels.listings_of_variants(work, own)
    listings = [listing for found in by_variant.values() for listing in found]
    served = await channels.warehouses_by_channel(work, sorted({each.channel_id for each in listings}))
    free = await free_in(work, own, sorted({warehouse for each in served.values() for warehouse in each}))
    shown = [channels.ShownStock(each.id, _shown(each, free, served[each.channel_id])) for each in listings]
    return await channels.show_stock(work, shown)


async def listings_in_turn(work: Work, variant_ids: Sequence[UUID]) -> list[Any]:
    """Let two who refresh the same listings take turns, so that each looks at the stock after it got its turn."""
    return await work.rows(LISTINGS, {"variant_ids": sorted(variant_ids)})


async def free_in(
    work: Work, variant_ids: Sequence[UUID], warehouse_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], Quantity]:
    """Say what is free of each variant in each warehouse."""
    rows = await work.rows(LOOK, {"variant_ids": sorted(variant_ids), "warehouse_ids": warehouse_ids})
    return {(row.variant_id, row.warehouse_id): row.free for row in rows}


def shown_of(listing: Any, base: Quantity) -> Quantity:
    """Say what a listing shows of so much, by the rule of its channel."""
    return shown_quantity(
        base,
        listing.shown_percent,
        listing.shown_plus,
        listing.shown_minimum,
        listing.shown_maximum,
        delist=True,
    )


def _shown(listing: Any, free: Mapping[tuple[UUID, UUID], Quantity], warehouses: Sequence[UUID]) -> Quantity:
    return shown_of(listing, Quantity.total(free.get((listing.variant_id, each), NOTHING) for each in warehouses))


ANY_STOCK = select(StockItem.id).where(
    StockItem.variant_id == bindparam("variant_id"),
    or_(*(column != NOTHING for column in (
        StockItem.on_hand, StockItem.unpaid, StockItem.to_review, StockItem.to_ship, StockItem.preorder,
        StockItem.in_transit
    ))),
).limit(1)  # fmt: skip


async def is_in_stock(work: Work, variant_id: UUID) -> bool:
    """Whether anything of a variant is there, promised or under way."""
    return bool(await work.rows(ANY_STOCK, {"variant_id": variant_id}))
