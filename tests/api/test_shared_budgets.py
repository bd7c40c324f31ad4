"""One caller, one budget: processes tell each other what was spent, and go on alone while they cannot."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import RedisError

from api import budgets, shared_budgets
from api.budgets import Budgets
from api.shared_budgets import SharedBudgets
from operations.embedded_valkey import EmbeddedValkey, embedded_valkey

RATE, HOLDS = 1, 1_000_000
STALLED_SECONDS_MAX = 100
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with embedded_valkey() as server:
        yield server


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let purses hold so much that what comes back meanwhile is nothing beside it, however slow the machine."""
    monkeypatch.setattr(budgets, "PURSE_SECONDS", HOLDS)


def left(process: Budgets, caller: str) -> int:
    """Say what is left for a caller, without what has come back meanwhile: to the next thousand below."""
    available = process.purse(caller, RATE).spend(0).available
    assert available % 1_000 < STALLED_SECONDS_MAX
    return available // 1_000 * 1_000


@asynccontextmanager
async def process(url: str) -> AsyncIterator[tuple[Budgets, SharedBudgets]]:
    """Keep budgets as one API process does."""
    own = Budgets()
    shared = SharedBudgets(own, url)
    try:
        yield own, shared
    finally:
        await shared.stop()


async def test_what_is_spent_at_one_process_is_missing_at_the_other(valkey: EmbeddedValkey) -> None:
    async with process(valkey.url) as (one, sharing), process(valkey.url) as (other, also_sharing):
        spent = one.purse("a client", RATE).spend(900_000)
        one.purse("a client", RATE).settle(spent, 800_000)
        await sharing.exchange()
        other.purse("a client", RATE).spend(10_000)
        assert left(other, "a client") == 990_000  # Not told yet.
        await also_sharing.exchange()
        assert left(other, "a client") == 190_000
        assert other.purse("a client", RATE).spend(900_000).wait_seconds > 0
        assert other.purse("another client", RATE).spend(900_000).wait_seconds == 0
        assert left(one, "a client") == 200_000
        await sharing.exchange()
        assert left(one, "a client") == 190_000


async def test_who_overdraws_at_two_processes_works_it_off(valkey: EmbeddedValkey) -> None:
    async with process(valkey.url) as (one, sharing), process(valkey.url) as (other, also_sharing):
        for each in (one, other):
            assert each.purse("greedy", RATE).spend(HOLDS).wait_seconds == 0
        await sharing.exchange()
        await also_sharing.exchange()
        assert other.purse("greedy", RATE).spend(1).wait_seconds > HOLDS - STALLED_SECONDS_MAX


async def test_what_is_spent_while_it_is_told_is_not_forgotten(valkey: EmbeddedValkey) -> None:
    async with process(valkey.url) as (own, sharing):
        own.purse("busy", RATE).spend(100_000)
        telling = asyncio.create_task(sharing.exchange())
        await asyncio.sleep(0)  # It has begun to tell.
        own.purse("busy", RATE).spend(300_000)
        await telling
        assert left(own, "busy") == 600_000
        await sharing.exchange()
        assert left(own, "busy") == 600_000


async def test_while_the_broker_is_away_each_process_goes_by_its_own() -> None:
    async with process(NOWHERE) as (own, sharing):
        purse = own.purse("a client", RATE)
        purse.spend(400_000)
        with pytest.raises((RedisError, OSError)):
            await sharing.exchange()
        assert purse.unshared == 400_000  # It is told next time.
        assert left(own, "a client") == 600_000
        assert purse.spend(900_000).wait_seconds > 0


async def test_processes_keep_in_step_by_themselves(valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_budgets, "EXCHANGE_SECONDS", 0.01)
    async with process(valkey.url) as (one, sharing), process(valkey.url) as (other, also_sharing):
        sharing.start()
        also_sharing.start()
        one.purse("steady", RATE).spend(900_000)
        async with asyncio.timeout(10):
            while left(other, "steady") > 100_000:  # noqa: ASYNC110 — The exchange has no event.
                await asyncio.sleep(0.01)


async def test_with_another_broker_nothing_is_shared() -> None:
    async with process("amqp://guest@127.0.0.1/") as (own, sharing):
        sharing.start()
        own.purse("a client", RATE).spend(400_000)
        await sharing.exchange()
        assert left(own, "a client") == 600_000
