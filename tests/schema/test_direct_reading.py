"""The short way to rows gives the rows of SQLAlchemy: same values, same types, of every table."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import ARRAY, BigInteger, Table, delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from configuration.reading import DirectReading
from domain import catalogue, wiring
from domain.kernel import Quantity, Read, system
from domain.kernel import Table as Entity
from domain.kernel.measures import MeasureColumn

TABLES = [each for each in Entity.metadata.sorted_tables if wiring and each.name != "alembic_version"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_rows_of_every_table(filled_engine: AsyncEngine, direct: DirectReading, table: Table) -> None:
    statement = select(*table.c).order_by(*table.primary_key.columns).limit(20)
    async with filled_engine.connect() as connection:
        expected = (await connection.execute(statement)).all()
    found = await direct.fetch(statement)
    assert found is not None
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        assert list(row) == list(other)
        for name in table.c.keys():  # noqa: SIM118 — The columns, not their names, would be iterated.
            mine, theirs = getattr(row, name), getattr(other, name)
            assert mine == theirs
            # The driver has its own UUID; whoever reads through SQLAlchemy gets that too.
            assert type(mine) is type(theirs)
        assert dict(row._mapping) == dict(other._mapping)
        assert row[0] == other[0]


async def test_what_is_bound_is_converted_as_sqlalchemy_does(filled_engine: AsyncEngine, direct: DirectReading) -> None:
    variant = catalogue.Variant
    statements = [
        select(variant.sku, literal(Quantity("1.5"), MeasureColumn(Quantity)).label("much")).where(
            variant.sku.in_(["SKU-1-1", "SKU-2-1"])
        ),
        select(variant.sku).where(variant.sku.in_([])),
        select(func.count().label("count")).select_from(variant).where(variant.cost_method == variant.cost_method),
        select(variant.sku, literal(None).label("nothing"), literal([1, 2], ARRAY(BigInteger)).label("list")).limit(2),
    ]
    for statement in statements:
        ordered = statement.order_by(*statement.selected_columns[:1])
        async with filled_engine.connect() as connection:
            expected = (await connection.execute(ordered)).all()
        assert [tuple(row) for row in await direct.fetch(ordered) or []] == [tuple(row) for row in expected]


async def test_failures_leave_the_connections_whole(direct: DirectReading) -> None:
    for _ in range(20):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await direct.fetch(select((literal(1) / func.abs(literal(0))).label("bad")))
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await direct.fetch(delete(catalogue.Brand).returning(catalogue.Brand.id))
    slow = asyncio.create_task(direct.fetch(select(func.pg_sleep(5).label("slept"))))
    await asyncio.sleep(0.05)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    rows = await asyncio.gather(*(direct.fetch(select(literal(number).label("number"))) for number in range(40)))
    assert [each[0].number for each in rows] == list(range(40))


async def test_an_unknown_column_is_no_attribute(direct: DirectReading) -> None:
    row = (await direct.fetch(select(catalogue.Variant.id).limit(1)))[0]
    assert isinstance(row.id, UUID)
    with pytest.raises(AttributeError):
        _ = row.sku


async def test_columns_without_names_of_their_own_go_through_the_engine(
    filled_engine: AsyncEngine, direct: DirectReading
) -> None:
    statement = select(literal(1).label("one"), literal(2).label("one"))
    assert await direct.fetch(statement) is None
    rows = await Read(filled_engine, system("tests"), direct).rows(statement)
    assert len(rows[0]) == 2
