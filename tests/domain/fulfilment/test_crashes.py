"""The connection breaks in the middle of a step in the warehouse: then all of the step is there, or nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment, orders
from domain.kernel import Quantity, Sessions, Work, begin, system
from domain.kernel import Table as Entity
from tests.domain.fulfilment.builders import broken
from tests.domain.fulfilment.warehouse import House, a_house
from tests.domain.inventory.test_crashes import Crash

STATEMENTS_MAX, STRIDE = 200, 4
WRITTEN = ("stock", "claims", "events", "audit", "orders", "order_", "release", "wave", "pick", "put_", "pack", "ship")
KEPT = " UNION ALL ".join(
    f"SELECT '{table.name}' AS name, count(*) AS rows, sum(hashtextextended(row::text, 0)) AS content "  # noqa: S608
    f"FROM {table.name} AS row"
    for table in Entity.metadata.sorted_tables
    if table.name.startswith(WRITTEN)
)

Step = Callable[[Work], Awaitable[Any]]


async def picking(house: House, order: orders.Order, glove: Any, code: str) -> Step:  # noqa: ARG001 — as the others.
    wave = await house.wave(named=[order.id])
    taken = fulfilment.PickedGoods(variant_id=glove, quantity=Quantity(2), bin_id=house.bins["A"])
    return lambda work: fulfilment.confirm_picks(work, wave.id, [taken])


async def handing_over(house: House, order: orders.Order, glove: Any, code: str) -> Step:
    await house.pick(await house.wave(named=[order.id]), glove, "A", 2)
    manifest = await house.manifest(await house.packed(order, code, code))
    return lambda work: fulfilment.hand_over_manifest(work, manifest.id)


async def calling_back(house: House, order: orders.Order, glove: Any, code: str) -> Step:
    await house.pick(await house.wave(named=[order.id]), glove, "A", 2)
    await house.packed(order, code, code)
    return lambda work: fulfilment.recall_order(work, order.id, "the desk wants it back")


@pytest.mark.parametrize("prepare", [picking, handing_over, calling_back], ids=lambda each: each.__name__)
async def test_a_step_is_done_whole_or_not_at_all(
    own_engine: AsyncEngine, sessions: Sessions, prepare: Callable[..., Awaitable[Step]]
) -> None:
    crash = Crash()
    event.listen(own_engine.sync_engine, "before_cursor_execute", crash.before_statement)
    event.listen(own_engine.sync_engine, "commit", crash.before_statement)
    async with begin(sessions, system("tests")) as work:
        house = await a_house(work)
        await house.shelves("A")
        glove = await house.goods(A=9)
        code = await house.barcode(glove)
        step = await prepare(house, await house.released((glove, 2)), glove, code)

    async def kept() -> list[Any]:
        async with own_engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(KEPT))]

    before, crashes = await kept(), 0
    for statements in range(1, STATEMENTS_MAX, STRIDE):
        try:
            with crash.after(statements):
                async with begin(sessions, system("keeper")) as work:
                    await step(work)
        except DBAPIError:
            crashes += 1
            assert await kept() == before
            continue
        break
    assert crashes > 2
    assert await kept() != before
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
