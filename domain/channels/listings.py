"""Listings (铺货): which variant a shop shows under which number of its own; what is shown there is told by us.

Own sites and the pharmacy take goods and prices from us; on the other platforms the shop's own pages hold them, and
only stock is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain import catalogue
from domain.channels.events import GoodsPushOwed, PricePushOwed, ShownRuleChanged, StockPushOwed, VariantsListed
from domain.channels.models import Channel, ChannelId, Listing, ListingId, Platform
from domain.channels.opening import channel_for_change
from domain.channels.shown_stock import record_once
from domain.kernel import BadInput, NotFound, Refusal, Work, action, identifier, routine, visible

LISTED_MAX = 1_000
FACT_VARIANTS_MAX = 500
NUMBER_LENGTH_MAX = 100
REASON_LENGTH_MAX = 300

TAKES_GOODS = frozenset({Platform.OFFICIAL_SITE, Platform.PHARMACY_818})
"""Platforms that show the goods and prices we push."""


class ListingTaken(Refusal):
    """The shop already shows its SKU {external_sku} as another listing."""

    external_sku: str
    chinese = "店铺规格 {external_sku} 已对应其他商品"


@dataclass(frozen=True, kw_only=True)
class NewListing:
    """A variant to be shown under the shop's own item and SKU numbers; an empty `title` means the product's name."""

    variant_id: catalogue.VariantId
    external_item: str
    external_sku: str
    title: str = ""


@action
async def list_variant(work: Work, channel_id: ChannelId, given: NewListing) -> Listing:
    """Show a variant on a channel, or show it again."""
    channel = await channel_for_change(work, channel_id)
    (listing_id,) = await _list(work, channel, [given])
    return await work.session.get_one(Listing, listing_id, populate_existing=True)


@routine
async def list_variants(work: Work, channel_id: ChannelId, given: Sequence[NewListing]) -> int:
    """Show many variants on a channel, by a constant number of statements; returns how many are shown."""
    return len(await _list(work, await channel_for_change(work, channel_id), given))


async def _list(work: Work, channel: Channel, given: Sequence[NewListing]) -> list[ListingId]:
    if not given:
        return []
    if len(given) > LISTED_MAX:
        raise BadInput(field="listings", problem=f"at most {LISTED_MAX} at once").at("input")
    if len({each.external_sku for each in given}) < len(given):
        raise BadInput(field="externalSku", problem="the same one is given twice").at("input", "externalSku")
    goods = await catalogue.goods_for_shops(work, [each.variant_id for each in given])
    rows = [
        _row(work, channel, each, goods.get(each.variant_id))
        for each in sorted(given, key=lambda each: each.external_sku)
    ]
    new = insert(Listing).values(rows)
    # A shop's SKU keeps its variant: to show another one there, unlist the first and use a new number.
    again = new.on_conflict_do_update(
        index_elements=["channel_id", "external_sku"],
        set_={
            "external_item": new.excluded.external_item,
            "title": new.excluded.title,
            "listed": True,
            "sync_blocked": None,
            "goods_version": Listing.goods_version + literal(1 if channel.platform in TAKES_GOODS else 0),
        },
        where=Listing.variant_id == new.excluded.variant_id,
    ).returning(Listing.id, Listing.external_sku)
    listed = await work.rows(again)
    refused = sorted({each.external_sku for each in given} - {row.external_sku for row in listed})
    if refused:
        raise ListingTaken(external_sku=refused[0]).at("input", "externalSku")
    _record_listed(work, channel.id, [each.variant_id for each in given])
    if channel.platform in TAKES_GOODS:
        record_once(work, [GoodsPushOwed(channel_id=channel.id)])
    return [row.id for row in listed]


def _row(work: Work, channel: Channel, given: NewListing, goods: catalogue.ShopGoods | None) -> dict[str, Any]:
    if goods is None:
        raise NotFound(what="variant", which=str(given.variant_id)).at("input", "variantId")
    if not goods.sold:
        raise BadInput(field="variantId", problem=f"{goods.sku} is retired").at("input", "variantId")
    for field in ("external_item", "external_sku"):
        if not 1 <= len(getattr(given, field)) <= NUMBER_LENGTH_MAX:
            raise BadInput(field=field, problem=f"needs 1 to {NUMBER_LENGTH_MAX} characters").at("input", field)
    return {
        "id": identifier(),
        "channel_id": channel.id,
        "variant_id": given.variant_id,
        "external_item": given.external_item,
        "external_sku": given.external_sku,
        "seller_code": goods.sku,
        "title": given.title,
        "listed": True,
        "stock_version": 0,
        "stock_told_version": 0,
        "goods_version": 1 if channel.platform in TAKES_GOODS else 0,
        "goods_told_version": 0,
        "price_version": 0,
        "price_told_version": 0,
        "created_at": work.now,
    }


def _record_listed(work: Work, channel_id: ChannelId, variant_ids: Sequence[UUID]) -> None:
    for start in range(0, len(variant_ids), FACT_VARIANTS_MAX):
        some = tuple(variant_ids[start : start + FACT_VARIANTS_MAX])
        work.record(VariantsListed(channel_id=channel_id, variant_ids=some))


@action
async def unlist_variant(work: Work, listing_id: ListingId) -> Listing:
    """Show a variant on a channel no longer."""
    listing = await listing_for_change(work, listing_id)
    if listing.listed:
        listing.listed = False
        listing.goods_version += 1 if await _takes_goods(work, listing) else 0
        record_once(work, [GoodsPushOwed(channel_id=listing.channel_id)])
    return listing


@action
async def block_listing(work: Work, listing_id: ListingId, reason: str) -> Listing:
    """Stop telling a shop about one listing, for instance while a campaign locks it there."""
    if not 1 <= len(reason.strip()) <= REASON_LENGTH_MAX:
        raise BadInput(field="reason", problem=f"needs 1 to {REASON_LENGTH_MAX} characters").at("input", "reason")
    listing = await listing_for_change(work, listing_id)
    listing.sync_blocked = reason
    return listing


@action
async def unblock_listing(work: Work, listing_id: ListingId) -> Listing:
    """Tell a shop about a listing again, and what it missed."""
    listing = await listing_for_change(work, listing_id)
    listing.sync_blocked = None
    channel_id = listing.channel_id
    if listing.stock_version != listing.stock_told_version:
        record_once(work, [StockPushOwed(channel_id=channel_id)])
    if listing.goods_version != listing.goods_told_version:
        record_once(work, [GoodsPushOwed(channel_id=channel_id)])
    if listing.price_version != listing.price_told_version:
        record_once(work, [PricePushOwed(channel_id=channel_id)])
    return listing


async def listing_for_change(work: Work, listing_id: ListingId) -> Listing:
    """Load a listing of the actor's scope, locked, or refuse."""
    statement = visible(select(Listing).where(Listing.id == listing_id), work.actor, channel=Listing.channel_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    listing: Listing | None = (await work.session.scalars(locked)).one_or_none()
    if listing is None:
        raise NotFound(what="listing", which=str(listing_id)).at("input", "id")
    return listing


async def _takes_goods(work: Work, listing: Listing) -> bool:
    return await work.session.scalar(select(Channel.platform).where(Channel.id == listing.channel_id)) in TAKES_GOODS


async def show_again(work: Work, fact: ShownRuleChanged) -> None:
    """React to another rule of what a channel shows: everything it lists is shown anew, as if just listed."""
    listed = select(Listing.variant_id).where(Listing.channel_id == fact.channel_id, Listing.listed)
    rows = await work.rows(listed.distinct().order_by(Listing.variant_id))
    _record_listed(work, fact.channel_id, [row.variant_id for row in rows])


async def mark_goods_owed(work: Work, fact: catalogue.ProductChanged) -> None:
    """React to changed goods: every shop that takes them from us is owed them."""
    await _goods_owed(work, await catalogue.variants_of_product(work, fact.product_id), withdrawn=False)


async def unlist_retired(work: Work, fact: catalogue.ProductRetired) -> None:
    """React to a retired product: no channel shows it any more."""
    await _goods_owed(work, await catalogue.variants_of_product(work, fact.product_id), withdrawn=True)


async def _goods_owed(work: Work, variant_ids: Sequence[UUID], *, withdrawn: bool) -> None:
    shown = (Listing.variant_id == any_(literal(variant_ids, ARRAY(Uuid))), Listing.listed)
    owed = (
        update(Listing)
        .where(*shown, Channel.id == Listing.channel_id, Channel.platform.in_(TAKES_GOODS))
        .values(goods_version=Listing.goods_version + 1)
        .returning(Listing.channel_id)
    )
    channel_ids = sorted({row.channel_id for row in await work.rows(owed)})
    if withdrawn:
        await work.execute(update(Listing).where(*shown).values(listed=False))
    record_once(work, (GoodsPushOwed(channel_id=each) for each in channel_ids))
