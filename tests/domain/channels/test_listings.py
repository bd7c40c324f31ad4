from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, channels
from domain.catalogue import ProductChanges, VariantId
from domain.channels import Listing, NewListing, Platform, PushKind, ShownStock
from domain.kernel import BadInput, NotFound, Quantity, Work
from tests.counting import statements
from tests.domain.catalogue.builders import a_kept_product, a_product, a_variant
from tests.domain.channels.builders import a_known_listing, a_listing, an_open_shop, staff_of


async def test_a_listed_variant_owes_its_goods_to_a_site_and_says_so(work: Work) -> None:
    site = await an_open_shop(work)
    tea = await a_variant(work)
    work.facts.clear()
    listing = await a_listing(work, site, variant_id=tea)
    assert (listing.seller_code, listing.listed, listing.goods_version) == ("TEA", True, 1)
    assert work.facts == [
        channels.VariantsListed(channel_id=site.id, variant_ids=(listing.variant_id,)),
        channels.GoodsPushOwed(channel_id=site.id),
    ]


async def test_a_marketplace_is_never_owed_goods(work: Work) -> None:
    taobao = await an_open_shop(work, "taobao", Platform.TAOBAO)
    listing = await a_listing(work, taobao)
    await channels.mark_goods_owed(work, catalogue.ProductChanged(product_id=await _product_of(work, listing)))
    assert listing.goods_version == listing.goods_told_version
    assert await channels.channels_owed(work, PushKind.GOODS) == []


