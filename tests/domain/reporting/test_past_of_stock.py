"""Whatever was added up when, reports of the past say exactly what the ledger says."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from configuration.database import engine_for
from domain import inventory, reporting
from domain.kernel import BadInput, PageRequest, Read, Sessions, begin, system
from operations.embedded_postgres import EmbeddedPostgres
from tests.conftest import database_copy, let_go
from tests.domain.inventory.builders import broken, stock
from tests.domain.inventory.test_stock_queries import levels, scoped
from tests.domain.reporting.builders import BEGINNING, DAYS, Past, a_past, added_up, live

EVERYTHING = reporting.StockScope()
ALL = PageRequest(first=100)


@pytest.fixture(scope="module")
async def engine(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    """Open a company that the reading tests of this file share."""
    async with database_copy(postgres) as url:
        engine = engine_for(url, application_name="tests", pool_size=2)
        yield engine
        await let_go(engine)


@pytest.fixture(scope="module")
async def past(engine: AsyncEngine) -> Past:
    """Live a while, half of it added up, some of that later changed by what was posted for earlier days."""
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    past = await a_past(sessions, 1)
    await live(sessions, past, 1, 30)
    await added_up(sessions)
    await live(sessions, past, 2, 15)
    await added_up(sessions)
    await live(sessions, past, 3, 15)
    return past


@pytest.fixture
def read(engine: AsyncEngine) -> Read:
    return Read(engine=engine, actor=system("tests"))


async def ledger(read: Read) -> list[Any]:
    return await read.rows(select(*inventory.Movement.__table__.columns))


def day_of(moment: datetime) -> date:
    return inventory.today(moment)


def total(rows: list[Any], holds: Callable[[Any], bool]) -> tuple[Decimal, Decimal]:
    chosen = [row for row in rows if holds(row)]
    return sum((row.quantity.value for row in chosen), Decimal()), sum(
        (row.cost_amount.value for row in chosen), Decimal()
    )


def begin_of(day: date, span: reporting.Span) -> date:
    return day.replace(day=1) if span is reporting.Span.MONTH else day


@pytest.mark.usefixtures("past")
async def test_every_row_balances_and_equals_the_ledger(read: Read) -> None:
    rows, chance = await ledger(read), random.Random(7)
    for span in (*reporting.Span, *reporting.Span):
        first = day_of(BEGINNING) + timedelta(days=chance.randrange(DAYS))
        last = first + timedelta(days=chance.randrange(40))
        found = await pages(read, reporting.Days(first=first, last=last), span)
        if span is reporting.Span.MONTH:
            first, last = first.replace(day=1), (last.replace(day=1) + timedelta(days=32)).replace(day=1)
            last -= timedelta(days=1)
        told = {(row.variant_id, row.warehouse_id, row.period): row for row in found}
        assert len(told) == len(found)
        for (variant, warehouse, period), row in told.items():
            own = [each for each in rows if (each.variant_id, each.warehouse_id) == (variant, warehouse)]
            inside = [
                each
                for each in own
                if first <= day_of(each.effective_at) <= last
                and (span is reporting.Span.WHOLE or begin_of(day_of(each.effective_at), span) == period)
            ]
            opening = total(own, lambda each, period=period: day_of(each.effective_at) < period)  # type: ignore[misc]
            came = total(inside, lambda each: each.quantity.value > 0)
            went = total(inside, lambda each: each.quantity.value < 0)
            assert (row.opening_quantity.value, row.opening_value.value) == opening
            assert (row.in_quantity.value, row.in_value.value) == came
            assert (-row.out_quantity.value, -row.out_value.value) == went
            assert row.closing_quantity == row.opening_quantity + row.in_quantity - row.out_quantity
            assert row.closing_value == row.opening_value + row.in_value - row.out_value
            assert row.in_quantity == row.received + row.returned + row.transferred_in + row.other_in
            assert row.out_quantity == row.sold + row.transferred_out + row.other_out
        moved = total(rows, lambda each, first=first, last=last: first <= day_of(each.effective_at) <= last)  # type: ignore[misc]
        assert sum((row.in_quantity.value - row.out_quantity.value for row in found), Decimal()) == moved[0]
        assert sum((row.in_value.value - row.out_value.value for row in found), Decimal()) == moved[1]


async def pages(read: Read, days: reporting.Days, span: reporting.Span) -> list[Any]:
    """Read the whole report, three rows at a time."""
    found: list[Any] = []
    after = None
    while True:
        page = await reporting.receipts_and_issues(read, EVERYTHING, days, span, PageRequest(first=3, after=after))
        found += page.rows
        if not page.has_next:
            return found
        after = page.cursors[-1]


@pytest.mark.usefixtures("past")
async def test_stock_and_its_worth_at_any_moment_equal_the_ledger(read: Read) -> None:
    rows, chance = await ledger(read), random.Random(11)
    for _ in range(6):
        moment = BEGINNING + timedelta(minutes=chance.randrange(DAYS * 1440))
        before = [row for row in rows if row.effective_at <= moment]
        seen = await levels(read, moment)
        assert set(seen) == {(row.variant_id, row.warehouse_id) for row in before}
        for key, (on_hand, _, value) in seen.items():
            expected = total(before, lambda row, key=key: (row.variant_id, row.warehouse_id) == key)  # type: ignore[misc]
            assert (Decimal(on_hand), Decimal(value)) == expected
        worth = await reporting.stock_worth(read, EVERYTHING, reporting.WorthBy.WAREHOUSE, ALL, moment)
        for row in worth.rows:
            expected = total(before, lambda each, row=row: each.warehouse_id == row.warehouse_id)  # type: ignore[misc]
            assert (row.quantity.value, row.value.value) == expected
        assert {row.warehouse_id for row in worth.rows} == {row.warehouse_id for row in before}


@pytest.mark.usefixtures("past")
async def test_the_worth_now_is_the_worth_at_the_end(read: Read) -> None:
    for by in reporting.WorthBy:
        now = (await reporting.stock_worth(read, EVERYTHING, by, ALL)).rows
        end = (await reporting.stock_worth(read, EVERYTHING, by, ALL, BEGINNING + timedelta(days=DAYS))).rows
        assert [(row.key, row.quantity, row.value) for row in now] == [
            (row.key, row.quantity, row.value) for row in end
        ]
        assert len(now) == (2 if by is reporting.WorthBy.WAREHOUSE else 1)
    assert (now[0].category_id, now[0].brand_id, now[0].warehouse_id) == (None, None, None)


async def test_the_card_goes_on_where_the_last_page_ended(read: Read, past: Past) -> None:
    variant, warehouse = past.variants[0], past.warehouses[0]
    own = [row for row in await ledger(read) if (row.variant_id, row.warehouse_id) == (variant, warehouse)]
    own.sort(key=lambda row: (row.effective_at, row.position))
    lines: list[Any] = []
    after = None
    while True:
        request = PageRequest(first=4, after=after)
        card = reporting.CardOf(variant_id=variant, warehouse_id=warehouse)
        page = await reporting.stock_card(read, card, request)
        lines += page.rows
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert [line.id for line in lines] == [row.id for row in own]
    quantity = value = Decimal()
    for line in lines:
        assert (line.before.quantity.value, line.before.value.value) == (quantity, value)
        quantity, value = quantity + line.quantity.value, value + line.cost_amount.value
        assert (line.quantity_after.value, line.after.value.value) == (quantity, value)


BY = reporting.FlowBy
TOLD_BY: dict[reporting.FlowBy, tuple[str, Callable[[Any], Any]]] = {
    BY.DAY: ("day", lambda row: day_of(row.effective_at)),
    BY.MONTH: ("month", lambda row: day_of(row.effective_at).replace(day=1)),
    BY.VARIANT: ("variant_id", lambda row: row.variant_id),
    BY.CATEGORY: ("category_id", lambda _: None),
    BY.WAREHOUSE: ("warehouse_id", lambda row: row.warehouse_id),
    BY.KIND: ("kind", lambda row: row.kind),
    BY.PERSON: ("person", lambda row: row.actor_name),
    BY.PARTNER: ("partner_id", lambda row: row.counterpart_id),
    BY.CHANNEL: ("channel_id", lambda _: None),
}


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize(
    "by",
    [(BY.DAY, BY.KIND), (BY.MONTH, BY.WAREHOUSE, BY.VARIANT), (BY.CATEGORY,), (BY.PERSON, BY.CHANNEL), (BY.PARTNER,)],
)
async def test_in_and_out_told_apart_add_up_to_the_ledger(read: Read, by: tuple[reporting.FlowBy, ...]) -> None:
    days = reporting.Days(first=day_of(BEGINNING) + timedelta(days=9), last=day_of(BEGINNING) + timedelta(days=66))
    wanted = reporting.FlowRequest(days=days, by=by)
    found: list[Any] = []
    after = None
    while True:
        page = await reporting.stock_flows(read, EVERYTHING, wanted, PageRequest(first=7, after=after))
        found += page.rows
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert await page.count() == len(found)
    expected: dict[tuple[Any, ...], list[Any]] = {}
    for row in await ledger(read):
        if days.first <= day_of(row.effective_at) <= days.last:
            expected.setdefault(tuple(TOLD_BY[each][1](row) for each in by), []).append(row)
    told = {tuple(getattr(row, TOLD_BY[each][0]) for each in by): row for row in found}
    assert set(told) == set(expected)
    assert len(found) == len(told)
    for key, row in told.items():
        came = total(expected[key], lambda each: each.quantity.value > 0)
        went = total(expected[key], lambda each: each.quantity.value < 0)
        assert (row.in_quantity.value, row.in_value.value) == came
        assert (-row.out_quantity.value, -row.out_value.value) == went
        assert row.movements == len(expected[key])


async def test_in_and_out_are_told_apart_by_one_to_three_things(read: Read) -> None:
    days = reporting.Days(first=day_of(BEGINNING), last=day_of(BEGINNING))
    for by in ((), (BY.DAY, BY.DAY), (BY.DAY, BY.KIND, BY.PERSON, BY.VARIANT)):
        with pytest.raises(BadInput):
            await reporting.stock_flows(read, EVERYTHING, reporting.FlowRequest(days=days, by=by), ALL)


async def test_days_and_months_agree_with_the_ledger_however_often_they_are_added_up(sessions: Sessions) -> None:
    past = await a_past(sessions, 1)
    for seed in range(3):
        await live(sessions, past, seed, 6)
        await added_up(sessions, seed + 1)
    await added_up(sessions, 2)
    async with begin(sessions, system("tests")) as work:
        assert {name for name in await broken(work) if "sums" in name} == set()
        for table in (inventory.StockDay, inventory.StockMonth):
            added = select(func.sum(table.movements) == select(func.count(inventory.Movement.id)).scalar_subquery())
            assert (await work.rows(added))[0][0]


async def test_what_is_still_being_written_is_not_passed_over(sessions: Sessions) -> None:
    """A posting that drew its positions early and ends late is added up later, not never."""
    past = await a_past(sessions, 1)
    other = await a_past(sessions, 2)
    async with begin(sessions, system("slow"), at=BEGINNING) as slow:
        await stock(slow, other.variants[0], other.warehouses[0], 5)
        await slow.session.flush()
        await live(sessions, past, 9, 5)  # These draw later positions and end first.
        await added_up(sessions, 4)
        async with begin(sessions, system("tests")) as work:
            assert (await work.rows(text("SELECT count(*) FROM stock_days")))[0][0] == 0
    await added_up(sessions, 3)
    async with begin(sessions, system("tests")) as work:
        assert (await work.rows(text("SELECT sum(movements) = (SELECT count(*) FROM stock_ledger) FROM stock_days")))[
            0
        ][0]


async def test_what_is_not_yours_is_in_no_report(read: Read, past: Past) -> None:
    mine = scoped(read, past.warehouses[1])
    days = reporting.Days(first=day_of(BEGINNING), last=day_of(BEGINNING) + timedelta(days=DAYS))
    seen = await reporting.receipts_and_issues(mine, EVERYTHING, days, reporting.Span.DAY, ALL)
    assert {row.warehouse_id for row in seen.rows} == {past.warehouses[1]}
    worth = await reporting.stock_worth(mine, EVERYTHING, reporting.WorthBy.WAREHOUSE, ALL, BEGINNING + timedelta(80))
    assert [row.warehouse_id for row in worth.rows] == [past.warehouses[1]]
    card = reporting.CardOf(variant_id=past.variants[0], warehouse_id=past.warehouses[0])
    assert (await reporting.stock_card(mine, card, ALL)).rows == []


@pytest.mark.parametrize(("first", "last"), [("2026-02-02", "2026-02-01"), ("2020-01-01", "2026-01-01")])
async def test_a_period_that_makes_no_sense_is_refused(read: Read, first: str, last: str) -> None:
    days = reporting.Days(first=date.fromisoformat(first), last=date.fromisoformat(last))
    with pytest.raises(BadInput):
        await reporting.receipts_and_issues(read, EVERYTHING, days, reporting.Span.DAY, ALL)
