import asyncio
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, channels, pricing
from domain.catalogue import VariantId
from domain.channels import Listing, NewListing, Platform, PushKind
from domain.kernel import Event, Sessions, UnitPrice, Work, begin, system
from domain.pricing import NewPrice
from tests.conftest import NOW
from tests.counting import statements
from tests.domain.catalogue.builders import a_product
from tests.domain.channels.builders import a_known_listing, a_listing, an_open_shop
from tests.domain.pricing.builders import a_price, a_price_list

HOUR = timedelta(hours=1)


def the(kind: type[Event], work: Work) -> list[Event]:
    return [fact for fact in work.facts if isinstance(fact, kind)]


async def shown(work: Work, listing: Listing) -> UnitPrice | None:
    await work.session.refresh(listing)
    return listing.price


async def test_a_changed_price_is_shown_and_owed_once(work: Work) -> None:
    site, taobao = await an_open_shop(work), await an_open_shop(work, "taobao", Platform.TAOBAO)
    here = await a_known_listing(work, site)
    there = await a_listing(work, taobao, variant_id=here.variant_id)
    base = await a_price_list(work)
    work.facts.clear()
    await a_price(work, base, here.variant_id, "10")
    fact = the(pricing.PriceChanged, work)[0]
    assert isinstance(fact, pricing.PriceChanged)
    await pricing.mark_prices_owed(work, fact)
    await pricing.mark_prices_owed(work, fact)
    assert (await shown(work, here), await shown(work, there)) == (UnitPrice(10), UnitPrice(10))
    assert the(channels.PricePushOwed, work) == [channels.PricePushOwed(channel_id=site.id)]
    assert [row.price_version for row in await channels.prices_owed(work, site.id)] == [1]


async def test_the_price_of_one_channel_leaves_the_others(work: Work) -> None:
    site, other = await an_open_shop(work), await an_open_shop(work, "other")
    here = await a_listing(work, site)
    there = await a_listing(work, other, variant_id=here.variant_id)
    own = await a_price_list(work, "own", channel_id=site.id)
    await a_price(work, own, here.variant_id, "9")
    assert await pricing.reprice(work, [here.variant_id], site.id) == 1
    assert (await shown(work, here), await shown(work, there)) == (UnitPrice(9), None)


async def test_newly_listed_goods_show_the_price_in_force(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    await a_price(work, await a_price_list(work), listing.variant_id, "10")
    await pricing.price_listings(work, channels.VariantsListed(channel_id=site.id, variant_ids=(listing.variant_id,)))
    assert await shown(work, listing) == UnitPrice(10)


async def test_prices_that_start_and_end_by_the_clock_are_shown_then(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    base = await a_price_list(work)
    await a_price(work, base, listing.variant_id, "10")
    await a_price(work, base, listing.variant_id, "7", starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    await pricing.reprice(work, [listing.variant_id])
    await pricing.reprice_due(work)
    seen = []
    for minutes in (30, 60, 90, 120, 150):
        work.now = NOW + timedelta(minutes=minutes)
        changed = await pricing.reprice_due(work)
        seen.append((changed, await shown(work, listing)))
    ten, seven = UnitPrice(10), UnitPrice(7)
    assert seen == [(0, ten), (1, seven), (0, seven), (1, ten), (0, ten)]
    work.now = NOW
    assert await pricing.reprice_due(work) == 0


async def test_a_list_that_starts_or_ends_reprices_all_it_holds(work: Work) -> None:
    site = await an_open_shop(work)
    listing = await a_listing(work, site)
    await a_price(work, await a_price_list(work), listing.variant_id, "10")
    sale = await a_price_list(work, "sale", priority=9, starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR)
    await a_price(work, sale, listing.variant_id, "6", starts_at=NOW - HOUR)
    await pricing.reprice_due(work)
    work.now = NOW + HOUR
    assert (await pricing.reprice_due(work), await shown(work, listing)) == (1, UnitPrice(6))
    work.now = NOW + 3 * HOUR
    assert (await pricing.reprice_due(work), await shown(work, listing)) == (1, UnitPrice(10))


async def test_repricing_costs_a_constant_number_of_statements(work: Work, engine: AsyncEngine) -> None:
    site, base = await an_open_shop(work), await a_price_list(work)
    variants = await catalogue.import_products(work, [a_product(f"p{n}") for n in range(200)])
    given = [NewListing(variant_id=each, external_item=sku, external_sku=sku) for sku, each in variants.items()]
    await channels.list_variants(work, site.id, given)
    prices = [
        NewPrice(variant_id=each, unit_price=UnitPrice(Decimal(n) / 100)) for n, each in enumerate(given_ids(given))
    ]
    await pricing.set_prices(work, base.id, prices)
    await work.session.flush()
    with statements(engine) as seen:
        assert await pricing.reprice(work, list(variants.values())) == 200
    assert len(seen) == 3
    rows = await work.rows(select(Listing.id, Listing.goods_version))
    await channels.note_told(work, PushKind.GOODS, [(row.id, row.goods_version) for row in rows])
    assert len(await channels.prices_owed(work, site.id)) == 200
    assert await channels.channels_owed(work, PushKind.PRICE) == [site.id]


def given_ids(given: list[NewListing]) -> list[VariantId]:
    return [each.variant_id for each in given]


async def test_reactions_that_race_leave_the_price_in_force(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        listing = await a_listing(work, await an_open_shop(work))
        lists = [await a_price_list(work, f"list-{n}", priority=n) for n in range(8)]

    async def set_and_show(number: int) -> None:
        async with begin(sessions, system("tests")) as work:
            await a_price(work, lists[number], listing.variant_id, str(number + 1))
        async with begin(sessions, system("tests")) as work:
            await pricing.reprice(work, [listing.variant_id])

    await asyncio.gather(*(set_and_show(number) for number in range(8)))
    async with sessions() as session:
        assert await session.scalar(select(Listing.price).where(Listing.id == listing.id)) == UnitPrice(8)
