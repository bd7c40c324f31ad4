"""Shown stock (店铺可售库存): each listing shows its share of what is free in the warehouses that serve its channel."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain import channels
from domain.inventory.averages import NOTHING
from domain.inventory.claims import LOOK
from domain.inventory.events import StockChanged
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
    select(channels.Listing.id)
    .where(channels.Listing.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
    .order_by(channels.Listing.id)
    .with_for_update(key_share=True)
)


async def refresh_shown_stock(work: Work, fact: StockChanged) -> None:
    """Show what is free now of the variants that changed, in every listing of theirs."""
    await show_free_stock(work, fact.variant_ids)


async def show_listed(work: Work, fact: channels.VariantsListed) -> None:
    """Show what is free of variants that a channel begins to list."""
    await show_free_stock(work, fact.variant_ids)


async def show_free_stock(work: Work, variant_ids: Sequence[UUID]) -> int:
    """Show what is free now of these variants; returns how many listings changed."""
    # Two who refresh the same listings take turns, and each looks at the stock after it got its turn.
    if not await work.rows(LISTINGS, {"variant_ids": sorted(variant_ids)}):
        return 0
    by_variant = await channels.listings_of_variants(work, variant_ids)
    listings = [listing for found in by_variant.values() for listing in found]
    served = await channels.warehouses_by_channel(work, sorted({each.channel_id for each in listings}))
    free = await _free(work, variant_ids, served)
    shown = [channels.ShownStock(each.id, _shown(each, free, served[each.channel_id])) for each in listings]
    return await channels.show_stock(work, shown)


async def _free(
    work: Work, variant_ids: Sequence[UUID], served: Mapping[UUID, Sequence[UUID]]
) -> dict[tuple[UUID, UUID], Quantity]:
    warehouses = sorted({warehouse for each in served.values() for warehouse in each})
    rows = await work.rows(LOOK, {"variant_ids": sorted(variant_ids), "warehouse_ids": warehouses})
    return {(row.variant_id, row.warehouse_id): row.free for row in rows}


def _shown(listing: Any, free: Mapping[tuple[UUID, UUID], Quantity], warehouses: Sequence[UUID]) -> Quantity:
    base = Quantity.total(free.get((listing.variant_id, each), NOTHING) for each in warehouses)
    return shown_quantity(
        base,
        listing.shown_percent,
        listing.shown_plus,
        listing.shown_minimum,
        listing.shown_maximum,
        delist=True,
    )
