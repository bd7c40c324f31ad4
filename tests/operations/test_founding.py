"""A company without demo data can begin: it has its accounts and one administrator, made once."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select
from sqlalchemy import table as table_named
from sqlalchemy.ext.asyncio import create_async_engine

from configuration.settings import Settings
from operations.embedded_postgres import EmbeddedPostgres
from operations.founding import FILE_NAME, found
from tests.conftest import database_copy


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


async def count(url: str, table: str) -> int:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.connect() as connection:
        counted = await connection.scalar(select(func.count()).select_from(table_named(table)))
    await engine.dispose()
    return int(counted or 0)


async def test_founding_twice_makes_one_administrator_and_the_whole_chart(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    async with database_copy(postgres) as url:
        given = Settings(
            database_url=url,
            broker_url="redis://127.0.0.1:1/0",
            signing_key="x" * 40,
            secrets_key=Fernet.generate_key().decode(),
            data_directory=directory,
            password_memory_kib=1024,
        )
        assert await found(given) == directory / FILE_NAME
        assert await found(given) is None
        assert await count(url, "staff") == 1
        assert await count(url, "accounts") > 10
        assert await count(url, "audit_entries") == 2
    place = directory / FILE_NAME
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert json.loads(place.read_text())["role"] == "admin"
