"""`query @snapshot` sees one moment, whatever is committed while it runs; without it each field is as new as can be."""

import asyncio
from typing import Any

import pytest
import strawberry
from graphql import DirectiveLocation, parse, validate
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from domain import kernel
from domain.identity.models import Role
from schema.base import Context, Info
from schema.compiled import Asked
from schema.moments import snapshot
from schema.root import schema
from tests.schema.comparing import EVERYTHING, Comparison

ROLES = select(func.count().label("count")).select_from(Role)
ADD = text("INSERT INTO roles (id, code, name, permissions) VALUES (gen_random_uuid(), 'late', 'Late', '{}')")
REMOVE = text("DELETE FROM roles WHERE code = 'late'")


@strawberry.type
class Query:
    """Two counts; between them somebody else commits."""

    @strawberry.field
    async def before(self, info: Info) -> int:
        found: int = await info.context.read.value(ROLES)
        info.context.services["counted"].set()
        return found

    @strawberry.field
    async def after(self, info: Info) -> int:
        await info.context.services["counted"].wait()
        async with info.context.sessions.begin() as session:
            await session.execute(ADD)
        found: int = await info.context.read.value(ROLES)
        return found


@pytest.fixture
def interrupted(comparison: Comparison) -> Comparison:
    small = strawberry.Schema(query=Query, directives=[snapshot])
    return Comparison(comparison.engine, comparison.sessions, small, comparison.direct)


async def by_compiled(interrupted: Comparison, asked: str) -> Any:
    document = parse(asked)
    node: Any = document.definitions[0]
    answer = await interrupted.compiled.execute(Asked(asked, document, node, {}), context(interrupted), eager=True)
    assert answer is not None
    return answer.data


async def by_standard(interrupted: Comparison, asked: str) -> Any:
    result = await interrupted.standard(parse(asked), None, {}, context(interrupted))
    assert result.errors is None
    return result.data


def context(interrupted: Comparison) -> Context:
    made = interrupted.context(EVERYTHING, direct=interrupted.direct)
    made.services = {"counted": asyncio.Event()}
    return made


@pytest.mark.parametrize("way", [by_compiled, by_standard])
@pytest.mark.parametrize(("operation", "seen"), [("query @snapshot", 0), ("query", 1)])
async def test_what_is_committed_meanwhile(interrupted: Comparison, way: Any, operation: str, seen: int) -> None:
    try:
        found = await way(interrupted, f"{operation} {{ before after }}")
    finally:
        async with interrupted.sessions.begin() as session:
            await session.execute(REMOVE)
    assert found["after"] - found["before"] == seen


async def test_a_connection_that_was_held_may_write_again(own_engine: AsyncEngine) -> None:
    alone = create_async_engine(own_engine.url, pool_size=1, max_overflow=0)
    async with kernel.snapshot(kernel.Read(alone, EVERYTHING)) as read:
        with pytest.raises(DBAPIError, match="read-only"):
            await read.rows(ADD)
    async with alone.begin() as connection:
        await connection.execute(ADD)
        assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    await alone.dispose()


REAL = """query All @snapshot {
  orders(first: 5) { nodes { number lines { quantity variant { sku } } customer { name } } pageInfo { hasNextPage } }
  products(first: 3) { nodes { name variants { sku } } }
}"""


async def test_both_executors_agree_on_a_real_one(comparison: Comparison) -> None:
    answer = await comparison.same(REAL)
    assert answer.errors is None
    assert comparison.last == "compiled"


def test_it_stands_on_queries_only() -> None:
    declared = schema._schema.get_directive("snapshot")
    assert declared is not None
    assert list(declared.locations) == [DirectiveLocation.QUERY]
    for text_ in ("subscription @snapshot { alerts { alert { id } } }", "{ viewer @snapshot { name } }"):
        assert any("@snapshot" in each.message for each in validate(schema._schema, parse(text_)))
