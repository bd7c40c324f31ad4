"""Doing one thing many times (重复与并行): reads are repeated after a fault of the platform, and run a few at once.

Writes never come here: after a lost answer nobody knows whether they took effect.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from connectors.faults import PlatformFault, attempts_max

Item = TypeVar("Item")
Result = TypeVar("Result")

first_pause_seconds = 0.2


async def read_repeatedly(read: Callable[[], Awaitable[Result]]) -> Result:
    """Read again after a fault of the platform, each time after a longer pause; the last fault is raised."""
    for attempt in range(1, attempts_max):
        try:
            return await read()
        except PlatformFault:
            await asyncio.sleep(first_pause_seconds * 2**attempt * random.uniform(0.5, 1.0))
    return await read()


async def each_of(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], *, at_once_max: int
) -> list[Result]:
    """Work on all items, a few at once, results in their order; the first fault stops the others and is raised."""
    gate = asyncio.Semaphore(at_once_max)

    async def one(item: Item) -> Result:
        async with gate:
            return await work(item)

    tasks = [asyncio.create_task(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
