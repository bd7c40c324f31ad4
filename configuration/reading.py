"""Direct reading (直读): statements of SQLAlchemy Core, compiled once, run on the driver itself; one round trip each.

The statement, the values bound to it and the values of each row are exactly those of SQLAlchemy: it compiles, and its
own processors convert. What is saved is everything between: transactions around single statements, cursors, results,
and the conversion of columns that nobody asks for: a column is converted when it is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, TypeAlias

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from configuration.database import address, connection_age_seconds_max, pool_wait_seconds_max, server_settings
from configuration.statements import Ahead, Bound, Statements

prepared_statements_max = 500
close_seconds_max = 2
silence_seconds_max = 5

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def _encode_jsonb(text: str) -> bytes:
    return b"\x01" + text.encode()


def _decode_jsonb(value: bytes) -> Any:
    return orjson.loads(value[1:])


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
        self._statements = Statements(self._dialect)
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[Connection, float]] = []

    async def fetch(
        self, statement: Any, parameters: Mapping[str, Any] | None = None, ahead: Ahead | None = None
    ) -> list[Any] | None:
        """Run a statement and give its rows; None for one whose columns have no names of their own."""
        bound = self._statements.bound(statement, parameters, ahead)
        await self._wait_for_place()
        connection: Connection | None = None
        try:
            connection, since = await self._open()
            rows = await self._rows(connection, bound)
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
        return rows

    async def _rows(self, connection: Connection, bound: Bound) -> list[Any] | None:
        prepared = bound.prepared
        if not prepared.has_kind:
            attributes = (await connection.prepare(bound.text)).get_attributes()
            prepared.make_kind(self._dialect, [each.type.oid for each in attributes])
        if prepared.kind is None:
            return None
        rows: list[Any] = await connection.fetch(bound.text, *bound.values, record_class=prepared.kind)
        return rows

    async def _wait_for_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout(pool_wait_seconds_max):
            await self._places.acquire()

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
