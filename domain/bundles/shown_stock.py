"""Shown stock of virtual bundles (套件可售库存): what could be put together in each warehouse, never across two.

For each warehouse the pieces that the scarcest component suffices for; the sum over the warehouses that serve a channel
is what its listing shows a share of, by the same rule as any other.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain import channels, inventory
from domain.bundles.events import BundleChanged
from domain.bundles.models import Bundle, BundleComponent, BundleKind
from domain.inventory import UUIDS
from domain.kernel import Quantity, Read, Work

NOTHING = Quantity(0)
Parts = Mapping[UUID, Quantity]

PARTS = (
    select(BundleComponent.bundle_id, BundleComponent.component_id, BundleComponent.quantity)
    .join(Bundle, Bundle.variant_id == BundleComponent.bundle_id)
    .where(Bundle.kind == BundleKind.VIRTUAL, BundleComponent.bundle_id == any_(bindparam("bundle_ids", type_=UUIDS)))
    .order_by(BundleComponent.bundle_id, BundleComponent.position)
)
OF_COMPONENTS = select(BundleComponent.bundle_id).where(
    BundleComponent.component_id == any_(bindparam("variant_ids", type_=UUIDS))
)


def pieces(parts: Parts, free: Mapping[UUID, Quantity]) -> Quantity:
    """Say how many whole bundles can be put together of what is free in one warehouse."""
    enough = [max(free.get(part, NOTHING), NOTHING).value / quantity.value for part, quantity in parts.items()]
    return Quantity(min(enough, default=Decimal(0)).to_integral_value(ROUND_FLOOR))


async def show_bundles_of(work: Work, fact: inventory.StockChanged) -> None:
    """React to changed stock: the bundles that need some of it show what can be put together now."""
    found = await work.rows(OF_COMPONENTS.distinct(), {"variant_ids": sorted(fact.variant_ids)})
    await show_bundles(work, [row.bundle_id for row in found])


async def show_changed(work: Work, fact: BundleChanged) -> None:
    """React to another composition: the variant shows what can be put together, or what is there of itself."""
    if await show_bundles(work, [fact.variant_id]) is None:
        await inventory.show_free_stock(work, [fact.variant_id])


async def show_listed(work: Work, fact: channels.VariantsListed) -> None:
    """React to bundles that a channel begins to list."""
    await show_bundles(work, fact.variant_ids)


async def show_bundles(work: Work, variant_ids: Sequence[UUID]) -> int | None:
    """Show what can be put together of virtual bundles; says how many listings changed, None when none of it is one."""
    parts = await parts_of(work, variant_ids)
    if not parts:
        return None
    await inventory.listings_in_turn(work, sorted(parts))
    by_variant = await channels.listings_of_variants(work, sorted(parts))
    listings = [listing for found in by_variant.values() for listing in found]
    served = await channels.warehouses_by_channel(work, sorted({each.channel_id for each in listings}))
    free = await inventory.free_in(
        work,
        sorted({part for each in parts.values() for part in each}),
        sorted({warehouse for each in served.values() for warehouse in each}),
    )
    shown = [_shown(each, parts[each.variant_id], free, served[each.channel_id]) for each in listings]
    return await channels.show_stock(work, shown)


async def parts_of(work: Work | Read, variant_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Quantity]]:
    """Find what virtual bundles are made of; what is none is absent."""
    found: dict[UUID, dict[UUID, Quantity]] = {}
    for row in await work.rows(PARTS, {"bundle_ids": sorted(set(variant_ids))}):
        found.setdefault(row.bundle_id, {})[row.component_id] = row.quantity
    return found


def _shown(
    listing: Any, parts: Parts, free: Mapping[tuple[UUID, UUID], Quantity], warehouses: Sequence[UUID]
) -> channels.ShownStock:
    there = [{part: free.get((part, each), NOTHING) for part in parts} for each in warehouses]
    base = Quantity.total(pieces(parts, each) for each in there)
    return channels.ShownStock(listing.id, inventory.shown_of(listing, base))
