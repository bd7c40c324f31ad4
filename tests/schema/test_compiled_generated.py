"""Operations that nobody thought of: both executors answer alike.

COMPARISONS says how many; with thousands add `-W ignore::pytest.PytestUnraisableExceptionWarning`, because what the
standard executor leaves unawaited then outlives the test.
"""

import asyncio
import gc
import os
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from schema.scalars import global_id
from tests.schema import hard_schema
from tests.schema.comparing import EVERYTHING, Comparison, actor
from tests.schema.generating import Maker

# The standard executor closes coroutines that a failure of their sibling made needless, and leaves theirs unawaited.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

COMPARISONS = int(os.environ.get("COMPARISONS", "150"))
WORDS = ["", "product-1", "SKU-1-1", "SO0000000001", "nonsense", "%", "Q", "13800000000"]

TABLES = {
    "Product": "products",
    "Variant": "variants",
    "Order": "orders",
    "Alert": "alerts",
    "Channel": "channels",
    "Warehouse": "warehouses",
    "Customer": "customers",
}


async def compare(comparison: Comparison, maker: Maker, count: int) -> None:
    """Make and compare; the seed of each operation is its number, so that a failure can be repeated."""
    valid = 0
    for number in range(count):
        maker.random.seed(number)
        text, variables = maker.operation()
        if comparison.check(text)[1]:
            continue
        valid += 1
        who = EVERYTHING if number % 5 else actor("orders.view", "catalogue.*", "hard.things")
        try:
            async with asyncio.timeout(30):
                await comparison.same(text, variables, who=who, chinese=number % 2 == 0, may_leave="where" in text)
        except AssertionError as failed:
            pytest.fail(f"operation {number}: {failed}\n{text}\n{variables}")
    await asyncio.sleep(0.1)
    gc.collect()  # What the standard executor left unawaited complains here, where it is known, not in another test.
    assert valid > count * 0.9
    assert comparison.ways["compiled"] > valid * 0.2


async def test_the_real_schema(comparison: Comparison) -> None:
    async with comparison.engine.connect() as connection:
        words = [*WORDS]
        for name, table in TABLES.items():
            rows = (await connection.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id LIMIT 3")).all()  # noqa: S608 — Ours.
            words += [global_id(name, row.id) for row in rows]
    comparison.ways.clear()
    await compare(comparison, Maker(comparison.core, Random(0), words), COMPARISONS)


async def test_the_hard_schema(engine: AsyncEngine) -> None:
    comparison = Comparison(engine, async_sessionmaker(engine), hard_schema.schema)
    await compare(comparison, Maker(comparison.core, Random(0), list(hard_schema.LIES)), COMPARISONS)
