"""Shown stock (店铺库存): what each listing shows as available; a channel is told whenever it differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.channels.events import StockPushOwed
from domain.channels.models import Channel, ChannelId, Listing, ListingId
from domain.kernel import Event, Quantity, Work

# Rows are locked in the order of their ids, so that two transactions that show the same goods never deadlock.
SHOW = text(
    """
    WITH shown AS (
        SELECT listings.id, given.quantity
        FROM unnest(CAST(:ids AS uuid[]), CAST(:quantities AS numeric[])) AS given (id, quantity)
        JOIN listings ON listings.id = given.id
        WHERE listings.shown_quantity IS DISTINCT FROM given.quantity
        ORDER BY listings.id
        FOR NO KEY UPDATE OF listings
    )
    UPDATE listings SET shown_quantity = shown.quantity, stock_version = stock_version + 1,
        stock_owed_since = CASE WHEN stock_version = stock_told_version THEN :now ELSE stock_owed_since END
    FROM shown WHERE listings.id = shown.id
    RETURNING listings.channel_id, listings.listed AND listings.sync_blocked IS NULL AS is_told
    """
)


@dataclass(frozen=True, slots=True)
class ShownStock:
    """What a listing shall show as available."""

    listing_id: ListingId
    quantity: Quantity


async def listings_of_variants(work: Work, variant_ids: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """Find where variants are listed, with each channel's rules of what it shows."""
    wanted = literal(sorted(set(variant_ids)), ARRAY(Uuid))
    statement = (
        select(
            Listing.id,
            Listing.channel_id,
            Listing.variant_id,
            Listing.external_item,
            Listing.external_sku,
            Listing.seller_code,
            Listing.listed,
            Listing.shown_quantity,
            Channel.shown_percent,
            Channel.shown_plus,
            Channel.shown_minimum,
            Channel.shown_maximum,
        )
        .join(Channel, Channel.id == Listing.channel_id)
        .where(Listing.variant_id == any_(wanted))
        .order_by(Listing.id)
    )
    found: dict[UUID, list[Row[Any]]] = {each: [] for each in variant_ids}
    for row in await work.rows(statement):
        found[row.variant_id].append(row)
    return found


async def show_stock(work: Work, shown: Sequence[ShownStock]) -> int:
    """Set what listings show, where it differs, in one statement; returns how many changed."""
    if not shown:
        return 0
    given = {"ids": [each.listing_id for each in shown], "quantities": [each.quantity.value for each in shown]}
    rows = await work.rows(SHOW, given | {"now": work.now})
    record_once(work, (StockPushOwed(channel_id=each) for each in told(rows)))
    return len(rows)


def told(rows: Iterable[Any]) -> list[ChannelId]:
    """List the channels among changed listings that hear of it."""
    return sorted({row.channel_id for row in rows if row.is_told})


def record_once(work: Work, facts: Iterable[Event]) -> None:
    """Record facts that say the same only once in a transaction."""
    work.record(*(fact for fact in facts if fact not in work.facts))
