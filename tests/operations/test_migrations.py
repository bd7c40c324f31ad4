"""Migrations: the newest one is known without loading any, and starting copies take turns."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from configuration.schema_version import newest_migrations
from operations.company import is_at_head
from operations.embedded_postgres import APPLICATION, OWNER, SUPERUSER, EmbeddedPostgres
from operations.migrations import ADVISORY_LOCK, at_head, upgrade


def write(folder: Path, revision: str, before: str) -> None:
    (folder / f"{revision}_x.py").write_text(f"revision: str = '{revision}'\ndown_revision: str | None = {before}\n")


def test_the_newest_migration_is_the_one_nobody_follows(tmp_path: Path) -> None:
    write(tmp_path, "0001", "None")
    write(tmp_path, "0002", "'0001'")
    assert newest_migrations(tmp_path) == {"0002"}


def test_a_forked_history_shows_and_a_merge_ends_it(tmp_path: Path) -> None:
    write(tmp_path, "0001", "None")
    write(tmp_path, "0002", "'0001'")
    write(tmp_path, "0003", "'0001'")
    assert newest_migrations(tmp_path) == {"0002", "0003"}
    newest_migrations.cache_clear()
    write(tmp_path, "0004", "('0002', '0003')")
    assert newest_migrations(tmp_path) == {"0004"}


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> str:
    name = "empty_for_migrations"
    administrator = await asyncpg.connect(postgres.url(SUPERUSER, SUPERUSER))
    await administrator.execute(f"drop database if exists {name} with (force)")
    await administrator.close()
    await postgres.create_database(name)
    return postgres.url(OWNER, name)


async def test_a_copy_that_starts_while_another_migrates_waits_for_it(postgres: EmbeddedPostgres, empty: str) -> None:
    assert not await is_at_head(empty)
    assert not await at_head(empty)
    other = await asyncpg.connect(empty)
    await other.execute("select pg_advisory_lock($1)", ADVISORY_LOCK)
    migrating = asyncio.create_task(asyncio.to_thread(upgrade, empty))
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    async with asyncio.timeout(10):
        while not await other.fetchval(waiting):  # noqa: ASYNC110 — the database sends no event for this.
            await asyncio.sleep(0.05)
    assert not await is_at_head(empty)
    await other.close()
    await migrating
    assert await is_at_head(empty)
    assert await at_head(empty)
    assert await is_at_head(postgres.url(APPLICATION, make_url(empty).database or ""))