async def test_a_sku_of_a_shop_keeps_its_variant(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    other = NewListing(variant_id=await a_variant(work, "MILK"), external_item="item", external_sku="sku-TEA")
    with pytest.raises(channels.ListingTaken, match="sku-TEA"):
        await channels.list_variant(work, site.id, other)
    again = NewListing(variant_id=VariantId(listing.variant_id), external_item="item-2", external_sku="sku-TEA")
    assert (await channels.list_variant(work, site.id, again)).id == listing.id
    assert (listing.external_item, listing.goods_version) == ("item-2", 2)


async def test_goods_that_are_unknown_retired_or_given_twice_are_not_listed(work: Work) -> None:
    site = await an_open_shop(work)
    with pytest.raises(NotFound):
        await a_listing(work, site, variant_id=uuid4())
    product = await a_kept_product(work)
    variant_id = (await catalogue.match_goods(work, ["TEA"], [])).by_sku["TEA"]
    twice = [NewListing(variant_id=variant_id, external_item=each, external_sku="one") for each in ("a", "b")]
    with pytest.raises(BadInput, match="twice"):
        await channels.list_variants(work, site.id, twice)
    await catalogue.retire_product(work, product.id)
    with pytest.raises(BadInput, match="retired"):
        await a_listing(work, site, variant_id=variant_id)


async def test_many_variants_are_listed_by_a_constant_number_of_statements(work: Work, engine: AsyncEngine) -> None:
    site = await an_open_shop(work)
    variants = await catalogue.import_products(work, [a_product(f"p{n}") for n in range(300)])
    given = [
        NewListing(variant_id=variant_id, external_item=sku, external_sku=sku) for sku, variant_id in variants.items()
    ]
    with statements(engine) as seen:
        assert await channels.list_variants(work, site.id, given) == 300
    assert len(seen) <= 6
    assert sum(isinstance(fact, channels.VariantsListed) for fact in work.facts) == 1


async def test_a_product_that_changes_owes_its_goods_where_it_is_listed(work: Work) -> None:
    site, pharmacy = await an_open_shop(work), await an_open_shop(work, "818", Platform.PHARMACY_818)
    listing = await a_listing(work, site)
    await a_listing(work, pharmacy, variant_id=listing.variant_id)
    product_id = await _product_of(work, listing)
    await catalogue.edit_product(work, product_id, ProductChanges(name="Green tea"))
    await channels.note_told(work, PushKind.GOODS, [(listing.id, 1)])
    work.facts.clear()
    await channels.mark_goods_owed(work, catalogue.ProductChanged(product_id=product_id))
    owed = sorted([site.id, pharmacy.id])
    assert work.facts == [channels.GoodsPushOwed(channel_id=each) for each in owed]
    assert await channels.channels_owed(work, PushKind.GOODS) == owed
    (item,) = await channels.goods_owed(work, site.id)
    assert (item.external_item, item.title, item.versions) == ("item-TEA", "Green tea", ((listing.id, 2),))


async def test_a_retired_product_is_withdrawn_everywhere(work: Work) -> None:
    site, taobao = await an_open_shop(work), await an_open_shop(work, "taobao", Platform.TAOBAO)
    listing = await a_listing(work, site)
    elsewhere = await a_listing(work, taobao, variant_id=listing.variant_id)
    product_id = await _product_of(work, listing)
    await catalogue.retire_product(work, product_id)
    await channels.unlist_retired(work, catalogue.ProductRetired(product_id=product_id))
    await work.session.refresh(listing)
    await work.session.refresh(elsewhere)
    assert (listing.listed, elsewhere.listed) == (False, False)
    (item,) = await channels.goods_owed(work, site.id)
    assert (item.goods, item.versions) == ((), ((listing.id, 2),))


async def test_another_rule_shows_everything_listed_anew(work: Work) -> None:
    site = await an_open_shop(work)
    tea, milk = await a_listing(work, site), await a_listing(work, site, "MILK")
    await channels.unlist_variant(work, milk.id)
    work.facts.clear()
    await channels.show_again(work, channels.ShownRuleChanged(channel_id=site.id))
    assert work.facts == [channels.VariantsListed(channel_id=site.id, variant_ids=(tea.variant_id,))]


async def test_unlisting_one_specification_leaves_the_item_with_the_others(work: Work) -> None:
    site = await an_open_shop(work)
    await a_kept_product(work, "tea", "TEA-1", "TEA-2")
    variants = (await catalogue.match_goods(work, ["TEA-1", "TEA-2"], [])).by_sku
    listings = [
        await channels.list_variant(
            work, site.id, NewListing(variant_id=variant_id, external_item="tea", external_sku=sku, title="Fine tea")
        )
        for sku, variant_id in sorted(variants.items())
    ]
    await channels.unlist_variant(work, listings[0].id)
    await channels.unlist_variant(work, listings[0].id)
    (item,) = await channels.goods_owed(work, site.id)
    assert (item.title, [goods.sku for goods in item.goods]) == ("Fine tea", ["TEA-2"])
    assert item.external_skus == {variants["TEA-2"]: "TEA-2"}
    assert dict(item.versions) == {listings[0].id: 2, listings[1].id: 1}


async def test_a_blocked_listing_is_not_told_until_it_is_unblocked(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_known_listing(work, site)
    await catalogue.edit_product(work, await _product_of(work, listing), ProductChanges(name="Green tea"))
    await channels.mark_goods_owed(work, catalogue.ProductChanged(product_id=await _product_of(work, listing)))
    await channels.show_stock(work, [ShownStock(listing.id, Quantity(3))])
    await channels.block_listing(work, listing.id, "campaign")
    work.facts.clear()
    await channels.show_stock(work, [ShownStock(listing.id, Quantity(2))])
    assert work.facts == []
    assert not await channels.stock_owed(work, site.id)
    await channels.unblock_listing(work, listing.id)
    assert work.facts == [channels.StockPushOwed(channel_id=site.id), channels.GoodsPushOwed(channel_id=site.id)]
    assert [row.shown_quantity for row in await channels.stock_owed(work, site.id)] == [Quantity(2)]
    with pytest.raises(BadInput):
        await channels.block_listing(work, listing.id, " ")


async def test_a_listing_outside_the_scope_is_not_there(work: Work) -> None:
    mine, other = await an_open_shop(work), await an_open_shop(work, "other")
    listing = await a_listing(work, other)
    work.actor = staff_of(mine.id)
    with pytest.raises(NotFound):
        await channels.unlist_variant(work, listing.id)
    with pytest.raises(NotFound):
        await a_listing(work, other, variant_id=listing.variant_id)


async def _product_of(work: Work, listing: Listing) -> catalogue.ProductId:
    statement = select(catalogue.Variant.product_id).where(catalogue.Variant.id == listing.variant_id)
    product_id: catalogue.ProductId = (await work.rows(statement))[0].product_id
    return product_id
