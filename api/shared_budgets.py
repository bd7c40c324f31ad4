"""Shared budgets (共用配额): processes tell each other through Valkey, twice a second, what their callers have spent.

No request waits for it: each process spends from its own purses, reports what it took, and learns what is left in all.
A caller who comes to several at once may therefore overdraw for half a second, and works that off afterwards. While
Valkey is away, or the broker is another, each process goes by its own purses alone.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from api.budgets import Budgets, Purse

log = structlog.stdlib.get_logger(__name__)

EXCHANGE_SECONDS = 0.5
ABSENT_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 2.0
PURSES_AT_ONCE = 500
KEY_PREFIX = "zhanggui:purse:"
# The clock is Valkey's, so that those of the processes need not agree. A debt is bounded by what a purse holds.
EXCHANGE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local rate, maximum, spent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'available', 'at')
local available = maximum
if kept[1] then
    available = math.min(maximum, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate)
end
available = math.max(-maximum, math.min(maximum, available - spent))
redis.call('HSET', KEYS[1], 'available', tostring(available), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil((maximum - available) / rate) + 1)
return tostring(available)
"""


class SharedBudgets:
    """Keeps the purses of this process in step with those of the others."""

    def __init__(self, budgets: Budgets, broker_url: str) -> None:
        self._budgets = budgets
        self._client: Redis | None = None
        self._task: asyncio.Task[None] | None = None
        if broker_url.startswith(("redis://", "rediss://")):
            self._client = Redis.from_url(
                broker_url,
                socket_connect_timeout=ANSWER_SECONDS_MAX,
                socket_timeout=ANSWER_SECONDS_MAX,
                retry=Retry(NoBackoff(), 0),  # Trying again is what the next exchange is for.
            )
            self._exchange = self._client.register_script(EXCHANGE)

    def start(self) -> None:
        if self._client is not None:
            self._task = asyncio.create_task(self._keep_in_step(), name="shared budgets")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._client is not None:
            await self._client.aclose()

    async def exchange(self) -> None:
        """Report what was spent here and take over what is left over all; what could not be told is told next time."""
        changed = self._budgets.changed()
        for start in range(0, len(changed), PURSES_AT_ONCE):
            await self._exchange_some(changed[start : start + PURSES_AT_ONCE])

    async def _exchange_some(self, purses: Sequence[Purse]) -> None:
        if self._client is None:
            return
        told = [each.take_unshared() for each in purses]
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                for purse, spent in zip(purses, told, strict=True):
                    given: list[Any] = [purse.restore_rate, purse.maximum, spent]
                    await self._exchange(keys=[KEY_PREFIX + purse.name], args=given, client=pipeline)
                left = await pipeline.execute()
        except BaseException:
            for purse, spent in zip(purses, told, strict=True):
                purse.unshared += spent
            raise
        for purse, available in zip(purses, left, strict=True):
            purse.agree(float(available))

    async def _keep_in_step(self) -> None:
        pause, is_away = EXCHANGE_SECONDS, False
        while True:
            await asyncio.sleep(pause)
            try:
                await self.exchange()
                pause, is_away = EXCHANGE_SECONDS, False
            except (RedisError, OSError) as problem:
                if not is_away:
                    log.warning("budgets are not shared: the broker is away", problem=type(problem).__name__)
                pause, is_away = min(pause * 2, ABSENT_SECONDS_MAX), True
