"""A throw-away PostgreSQL for the whole run; a test works in a transaction that is rolled back, or on its own copy."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from configuration.database import engine_for
from domain.kernel import Read, Sessions, Work, system
from operations.embedded_postgres import DATABASE, OWNER, SUPERUSER, EmbeddedPostgres, throwaway_postgres
from operations.migrations import upgrade

CLOSE_SECONDS_MAX = 10
NOW = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)
# Files that take long, so that on several cores none of them begins when all others are done.
LONGEST_FIRST = (
    "stories/test_survival.py",
    "connectors/test_contract.py",
    "demo/test_load.py",
    "operations/test_company.py",
    "stories/test_documents.py",
    "schema/test_compiled_generated.py",
    "stories/test_anything.py",
    "demo/test_film.py",
    "simulators/test_demo_trades.py",
    "operations/test_supervisor.py",
)
PLACES = {str(Path(__file__).parent / name): place for place, name in enumerate(LONGEST_FIRST)}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the longest files begin where several processes share the work."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: PLACES.get(str(item.path), len(PLACES)))


# What is imported stays for the whole run: looking through it for garbage again and again took a sixth of the time.
gc.disable()
# What is left behind unfinished should be found soon after, but looking often costs a seventh of the time.
OFTEN = (20_000, 10, 10)


def pytest_collection_finish() -> None:
    """Leave what is there out of every later search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    gc.enable()


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Start one server for the run, migrated once; its database is the template of every copy."""
    server = throwaway_postgres()
    server.prepare()
    server.start()
    try:
        # In a thread of its own: asyncio.run leaves its thread without a loop, and this one has the session's.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, server.set_up()).result()
            aside.submit(upgrade, server.url(OWNER)).result()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
async def engine(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a copy that every rolled-back test shares, as the application's own role."""
    async with database_copy(postgres) as url:
        engine = engine_for(url, application_name="tests", pool_size=4, pool_overflow=4)
        yield engine
        await let_go(engine)


async def let_go(engine: AsyncEngine) -> None:
    """Close an engine's connections; what does not close in time goes with its database, which is dropped by force."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(engine.dispose(), CLOSE_SECONDS_MAX)


class database_copy:  # noqa: N801 — It is used like a function.
    """A fresh copy of the migrated database, dropped at the end: for tests of commits, locks and many clients."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server, self.name = server, f"copy_{uuid4().hex}"

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.url(SUPERUSER, "postgres"))
        try:
            await connection.execute(statement, timeout=60)
        finally:
            await connection.close()

    async def __aenter__(self) -> str:
        # Copying whole files costs half of what logging every page of them does, and nobody needs the log.
        await self._administer(f"CREATE DATABASE {self.name} TEMPLATE {DATABASE} OWNER {OWNER} STRATEGY FILE_COPY")
        return self.server.url(database=self.name)

    async def __aexit__(self, *_: object) -> None:
        await self._administer(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
async def own_engine(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a database of the test's own, where it may commit."""
    async with database_copy(postgres) as url:
        engine = engine_for(url, application_name="tests", pool_size=24, pool_overflow=40)
        engine.pool._timeout = 60  # Two hundred buyers wait in line for 64 connections; that is not what is tested.
        yield engine
        await let_go(engine)


@pytest.fixture
def sessions(own_engine: AsyncEngine) -> Sessions:
    """Make sessions that really commit, on the test's own database."""
    return async_sessionmaker(own_engine, expire_on_commit=False)


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Open a session whose every commit is undone when the test ends."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        await outer.rollback()


@pytest.fixture
def work(session: AsyncSession) -> Work:
    """Open a Work as the house itself, at a fixed moment, undone when the test ends."""
    return Work(session=session, actor=system("tests"), now=NOW)


@pytest.fixture
def read(own_engine: AsyncEngine) -> Read:
    """Read as the house itself from the test's own database."""
    return Read(engine=own_engine, actor=system("tests"))
