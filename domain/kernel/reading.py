"""Reading (读): readers take keys and give rows, below the ORM, each batch on its own short connection.

A reader is `async def orders_by_id(read, ids) -> Mapping`; it is at once query, batch loader and test subject. It
never serves a change: actions load what they change, locked, through their Work.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.sql import Executable

from domain.kernel.actors import Actor
from domain.kernel.scope import visible

K = TypeVar("K")
S = TypeVar("S", bound=Executable)

_constants: dict[int, Executable] = {}


def constant(statement: S) -> S:
    """Remember a statement that a module builds once: what is made of it is made once too."""
    _constants[id(statement)] = statement
    return statement


def is_constant(statement: Executable) -> bool:
    return id(statement) in _constants


def one_of(column: Any) -> ColumnElement[bool]:
    """Build the condition that a column is one of the keys a statement is run with: `read.rows(it, keyed(ids))`."""
    return column == any_(bindparam("keys", type_=ARRAY(column.type)))  # type: ignore[no-any-return]


def keyed(keys: Iterable[Any]) -> dict[str, Any]:
    return {"keys": list(keys)}


class Direct(Protocol):
    """A shorter way from statements to rows than the engine's, with the same rows; the edge may lend one."""

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, ahead: Any = None
    ) -> list[Any] | None:
        """Run a statement and give its rows; None leaves it to the engine. `ahead` may ask for less, or for more."""


@dataclass(frozen=True)
class Read:
    """Who reads, and where from; each statement is a transaction of its own."""

    engine: AsyncEngine
    actor: Actor
    direct: Direct | None = None

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        if self.direct is not None:
            found = await self.direct.fetch(statement, parameters)
            if found is not None:
                return found
        async with self.engine.connect() as connection:
            return list((await connection.execute(statement, parameters)).all())

    async def one(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any | None:
        found = await self.rows(statement, parameters)
        return found[0] if found else None

    async def value(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        found = await self.one(statement, parameters)
        return None if found is None else found[0]


def by_key(rows: Iterable[Any], key: str = "id") -> dict[Any, Any]:
    """Index rows by a column that is unique among them."""
    return {getattr(row, key): row for row in rows}


def grouped(rows: Iterable[Any], key: str, keys: Iterable[K]) -> dict[K, list[Any]]:
    """Group rows by a column; every asked-for key is present, if only with an empty list."""
    groups: dict[K, list[Any]] = {each: [] for each in keys}
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


@dataclass(frozen=True, eq=False)
class Reading:
    """A reader that is one statement (读法): the row of each key, or with `many` its rows, in the statement's order.

    What is declared like this, and not written as a function, a compiled read can also put inside another statement.
    `key` is a column of the statement; `channel` and `warehouse` are the columns by which its rows are in scope.
    """

    statement: Select[Any]
    key: Any
    many: bool = False
    channel: Any = None
    warehouse: Any = None
    by_keys: Select[Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_keys", constant(self.statement.where(one_of(self.key))))

    def within(self, statement: Select[Any], actor: Actor) -> Select[Any]:
        """Restrict a statement to the rows the actor may see."""
        return visible(statement, actor, channel=self.channel, warehouse=self.warehouse)

    async def __call__(self, read: Read, keys: Sequence[Any]) -> Mapping[Any, Any]:
        rows = await read.rows(self.within(self.by_keys, read.actor), keyed(keys))
        return grouped(rows, self.key.key, keys) if self.many else by_key(rows, self.key.key)


@dataclass(frozen=True)
class SessionRead(Read):
    """Reads inside an open transaction, one statement after the other: how a rehearsal shows what would happen."""

    session: AsyncSession | AsyncConnection = field(kw_only=True)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, kw_only=True)

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        async with self.turn:  # Edges of a level read side by side; a connection carries one statement at a time.
            return list((await self.session.execute(statement, parameters)).all())


@asynccontextmanager
async def snapshot(read: Read) -> AsyncIterator[Read]:
    """Read everything as of one moment: a transaction that sees nothing committed after its first statement."""
    async with read.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield SessionRead(engine=read.engine, actor=read.actor, session=connection)
