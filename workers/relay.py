"""The relay (转发): outbox → broker. One process; a second one waits for its turn at an advisory lock.

It never does the work itself, so nothing can hold it up; the broker may lose everything, the rows know what is owed.
"""

import asyncio
import contextlib
import signal

import structlog
from celery import Celery
from sqlalchemy import text

from configuration.logs import configure_logs
from configuration.settings import settings
from domain import kernel
from workers import outbox
from workers.reactions import reactions_by_event
from workers.runner import QUEUE, Outside, open_outside

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.1
FAILURE_SECONDS = 1.0
RELAY_LOCK = 7_201_801


async def turn(outside: Outside, celery: Celery) -> int:
    """Write down what new facts owe, lease what is due and hand it to the broker; returns how much there was."""
    actor = kernel.system("relay")
    async with kernel.begin(outside.sessions, actor) as work:
        facts = await outbox.owe(work, reactions_by_event())
    async with kernel.begin(outside.sessions, actor) as work:
        due = await outbox.due(work)
    try:
        # Publishing blocks on a socket, so it leaves the loop. What is lost here is sent again when its lease ends.
        await asyncio.to_thread(_publish, celery, due)
    except Exception:
        async with kernel.begin(outside.sessions, actor) as work:
            await outbox.give_back(work, due)
        raise
    return facts + len(due)


def _publish(celery: Celery, due: list[outbox.Owed]) -> None:
    for owed in due:
        celery.send_task("react", args=(str(owed.event_id), owed.reaction), queue=QUEUE)


async def relay(outside: Outside, celery: Celery, stopping: asyncio.Event) -> None:
    """Go on until told to stop; a database or broker that is away is waited for."""
    while not stopping.is_set():
        try:
            async with outside.engine.connect() as guard:
                await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": RELAY_LOCK})
                await guard.commit()
                await _turns(outside, celery, stopping)
        except Exception as problem:  # noqa: BLE001 — The relay outlives whatever its neighbours suffer.
            log.warning("relay waits", problem=repr(problem)[:300])
            await _rest(stopping, FAILURE_SECONDS)


async def _turns(outside: Outside, celery: Celery, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        if not await turn(outside, celery):
            await _rest(stopping, IDLE_SECONDS)


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


async def main() -> None:
    """Run the relay of this installation until SIGTERM or SIGINT."""
    given = settings()
    configure_logs(given.log_level, given.log_format)
    outside, stopping = open_outside(given, name="relay"), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await relay(outside, Celery("zhanggui-relay", broker=given.broker_url, set_as_current=False), stopping)
    finally:
        await outside.close()


if __name__ == "__main__":
    asyncio.run(main())
