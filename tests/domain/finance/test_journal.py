from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import finance
from domain.finance.chart import BANK, CHART, RECEIVABLES, SALES
from domain.finance.journal import EntryUnbalanced, Line, NewEntry, business_date, effective, post
from domain.finance.models import EntryPurpose, JournalEntry, JournalLine
from domain.kernel import Money, Work, identifier
from tests.domain.finance.builders import broken, statements_of

DAY = date(2026, 11, 11)


def an_entry(amount: str = "10.00", **differently: Any) -> NewEntry:
    facts: dict[str, Any] = {
        "purpose": EntryPurpose.SALE,
        "summary": "test",
        "source_type": "test",
        "source_id": identifier(),
        "date": DAY,
        "lines": [Line(account=RECEIVABLES, debit=Money(amount)), Line(account=SALES, credit=Money(amount))],
    }
    return NewEntry(**(facts | differently))


def test_what_does_not_balance_is_refused() -> None:
    with pytest.raises(EntryUnbalanced, match=r"Debits 10\.00 and credits 9\.99 in CNY differ"):
        effective([Line(account=BANK, debit=Money("10.00")), Line(account=SALES, credit=Money("9.99"))])


def test_each_currency_balances_for_itself() -> None:
    mixed = [Line(account=BANK, debit=Money(5), currency="USD"), Line(account=SALES, credit=Money(5))]
    with pytest.raises(EntryUnbalanced):
        effective(mixed)


def test_lines_of_nothing_are_dropped() -> None:
    assert effective([Line(account=BANK), Line(account=SALES)]) == []


def test_a_negative_debit_is_a_credit() -> None:
    lines = effective([Line(account=BANK, debit=Money(-3)), Line(account=SALES, credit=Money(-3))])
    assert [(line.debit, line.credit) for line in lines] == [(Money(0), Money(3)), (Money(3), Money(0))]


@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=8))
def test_whatever_balances_is_posted_with_the_same_net(cents: list[int]) -> None:
    amounts = [Money(each) for each in cents]
    lines = [Line(account=BANK, debit=amount) for amount in amounts]
    lines.append(Line(account=SALES, credit=Money.total(amounts)))
    posted = effective(lines)
    net = Money.total(line.debit - line.credit for line in posted if line.account == BANK)
    assert net == Money.total(amounts)
    assert all((line.debit == Money(0)) != (line.credit == Money(0)) for line in posted)


def test_the_day_is_the_day_in_china() -> None:
    assert business_date(datetime(2026, 11, 10, 17, 0, tzinfo=UTC)) == DAY


async def test_the_chart_is_laid_as_often_as_one_likes(work: Work) -> None:
    for _ in range(2):
        await finance.lay_chart(work)
    assert (await work.rows(text("SELECT count(*) FROM accounts")))[0][0] == len(CHART)


@pytest.mark.usefixtures("laid")
async def test_entries_are_numbered_in_each_month(work: Work) -> None:
    entries = [post(work, an_entry(date=day)) for day in (DAY, date(2026, 10, 31), DAY)]
    await work.close()
    await work.session.flush()
    assert [entry.number for entry in entries if entry] == ["JV202611-000001", "JV202610-000001", "JV202611-000002"]


@pytest.mark.usefixtures("laid")
async def test_an_entry_of_nothing_is_not_posted(work: Work) -> None:
    assert post(work, an_entry("0.00")) is None
    await work.close()
    assert await work.rows(text("SELECT id FROM journal_entries")) == []
    assert await work.rows(text("SELECT last FROM number_series")) == []


@pytest.mark.usefixtures("laid")
async def test_posting_takes_three_statements_however_many_entries(work: Work, engine: AsyncEngine) -> None:
    for _ in range(50):
        post(work, an_entry())
    with statements_of(engine) as statements:
        await work.close()
    assert len(statements) <= 3, statements


@pytest.mark.usefixtures("laid")
async def test_a_posted_entry_is_never_edited(work: Work) -> None:
    post(work, an_entry())
    await work.close()
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        await work.execute(text("UPDATE journal_entries SET summary = 'better'"))


@pytest.mark.usefixtures("laid")
async def test_the_database_itself_refuses_an_unbalanced_entry(work: Work) -> None:
    entry = an_entry()
    row = JournalEntry(
        number="JV-1",
        date=DAY,
        purpose=entry.purpose,
        summary="",
        source_type="test",
        source_id=entry.source_id,
        posted_by="tests",
        posted_at=work.now,
    )
    line = JournalLine(entry_id=row.id, position=1, account_code=BANK, debit=Money(1), credit=Money(0), currency="CNY")
    work.session.add(row)
    await work.session.flush()
    work.session.add(line)
    await work.session.flush()
    with pytest.raises(DBAPIError, match="does not balance"):
        await work.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.usefixtures("laid")
@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("UPDATE number_series SET last = last + 1", "I17"),
        ("DELETE FROM number_series", "I17"),
    ],
)
async def test_the_audit_sees_a_gap_in_the_numbers(work: Work, damage: str, rule: str) -> None:
    post(work, an_entry(lines=[Line(account=BANK, debit=Money(1)), Line(account=SALES, credit=Money(1))]))
    await work.close()
    assert await broken(work) == {}
    await work.execute(text(damage))
    assert [name[:3] for name in await broken(work)] == [rule]
