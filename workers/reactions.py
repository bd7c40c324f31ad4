"""Reactions (反应): one reaction to one fact, exactly once in our data and at least once outside.

A reaction inside the house runs in the transaction that marks it done. One that leaves the house is carried first and
marked done after; its partner must take it twice as well as once, which every connector promises.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from configuration.database import is_away
from connectors.faults import Blocked, ConnectorFault, SessionDead
from domain import kernel, wiring
from workers import outbound
from workers.outbox import Owed, Taken, done, failed, pause, take
from workers.postponing import Postponed
from workers.runner import Outside

log = structlog.get_logger(__name__)

AWAY_SECONDS = 0.5
UNAUTHORISED_PAUSE = timedelta(minutes=10)

Inside = Callable[[kernel.Work, Any], Awaitable[None]]


def name_of(function: Callable[..., Any]) -> str:
    """Say the stored name of a reaction, such as `finance.open_receivable`."""
    folders = function.__module__.split(".")
    return f"{folders[1]}.{function.__name__}"


INSIDE: dict[str, Inside] = {
    name_of(function): function for functions in wiring.REACTIONS.values() for function in functions
}
CARRIERS: dict[str, outbound.Carrier] = {
    name_of(function): function for functions in outbound.CARRIED.values() for function in functions
}


def reactions_by_event() -> dict[str, list[str]]:
    """List for each fact the names of what reacts to it, inside and outside."""
    owed: dict[str, list[str]] = {}
    for table in (wiring.REACTIONS, outbound.CARRIED):
        for event, functions in table.items():
            owed.setdefault(event.name(), []).extend(name_of(each) for each in functions)
    return owed


async def react(outside: Outside, owed: Owed) -> None:
    """Carry out one reaction and write down what became of it.

    A database that is away is waited for: otherwise a moment without it would use up everything in the queue, and all
    of it would wait until its lease ends.
    """
    while True:
        try:
            return await _settle(outside, owed)
        except Exception as problem:
            if not is_away(problem):
                raise
            log.warning("reaction waits for the database", reaction=owed.reaction, event_id=str(owed.event_id))
        await asyncio.sleep(AWAY_SECONDS)


async def _settle(outside: Outside, owed: Owed) -> None:
    try:
        if owed.reaction in CARRIERS:
            await _carry(outside, owed, CARRIERS[owed.reaction])
        else:
            await _react_inside(outside, owed, INSIDE[owed.reaction])
    except Exception as problem:
        if is_away(problem):
            raise
        await _write_down(outside, owed, problem)


async def _react_inside(outside: Outside, owed: Owed, function: Inside) -> None:
    async with kernel.begin(outside.sessions, kernel.system(owed.reaction)) as work:
        taken = await take(work, owed)
        if taken is not None:
            await function(work, taken.fact)
            await done(work, owed)


async def _carry(outside: Outside, owed: Owed, function: outbound.Carrier) -> None:
    actor = kernel.system(owed.reaction)
    async with kernel.begin(outside.sessions, actor) as work:
        taken: Taken | None = await take(work, owed)
    if taken is None:
        return
    await function(outside, taken.fact)
    async with kernel.begin(outside.sessions, actor) as work:
        await done(work, owed)


async def _write_down(outside: Outside, owed: Owed, problem: Exception) -> None:
    log.warning("reaction failed", reaction=owed.reaction, event_id=str(owed.event_id), problem=repr(problem)[:500])
    async with kernel.begin(outside.sessions, kernel.system("relay")) as work:
        taken = await take(work, owed)
        if taken is not None:
            after, forgiven = _again(problem, taken.attempts, work)
            await failed(work, owed, f"{type(problem).__name__}: {problem}", after=after, forgiven=forgiven)


def _again(problem: Exception, attempts: int, work: kernel.Work) -> tuple[timedelta | None, bool]:
    """Decide when to try again (None is never) and whether the failure counts."""
    if isinstance(problem, Postponed):
        return problem.after, True
    if isinstance(problem, SessionDead):
        return UNAUTHORISED_PAUSE, True
    if isinstance(problem, ConnectorFault):
        return problem.wait(work.now, attempts), isinstance(problem, Blocked)
    return pause(attempts), False
