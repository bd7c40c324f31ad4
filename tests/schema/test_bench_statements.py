"""What the bench compares with gives the same answers: the statements of its limit are equivalent to the schema's."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from graphql import parse
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from bench.passthrough import STATEMENTS
from bench.reads import QUERIES
from bench.seeding import TINY, seed
from configuration.database import engine_for
from operations.embedded_postgres import OWNER, EmbeddedPostgres
from tests.conftest import database_copy
from tests.schema.comparing import EVERYTHING, Comparison


@pytest.fixture(scope="module")
async def seeded(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    async with database_copy(postgres) as url:
        connection = await asyncpg.connect(postgres.url(OWNER, url.rpartition("/")[2].partition("?")[0]))
        await seed(connection, TINY)
        await connection.close()
        engine = engine_for(url, application_name="tests")
        yield engine
        await engine.dispose()


def alike(value: Any) -> Any:
    """Write instants one way: the database leaves the zeros at the end of a fraction out."""
    if isinstance(value, dict):
        return {key: datetime.fromisoformat(each) if key == "placedAt" else alike(each) for key, each in value.items()}
    return [alike(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", QUERIES)
async def test_the_limit_gives_the_same_answer(seeded: AsyncEngine, name: str) -> None:
    comparison = Comparison(seeded, async_sessionmaker(seeded))
    found = await comparison.standard(parse(QUERIES[name]), None, {}, comparison.context(EVERYTHING))
    assert found.errors is None
    async with seeded.connect() as connection:
        limit = json.loads((await connection.exec_driver_sql(STATEMENTS[name])).scalar_one())
    assert alike(limit) == alike(found.data)
    assert len(str(limit)) > 200
