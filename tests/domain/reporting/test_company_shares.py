"""Where the company is one cost scope, a place is told its share of what all of it is worth, in every report."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, reporting, stocktaking
from domain.exchange.posting import costs_of
from domain.inventory.averages import Worth
from domain.inventory.models import MovementKind
from domain.kernel import Actor, ActorKind, Money, PageRequest, Quantity, Read, Sessions, UnitPrice, Work, begin, system
from tests.conftest import NOW
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, stock, worth
from tests.domain.inventory.test_backdating import HOUR, at, post
from tests.domain.inventory.test_company_costs import Two, two

KIND = MovementKind
ALL = PageRequest(first=50)
DAYS = reporting.Days(first=inventory.today(NOW), last=inventory.today(NOW))


def told(rows: Any, name: str = "value") -> dict[Any, str]:
    return {row.warehouse_id: str(getattr(row, name)) for row in rows}


async def a_told_company(sessions: Sessions) -> Two:
    """Dear goods here, cheap ones there: what left here was dearer than what is told to be left."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        it = await two(work)
        samples = await a_warehouse(work, valued=False)
        await stock(work, it.variant, it.near, 10, "20")
        await stock(work, it.variant, samples, 9, "20")
        at(work, 1)
        await stock(work, it.variant, it.far, 20, "5")
        at(work, 2)
        await adjust(work, it.variant, it.near, -9)
        await post(work, KIND.TRANSFER_OUT, it.variant, it.far, 1, to_warehouse_id=it.near)
    return it


async def test_a_place_is_worth_its_share_now_and_then(own_engine: AsyncEngine, sessions: Sessions) -> None:
    it = await a_told_company(sessions)
    read = Read(engine=own_engine, actor=system("tests"))
    for moment in (None, NOW + 3 * HOUR):
        levels = (await inventory.stock_levels(read, inventory.StockFilter(), ALL, moment)).rows
        values = {place: value for place, value in told(levels).items() if place in (it.near, it.far)}
        assert values == {it.near: "20.00", it.far: "190.00"}
        assert {str(Worth(row.scope_quantity, row.scope_value).average()) for row in levels if row.value} == {
            "10.000000"
        }
        by_place = (
            await reporting.stock_worth(read, reporting.StockScope(), reporting.WorthBy.WAREHOUSE, ALL, moment)
        ).rows
        assert Money.total(row.value for row in by_place) == Money(210)
        assert values.items() <= told(by_place).items()
        by_brand = await reporting.stock_worth(read, reporting.StockScope(), reporting.WorthBy.BRAND, ALL, moment)
        assert [str(row.value) for row in by_brand.rows] == ["210.00"]
    before = (await inventory.stock_levels(read, inventory.StockFilter(), ALL, NOW + HOUR / 2)).rows
    assert told(before)[it.near] == "200.00"


@pytest.mark.parametrize("span", list(reporting.Span))
async def test_receipts_and_issues_balance_with_the_shares(
    own_engine: AsyncEngine, sessions: Sessions, span: reporting.Span
) -> None:
    it = await a_told_company(sessions)
    async with begin(sessions, system("tests"), at=NOW + timedelta(days=1)) as work:
        await adjust(work, it.variant, it.far, -1)
    read = Read(engine=own_engine, actor=system("tests"))
    days = reporting.Days(first=inventory.today(NOW), last=inventory.today(NOW + timedelta(days=1)))
    rows = (await reporting.receipts_and_issues(read, reporting.StockScope(), days, span, ALL)).rows
    for row in rows:
        assert row.closing_value == row.opening_value + row.in_value - row.out_value
        assert min(row.in_value, row.out_value) >= Money(0)
    last = {row.warehouse_id: row for row in sorted(rows, key=lambda row: row.period)}
    assert (str(last[it.near].closing_value), str(last[it.far].closing_value)) == ("20.00", "180.00")


