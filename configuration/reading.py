"""Direct reading (直读): statements of SQLAlchemy Core, compiled once, run on the driver itself; one round trip each.

The statement, the values bound to it and the values of each row are exactly those of SQLAlchemy: it compiles, and its
own processors convert. What is saved is everything between: transactions around single statements, cursors, results,
and the conversion of columns that nobody asks for: a column is converted when it is looked at.
"""

# ruff: noqa: SLF001 — What SQLAlchemy's own execution calls is called here too; its version is pinned and tests compare.

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from configuration.database import address, connection_age_seconds_max, pool_wait_seconds_max, server_settings

prepared_statements_max = 500
compiled_statements_max = 2_000
row_kinds_max = 2_000
close_seconds_max = 2
silence_seconds_max = 5

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
of_record = asyncpg.Record.__getitem__


def _encode_jsonb(text: str) -> bytes:
    return b"\x01" + text.encode()


def _decode_jsonb(value: bytes) -> Any:
    return orjson.loads(value[1:])


def row_kind(names: tuple[str, ...], processors: tuple[Callable[[Any], Any] | None, ...]) -> type[asyncpg.Record]:
    """Make the class of the rows of a statement: columns are attributes, converted when they are looked at."""

    def column(place: int, process: Callable[[Any], Any] | None) -> property:
        if process is None:
            return property(lambda row: of_record(row, place))
        return property(lambda row: process(of_record(row, place)))

    def get(row: asyncpg.Record, key: Any) -> Any:
        if isinstance(key, slice):
            return tuple(row)[key]
        return getattr(row, names[key] if isinstance(key, int) else key)

    def iterate(row: asyncpg.Record) -> Iterator[Any]:
        return (getattr(row, name) for name in names)

    body: dict[str, Any] = {name: column(place, processors[place]) for place, name in enumerate(names)}
    if any(processors):
        body |= {"__getitem__": get, "__iter__": iterate}
    body["__slots__"] = ()
    body["_mapping"] = property(lambda row: {name: getattr(row, name) for name in names})
    return type("Row", (asyncpg.Record,), body)


class DirectReading:
    """A few connections that only ever read, each statement by itself."""

    def __init__(
        self, url: str, engine: AsyncEngine, *, application_name: str, size: int, statement_timeout_seconds: float
    ) -> None:
        parsed, arguments = address(url)
        given = parsed.translate_connect_args(username="user")
        self._arguments = {**given, **arguments, "server_settings": server_settings(
            application_name, statement_timeout_seconds
        ) | {"default_transaction_read_only": "on"}}  # fmt: skip
        # The server ends a statement that takes too long; this is for a server that is not there any more.
        self._arguments["command_timeout"] = statement_timeout_seconds + silence_seconds_max
        self._dialect = engine.dialect
        self._compiled: LRUCache[Any, Any] = LRUCache(compiled_statements_max)
        self._kinds: OrderedDict[int, tuple[Any, type[asyncpg.Record] | None]] = OrderedDict()
        self._constant: LRUCache[int, Any] = LRUCache(compiled_statements_max)
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[Connection, float]] = []

    async def fetch(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> list[Any] | None:
        """Run a statement and give its rows; None for one whose columns have no names of their own."""
        compiled, text, values = self._prepared(statement, parameters)
        known = self._kinds.get(id(compiled))
        async with self._connection() as connection:
            kind = known[1] if known is not None else await self._kind(connection, compiled, text)
            if kind is None:
                return None
            return await connection.fetch(text, *values, record_class=kind)

    def _prepared(self, statement: Any, parameters: Mapping[str, Any] | None) -> tuple[Any, str, list[Any]]:
        """Compile a statement, or find that it is, and convert what is bound to it; both as SQLAlchemy does."""
        known = self._constant.get(id(statement))
        if known is None:
            known = (statement, *statement._compile_w_cache(
                self._dialect, compiled_cache=self._compiled, column_keys=sorted(parameters or ())
            ))  # fmt: skip
            if parameters:  # Who names parameters builds the statement once.
                self._constant[id(statement)] = known
        _, compiled, extracted, collected, _ = known
        bound = compiled.construct_params(
            parameters, extracted_parameters=extracted, escape_names=False, _collected_params=collected
        )
        text, names, processors = compiled.string, compiled.positiontup, compiled._bind_processors
        if compiled.literal_execute_params or compiled.post_compile_params:
            expanded = compiled._process_parameters_for_postcompile(bound)
            text, names, bound = expanded.statement, expanded.positiontup, expanded.parameters
            processors = {**processors, **expanded.processors}
        return compiled, text, [processors[each](bound[each]) if each in processors else bound[each] for each in names]

    async def _kind(self, connection: Connection, compiled: Any, text: str) -> type[asyncpg.Record] | None:
        """Make the class of the rows from SQLAlchemy's types of the columns and the database's."""
        types = [each.type.oid for each in (await connection.prepare(text)).get_attributes()]
        columns = compiled._result_columns
        names = tuple(each.keyname for each in columns)
        kind = None
        if len(types) == len(names) == len(set(names)):
            pairs = zip(columns, types, strict=True)
            processors = (each.type._cached_result_processor(self._dialect, number) for each, number in pairs)
            kind = row_kind(names, tuple(processors))
        self._kinds[id(compiled)] = (compiled, kind)  # The statement is kept, so that its id stays its own.
        if len(self._kinds) > row_kinds_max:
            self._kinds.popitem(last=False)
        return kind

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with asyncio.timeout(pool_wait_seconds_max):
            await self._places.acquire()
        connection: Connection | None = None
        try:
            connection, since = await self._open()
            yield connection
            if monotonic() - since < connection_age_seconds_max:
                self._idle.append((connection, since))
                connection = None
        except (asyncpg.PostgresError, asyncpg.DataError, ValueError, TypeError):
            if connection is not None and not connection.is_closed():
                self._idle.append((connection, since))
                connection = None
            raise
        finally:
            self._places.release()
            if connection is not None:
                connection.terminate()

    async def _open(self) -> tuple[Connection, float]:
        while self._idle:
            connection, since = self._idle.pop()
            if not connection.is_closed():
                return connection, since
        opened: Connection = await asyncpg.connect(
            **self._arguments,
            statement_cache_size=prepared_statements_max,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
        )
        try:
            await opened.set_type_codec(
                "json", encoder=str.encode, decoder=orjson.loads, schema="pg_catalog", format="binary"
            )
            await opened.set_type_codec(
                "jsonb", encoder=_encode_jsonb, decoder=_decode_jsonb, schema="pg_catalog", format="binary"
            )
        except BaseException:
            opened.terminate()
            raise
        return opened, monotonic()

    async def close(self) -> None:
        """Say goodbye to the server; who does not hear it in time is cut off."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(self._closed(connection) for connection, _ in idle))

    async def _closed(self, connection: Connection) -> None:
        try:
            await connection.close(timeout=close_seconds_max)
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            connection.terminate()
