"""The embedded broker: keeps what it was given, and is not confused with a stranger's."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from operations.embedded_valkey import EmbeddedValkey, embedded_valkey


def client(server: EmbeddedValkey) -> Redis:
    return Redis.from_url(server.url)


def test_what_was_queued_survives_kill_9(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path / "a folder", throwaway=False) as server:
        with client(server) as connection:
            connection.rpush("celery", *range(500))
            connection.execute_command("WAITAOF", 1, 0, 5000)
        killed = server.process_id
        os.kill(killed, signal.SIGKILL)
        server.start()
        with client(server) as connection:
            assert connection.llen("celery") == 500
            assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.process_id != killed


def test_it_asks_for_the_password_and_shows_it_to_nobody() -> None:
    with embedded_valkey() as server:
        with (
            Redis(port=server.port, password="guess", retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(AuthenticationError),
        ):
            stranger.ping()
        commands = subprocess.run(["/bin/ps", "axww", "-o", "command"], capture_output=True, text=True, check=True)
        assert server.password not in commands.stdout


def test_a_stranger_on_the_port_is_not_taken_for_ours() -> None:
    with embedded_valkey() as server:
        assert server.is_ready(server.process_id)
        assert not server.is_ready(os.getpid())


def test_what_a_dead_worker_held_is_overdue_at_once() -> None:
    with embedded_valkey() as server, client(server) as connection:
        connection.zadd("unacked_index", {"task-1": time.time(), "task-2": time.time()})
        server.give_back_unacknowledged()
        assert connection.zrange("unacked_index", 0, -1, withscores=True) == [(b"task-1", 0.0), (b"task-2", 0.0)]


def test_a_server_left_by_a_killed_supervisor_is_ended_before_the_next(tmp_path: Path) -> None:
    left = EmbeddedValkey(tmp_path, "secret").start()
    following = EmbeddedValkey(tmp_path, "secret").start()
    try:
        assert left._process is not None
        assert left._process.wait(5) is not None
        assert following.is_ready(following.process_id)
    finally:
        following.stop()
