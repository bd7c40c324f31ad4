"""Of two transactions that wait for each other one is chosen to begin again, and both are done."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import may_try_again, tried


async def test_two_that_lock_in_opposite_order_are_both_done(own_engine: AsyncEngine) -> None:
    begun, both = [], asyncio.Event()

    async def lock(first: int, second: int) -> int:
        async with own_engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": first})
            begun.append(first)
            if len(begun) > 1:
                both.set()
            await both.wait()
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": second})
        return first

    done = await asyncio.gather(tried(lambda: lock(1, 2)), tried(lambda: lock(2, 1)))
    assert done == [1, 2]
    assert len(begun) > len(done), "nobody was chosen to begin again"


async def test_what_is_wrong_is_not_tried_again(own_engine: AsyncEngine) -> None:
    tries = []

    async def wrong() -> None:
        tries.append(1)
        async with own_engine.begin() as connection:
            await connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError) as problem:
        await tried(wrong)
    assert tries == [1]
    assert not may_try_again(problem.value)
