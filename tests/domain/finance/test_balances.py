from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import channels, finance
from domain.finance.balances import AGES
from domain.kernel import Actor, ActorKind, Money, PageRequest, Read, Sessions, begin, identifier, system
from tests.domain.finance.builders import NOW, a_channel, a_parcel, book, receivable_of, statements_of
from tests.domain.finance.test_payments import money_in, part
from tests.domain.finance.test_voiding import entry_of

TODAY = date(2026, 11, 11)


def only(*channel_ids: UUID) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=identifier(),
        name="clerk",
        permissions=frozenset({"finance.*"}),
        channels=frozenset(channel_ids),
    )


@pytest.fixture
async def books(sessions: Sessions, committed_shop: UUID) -> dict[str, UUID]:
    """Ship three parcels of two shops, and let one be paid in part."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        other = a_channel("JD1", channels.Platform.JD)
        work.session.add(other)
        await work.session.flush()
        first, second, third = a_parcel(committed_shop), a_parcel(committed_shop), a_parcel(other.id, currency="USD")
        for parcel in (first, second, third):
            await book(work, parcel)
        paid = await receivable_of(work, first)
    async with begin(sessions, system("tests"), at=NOW) as work:
        await finance.post_receipt(work, money_in(committed_shop, "50.00", settles=[part(paid, "8.00")]))
    return {"shop": committed_shop, "other": other.id, "order": first.order_id, "paid": paid.id, "parcel": first.id}


def balances(rows: list[Any]) -> dict[str, str]:
    return {row.code: str(row.balance) for row in rows}


@pytest.mark.usefixtures("books")
async def test_the_trial_balance_is_zero_in_each_currency(read: Read) -> None:
    yuan = await finance.trial_balance(read, "CNY", TODAY)
    assert balances(yuan) == {
        "1002": "50.00",
        "1122": "208.00",
        "1405": "-180.00",
        "2203": "-42.00",
        "6001": "-200.00",
        "6051": "-16.00",
        "6401": "180.00",
    }
    assert Money.total(row.debit for row in yuan) == Money.total(row.credit for row in yuan)
    assert balances(await finance.trial_balance(read, "USD", TODAY)) == {
        "1122": "108.00",
        "6001": "-100.00",
        "6051": "-8.00",
    }


async def test_it_is_as_of_a_day_and_of_the_channels_one_sees(
    own_engine: AsyncEngine, read: Read, books: dict[str, UUID]
) -> None:
    assert await finance.trial_balance(read, "CNY", TODAY - timedelta(days=1)) == []
    theirs = Read(engine=own_engine, actor=only(books["other"]))
    assert balances(await finance.trial_balance(theirs, "CNY", TODAY)) == {"1405": "-60.00", "6401": "60.00"}


async def test_receivables_are_listed_by_due_date_and_filtered(read: Read, books: dict[str, UUID]) -> None:
    everything = finance.ItemFilter()
    listed = await finance.open_items(
        read, finance.OpenItemKind.RECEIVABLE, everything, finance.BY_DUE_DATE, PageRequest(first=2)
    )
    assert (len(listed.rows), listed.has_next, await listed.count()) == (2, True, 3)
    after = PageRequest(after=listed.cursors[-1])
    rest = await finance.open_items(read, finance.OpenItemKind.RECEIVABLE, everything, finance.BY_DUE_DATE, after)
    assert [row.channel_id for row in rest.rows] == [books["other"]]
    for where, count in (
        (finance.ItemFilter(order_ids=[books["order"]]), 1),
        (finance.ItemFilter(channel_ids=[books["shop"]], open_only=True), 2),
        (finance.ItemFilter(due_until=date(2026, 11, 26)), 0),
        (finance.ItemFilter(due_from=date(2026, 12, 11)), 1),
        (finance.ItemFilter(currency="USD"), 1),
    ):
        found = await finance.open_items(
            read, finance.OpenItemKind.RECEIVABLE, where, finance.BY_OPENING_LAST_FIRST, PageRequest()
        )
        assert len(found.rows) == count, where


async def test_readers_answer_for_many_keys_at_once(
    own_engine: AsyncEngine, read: Read, books: dict[str, UUID]
) -> None:
    with statements_of(own_engine) as statements:
        items = await finance.receivables_of(read, [books["order"], identifier()])
        allocations = await finance.allocations_of(read, [books["paid"]])
        entries = await finance.entries_of(read, [books["parcel"]])
        lines = await finance.lines_of_entries(read, [row.id for row in entries[books["parcel"]]])
        charted = await finance.accounts_by_code(read, ["1122", "6001"])
    assert len(statements) == 5
    assert [str(row.rest_amount) for row in items[books["order"]]] == ["100.00"]
    assert [str(row.amount) for row in allocations[books["paid"]]] == ["8.00"]
    assert sorted(len(each) for each in lines.values()) == [2, 3]
    assert charted["1122"].name_chinese == "应收账款"


async def test_entries_are_seen_through_the_channel_they_belong_to(
    own_engine: AsyncEngine, read: Read, books: dict[str, UUID]
) -> None:
    theirs = Read(engine=own_engine, actor=only(books["other"]))
    order, first = finance.BY_POSTING_LAST_FIRST, PageRequest()
    assert len((await finance.journal_entries(read, finance.EntryFilter(), order, first)).rows) == 7
    seen = await finance.journal_entries(theirs, finance.EntryFilter(), order, first)
    assert {row.purpose for row in seen.rows} == {finance.EntryPurpose.SALE, finance.EntryPurpose.COST}
    sold = finance.EntryFilter(account_codes=["6001"], date_from=TODAY)
    assert len((await finance.journal_entries(read, sold, order, first)).rows) == 3
    hidden = await finance.entries_of(theirs, [books["parcel"]])
    assert hidden == {books["parcel"]: []}


async def test_ageing_shows_a_day_as_it_was(sessions: Sessions, read: Read, committed_shop: UUID) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        parcel = a_parcel(committed_shop)
        await book(work, parcel)
        receivable = await receivable_of(work, parcel)
    late = NOW + timedelta(days=60)
    async with begin(sessions, system("tests"), at=late) as work:
        paid = money_in(committed_shop, "108.00", received_on=late.date(), settles=[part(receivable, "108.00")])
        receipt = await finance.post_receipt(work, paid)
    due = date(2026, 11, 26)
    assert await finance.ageing(read, "CNY", TODAY - timedelta(days=1)) == []
    for overdue, age in ((0, 0), (1, 1), (30, 1), (31, 2)):
        aged = (await finance.ageing(read, "CNY", due + timedelta(days=overdue)))[0]
        assert {name: str(getattr(aged, name)) for name in AGES if getattr(aged, name)} == {AGES[age]: "108.00"}
        assert aged.total == Money("108.00")
    assert await finance.ageing(read, "CNY", late.date()) == []
    async with begin(sessions, system("tests"), at=late + timedelta(days=2)) as work:
        await finance.void_entry(work, await entry_of(work, receipt.source_id, "RECEIPT"), "bounced")
    assert await finance.ageing(read, "CNY", late.date()) == []
    assert [str(row.days_31_60) for row in await finance.ageing(read, "CNY", late.date() + timedelta(days=2))] == [
        "108.00"
    ]


@pytest.mark.parametrize(("overdue", "age"), [(60, 2), (61, 3), (90, 3), (91, 4), (900, 4)])
async def test_what_stays_unpaid_grows_old(
    sessions: Sessions, read: Read, committed_shop: UUID, overdue: int, age: int
) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        await book(work, a_parcel(committed_shop))
    aged = await finance.ageing(read, "CNY", date(2026, 11, 26) + timedelta(days=overdue))
    assert [str(getattr(row, AGES[age])) for row in aged] == ["108.00"]
