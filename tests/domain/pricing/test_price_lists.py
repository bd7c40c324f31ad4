from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import channels, pricing
from domain.catalogue import VariantId
from domain.kernel import BadInput, NotFound, PageRequest, Read, Sessions, UnitPrice, Work, WrongState, begin, system
from domain.pricing import NewPrice, NewPriceList, Price, PriceId, PriceListId
from tests.conftest import NOW
from tests.domain.catalogue.builders import a_variant
from tests.domain.channels.builders import a_shop, an_open_shop, staff_of
from tests.domain.pricing.builders import a_price, a_price_list

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("price", ["12.345", "0.001", "9.999999"])
async def test_a_price_finer_than_a_cent_is_refused(work: Work, price: str) -> None:
    base, tea = await a_price_list(work), await a_variant(work)
    with pytest.raises(pricing.PriceInexact) as refused:
        await a_price(work, base, tea, price)
    assert (refused.value.price, refused.value.code()) == (price, "PRICE_INEXACT")


async def test_prices_no_buyer_could_pay_are_refused(work: Work) -> None:
    base, tea = await a_price_list(work), await a_variant(work)
    for price in ("-0.01", "10000000.01"):
        with pytest.raises(BadInput, match="must lie between"):
            await a_price(work, base, tea, price)
    assert (await a_price(work, base, tea, "0")).unit_price == UnitPrice(0)


async def test_a_price_set_again_from_the_same_moment_replaces_it(work: Work) -> None:
    base, tea = await a_price_list(work), await a_variant(work)
    first = await a_price(work, base, tea, "10")
    again = await a_price(work, base, tea, "11", ends_at=NOW + HOUR)
    assert (again.id, again.unit_price, again.ends_at) == (first.id, UnitPrice(11), NOW + HOUR)


async def test_a_set_price_is_a_fact_of_its_list(work: Work) -> None:
    base, tea = await a_price_list(work), await a_variant(work)
    work.facts.clear()
    await a_price(work, base, tea, "10")
    assert work.facts == [pricing.PriceChanged(price_list_id=base.id, channel_id=None, variant_ids=(tea,))]


async def test_many_prices_are_set_at_once_or_none(work: Work) -> None:
    base, tea, milk = await a_price_list(work), await a_variant(work), await a_variant(work, "MILK")
    good = NewPrice(variant_id=tea, unit_price=UnitPrice(1))
    for bad, kind in (
        (NewPrice(variant_id=VariantId(uuid4()), unit_price=UnitPrice(1)), NotFound),
        (NewPrice(variant_id=milk, unit_price=UnitPrice("1.001")), pricing.PriceInexact),
        (NewPrice(variant_id=milk, unit_price=UnitPrice(1), starts_at=NOW, ends_at=NOW), BadInput),
        (NewPrice(variant_id=milk, unit_price=UnitPrice(1), starts_at=datetime(2026, 1, 1)), BadInput),  # noqa: DTZ001 — refused for it.
        (good, BadInput),
    ):
        with pytest.raises(kind):
            await pricing.set_prices(work, base.id, [good, bad])
    with pytest.raises(BadInput, match="1 to 1000"):
        await pricing.set_prices(work, base.id, [])
    assert not await work.rows(select(Price.id))
    await pricing.set_prices(work, base.id, [good, NewPrice(variant_id=milk, unit_price=UnitPrice(2))])
    assert len(await work.rows(select(Price.id))) == 2


async def test_an_ended_price_gives_way_and_cannot_end_twice(work: Work) -> None:
    site, base, tea = await an_open_shop(work), await a_price_list(work), await a_variant(work)
    await a_price(work, base, tea, "10")
    sale = await a_price(work, base, tea, "7", starts_at=NOW - HOUR)
    with pytest.raises(BadInput, match="past"):
        await pricing.end_price(work, sale.id, ends_at=NOW - HOUR)
    await pricing.end_price(work, sale.id)
    assert await pricing.prices_in_force(work, site.id, [tea], NOW) == {tea: UnitPrice(10)}
    with pytest.raises(WrongState, match="ENDED"):
        await pricing.end_price(work, sale.id)
    with pytest.raises(NotFound):
        await pricing.end_price(work, PriceId(uuid4()))


async def test_a_price_that_never_started_is_dropped(work: Work) -> None:
    base, tea = await a_price_list(work), await a_variant(work)
    coming = await a_price(work, base, tea, "7", starts_at=NOW + HOUR)
    await pricing.end_price(work, coming.id)
    assert not await work.rows(select(Price.id))


@pytest.mark.parametrize(
    "given",
    [
        {"code": "Base List"},
        {"name": " "},
        {"priority": 1001},
        {"currency": "yuan"},
        {"starts_at": NOW, "ends_at": NOW},
        {"starts_at": datetime(2026, 1, 1)},  # noqa: DTZ001 — refused for it.
    ],
)
async def test_what_cannot_be_a_list_is_refused(work: Work, given: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await a_price_list(work, **given)


async def test_a_list_of_a_channel_is_in_its_currency(work: Work) -> None:
    abroad = await channels.open_channel(work, a_shop(currency="USD"))
    assert (await a_price_list(work, channel_id=abroad.id)).currency == "USD"
    with pytest.raises(BadInput, match="sells in USD"):
        await a_price_list(work, "yuan", channel_id=abroad.id, currency="CNY")
    with pytest.raises(pricing.PriceListTaken):
        await a_price_list(work, "base")


async def test_who_sees_one_channel_changes_its_lists_only(sessions: Sessions, read: Read) -> None:
    async with begin(sessions, system("tests")) as work:
        mine, other = await an_open_shop(work, "mine"), await an_open_shop(work, "other")
        tea = await a_variant(work)
        lists = {
            "mine": await a_price_list(work, "mine", channel_id=mine.id),
            "other": await a_price_list(work, "other", channel_id=other.id),
            "all": await a_price_list(work, "all"),
        }
        prices = {name: await a_price(work, each, tea, "5") for name, each in lists.items()}
    actor = staff_of(mine.id)
    scoped = Read(read.engine, actor)
    ids = [each.id for each in lists.values()]
    seen = [row.code for row in (await pricing.price_lists_page(scoped, [], PageRequest())).rows]
    assert seen == ["all", "mine"]
    assert set(await pricing.price_lists_by_id(scoped, ids)) == {lists["mine"].id, lists["all"].id}
    assert set(await pricing.prices_by_id(scoped, [each.id for each in prices.values()])) == {
        prices["mine"].id,
        prices["all"].id,
    }
    assert len((await pricing.prices_page(scoped, [], PageRequest())).rows) == 2
    assert len((await pricing.prices_page(read, [Price.variant_id == tea], PageRequest())).rows) == 3
    async with begin(sessions, actor) as work:
        await a_price(work, lists["mine"], tea, "4")
        with pytest.raises(NotFound):
            await a_price(work, lists["other"], tea, "4")
        with pytest.raises(pricing.PriceListShared):
            await a_price(work, lists["all"], tea, "4")
        with pytest.raises(pricing.PriceListShared):
            await a_price_list(work, "new")
        with pytest.raises(NotFound):
            await pricing.create_price_list(work, NewPriceList(code="no", name="no", channel_id=other.id))
        with pytest.raises(NotFound):
            await pricing.set_prices(work, PriceListId(uuid4()), [])
