import asyncio
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, channels
from domain.channels import ChannelId, Listing, NewListing, Platform, PushKind, ShownPrice, ShownStock
from domain.kernel import Quantity, Sessions, UnitPrice, Work, begin, system
from tests.counting import statements
from tests.domain.catalogue.builders import a_product
from tests.domain.channels.builders import a_known_listing, a_listing, an_open_shop


async def test_shown_stock_is_owed_only_where_it_differs(work: Work, engine: AsyncEngine) -> None:
    site, taobao = await an_open_shop(work), await an_open_shop(work, "taobao", Platform.TAOBAO)
    here = await a_listing(work, site)
    there = await a_listing(work, taobao, variant_id=here.variant_id)
    work.facts.clear()
    await work.session.flush()
    with statements(engine) as seen:
        shown = [ShownStock(here.id, Quantity(5)), ShownStock(there.id, Quantity(4))]
        assert await channels.show_stock(work, shown) == 2
        assert await channels.show_stock(work, [ShownStock(here.id, Quantity(5)), shown[1]]) == 0
    assert len(seen) == 2
    owed = sorted([site.id, taobao.id])
    assert work.facts == [channels.StockPushOwed(channel_id=each) for each in owed]
    (row,) = await channels.stock_owed(work, taobao.id)
    assert (row.external_sku, row.seller_code, row.shown_quantity) == ("sku-TEA", "TEA", Quantity(4))
    assert row.stock_version == 1


async def test_a_change_says_once_in_a_transaction_that_a_shop_is_owed_something(work: Work) -> None:
    site = await an_open_shop(work)
    first, second = await a_listing(work, site), await a_listing(work, site, "MILK")
    work.facts.clear()
    await channels.show_stock(work, [ShownStock(first.id, Quantity(1))])
    await channels.show_stock(work, [ShownStock(second.id, Quantity(1))])
    assert work.facts == [channels.StockPushOwed(channel_id=site.id)]
    assert await channels.show_stock(work, []) == 0


