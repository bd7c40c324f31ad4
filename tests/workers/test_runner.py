"""One event loop per worker process: whoever comes first, all threads get the same."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from configuration.settings import settings
from workers.runner import Runner, runner

THREADS = 8


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SIGNING_KEY", "a signing key of the tests, long enough")
    monkeypatch.setenv("SECRETS_KEY", Fernet.generate_key().decode())
    settings.cache_clear()


@pytest.mark.usefixtures("configured")
def test_threads_that_begin_together_share_one_loop() -> None:
    together = threading.Barrier(THREADS)

    def begin(_number: int) -> Runner:
        together.wait()
        return runner()

    with ThreadPoolExecutor(THREADS) as threads:
        runners = set(threads.map(begin, range(THREADS)))
    settings.cache_clear()
    assert len(runners) == 1
    (only,) = runners
    only.loop.call_soon_threadsafe(only.loop.stop)
