"""Work (工作单元): one actor, one transaction, one clock, and the facts recorded in it. It commits in one line only."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.sql import Executable

from domain.kernel.actors import Actor
from domain.kernel.events import Event
from domain.kernel.tables import identifier

Sessions = async_sessionmaker[AsyncSession]

STORED_FACTS = """
    INSERT INTO events (id, name, subject, payload, actor_name, recorded_at)
    SELECT id, name, subject, payload, actor_name, recorded_at
    FROM jsonb_to_recordset(CAST(:facts AS jsonb)) AS fact (
        id uuid, name text, subject text, payload jsonb, actor_name text, recorded_at timestamptz)
"""
"""Stores facts: also a part of statements that must hold a lock as shortly as possible (`Work.stored`)."""

WRITE_DOWN = text(f"""
    WITH answered AS (
        UPDATE idempotency_keys SET response = CAST(:response AS jsonb) WHERE owner = :owner AND key = :key
    ), audited AS (
        INSERT INTO audit_entries (
            id, at, actor_kind, actor_id, actor_name, client_id, action, subject_type, subject_id,
            input, changes, request_id)
        SELECT id, at, actor_kind, actor_id, actor_name, client_id, action, subject_type, subject_id,
               input, changes, request_id
        FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS entry (
            id uuid, at timestamptz, actor_kind text, actor_id uuid, actor_name text, client_id uuid, action text,
            subject_type text, subject_id uuid, input jsonb, changes jsonb, request_id text)
    )
    {STORED_FACTS}
""")  # noqa: S608 — The statement is ours.


def now() -> datetime:
    """Say the present moment, in UTC."""
    return datetime.now(UTC)


NO_ANSWER: dict[str, str | None] = {"owner": None, "key": None, "response": None}

FINISHING: list[Callable[[Any], None]] = []
"""What is done with every transaction just before its facts and entries are stored."""


@dataclass
class Work:
    """What an action needs: the session, the actor, the moment (UTC), and a place for facts."""

    session: AsyncSession
    actor: Actor
    now: datetime
    facts: list[Event] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, str | None] = field(default_factory=lambda: dict(NO_ANSWER))
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
        for step in FINISHING:
            step(self)
        await self.write_down()

    async def write_down(self) -> None:
        """Store facts, audit entries and the answer so far, in one statement: every transaction pays for it."""
        if self.facts or self.entries or self.answer["key"]:
            given = {"entries": json.dumps(self.entries), "facts": self.stored(*self.facts)}
            await self.session.execute(WRITE_DOWN, given | self.answer)
            self.facts.clear()
            self.entries.clear()
            self.answer = dict(NO_ANSWER)

    def keep_answer(self, owner: str, key: str, response: Any) -> None:
        """Remember the answer to a request with a key; it is stored with the rest of the transaction."""
        self.answer = {"owner": owner, "key": key, "response": json.dumps(response)}

    def stored(self, *facts: Event) -> str:
        """Write facts as a statement stores them (`STORED_FACTS`)."""
        return json.dumps([self._stored(fact) for fact in facts])

    def _stored(self, fact: Event) -> dict[str, Any]:
        return {
            "id": str(identifier()),
            "name": fact.name(),
            "subject": fact.subject(),
            "payload": fact.encode(),
            "actor_name": self.actor.name,
            "recorded_at": self.now.isoformat(),
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
