"""Trying again (重试): when the database had to choose between two transactions, the one not chosen begins anew."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

R = TypeVar("R")

TRIES_MAX = 5
PAUSE_SECONDS = 0.02
# Serialization failure, deadlock, and a lock that was not to be had in time: nothing of them was written.
RETRYABLE_STATES = frozenset({"40001", "40P01", "55P03"})


def may_try_again(problem: DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is begun again."""
    return str(getattr(problem.orig, "sqlstate", "") or "") in RETRYABLE_STATES


async def tried(once: Callable[[], Awaitable[R]]) -> R:
    """Run a whole transaction, and again when it was the one not chosen; at most five times, each after a pause."""
    for attempt in range(1, TRIES_MAX):
        try:
            return await once()
        except DBAPIError as problem:
            if not may_try_again(problem):
                raise
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * attempt))
    return await once()
