"""A served API: the real application under uvicorn in this process, on its own database, with a small schema."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import strawberry
import uvicorn
from cryptography.fernet import Fernet
from pydantic import SecretStr

from api.app import create_app
from configuration.settings import Settings
from domain import identity
from domain.kernel import begin, system
from operations.embedded_postgres import EmbeddedPostgres
from operations.ports import listening_socket
from tests.api.calling import PASSWORD, Served
from tests.api.small_schema import schema
from tests.both_ways import both_ways
from tests.conftest import database_copy

ROLES = {"admin": ("*",), "reviewer": ("alerts.view",), "viewer": ("identity.view",)}


def settings_for(database_url: str, **more: Any) -> Settings:
    """Make settings that hash cheaply; everything else is as in production."""
    given: dict[str, Any] = {
        "database_url": database_url,
        "broker_url": "redis://127.0.0.1:1/0",
        "signing_key": SecretStr("a signing key of the tests, long enough"),
        "secrets_key": SecretStr(Fernet.generate_key().decode()),
        "password_memory_kib": 64,
        "allowed_origins": ("https://shop.example",),
    }
    return Settings(**(given | more))


@asynccontextmanager
async def serving(database_url: str, shown: strawberry.Schema = schema, **more: Any) -> AsyncIterator[Served]:
    """Serve the application on a free port until the block ends."""
    app = create_app(settings_for(database_url, **more), shown)
    listener = listening_socket("127.0.0.1", 0)
    configuration = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, lifespan="on", access_log=False
    )
    server = uvicorn.Server(configuration)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 — uvicorn has no event for it.
            await asyncio.sleep(0.01)
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        door = app.state.door
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", door, door.sessions, http)
    server.should_exit = True
    await task


async def add_accounts(served: Served) -> None:
    """Add a person for each role, all with the same password."""
    async with begin(served.sessions, system("tests")) as work:
        for code, permissions in ROLES.items():
            role = await identity.create_role(work, code, code.title(), permissions)
            person = identity.NewStaff(
                email=f"{code}@example.com", name=code.title(), role_id=role.id, password=PASSWORD
            )
            served.accounts[code] = (await identity.add_staff(work, person, served.door.credentials)).id


@pytest.fixture(scope="session")
async def served(postgres: EmbeddedPostgres) -> AsyncIterator[Served]:
    """Serve one API for the tests that leave nothing behind that others would mind."""
    async with database_copy(postgres) as url, serving(url) as served:
        await add_accounts(served)
        yield served


@pytest.fixture
async def own_served(postgres: EmbeddedPostgres) -> AsyncIterator[Served]:
    """Serve an API of the test's own."""
    async with database_copy(postgres) as url, serving(url) as served:
        await add_accounts(served)
        yield served


@pytest.fixture(scope="session")
async def admin(served: Served) -> str:
    """Hand out the access token of somebody who may do everything."""
    return await served.token("admin@example.com")


@pytest.fixture(scope="session")
async def reviewer(served: Served) -> str:
    """Hand out the access token of somebody who only sees alerts."""
    return await served.token("reviewer@example.com")


@pytest.fixture(autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compare both executors on every query of the test."""
    if request.node.get_closest_marker("one_way") is not None:
        yield
        return
    differences: list[str] = []
    monkeypatch.setattr("api.execution.execute_compiled", both_ways(differences))
    yield
    assert differences == []
