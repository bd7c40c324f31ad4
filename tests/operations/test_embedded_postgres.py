"""The embedded database: what is committed survives kill -9, and nobody has more rights than the work needs."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from operations.data_directory import DataDirectory
from operations.embedded_postgres import (
    APPLICATION,
    OWNER,
    THROWAWAY,
    EmbeddedPostgres,
    embedded_postgres,
    throwaway_postgres,
)
from operations.processes import is_alive


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    async with embedded_postgres() as server:
        yield server


async def one(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_it_is_the_server_we_started(server: EmbeddedPostgres) -> None:
    assert int(str(await one(server.url(), "show server_version_num"))) >= 180000
    assert server.is_ready(server.process_id)
    assert not server.is_ready(os.getpid())


async def test_texts_are_compared_alike_everywhere_and_chinese_is_searched(server: EmbeddedPostgres) -> None:
    assert await one(
        server.url(), "select datlocprovider::text || datlocale from pg_database where datname = 'zhanggui'"
    )
    likeness = await one(server.url(), "select similarity('红色连衣裙夏季', '红色连衣裙')")
    assert likeness == pytest.approx(0.5556, abs=0.001)
    assert await one(server.url(), "select array_agg(x order by x) from unnest(array['b','A','a','B']) x") == list(
        "ABab"
    )


async def test_the_application_may_neither_own_nor_administer(server: EmbeddedPostgres) -> None:
    assert (
        await one(
            server.url(), "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user"
        )
        is False
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await one(server.url(APPLICATION), "create table mine (id int)")
    assert await one(server.url(OWNER), "create table ours (id int)") is None


async def test_nobody_enters_without_the_password(server: EmbeddedPostgres) -> None:
    stranger = server.url().replace(server.passwords[APPLICATION], "guess")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stranger)


async def test_committed_rows_survive_kill_9(folder: Path) -> None:
    passwords = DataDirectory(folder).secrets().postgres_passwords
    server = EmbeddedPostgres(folder / "postgres", passwords).start()
    try:
        await server.set_up()
        connection = await asyncpg.connect(server.url(OWNER))
        await connection.execute("create table facts (number int primary key)")
        await connection.execute("insert into facts select generate_series(1, 1000)")
        await connection.execute("begin; insert into facts select generate_series(1001, 2000)")
        killed = server.process_id
        os.kill(killed, signal.SIGKILL)
        server.start()
        assert server.process_id != killed
        assert await one(server.url(OWNER), "select count(*) from facts") == 1000
        connection.terminate()
    finally:
        server.stop()


def test_a_pid_file_whose_number_belongs_to_a_stranger_does_not_stop_the_start(server: EmbeddedPostgres) -> None:
    account = server.account
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=account.user if account else None)
    try:
        os.kill(server.process_id, signal.SIGKILL)
        pid_file = server.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        server.start()
        assert server.is_ready(server.process_id)
        assert stranger.poll() is None, "the stranger was not ours to end"
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another account")
def test_data_that_the_lent_account_cannot_reach_is_kept_where_it_can(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "postgres", DataDirectory(tmp_path).secrets().postgres_passwords)
    try:
        server.prepare()
        kept = server.directory.resolve()
        assert server.directory.is_symlink()
        assert server.account is not None
        assert server.account.can_enter(kept)
        assert not server.account.can_enter(tmp_path)
    finally:
        server.remove()
    assert not kept.exists()


async def test_a_throwaway_server_leaves_nothing() -> None:
    async with embedded_postgres() as server:
        place, process_id = server.directory.resolve(), server.process_id
        assert place.exists()
    assert not place.exists()
    assert not is_alive(process_id)


def test_what_a_killed_run_has_left_is_cleared_by_the_next() -> None:
    place = throwaway_postgres().directory.parent
    with subprocess.Popen(["/bin/sh", "-c", "exit"]) as dead:
        dead.wait()
    left, used = (place / f"{THROWAWAY}-{process_id}-left" for process_id in (dead.pid, os.getpid()))
    for folder in (left, used):
        folder.mkdir()
    assert throwaway_postgres().directory not in {left, used}
    assert not left.exists()
    assert used.exists()
    used.rmdir()
