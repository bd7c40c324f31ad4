"""The live tail (实时推送): one LISTEN connection per process wakes every open subscription, which then reads the rows.

A notice carries nothing: the row is the promise. A lost notice or a broken connection costs a moment, no alert.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.stdlib.get_logger(__name__)

CHANNEL = "alert_changes"
# Subscriptions look by themselves this often: the deadline of a lost notice.
PATIENCE_SECONDS = 20.0
HEARTBEAT_SECONDS = 15.0
RECONNECT_SECONDS_MAX = 10.0


class Live:
    """Wakes all waiting subscriptions when an alert's change was committed."""

    def __init__(self, engine: Callable[[], AsyncEngine]) -> None:
        self._engine_of = engine
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()
        self.version = 0

    def wake(self) -> None:
        """Wake everybody once; who comes later waits for the next time."""
        self.version += 1
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def wait(self, seen: int) -> int:
        """Wait until something happened after version `seen`, or patience ends; returns the version now."""
        if self.version == seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), PATIENCE_SECONDS)
        return self.version

    async def wakeups(self) -> AsyncIterator[None]:
        """Say when to look for new rows: at once, and then whenever something was committed.

        The version is taken before the rows are read, so that nothing falls between reading and waiting.
        """
        while True:
            seen = self.version
            yield
            await self.wait(seen)

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="live")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._listen_once()
                pause = 0.1
            except Exception as problem:  # noqa: BLE001 — Whatever it is: try again, that is all we can do.
                log.warning("the live connection broke", problem=type(problem).__name__)
            self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS_MAX)

    async def _listen_once(self) -> None:
        """Listen until the connection breaks; everybody is woken first, because notices may have been missed."""
        engine = self._engine_of()
        try:
            async with engine.connect() as connection:
                raw: Any = (await connection.get_raw_connection()).driver_connection
                broken = asyncio.Event()
                raw.add_termination_listener(lambda *_: broken.set())
                await raw.add_listener(CHANNEL, lambda *_: self.wake())
                self.listening.set()
                self.wake()
                while not broken.is_set():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(broken.wait(), HEARTBEAT_SECONDS)
                    if not broken.is_set():
                        await raw.execute("SELECT 1", timeout=HEARTBEAT_SECONDS)
        finally:
            await engine.dispose()
