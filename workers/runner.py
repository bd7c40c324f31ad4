"""One event loop per worker process (异步运行器): Celery's threads hand their work to it and wait with a time limit.

The loop, the database engine and the HTTP session are made when the first task needs them, never at import and never
before a fork. Celery 5.7 does not await coroutines itself.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from celery import Celery
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from configuration.database import engine_for
from configuration.settings import Settings, settings
from connectors.http import Http, HttpLimits
from domain.kernel import Sessions

R = TypeVar("R")
TASK_SECONDS_MAX = 120
QUEUE = "zhanggui"


@dataclass
class Outside:
    """What work that leaves the house needs: settings, sessions, the one HTTP session of the process, and the queue."""

    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    http: Http
    queue: Celery | None = None

    async def send(self, task: str, key: str) -> bool:
        """Give work that takes long a task of its own; False when there is no queue here, and it is ours to do."""
        if self.queue is None:
            return False
        # Publishing blocks on a socket, so it leaves the loop.
        await asyncio.to_thread(self.queue.send_task, task, args=(key,), queue=QUEUE)
        return True

    async def close(self) -> None:
        await self.http.close()
        await self.engine.dispose()


def open_outside(given: Settings, *, name: str) -> Outside:
    """Open the engine and the HTTP session of a process; call it inside its loop."""
    engine = engine_for(
        given.database_url,
        application_name=f"zhanggui-{name}",
        pool_size=given.database_pool_size,
        pool_overflow=given.worker_threads,
        statement_timeout_seconds=60,
    )
    sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    http = Http(HttpLimits(calls_per_second=given.connector_calls_per_second or None))
    return Outside(settings=given, engine=engine, sessions=sessions, http=http)


class Runner:
    """A thread with the event loop of this process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="event-loop", daemon=True).start()
        self.outside = asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(30)

    async def _open(self) -> Outside:
        outside = open_outside(settings(), name="worker")
        outside.queue = Celery("zhanggui-worker", broker=outside.settings.broker_url, set_as_current=False)
        return outside

    def run(self, work: Callable[[Outside], Awaitable[R]], seconds_max: float = TASK_SECONDS_MAX) -> R:
        """Run a coroutine on the loop and wait for it; it is cancelled when it takes too long."""

        async def limited() -> R:
            async with asyncio.timeout(seconds_max):
                return await work(self.outside)

        return asyncio.run_coroutine_threadsafe(limited(), self.loop).result()


_making = threading.Lock()


def runner() -> Runner:
    """Return the runner of this process, made at the first call: a second loop would share the first one's sockets."""
    with _making:
        return _runner()


@lru_cache(maxsize=1)
def _runner() -> Runner:
    return Runner()
