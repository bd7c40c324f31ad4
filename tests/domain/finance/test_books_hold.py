"""Whatever is shipped, received, settled and voided, in whatever order: the books keep their invariants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain import channels, finance
from domain.kernel import Money, Refusal, Work, system
from tests.domain.finance.builders import NOW, a_channel, a_parcel, book, broken
from tests.domain.finance.test_payments import money_in, part

CENTS = st.integers(0, 5_000)
WHICH = st.integers(0, 9)
PERCENT = st.integers(1, 105)
SHIP = st.tuples(st.just("ship"), CENTS, CENTS)
RECEIVE = st.tuples(
    st.just("receive"), CENTS.map(lambda cents: 4 * cents), st.lists(st.tuples(WHICH, PERCENT), max_size=3)
)
SETTLE = st.tuples(st.just("settle"), WHICH, WHICH, PERCENT)
VOID = st.tuples(st.just("void"), WHICH)
MOVES = st.lists(st.one_of(SHIP, RECEIVE, SETTLE, SETTLE, VOID), min_size=4, max_size=16)
SHIPPED_BEFORE = [("ship", 1_000, 100), ("ship", 2_000, 0), ("ship", 0, 0), ("ship", 333, 1), ("receive", 900, [])]


def money(cents: int) -> Money:
    return Money(f"{cents // 100}.{cents % 100:02}")


@asynccontextmanager
async def undone(engine: AsyncEngine) -> AsyncIterator[Work]:
    """Open books that are forgotten afterwards."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        session = AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        async with session:
            yield Work(session=session, actor=system("tests"), now=NOW)
        await outer.rollback()


async def chosen(work: Work, statement: str, index: int) -> Any:
    rows = await work.rows(text(statement))
    return rows[index % len(rows)]


ITEMS = "SELECT id, amount - settled_amount AS rest FROM open_items WHERE kind = '{}' ORDER BY id"
ENTRIES = (
    "SELECT id FROM journal_entries AS entry WHERE purpose <> 'COST'"
    " AND NOT EXISTS (SELECT FROM journal_entries WHERE reverses_id = entry.id) ORDER BY id DESC"
)


def percent_of(rest: Decimal, percent: int) -> str:
    return str((rest * percent / 100).quantize(Decimal("0.01"), ROUND_UP))


async def step(work: Work, channel: channels.Channel, move: Any) -> None:
    match move:
        case ("ship", goods, freight):
            parcel = a_parcel(channel.id, goods_amount=money(goods), freight_amount=money(freight))
            await book(work, parcel)
        case ("receive", amount, parts):
            found = [(await chosen(work, ITEMS.format("RECEIVABLE"), which), percent) for which, percent in parts]
            settles = [part(item, percent_of(item.rest, percent)) for item, percent in found]
            await finance.post_receipt(work, money_in(channel.id, str(money(amount)), settles=settles))
        case ("settle", receipt, receivable, percent):
            one = await chosen(work, ITEMS.format("RECEIPT"), receipt)
            other = await chosen(work, ITEMS.format("RECEIVABLE"), receivable)
            amount = Money(percent_of(min(one.rest, other.rest), percent))
            await finance.settle_receivable(work, one.id, other.id, amount)
        case ("void", which):
            entry = await chosen(work, ENTRIES, which)
            await finance.void_entry(work, entry.id, "by chance")
    await work.close()


@settings(max_examples=30, deadline=None)
@given(moves=MOVES)
async def test_the_books_hold(engine: AsyncEngine, moves: list[Any]) -> None:
    async with undone(engine) as work:
        channel = a_channel()
        await finance.lay_chart(work)
        work.session.add(channel)
        await work.session.flush()
        for move in (*SHIPPED_BEFORE, *moves):
            try:
                async with work.session.begin_nested():
                    await step(work, channel, move)
            except Refusal:
                work.closing.clear()
                work.running = None
        await work.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        assert await broken(work) == {}
