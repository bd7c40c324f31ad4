"""Shown prices (店铺价格): what each listing shows as its price; a shop that takes prices from us is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.channels.events import PricePushOwed
from domain.channels.listings import TAKES_GOODS
from domain.channels.models import ChannelId, Listing, ListingId
from domain.channels.shown_stock import record_once
from domain.kernel import UnitPrice, Work


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """What a listing shall show as its price."""

    listing_id: ListingId
    price: UnitPrice


SHOW_PRICES = text(
    """
    WITH shown AS (
        SELECT listings.id, given.price
        FROM unnest(CAST(:ids AS uuid[]), CAST(:prices AS numeric[])) AS given (id, price)
        JOIN listings ON listings.id = given.id
        WHERE listings.price IS DISTINCT FROM given.price
        ORDER BY listings.id
        FOR NO KEY UPDATE OF listings
    )
    UPDATE listings SET price = shown.price,
        price_version = price_version + CASE WHEN channels.platform = ANY (:takes_goods) THEN 1 ELSE 0 END
    FROM shown, channels WHERE listings.id = shown.id AND channels.id = listings.channel_id
    RETURNING listings.channel_id, listings.price_version <> listings.price_told_version AS is_told
    """
)


async def listings_to_price(
    work: Work, variant_ids: Sequence[UUID], channel_id: ChannelId | UUID | None = None
) -> list[Row[Any]]:
    """Lock where variants are shown, on one channel or on all; the prices read after this are the newest."""
    statement = select(Listing.id, Listing.channel_id, Listing.variant_id, Listing.price)
    statement = statement.where(Listing.variant_id == any_(literal(sorted(set(variant_ids)), ARRAY(Uuid))))
    if channel_id is not None:
        statement = statement.where(Listing.channel_id == channel_id)
    return await work.rows(statement.order_by(Listing.id).with_for_update(key_share=True))


async def show_prices(work: Work, shown: Sequence[ShownPrice]) -> int:
    """Set what listings show as their price, where it differs, in one statement; returns how many changed."""
    if not shown:
        return 0
    given = {"ids": [each.listing_id for each in shown], "prices": [each.price.value for each in shown]}
    rows = await work.rows(SHOW_PRICES, {**given, "takes_goods": [each.value for each in TAKES_GOODS]})
    record_once(work, (PricePushOwed(channel_id=each) for each in sorted({r.channel_id for r in rows if r.is_told})))
    return len(rows)
