"""What the demo company sells where (演示铺货): goods, a price list for all and one per channel, and listings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from demo.goods import CATEGORIES, DemoGoods, DemoVariant
from demo.shops import DemoChannel
from demo.trades import listing_of
from domain import catalogue, channels, pricing
from domain.catalogue import Brand, BrandId, Category, CategoryId, NewProduct, NewVariant, VariantId
from domain.channels import ChannelId, NewListing, Platform
from domain.kernel import UnitPrice, Work
from domain.pricing import NewPrice, NewPriceList, PriceList

BATCH_MAX = 500
T = TypeVar("T")
Variants = Mapping[str, VariantId]


def batches(values: Sequence[T], most: int = BATCH_MAX) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]


async def add_shelves(work: Work, goods: Sequence[DemoGoods]) -> tuple[dict[str, BrandId], dict[str, CategoryId]]:
    """Add the brands and categories that are missing."""
    brands = {row.name: row.id for row in await work.rows(select(Brand.name, Brand.id))}
    for name in sorted({each.brand for each in goods} - brands.keys()):
        brands[name] = (await catalogue.create_brand(work, name)).id
    shelves = {row.code: row.id for row in await work.rows(select(Category.code, Category.id))}
    for each in CATEGORIES:
        if each.code not in shelves:
            parent_id = shelves[each.parent] if each.parent else None
            shelves[each.code] = (await catalogue.create_category(work, each.code, each.name, parent_id=parent_id)).id
    return brands, shelves


async def add_goods(
    work: Work,
    goods: Sequence[DemoGoods],
    brands: Mapping[str, BrandId],
    shelves: Mapping[str, CategoryId],
) -> Variants:
    """Add a batch of goods; those that are there stay as they are."""
    return await catalogue.import_products(
        work,
        [
            NewProduct(
                slug=each.code.lower(),
                name=each.name,
                variants=tuple(_variant(each, variant) for variant in each.variants),
                brand_id=brands[each.brand],
                category_id=shelves[each.category],
                attributes=each.attributes,
            )
            for each in goods
        ],
    )


def _variant(goods: DemoGoods, variant: DemoVariant) -> NewVariant:
    return NewVariant(
        sku=variant.sku,
        specification=variant.title if len(goods.variants) > 1 else "",
        weight_grams=variant.weight_grams,
        volume_millilitres=variant.weight_grams * 3,
        prescription=variant.prescription,
        barcodes=variant.barcodes,
    )


def goods_of(channel: DemoChannel, goods: Sequence[DemoGoods]) -> list[DemoGoods]:
    """Choose what a channel lists: what sells best, and at the pharmacy the medicines."""
    chosen = [each for each in goods if not _is_medicine(each)][: channel.listed_goods_max]
    if channel.platform is Platform.PHARMACY_818:
        chosen += [each for each in goods if _is_medicine(each)]
    return chosen


def _is_medicine(goods: DemoGoods) -> bool:
    return any(variant.prescription for variant in goods.variants)


async def set_prices(
    work: Work, code: str, channel_id: ChannelId | None, goods: Sequence[DemoGoods], variants: Variants, percent: int
) -> int:
    """Set a price list to the prices buyers paid most often; setting it again changes nothing."""
    price_list = await _price_list(work, code, channel_id)
    priced = [variant for each in goods for variant in each.variants if variant.price > 0]
    for batch in batches(priced):
        prices = [_price(price_list.starts_at, variants[each.sku], each.price, percent) for each in batch]
        await pricing.set_prices(work, price_list.id, prices)
    return len(priced)


async def _price_list(work: Work, code: str, channel_id: ChannelId | None) -> PriceList:
    known: PriceList | None = await work.session.scalar(select(PriceList).where(PriceList.code == code))
    name = "全渠道价目" if channel_id is None else f"{code} 价目"
    return known or await pricing.create_price_list(work, NewPriceList(code=code, name=name, channel_id=channel_id))


def _price(starts_at: datetime, variant_id: VariantId, price: Decimal, percent: int) -> NewPrice:
    exact = (price * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return NewPrice(variant_id=variant_id, unit_price=UnitPrice(exact), starts_at=starts_at)


async def list_goods(
    work: Work, channel: DemoChannel, channel_id: UUID, goods: Sequence[DemoGoods], variants: Variants
) -> int:
    """List goods on a channel under the numbers its platform knows them by."""
    listings = []
    for each in goods:
        for variant in each.variants:
            item, sku = listing_of(channel.code, variant.sku)
            listings.append(NewListing(variant_id=variants[variant.sku], external_item=item, external_sku=sku))
    for batch in batches(listings):
        await channels.list_variants(work, ChannelId(channel_id), batch)
    return len(listings)


def platform_items(channel: DemoChannel, goods: Sequence[DemoGoods]) -> list[dict[str, Any]]:
    """Write goods as the simulated platform holds them before anybody tells it a stock."""
    items = []
    for each in goods:
        for variant in each.variants:
            item, sku = listing_of(channel.code, variant.sku)
            items.append(
                {
                    "item": item,
                    "sku": sku,
                    "seller_code": variant.sku,
                    "barcode": variant.barcodes[0],
                    "title": variant.title,
                    "price": str(variant.price),
                }
            )
    return items
