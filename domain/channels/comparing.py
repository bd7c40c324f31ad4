"""What shops show, looked up there (店铺库存核对): what was told is held against what they say, turn by turn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.channels.models import ChannelId, Listing, ListingId
from domain.kernel import Work

TOLD = (
    Listing.listed,
    Listing.sync_blocked.is_(None),
    Listing.shown_quantity.is_not(None),
    Listing.stock_version == Listing.stock_told_version,
)
COLUMNS = (
    Listing.id,
    Listing.variant_id,
    Listing.external_item,
    Listing.external_sku,
    Listing.shown_quantity,
    Listing.stock_version,
)


async def listings_to_compare(work: Work, channel_id: ChannelId, count: int) -> list[Any]:
    """Find what a shop was told of the variants not compared for longest, each with all its listings there."""
    here = (Listing.channel_id == channel_id, *TOLD)
    next_ones = select(Listing.variant_id).where(*here).order_by(Listing.compared_at.nulls_first(), Listing.id)
    chosen = next_ones.limit(count).subquery()
    return await work.rows(select(*COLUMNS).where(*here, Listing.variant_id.in_(select(chosen.c.variant_id))))


async def still_as_told(work: Work, listing_ids: Sequence[ListingId | UUID]) -> dict[UUID, int]:
    """Say which listings still owe their shop nothing, with the version it was told."""
    rows = await work.rows(select(Listing.id, Listing.stock_version).where(Listing.id.in_(listing_ids), *TOLD))
    return {row.id: row.stock_version for row in rows}


async def note_compared(work: Work, listing_ids: Sequence[ListingId | UUID]) -> None:
    """Note when listings were compared, so that the next turn takes others."""
    await work.execute(update(Listing).where(Listing.id.in_(listing_ids)).values(compared_at=work.now))
