import random
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, channels, pricing
from domain.kernel import Read, Sessions, UnitPrice, Work, begin, system
from domain.pricing import NewPrice, Verdict
from tests.conftest import NOW
from tests.counting import statements
from tests.domain.catalogue.builders import a_product, a_variant
from tests.domain.channels.builders import a_shop, an_open_shop
from tests.domain.pricing.builders import a_price, a_price_list

HOUR = timedelta(hours=1)


async def test_a_channels_own_list_wins_over_the_general_one(work: Work) -> None:
    site, other = await an_open_shop(work), await an_open_shop(work, "other")
    tea = await a_variant(work)
    await a_price(work, await a_price_list(work), tea, "10")
    await a_price(work, await a_price_list(work, "site", channel_id=site.id), tea, "9")
    assert await pricing.prices_in_force(work, site.id, [tea], NOW) == {tea: UnitPrice(9)}
    assert await pricing.prices_in_force(work, other.id, [tea], NOW) == {tea: UnitPrice(10)}


async def test_priority_wins_over_everything(work: Work) -> None:
    site, tea = await an_open_shop(work), await a_variant(work)
    await a_price(work, await a_price_list(work, "site", channel_id=site.id), tea, "9")
    await a_price(work, await a_price_list(work, "sale", priority=5), tea, "8")
    assert await pricing.prices_in_force(work, site.id, [tea], NOW) == {tea: UnitPrice(8)}


async def test_a_sale_gives_way_to_the_former_price_when_it_ends(work: Work) -> None:
    site, tea = await an_open_shop(work), await a_variant(work)
    base = await a_price_list(work)
    await a_price(work, base, tea, "10")
    await a_price(work, base, tea, "7", starts_at=NOW, ends_at=NOW + HOUR)
    moments = (NOW - timedelta(microseconds=1), NOW, NOW + HOUR - timedelta(microseconds=1), NOW + HOUR)
    prices = [(await pricing.prices_in_force(work, site.id, [tea], at))[tea] for at in moments]
    assert prices == [UnitPrice(10), UnitPrice(7), UnitPrice(7), UnitPrice(10)]


async def test_a_list_out_of_force_or_in_another_currency_sets_no_price(work: Work) -> None:
    site, tea = await an_open_shop(work), await a_variant(work)
    over = await a_price_list(work, "over", starts_at=NOW - HOUR, ends_at=NOW)
    await a_price(work, over, tea, "1", starts_at=NOW - HOUR)
    await a_price(work, await a_price_list(work, "coming", starts_at=NOW + HOUR), tea, "2", starts_at=NOW - HOUR)
    await a_price(work, await a_price_list(work, "dollars", currency="USD"), tea, "3")
    assert await pricing.prices_in_force(work, site.id, [tea], NOW) == {}
    assert await pricing.prices_in_force(work, uuid4(), [tea], NOW) == {}


async def test_a_shop_in_dollars_has_its_own_prices(work: Work) -> None:
    abroad = await channels.open_channel(work, a_shop("abroad", currency="USD"))
    tea = await a_variant(work)
    await a_price(work, await a_price_list(work), tea, "70")
    await a_price(work, await a_price_list(work, "abroad", channel_id=abroad.id), tea, "10")
    assert await pricing.prices_in_force(work, abroad.id, [tea], NOW) == {tea: UnitPrice(10)}


async def test_hundreds_of_prices_cost_one_statement(work: Work, engine: AsyncEngine) -> None:
    site, base = await an_open_shop(work), await a_price_list(work)
    variants = list((await catalogue.import_products(work, [a_product(f"p{n}") for n in range(200)])).values())
    given = [NewPrice(variant_id=each, unit_price=UnitPrice(n)) for n, each in enumerate(variants)]
    await pricing.set_prices(work, base.id, given)
    await work.session.flush()
    with statements(engine) as seen:
        prices = await pricing.prices_in_force(work, site.id, variants, NOW)
    assert len(seen) == 1
    assert prices == {each: UnitPrice(n) for n, each in enumerate(variants)}


@pytest.mark.parametrize("seed", range(6))
async def test_the_explanation_chooses_what_the_query_chooses(sessions: Sessions, read: Read, seed: int) -> None:
    dice = random.Random(seed)
    async with begin(sessions, system("tests")) as work:
        site, tea = await an_open_shop(work), await a_variant(work)
        for number in range(8):
            own = {"channel_id": site.id} if dice.random() < 0.5 else {"currency": dice.choice(("CNY", "CNY", "USD"))}
            starts_at = NOW + HOUR * dice.randint(-4, 2)
            ends_at = dice.choice((None, starts_at + HOUR * dice.randint(1, 6)))
            changes = {"priority": dice.randint(0, 2), "starts_at": starts_at, "ends_at": ends_at}
            some = await a_price_list(work, f"list-{number}", **own, **changes)
            for _ in range(2):
                moment = NOW + timedelta(minutes=dice.randint(-300, 120))
                until = dice.choice((None, moment + HOUR * 2))
                await a_price(work, some, tea, str(dice.randint(1, 99)), starts_at=moment, ends_at=until)
    for at in (NOW - HOUR * 3, NOW, NOW + HOUR):
        considered = await pricing.explain_prices(read, site.id, tea, at)
        chosen = [each.unit_price for each in considered if each.verdict is Verdict.CHOSEN]
        found = await pricing.prices_of_variants(read, site.id, [tea], at)
        assert chosen == [row.unit_price for row in found.values()]
        assert len(considered) == 16
