"""The database connection: any libpq address, the same session everywhere, nothing waits for ever."""

import asyncio
import ssl

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from configuration.database import DatabaseAddressError, address, engine_for, is_away
from operations.embedded_postgres import SUPERUSER, EmbeddedPostgres


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_the_usual_schemes_are_understood(scheme: str) -> None:
    url, arguments = address(f"{scheme}://me:secret@db.example:5433/shop")
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://me:secret@db.example:5433/shop"
    assert "ssl" not in arguments


def test_a_socket_is_given_as_host_and_port() -> None:
    url, _ = address("postgresql://me@/shop?host=/run/postgresql&port=5433")
    assert dict(url.query) == {"host": "/run/postgresql", "port": "5433"}


def test_encryption_is_translated() -> None:
    _, required = address("postgresql://me@db/shop?sslmode=require&channel_binding=require")
    assert required["ssl"] == "require"
    _, verified = address("postgresql://me@db/shop?sslmode=verify-full&connect_timeout=3")
    assert isinstance(verified["ssl"], ssl.SSLContext)
    assert verified["ssl"].check_hostname
    assert verified["timeout"] == 3


@pytest.mark.parametrize(
    "url", ["mysql://me:s3cret@db/shop", "s3cret", "postgresql://me:s3cret@db/shop?poolsize=3", ""]
)
def test_a_wrong_address_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(DatabaseAddressError) as refusal:
        address(url)
    assert "s3cret" not in str(refusal.value)


async def test_every_session_is_alike(url: str) -> None:
    engine = engine_for(url, application_name="zhanggui test", statement_timeout_seconds=1.5)
    async with engine.connect() as connection:
        shown = {}
        for name in ("application_name", "timezone", "jit", "statement_timeout", "lock_timeout"):
            shown[name] = await connection.scalar(text(f"show {name}"))
        document = await connection.scalar(text("select jsonb_build_object('数量', 1)"))
    await engine.dispose()
    assert shown == {
        "application_name": "zhanggui test",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": "1500ms",
        "lock_timeout": "5s",
    }
    assert document == {"数量": 1}


async def test_a_runaway_statement_is_cancelled(url: str) -> None:
    engine = engine_for(url, application_name="zhanggui test", statement_timeout_seconds=0.1)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text("select pg_sleep(10)"))
    await engine.dispose()


async def test_a_connection_cut_while_idle_is_replaced_unseen(postgres: EmbeddedPostgres, url: str) -> None:
    engine = engine_for(url, application_name="zhanggui test", pool_size=1)
    administrator = engine_for(postgres.url(SUPERUSER, SUPERUSER), application_name="zhanggui test", pooled=False)
    async with engine.connect() as connection:
        before = await connection.scalar(text("select pg_backend_pid()"))
    async with administrator.connect() as connection:
        await connection.execute(text("select pg_terminate_backend(:id, 1000)"), {"id": before})
    await asyncio.sleep(0.05)
    async with engine.connect() as connection:
        assert await connection.scalar(text("select pg_backend_pid()")) != before
    await engine.dispose()
    await administrator.dispose()


async def test_a_cut_connection_and_a_server_that_is_not_there_are_told_from_mistakes(url: str) -> None:
    engine = engine_for(url, application_name="tests")
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as cut:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as mistaken:
            await connection.execute(text("SELECT 1 / 0"))
    await engine.dispose()
    nobody = engine_for("postgresql://nobody@127.0.0.1:1/nothing", application_name="tests", pooled=False)
    with pytest.raises(OSError, match="Connect call failed") as absent:
        await nobody.connect()
    assert [is_away(each.value) for each in (cut, mistaken, absent)] == [True, False, True]