async def test_the_card_and_the_trail_tell_the_average_of_the_company(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    it = await a_told_company(sessions)
    read = Read(engine=own_engine, actor=system("tests"))
    card = await reporting.stock_card(read, reporting.CardOf(variant_id=it.variant, warehouse_id=it.near), ALL)
    assert [
        (
            str(line.quantity_after),
            str(line.after.value),
            *(str(each.average()) for each in (line.scope_before, line.scope_after)),
        )
        for line in card.rows
    ] == [
        ("10.0000", "200.00", "None", "20.000000"),
        ("1.0000", "10.00", "10.000000", "10.000000"),
        ("2.0000", "20.00", "10.000000", "10.000000"),
    ]
    trail = await reporting.cost_trail(read, reporting.TrailOf(variant_id=it.variant, warehouse_id=it.near), ALL)
    assert [(line.warehouse_id, str(line.scope_after.average())) for line in trail.rows] == [
        (it.far, "10.000000"),
        (it.near, "20.000000"),
    ]
    here = Actor(
        kind=ActorKind.STAFF, id=uuid4(), name="Li", permissions=frozenset({"*"}), warehouses=frozenset({it.far})
    )
    seen = await reporting.cost_trail(
        Read(engine=own_engine, actor=here), reporting.TrailOf(variant_id=it.variant, warehouse_id=it.far), ALL
    )
    assert [str(line.scope_before.average()) for line in seen.rows] == ["20.000000"]


async def test_files_say_what_answers_say(own_engine: AsyncEngine, sessions: Sessions) -> None:
    it = await a_told_company(sessions)
    read = Read(engine=own_engine, actor=system("tests"))
    here = reporting.StockScope(variants=[it.variant], warehouses=[it.near])
    days = reporting.Days(first=inventory.today(NOW), last=inventory.today(NOW))
    for kind, what in (
        (reporting.ReportKind.STOCK_CARD, "Value after"),
        (reporting.ReportKind.STOCK_WORTH, "Value"),
        (reporting.ReportKind.STOCK_LEVELS, "Value"),
        (reporting.ReportKind.RECEIPTS_AND_ISSUES, "Closing value"),
    ):
        sheet = await reporting.sheet_of(read, reporting.ReportRequest(report=kind, scope=here, days=days))
        last = list(sheet.cells(await read.rows(sheet.statement)))[-1]
        assert str(last[list(sheet.headings).index(what)]) == "20.00", kind


async def test_reserves_tie_up_the_share(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 10, "20")
    await stock(work, it.variant, it.far, 30, "4")
    samples = await a_warehouse(work, valued=False)
    await stock(work, it.variant, samples, 5, "4")
    await work.session.flush()
    await reporting.analyse_reserves(work)
    rows = await work.rows(select(reporting.Reserve.warehouse_id, reporting.Reserve.value))
    assert told(rows) == {it.near: "80.00", it.far: "240.00", samples: "0.00"}


async def test_what_is_found_where_none_was_enters_at_the_average_of_the_company(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 10, "20")
    await stock(work, it.variant, it.far, 1, "9")
    await adjust(work, it.variant, it.far, -1)
    other = await a_variant(work)
    await stock(work, other, it.far, 1)
    new = stocktaking.NewStocktake(warehouse_id=it.far, scope=stocktaking.StocktakeScope.ALL, reason="year end")
    stocktake = await stocktaking.start_stocktake(work, new)
    counted = [(it.variant, Quantity(2)), (other, Quantity(1))]
    for goods in (counted, counted[:1]):  # What differs is counted again.
        scans = [stocktaking.Scan(scan_id=uuid4(), variant_id=each, quantity=much) for each, much in goods]
        await stocktaking.count_stock(work, stocktake.id, scans)
        await stocktaking.close_count(work, stocktake.id)
    await stocktaking.approve_stocktake(work, stocktake.id)
    await stocktaking.post_stocktake(work, stocktake.id)
    assert await worth(work, it.variant, inventory.COMPANY) == "12.0000 / 228.00"
    assert await costs_of(work, it.far, [it.variant]) == {it.variant: UnitPrice(19)}
    assert await broken(work) == {}
