"""Health (健康检查): live says that the process answers; ready says that it can do its work, and what it lacks."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from redis.asyncio import Redis
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.door import Door

CHECK_SECONDS_MAX = 2.0
OUTBOX_LAG_SECONDS_MAX = 300
AMQP_PORTS = {"amqp": 5672, "amqps": 5671}
MIGRATIONS = Path(__file__).parent.parent / "migrations" / "versions"


async def live(_request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """Check the database, its migrations, the broker and how far the outbox lags."""
    door: Door = request.app.state.door
    checks: dict[str, Callable[[], Awaitable[str]]] = {
        "database": lambda: _database(door),
        "migrations": lambda: _migrations(door),
        "broker": lambda: _broker(door.settings.broker_url),
        "outbox": lambda: _outbox(door),
        "live": lambda: _listening(door),
    }
    answers = dict(zip(checks, await asyncio.gather(*(_checked(each) for each in checks.values())), strict=True))
    is_ready = all(each.startswith("ok") for each in answers.values())
    status = {"status": "ready" if is_ready else "not ready", "checks": answers}
    return JSONResponse(status, status_code=200 if is_ready else 503)


async def _checked(check: Callable[[], Awaitable[str]]) -> str:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS_MAX)
    except TimeoutError:
        return "does not answer"
    except Exception as problem:  # noqa: BLE001 — Whatever it is, it is not ready; the type tells enough and no secret.
        return type(problem).__name__


async def _database(door: Door) -> str:
    async with door.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    return "ok"


async def _migrations(door: Door) -> str:
    async with door.engine.connect() as connection:
        applied = set(await connection.scalars(text("SELECT version_num FROM alembic_version")))
    newest = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))
    return "ok" if applied == {newest} else "not at head"


async def _outbox(door: Door) -> str:
    """Say how long the oldest fact has been waiting to be carried."""
    waiting = text(
        "SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) FROM "
        "(SELECT recorded_at FROM events WHERE dispatched_at IS NULL ORDER BY position LIMIT 1) AS oldest"
    )
    async with door.engine.connect() as connection:
        seconds = float((await connection.execute(waiting)).scalar_one())
    return f"ok, {seconds:.0f} s behind" if seconds < OUTBOX_LAG_SECONDS_MAX else f"{seconds:.0f} s behind"


async def _broker(url: str) -> str:
    """Ask Redis or Valkey for a PONG; of RabbitMQ only that it listens."""
    parts = urlsplit(url)
    if parts.scheme in AMQP_PORTS:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or AMQP_PORTS[parts.scheme])
        writer.close()
        return "ok"
    client = Redis.from_url(url, socket_connect_timeout=CHECK_SECONDS_MAX, socket_timeout=CHECK_SECONDS_MAX)
    try:
        return "ok" if await client.ping() else "does not answer"
    finally:
        await client.aclose()


async def _listening(door: Door) -> str:
    return "ok" if door.live.listening.is_set() else "not listening"