async def test_where_variants_are_listed_comes_with_the_rules_of_each_shop(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    unlisted = uuid4()
    found = await channels.listings_of_variants(work, [listing.variant_id, unlisted])
    (row,) = found[listing.variant_id]
    assert (row.id, row.channel_id, row.shown_percent, row.shown_maximum) == (listing.id, site.id, 100, None)
    assert found[unlisted] == []


async def test_what_was_told_is_what_was_sent_and_never_more(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_known_listing(work, site)
    for quantity in (5, 4):
        await channels.show_stock(work, [ShownStock(listing.id, Quantity(quantity))])
    (sent,) = await channels.stock_owed(work, site.id)
    await channels.show_stock(work, [ShownStock(listing.id, Quantity(3))])
    assert await channels.note_told(work, PushKind.STOCK, [(sent.id, sent.stock_version)]) == 1
    assert [row.stock_version for row in await channels.stock_owed(work, site.id)] == [3]
    assert await channels.note_told(work, PushKind.STOCK, [(sent.id, 1)]) == 0
    assert await channels.note_told(work, PushKind.STOCK, [(sent.id, 99)]) == 0
    assert await channels.note_told(work, PushKind.STOCK, [(sent.id, 3)]) == 1
    assert await channels.note_told(work, PushKind.STOCK, []) == 0
    assert not await channels.stock_owed(work, site.id)
    assert await channels.channels_owed(work, PushKind.STOCK) == []


async def test_prices_are_owed_to_those_who_take_them_from_us(work: Work) -> None:
    site, taobao = await an_open_shop(work), await an_open_shop(work, "taobao", Platform.TAOBAO)
    here = await a_known_listing(work, site)
    there = await a_listing(work, taobao, variant_id=here.variant_id)
    work.facts.clear()
    price = UnitPrice("12.50")
    assert await channels.show_prices(work, [ShownPrice(here.id, price), ShownPrice(there.id, price)]) == 2
    assert await channels.show_prices(work, [ShownPrice(here.id, price)]) == 0
    assert work.facts == [channels.PricePushOwed(channel_id=site.id)]
    (row,) = await channels.prices_owed(work, site.id)
    assert (row.external_sku, row.price, row.currency, row.price_version) == ("sku-TEA", price, "CNY", 1)
    assert not await channels.prices_owed(work, taobao.id)
    await channels.note_told(work, PushKind.PRICE, [(here.id, 1)])
    assert not await channels.prices_owed(work, site.id)


async def test_stock_and_prices_follow_the_goods_to_a_shop_that_takes_them_from_us(work: Work) -> None:
    site = await an_open_shop(work)
    first, second = await a_listing(work, site), await a_listing(work, site, "MILK")
    await channels.show_stock(work, [ShownStock(first.id, Quantity(5))])
    await channels.show_prices(work, [ShownPrice(first.id, UnitPrice(1))])
    assert not await channels.stock_owed(work, site.id)
    assert not await channels.prices_owed(work, site.id)
    assert await channels.channels_owed(work, PushKind.STOCK) == []
    work.facts.clear()
    await channels.note_told(work, PushKind.GOODS, [(first.id, 1)])
    assert work.facts == []
    await channels.note_told(work, PushKind.GOODS, [(second.id, 1)])
    assert work.facts == [channels.StockPushOwed(channel_id=site.id), channels.PricePushOwed(channel_id=site.id)]
    assert [row.id for row in await channels.stock_owed(work, site.id)] == [first.id]
    assert [row.id for row in await channels.prices_owed(work, site.id)] == [first.id]


async def test_a_listing_the_shop_no_longer_has_is_unlisted_until_listed_anew(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    await channels.note_gone(work, listing.id, "310 no such goods")
    await work.session.refresh(listing)
    assert (listing.listed, listing.sync_blocked) == (False, "gone: 310 no such goods")
    assert await channels.goods_owed(work, site.id) == []
    await a_listing(work, site, variant_id=listing.variant_id)
    await work.session.refresh(listing)
    assert (listing.listed, listing.sync_blocked) == (True, None)
    assert len(await channels.goods_owed(work, site.id)) == 1


async def test_a_locked_listing_waits_for_a_person(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_known_listing(work, site)
    await channels.show_stock(work, [ShownStock(listing.id, Quantity(5))])
    await channels.note_locked(work, listing.id, "聚划算")
    assert not await channels.stock_owed(work, site.id)
    assert await channels.channels_owed(work, PushKind.STOCK) == []


async def test_a_paused_shop_is_owed_but_not_swept(work: Work) -> None:
    site = await an_open_shop(work)
    await a_listing(work, site)
    assert await channels.channels_owed(work, PushKind.GOODS) == [site.id]
    await channels.pause_channel(work, site.id, "stocktake")
    assert await channels.channels_owed(work, PushKind.GOODS) == []
    assert len(await channels.goods_owed(work, site.id)) == 1


async def test_the_goods_of_many_items_cost_a_constant_number_of_statements(work: Work, engine: AsyncEngine) -> None:
    site = await an_open_shop(work)
    variants = await catalogue.import_products(work, [a_product(f"p{n}") for n in range(120)])
    given = [NewListing(variant_id=each, external_item=sku, external_sku=sku) for sku, each in variants.items()]
    await channels.list_variants(work, site.id, given)
    await work.session.flush()
    with statements(engine) as seen:
        assert len(await channels.goods_owed(work, site.id, 100)) == 100
    assert len(seen) == 5


async def test_transactions_that_show_the_same_goods_in_other_orders_never_deadlock(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        site = await an_open_shop(work)
        ids = [(await a_known_listing(work, site, f"SKU-{n}")).id for n in range(20)]
        channel_id = ChannelId(site.id)

    async def show(turn: int) -> None:
        ordered = ids if turn % 2 else list(reversed(ids))
        async with begin(sessions, system("tests")) as work:
            await channels.show_stock(work, [ShownStock(each, Quantity(turn)) for each in ordered])
            await channels.show_prices(work, [ShownPrice(each, UnitPrice(turn)) for each in ordered])

    await asyncio.gather(*(show(turn) for turn in range(1, 17)))
    async with begin(sessions, system("tests")) as work:
        rows = await work.rows(select(Listing.stock_version, Listing.price_version).where(Listing.listed))
        assert {(row.stock_version, row.price_version) for row in rows} == {(16, 16)}
        assert len(await channels.stock_owed(work, channel_id)) == 20
