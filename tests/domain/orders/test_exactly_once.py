"""Exactly once, whatever the order of arrival and however many workers; and cheaply."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import orders
from domain.kernel import Money, Sessions, Work, begin, system
from domain.orders import IncomingOrder, IncomingRefundStatus, IncomingStatus
from domain.orders.models import Trade
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    broken,
    claims,
    holds,
    lines,
    order_of,
    statements,
)

LIVES = [
    ["AWAITING_PAYMENT", "DEPOSIT_PAID", "PAID", "SHIPPED", "COMPLETED"],
    ["AWAITING_PAYMENT", "PAID", "PARTLY_SHIPPED", "SHIPPED"],
    ["PAID", "PAID", "PAID"],
    ["AWAITING_PAYMENT", "CANCELLED"],
    ["AWAITING_PAYMENT", "PAID", "CLOSED_REFUNDED"],
]
REFUNDS = [["NONE"], ["NONE", "REQUESTED", "CLOSED"], ["NONE", "REQUESTED", "SUCCEEDED"], ["SUCCEEDED"]]
MEMOS = st.sampled_from([None, "VIP", "快"])


@st.composite
def histories(draw: st.DrawFn) -> list[IncomingOrder]:
    """Draw the life of one trade as its platform tells it, version by version."""
    told = []
    skus = draw(st.lists(st.sampled_from(["A", "B", "C", "NONE", "SHORT"]), min_size=1, max_size=3, unique=True))
    refunds = {sku: draw(st.sampled_from(REFUNDS)) for sku in skus}
    price = draw(st.sampled_from(["10", "9.99"]))
    for minute, status in enumerate(draw(st.sampled_from(LIVES))):
        goods = [
            a_line(sku, 2, price, refund=IncomingRefundStatus(refunds[sku][min(minute, len(refunds[sku]) - 1)]))
            for sku in skus
        ]
        # A platform closes a trade of which everything was refunded.
        over = all(each.refund is IncomingRefundStatus.SUCCEEDED for each in goods)
        told_as = IncomingStatus.CLOSED_REFUNDED if over else IncomingStatus(status)
        trade = a_trade("1001", *goods, minute=minute, status=told_as, seller_memo=draw(MEMOS))
        told.append(replace(trade, total_amount=Money("1")) if draw(st.integers(0, 5)) == 0 else trade)
    return told


@given(history=histories(), seed=st.integers(0, 1000), size=st.integers(1, 4))
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # A failing history is short enough to be read as it is.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_order_of_arrival_ends_alike(work: Work, history: list[IncomingOrder], seed: int, size: int) -> None:
    chance = random.Random(seed)
    shuffled = history + chance.choices(history, k=3)
    chance.shuffle(shuffled)
    in_order = await state_after(work, [[each] for each in history])
    chunks = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    assert await state_after(work, chunks) == in_order


async def state_after(outer: Work, chunks: list[list[IncomingOrder]]) -> dict[str, object]:
    """Import chunks into a new shop, say what came of them, and undo it."""
    work = Work(session=outer.session, actor=outer.actor, now=outer.now)
    async with work.session.begin_nested() as undone:
        shop = await a_shop(work, stocks=(4,))
        for each in chunks:
            await orders.receive_trades(work, shop.channel_id, each)
        found = await state(work, shop)
        assert await broken(work) == {}
        await undone.rollback()
    return found


async def state(work: Work, shop: ShopHere) -> dict[str, object]:
    """Say all that must not depend on the way an order came about."""
    order = await order_of(work, shop)
    return {
        "head": (order.status, order.modified_at, order.seller_memo, order.total_amount, order.cancelled_at is None),
        "lines": [
            (each.seller_code, each.refund, each.line_amount, each.shipped_quantity, each.cancelled_quantity)
            for each in await lines(work, order)
        ],
        "claims": await claims(work, order),
        "holds": await holds(work, order),
    }


async def test_two_workers_importing_the_same_trades_make_each_order_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
    chance = random.Random(7)
    versions = [a_trade(f"{number}", minute=minute) for number in range(20) for minute in range(3)]
    chunks = []
    for _ in range(6):
        chance.shuffle(versions)
        chunks += [list(versions[start : start + 15]) for start in range(0, len(versions), 15)]
    door = asyncio.Semaphore(6)
    await asyncio.gather(*(_import(sessions, shop, each, door) for each in chunks))
    async with begin(sessions, system("tests")) as work:
        assert await work.session.scalar(select(func.count()).select_from(orders.Order)) == 20
        newest = START + timedelta(minutes=2)
        assert set(await work.session.scalars(select(orders.Order.modified_at))) == {newest}
        assert set(await work.session.scalars(select(Trade.modified_at))) == {newest}
        assert await broken(work) == {}


async def _import(sessions: Sessions, shop: ShopHere, trades: list[IncomingOrder], door: asyncio.Semaphore) -> None:
    for _ in range(10):
        try:
            async with door, begin(sessions, system("worker")) as work:
                await orders.receive_trades(work, shop.channel_id, trades)
        except DBAPIError:
            continue
        return
    pytest.fail("never got through")


async def test_a_chunk_costs_the_same_however_long_it_is(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(10_000,))
    sent_for = {}
    for size in (10, 100):
        trades = [
            a_trade(f"{size}-{number}", *(a_line(sku) for sku in "ABC"), buyer_id=f"{size}-{number}")
            for number in range(size)
        ]
        with statements(own_engine) as sent:
            async with begin(sessions, system("tests")) as work:
                await orders.receive_trades(work, shop.channel_id, trades)
        sent_for[size] = len(sent)
    assert sent_for[10] == sent_for[100] <= 15
    changed = [replace(each, modified_at=each.modified_at + timedelta(minutes=1), seller_memo="x") for each in trades]
    with statements(own_engine) as sent:
        async with begin(sessions, system("tests")) as work:
            await orders.receive_trades(work, shop.channel_id, changed)
    assert len(sent) <= 16
