"""Work (工作单元): one actor, one transaction, one clock, and the facts recorded in it. It commits in one line only."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.sql import Executable

from domain.kernel.actors import Actor
from domain.kernel.events import Event
from domain.kernel.records import StoredEvent
from domain.kernel.tables import identifier

Sessions = async_sessionmaker[AsyncSession]


def now() -> datetime:
    """Say the present moment, in UTC."""
    return datetime.now(UTC)


@dataclass
class Work:
    """What an action needs: the session, the actor, the moment (UTC), and a place for facts."""

    session: AsyncSession
    actor: Actor
    now: datetime
    facts: list[Event] = field(default_factory=list)
    running: str | None = None
    closing: dict[str, Callable[["Work"], Awaitable[None]]] = field(default_factory=dict)

    def record(self, *facts: Event) -> None:
        """Remember facts; they are stored with the rest of the transaction."""
        self.facts.extend(facts)

    def at_closing(self, name: str, step: Callable[["Work"], Awaitable[None]]) -> None:
        """Run `step` once, just before the commit: for what must hold a lock as shortly as possible."""
        self.closing.setdefault(name, step)

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        return await self.session.execute(statement, parameters)

    async def change(self, statement: Executable, parameters: Any = None) -> int:
        """Execute a changing statement and say how many rows it changed."""
        result = await self.session.execute(statement, parameters)
        return result.rowcount if isinstance(result, CursorResult) else 0

    async def rows(self, statement: Executable, parameters: Any = None) -> list[Any]:
        return list((await self.session.execute(statement, parameters)).all())

    async def close(self) -> None:
        """Write the facts and run the closing steps; the caller commits."""
        await self.session.flush()
        while self.closing:
            await self.closing.pop(next(iter(self.closing)))(self)
        if self.facts:
            await self.session.execute(insert(StoredEvent), [self._stored(fact) for fact in self.facts])
            self.facts.clear()

    def _stored(self, fact: Event) -> Mapping[str, Any]:
        return {
            "id": identifier(),
            "name": fact.name(),
            "subject": fact.subject(),
            "payload": fact.encode(),
            "actor_name": self.actor.name,
            "recorded_at": self.now,
        }


@asynccontextmanager
async def begin(
    sessions: Sessions, actor: Actor, *, at: datetime | None = None, rehearsal: bool = False
) -> AsyncIterator[Work]:
    """Open a Work; commit when the block ends well, roll back when it raises or is only a rehearsal."""
    async with sessions() as session:
        work = Work(session=session, actor=actor, now=at or now())
        yield work
        await work.close()
        if not rehearsal:
            await session.commit()
