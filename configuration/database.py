"""The database connection (数据库连接): one way to open an engine, so that every process talks to PostgreSQL alike."""

from __future__ import annotations

import ssl
from typing import Any

import orjson
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

# Long enough for a burst, short enough that a caller is told "busy" before it gives up by itself.
pool_wait_seconds_max = 5
connect_seconds_max = 10
# Managed services and firewalls forget idle connections silently; we renew them first.
connection_age_seconds_max = 1800
# A transaction that was forgotten open holds locks and stops vacuum.
idle_in_transaction_seconds_max = 60
prepared_statements_max = 500

CONNECTION_LOST = "08"
SHUTTING_OR_STARTING = frozenset({"57P01", "57P02", "57P03"})

# libpq knows these, asyncpg does not; they change nothing that asyncpg would do differently.
IGNORED_OPTIONS = frozenset({"channel_binding", "gssencmode", "application_name", "sslnegotiation"})
OPTIONS = frozenset({"host", "port", "sslmode", "sslrootcert", "connect_timeout", "target_session_attrs"})


class DatabaseAddressError(ValueError):
    """The database address cannot be used; the message never repeats its password."""


def address(url: str) -> tuple[URL, dict[str, Any]]:
    """Translate a libpq address (`postgres://`, `?host=DIR&port=N`, `sslmode`) into SQLAlchemy's URL and arguments."""
    try:
        parsed = make_url(url)
    except Exception:  # noqa: BLE001 — the original message would print the password.
        raise DatabaseAddressError("is not an address like postgresql://user:password@host:5432/database") from None
    if parsed.drivername not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise DatabaseAddressError(f"{parsed.drivername}:// is not PostgreSQL")
    unknown = set(parsed.query) - OPTIONS - IGNORED_OPTIONS
    if unknown:
        raise DatabaseAddressError(f"does not know the option {', '.join(sorted(unknown))}")
    arguments: dict[str, Any] = {"timeout": float(_option(parsed, "connect_timeout") or connect_seconds_max)}
    if mode := _option(parsed, "sslmode"):
        arguments["ssl"] = _encryption(mode, _option(parsed, "sslrootcert"))
    if attributes := _option(parsed, "target_session_attrs"):
        arguments["target_session_attrs"] = attributes
    place = {key: value for key, value in parsed.query.items() if key in {"host", "port"}}
    return parsed.set(drivername="postgresql+asyncpg", query=place), arguments


def _option(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _encryption(mode: str, certificate: str) -> ssl.SSLContext | str:
    if mode not in {"verify-ca", "verify-full"}:
        return mode
    context = ssl.create_default_context(cafile=certificate or None)
    context.check_hostname = mode == "verify-full"
    return context


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def server_settings(
    application_name: str, statement_timeout_seconds: float = 15, lock_timeout_seconds: float = 5
) -> dict[str, str]:
    """Say how every session of ours works: UTC, no JIT, a limit on everything that may wait."""
    return {
        "application_name": application_name,
        "jit": "off",
        "timezone": "UTC",
        "statement_timeout": str(round(statement_timeout_seconds * 1000)),
        "lock_timeout": str(round(lock_timeout_seconds * 1000)),
        "idle_in_transaction_session_timeout": str(idle_in_transaction_seconds_max * 1000),
    }


def engine_for(
    url: str,
    *,
    application_name: str,
    pool_size: int = 10,
    pool_overflow: int = 0,
    statement_timeout_seconds: float = 15,
    lock_timeout_seconds: float = 5,
    pooled: bool = True,
) -> AsyncEngine:
    """Open an engine: UTC, no JIT, a limit on everything that may wait.

    JIT is off because it costs more than it saves on short statements, and because the embedded server has none:
    development and production plan alike.
    """
    parsed, arguments = address(url)
    arguments["server_settings"] = server_settings(application_name, statement_timeout_seconds, lock_timeout_seconds)
    arguments["statement_cache_size"] = 0  # SQLAlchemy keeps the prepared statements; two caches would hold each twice.
    arguments["prepared_statement_cache_size"] = prepared_statements_max
    pool: dict[str, Any] = (
        {
            "pool_size": pool_size,
            "max_overflow": pool_overflow,
            "pool_timeout": pool_wait_seconds_max,
            "pool_recycle": connection_age_seconds_max,
            "pool_use_lifo": True,
        }
        if pooled
        else {"poolclass": NullPool}
    )
    engine = create_async_engine(
        parsed, connect_args=arguments, json_serializer=_dumps, json_deserializer=orjson.loads, **pool
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: ConnectionPoolEntry, _proxy: object) -> None:
    """Replace a connection the server closed: asyncpg already knows, so this costs no round trip as a ping would."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


def is_away(problem: BaseException) -> bool:
    """Tell whether a failure says only that the server is away for the moment: dead, starting, or closing."""
    if not isinstance(problem, DBAPIError):
        # A connection that cannot be opened at all is reported by the system, not by the database.
        return isinstance(problem, ConnectionError)
    state = str(getattr(problem.orig, "sqlstate", None) or "")
    return problem.connection_invalidated or state.startswith(CONNECTION_LOST) or state in SHUTTING_OR_STARTING
