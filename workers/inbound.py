"""Reading shops (抓单): each open shop from where it was last read; what was read is stored before the mark moves.

Two readers of one shop would only waste its quota, so a reader holds an advisory lock. A crash between storing and
moving the mark reads a slice twice, which the intake takes as well as once.
"""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from connectors.faults import Blocked, ConnectorFault, SessionDead
from connectors.marketplaces.port import Call, Marketplace, Trade, UnreadableRefund
from domain import channels, kernel, orders, refunds
from workers.runner import Outside
from workers.shops import shop_of

log = structlog.get_logger(__name__)

ORDERS, REFUNDS = "orders", "refunds"
CHUNK_ROWS_MAX = 100
FIRST_LOOK_BACK = timedelta(days=1)
PULL_SECONDS_MAX = 240
FAILURE_PAUSE = timedelta(seconds=5)
FAILURE_PAUSE_MAX = timedelta(minutes=10)


async def pull(outside: Outside, channel_id: channels.ChannelId) -> None:
    """Read the orders and refunds of one shop; a fault lets the stream rest as long as the platform asks."""
    async with _only_reader(outside, channel_id) as alone:
        if not alone:
            return
        _, shop = await shop_of(outside, channel_id)
        if shop is not None and shop.offers(Call.PULL_ORDERS):
            await _read_stream(outside, channel_id, shop, ORDERS)
        if shop is not None and shop.offers(Call.PULL_REFUNDS):
            await _read_stream(outside, channel_id, shop, REFUNDS)


async def _read_stream(outside: Outside, channel_id: channels.ChannelId, shop: Marketplace, stream: str) -> None:
    async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
        progress = await channels.progress_of(work, channel_id, stream)
    if progress is not None and progress.rest_until is not None and progress.rest_until > kernel.now():
        return
    since = progress.read_until if progress is not None else kernel.now() - FIRST_LOOK_BACK
    try:
        await (_read_orders if stream == ORDERS else _read_refunds)(outside, channel_id, shop, since)
    except ConnectorFault as fault:
        await _rest(outside, channel_id, stream, fault, progress.failures if progress is not None else 0)
    else:
        if progress is not None and progress.failures:
            async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
                await channels.read_again(work, channel_id)


async def _read_orders(outside: Outside, channel_id: channels.ChannelId, shop: Marketplace, since: datetime) -> None:
    async for part in shop.pull_orders(since, kernel.now()):
        await store(outside, channel_id, part.orders)
        await _advance(outside, channel_id, ORDERS, part.until_at)


async def _read_refunds(outside: Outside, channel_id: channels.ChannelId, shop: Marketplace, since: datetime) -> None:
    """Keep refunds, after asking again for their orders as they stand now: a refund is a change of its order.

    Where one order cannot be asked for, the refund shows in the order itself, which the stream of orders tells.
    """
    async for part in shop.pull_refunds(since, kernel.now()):
        odd = [each for each in part.refunds if isinstance(each, UnreadableRefund)]
        for each in odd:
            log.warning("refund not understood", number=each.external_number, problem=each.problem)
        told = [each for each in part.refunds if not isinstance(each, UnreadableRefund)]
        numbers = sorted({each.order_number for each in told}) if shop.offers(Call.GET_ORDER) else []
        fetched = [await shop.get_order(each) for each in numbers]
        await store(outside, channel_id, [each for each in fetched if each is not None])
        for start in range(0, len(told), CHUNK_ROWS_MAX):
            chunk = told[start : start + CHUNK_ROWS_MAX]
            await kernel.tried(functools.partial(_keep_refunds, outside, channel_id, chunk))
        await _advance(outside, channel_id, REFUNDS, part.until_at)


async def fetch_noticed(outside: Outside, fact: channels.OrderNoticed) -> None:
    """Read the order a shop gave notice of; where one alone cannot be asked for, read what changed since last time."""
    _, shop = await shop_of(outside, fact.channel_id)
    if shop is None:
        return
    if not shop.offers(Call.GET_ORDER):
        await pull(outside, fact.channel_id)
        return
    trade = await shop.get_order(fact.external_number)
    await store(outside, fact.channel_id, [trade] if trade is not None else [])


async def store(outside: Outside, channel_id: channels.ChannelId, trades: list[Trade]) -> None:
    """Store trades in chunks, each in its own transaction."""
    for start in range(0, len(trades), CHUNK_ROWS_MAX):
        chunk = trades[start : start + CHUNK_ROWS_MAX]
        await kernel.tried(functools.partial(_store_chunk, outside, channel_id, chunk))


async def _store_chunk(outside: Outside, channel_id: channels.ChannelId, chunk: list[Trade]) -> None:
    async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
        await orders.receive_trades(work, channel_id, chunk)


async def _keep_refunds(outside: Outside, channel_id: channels.ChannelId, chunk: list[refunds.IncomingRefund]) -> None:
    async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
        await refunds.receive_refunds(work, channel_id, chunk)


async def _advance(outside: Outside, channel_id: channels.ChannelId, stream: str, until: datetime) -> None:
    async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
        await channels.advance(work, channel_id, stream, until)


async def _rest(
    outside: Outside, channel_id: channels.ChannelId, stream: str, fault: ConnectorFault, failures: int
) -> None:
    log.warning("shop not read", channel_id=str(channel_id), stream=stream, fault=str(fault)[:300])
    async with kernel.begin(outside.sessions, kernel.system("inbound")) as work:
        if isinstance(fault, SessionDead):
            await channels.mark_unauthorised(work, channel_id, str(fault))
            return
        named = fault.wait(work.now, 1) if isinstance(fault, Blocked) else None
        after = named or min(FAILURE_PAUSE * 2 ** min(failures, 10), FAILURE_PAUSE_MAX)
        await channels.rest(work, channel_id, stream, work.now + after, str(fault))


@asynccontextmanager
async def _only_reader(outside: Outside, channel_id: channels.ChannelId) -> AsyncIterator[bool]:
    async with outside.engine.connect() as connection:
        key = {"key": f"pull {channel_id}"}
        taken = await connection.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key)
        await connection.commit()
        try:
            yield bool(taken)
        finally:
            if taken:
                await connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)
                await connection.commit()
