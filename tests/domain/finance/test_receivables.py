import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain import channels, finance, fulfilment
from domain.finance.receivables import TERMS, cost_of, sale_of
from domain.kernel import Money, Sessions, Work, begin, identifier, system
from tests.domain.finance.builders import NOW, a_channel, a_parcel, book, broken, lines_of, receivable_of


def seen(**differently: Any) -> fulfilment.Parcel:
    row = a_parcel(identifier(), **differently)
    facts = {name: getattr(row, name, None) for name in fulfilment.Parcel.__dataclass_fields__}
    return fulfilment.Parcel(**(facts | {"number": "SH000000001"}))


def test_every_platform_has_its_terms() -> None:
    assert set(TERMS) == set(channels.Platform)


def test_freight_is_income_of_its_own() -> None:
    entry = sale_of(seen(goods_amount=Money("100.00"), freight_amount=Money("8.00")))
    assert [(line.account, str(line.debit), str(line.credit)) for line in entry.lines] == [
        ("1122", "108.00", "0.00"),
        ("6001", "0.00", "100.00"),
        ("6051", "0.00", "8.00"),
    ]


def test_cost_is_in_the_company_s_currency_whatever_the_buyer_pays_in() -> None:
    assert {line.currency for line in sale_of(seen(currency="USD")).lines} == {"USD"}
    assert {line.currency for line in cost_of(seen(currency="USD")).lines} == {"CNY"}


async def test_a_parcel_opens_its_receivable_and_books_sale_and_cost(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id)
    await book(work, parcel)
    item = await receivable_of(work, parcel)
    assert (str(item.amount), str(item.settled_amount), item.due_on) == ("108.00", "0.00", date(2026, 11, 26))
    assert await lines_of(work, parcel.id) == {
        ("SALE", "1122", "108.00", "0.00"),
        ("SALE", "6001", "0.00", "100.00"),
        ("SALE", "6051", "0.00", "8.00"),
        ("COST", "6401", "60.00", "0.00"),
        ("COST", "1405", "0.00", "60.00"),
    }
    assert await broken(work) == {}


async def test_a_fact_told_twice_is_booked_once(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id)
    await book(work, parcel)
    fact = fulfilment.OrderShipped(shipment_id=parcel.id, order_id=parcel.order_id, channel_id=shop.id)
    await finance.open_receivable(work, fact)
    await work.close()
    assert (await work.rows(text("SELECT count(*) FROM journal_entries")))[0][0] == 2
    assert await broken(work) == {}


async def test_a_gift_parcel_only_costs(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id, goods_amount=Money(0), freight_amount=Money(0))
    await book(work, parcel)
    assert await receivable_of(work, parcel) is None
    assert {purpose for purpose, *_ in await lines_of(work, parcel.id)} == {"COST"}
    assert await broken(work) == {}


async def test_goods_that_cost_nothing_are_only_sold(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id, cost_amount=Money(0))
    await book(work, parcel)
    assert {purpose for purpose, *_ in await lines_of(work, parcel.id)} == {"SALE"}
    assert await broken(work) == {}


@pytest.mark.parametrize(("platform", "terms"), list(TERMS.items()))
async def test_it_is_due_as_agreed_with_the_channel(work: Work, platform: channels.Platform, terms: timedelta) -> None:
    await finance.lay_chart(work)
    channel = a_channel("X", platform)
    work.session.add(channel)
    await work.session.flush()
    parcel = a_parcel(channel.id)
    await book(work, parcel)
    assert (await receivable_of(work, parcel)).due_on == date(2026, 11, 11) + terms


async def test_two_workers_told_the_same_fact_book_it_once(sessions: Sessions, committed_shop: UUID) -> None:
    parcel = a_parcel(committed_shop)
    async with begin(sessions, system("tests"), at=NOW) as work:
        work.session.add(parcel)
    fact = fulfilment.OrderShipped(shipment_id=parcel.id, order_id=parcel.order_id, channel_id=committed_shop)

    async def react() -> bool:
        try:
            async with begin(sessions, system("tests"), at=NOW) as work:
                await finance.open_receivable(work, fact)
        except IntegrityError:  # The loser of a race; its reaction is repeated and then finds the work done.
            return False
        return True

    assert any(await asyncio.gather(react(), react(), react()))
    assert await react()
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert (await work.rows(text("SELECT count(*) FROM journal_entries")))[0][0] == 2
        assert await broken(work) == {}
