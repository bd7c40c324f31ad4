"""A small company with something of everything, read by both executors."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from bench.seeding import TINY, seed
from configuration.database import engine_for
from configuration.reading import DirectReading
from operations.embedded_postgres import OWNER, EmbeddedPostgres
from tests.conftest import database_copy
from tests.schema.comparing import Comparison

MORE = """
INSERT INTO roles (id, code, name, permissions)
SELECT md5('role' || n)::uuid, 'role-' || n, 'Role ' || n, '{orders.view}' FROM generate_series(1, 3) n;
INSERT INTO alerts (id, subject, subject_id, kind, level, channel_id, message, message_chinese, evidence, opened_at)
SELECT md5('alert' || n)::uuid, CASE WHEN n % 2 = 0 THEN 'ORDER' ELSE 'STOCK' END,
    CASE WHEN n % 2 = 0 THEN md5('order' || n)::uuid ELSE md5('variant' || n || '/1')::uuid END,
    CASE WHEN n % 2 = 0 THEN 'UNREVIEWED' ELSE 'BELOW_SAFETY' END, 'WARN', md5('channel1')::uuid, 'Look', '看',
    '{"minutes": 31, "deep": {"list": [1, 2.5, null, "x"]}}', now() - make_interval(mins => n)
FROM generate_series(1, 6) n;
UPDATE orders SET currency = 'XXX' WHERE number = 'SO0000000003';
UPDATE products SET name = E'{"quo\\"ted"}\\n\\t\\x01 \u2028 \U0001f600 \\\\ {' WHERE slug = 'product-2';
UPDATE variants SET weight_grams = 3000000000 WHERE sku = 'SKU-3-1';
UPDATE orders SET placed_at = '2026-11-11 01:02:03+00', paid_at = '2026-11-11 01:02:03.000450+00'
WHERE number = 'SO0000000002';
"""


@pytest.fixture(scope="session")
async def filled_engine(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a filled database; the third order has a currency that the schema does not know."""
    async with database_copy(postgres) as url:
        connection = await asyncpg.connect(postgres.url(OWNER, url.rpartition("/")[2].partition("?")[0]))
        await seed(connection, TINY)
        await connection.execute(MORE)
        await connection.close()
        engine = engine_for(url, application_name="tests", pool_size=8, pool_overflow=8)
        yield engine
        await engine.dispose()


@pytest.fixture(scope="session")
async def direct(filled_engine: AsyncEngine) -> AsyncIterator[DirectReading]:
    """Read the filled database without SQLAlchemy's execution."""
    url = filled_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    reading = DirectReading(url, filled_engine, application_name="tests", size=8, statement_timeout_seconds=15)
    yield reading
    await reading.close()


@pytest.fixture(scope="session")
def comparison(filled_engine: AsyncEngine, direct: DirectReading) -> Comparison:
    sessions = async_sessionmaker(filled_engine, expire_on_commit=False)
    return Comparison(filled_engine, sessions, direct=direct)
