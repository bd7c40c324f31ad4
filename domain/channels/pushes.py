"""Pushes owed (待同步): what each shop has not yet been told of stock, goods and prices, and what became of telling it.

Each listing counts versions: what it shows now and what the shop was last told. A push is owed while they differ; a
change during a push raises the version again, so that nothing is lost and nothing newer is ever marked as told. A shop
that takes its goods from us hears of their stock and prices only once it has the goods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue
from domain.channels.events import PricePushOwed, StockPushOwed
from domain.channels.models import Channel, ChannelId, ChannelStatus, Listing, ListingId, Platform
from domain.channels.shown_stock import record_once
from domain.kernel import Work, routine

OWED_MAX = 500
REASON_LENGTH_MAX = 300


class PushKind(StrEnum):
    """What a shop is told."""

    STOCK = "STOCK"
    GOODS = "GOODS"
    PRICE = "PRICE"


HAS_GOODS = (Listing.goods_version == 0) | (Listing.goods_told_version > 0)
"""The shop has the goods: from us, or by itself where we do not push them."""

OWED: dict[PushKind, ColumnElement[bool]] = {
    PushKind.STOCK: (Listing.stock_version != Listing.stock_told_version) & Listing.listed & HAS_GOODS,
    PushKind.GOODS: Listing.goods_version != Listing.goods_told_version,
    PushKind.PRICE: (Listing.price_version != Listing.price_told_version) & Listing.listed & HAS_GOODS,
}

# What was changed while the shop was told is owed since then.
STILL_OWED = ", stock_owed_since = CASE WHEN told.version < listings.stock_version THEN now() END"
TOLD = {
    kind: text(
        f"""
        UPDATE listings SET {column}_told_version = told.version{since}
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[])) AS told (id, version)
        WHERE listings.id = told.id
          AND told.version > listings.{column}_told_version AND told.version <= listings.{column}_version
        RETURNING listings.channel_id
        """  # noqa: S608 — the column names stand in this file.
    )
    for kind, column, since in (
        (PushKind.STOCK, "stock", STILL_OWED),
        (PushKind.GOODS, "goods", ""),
        (PushKind.PRICE, "price", ""),
    )
}

LISTING_COLUMNS = (Listing.id, Listing.variant_id, Listing.external_item, Listing.external_sku, Listing.seller_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsOwed:
    """One item of a shop as it shall be shown; without goods it is withdrawn. `versions` are what is being told."""

    external_item: str
    title: str
    goods: tuple[catalogue.ShopGoods, ...]
    external_skus: Mapping[catalogue.VariantId, str]
    versions: tuple[tuple[ListingId, int], ...]


def _owed(kind: PushKind, channel_id: ChannelId) -> tuple[ColumnElement[bool], ...]:
    return (Listing.channel_id == channel_id, OWED[kind], Listing.sync_blocked.is_(None))


async def channels_owed(work: Work, kind: PushKind) -> list[ChannelId]:
    """List the open shops that are owed something: for the sweep that finds what no fact announced."""
    owed = select(Listing.id).where(Listing.channel_id == Channel.id, OWED[kind], Listing.sync_blocked.is_(None))
    told = (Channel.status == ChannelStatus.OPEN, Channel.platform != Platform.DIRECT)
    statement = select(Channel.id).where(*told, owed.exists())
    return [row.id for row in await work.rows(statement.order_by(Channel.id))]


async def stock_owed(work: Work, channel_id: ChannelId, limit: int = OWED_MAX) -> Sequence[Row[Any]]:
    """List the stock a shop is to be told: its numbers, the shown quantity and the version."""
    columns = (*LISTING_COLUMNS, Listing.shown_quantity, Listing.stock_version)
    statement = select(*columns).where(*_owed(PushKind.STOCK, channel_id))
    return await work.rows(statement.order_by(Listing.id).limit(min(limit, OWED_MAX)))


async def prices_owed(work: Work, channel_id: ChannelId, limit: int = OWED_MAX) -> Sequence[Row[Any]]:
    """List the prices a shop is to be told: its numbers, the price, its currency and the version."""
    columns = (*LISTING_COLUMNS, Listing.price, Listing.price_version, Channel.currency)
    statement = select(*columns).join(Channel, Channel.id == Listing.channel_id)
    statement = statement.where(*_owed(PushKind.PRICE, channel_id), Listing.price.is_not(None))
    return await work.rows(statement.order_by(Listing.id).limit(min(limit, OWED_MAX)))


async def goods_owed(work: Work, channel_id: ChannelId, limit: int = OWED_MAX) -> list[GoodsOwed]:
    """List the items a shop is to be told of, each whole: with all its variants that are listed and sold."""
    owed = select(Listing.external_item).where(*_owed(PushKind.GOODS, channel_id))
    items = owed.group_by(Listing.external_item).order_by(Listing.external_item).limit(min(limit, OWED_MAX))
    wanted = literal([row.external_item for row in await work.rows(items)], ARRAY(Text))
    columns = (*LISTING_COLUMNS, Listing.title, Listing.listed, Listing.goods_version, Listing.sync_blocked)
    of_items = (Listing.channel_id == channel_id, Listing.external_item == any_(wanted))
    rows = await work.rows(select(*columns).where(*of_items).order_by(Listing.external_item, Listing.id))
    goods = await catalogue.goods_for_shops(work, [row.variant_id for row in rows])
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.external_item, []).append(row)
    return [_item(item, listings, goods) for item, listings in grouped.items()]


def _item(
    external_item: str, listings: Sequence[Any], goods: Mapping[catalogue.VariantId, catalogue.ShopGoods]
) -> GoodsOwed:
    shown = [row for row in listings if row.listed and row.sync_blocked is None and goods[row.variant_id].sold]
    first = (shown or listings)[0]
    return GoodsOwed(
        external_item=external_item,
        title=first.title or goods[first.variant_id].title,
        goods=tuple(goods[row.variant_id] for row in shown),
        external_skus={row.variant_id: row.external_sku for row in shown},
        versions=tuple((row.id, row.goods_version) for row in listings if row.sync_blocked is None),
    )


async def note_told(work: Work, kind: PushKind, told: Sequence[tuple[ListingId, int]]) -> int:
    """Note which versions a shop was told; never beyond what a listing shows, never back. Returns how many moved."""
    ordered = sorted(told)
    ids, versions = [each[0] for each in ordered], [each[1] for each in ordered]
    moved = await work.rows(TOLD[kind], {"ids": ids, "versions": versions}) if told else []
    if kind is PushKind.GOODS:
        await _follow_goods(work, sorted({row.channel_id for row in moved}))
    return len(moved)


async def _follow_goods(work: Work, channel_ids: Sequence[ChannelId]) -> None:
    """Say that stock and prices follow, once a shop has all its goods."""
    for channel_id in channel_ids:
        if not await work.rows(select(Listing.id).where(*_owed(PushKind.GOODS, channel_id)).limit(1)):
            record_once(work, [StockPushOwed(channel_id=channel_id), PricePushOwed(channel_id=channel_id)])


@routine
async def note_gone(work: Work, listing_id: ListingId | UUID, reason: str) -> Listing | None:
    """Note that a shop no longer has this listing: it is not shown, nobody tells the shop until it is listed anew."""
    listing = await work.session.get(Listing, listing_id, with_for_update=True, populate_existing=True)
    if listing is not None:
        listing.listed, listing.sync_blocked = False, f"gone: {reason}"[:REASON_LENGTH_MAX]
    return listing


@routine
async def note_locked(work: Work, listing_id: ListingId | UUID, reason: str) -> Listing | None:
    """Note that a campaign locks this listing: nobody tells the shop until a person unblocks it."""
    listing = await work.session.get(Listing, listing_id, with_for_update=True, populate_existing=True)
    if listing is not None:
        listing.sync_blocked = f"locked: {reason}"[:REASON_LENGTH_MAX]
    return listing
