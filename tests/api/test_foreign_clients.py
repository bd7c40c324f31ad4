"""Other people's clients on the whole API: the audits of GraphQL over HTTP, and graphql-ws, under Node where it is."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain import alerts
from domain.kernel import begin, system
from operations.embedded_postgres import EmbeddedPostgres
from schema.root import schema
from tests.api.calling import Served
from tests.api.conftest import add_accounts, serving
from tests.conftest import database_copy

FOLDER = Path(__file__).parents[1] / "node"
INSTALL_SECONDS_MAX = 120
HEAR_SECONDS_MAX = 10
AUDITS = 61
LISTEN = "subscription Listen($after: String) { orderAlerts(after: $after) { cursor change alert { message } } }"


@pytest.fixture(scope="session")
def node() -> str:
    """Find Node and install the pinned clients, or skip and say why."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("Node is not installed: other people's clients are not tried")
    installed = FOLDER / "node_modules" / ".installed"
    lock = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != lock:
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(  # noqa: S603 — Our own command.
            command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX
        )
        if done.returncode != 0:
            pytest.skip(f"npm could not install other people's clients: {done.stderr.strip()[-300:]}")
        installed.write_text(lock, encoding="utf-8")
    return program


@pytest.fixture(scope="module")
async def whole(postgres: EmbeddedPostgres) -> AsyncIterator[Served]:
    """Serve the schema of the house itself."""
    async with database_copy(postgres) as url, serving(url, schema) as served:
        await add_accounts(served)
        await served.door.live.listening.wait()
        yield served


async def test_the_audits_of_graphql_over_http_pass_in_full(whole: Served, node: str) -> None:
    environment = os.environ | {"URL": f"{whole.url}/graphql", "TOKEN": await whole.token("admin@example.com")}
    process = await asyncio.create_subprocess_exec(
        node, FOLDER / "audits.mjs", env=environment, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await process.communicate()
    results = json.loads(written)
    assert [each for each in results if each["status"] != "ok"] == []
    assert len(results) == AUDITS


@dataclass
class Clients:
    """Clients of graphql-ws in a process of Node: told by lines what to do, and saying by lines what happened."""

    process: asyncio.subprocess.Process

    async def tell(self, **given: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(given).encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(HEAR_SECONDS_MAX):
            heard: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return heard

    async def open(self, name: str, parameters: dict[str, str], *, origin: str | None = None, after: str = "0") -> None:
        """Open a client, which connects when it first subscribes: to the alerts, after a cursor."""
        await self.tell(open=name, parameters=parameters, origin=origin)
        await self.tell(subscribe=name, query=LISTEN, variables={"after": after})

    async def alert(self) -> Any:
        """Hear the next alert; it is the only thing that may be heard now."""
        heard = await self.hear()
        assert heard["what"] == "next", heard
        return heard["data"]["orderAlerts"]


@asynccontextmanager
async def clients(served: Served, node: str) -> AsyncIterator[Clients]:
    process = await asyncio.create_subprocess_exec(
        node,
        FOLDER / "sockets.mjs",
        env=os.environ | {"URL": served.socket_url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Clients(process)
    finally:
        process.kill()
        await process.wait()


async def raise_alerts(served: Served, *messages: str) -> None:
    """Open an alert with each message, in one transaction each."""
    for message in messages:
        async with begin(served.sessions, system("tests")) as work:
            new = alerts.NewAlert(
                subject=alerts.AlertSubject.ORDER,
                subject_id=uuid4(),
                kind=alerts.AlertKind.UNREVIEWED,
                level=alerts.AlertLevel.WARN,
                message=message,
                message_chinese=message,
            )
            await alerts.open_alerts(work, [new])


async def test_graphql_ws_subscribes_and_resumes_where_it_stopped(whole: Served, node: str) -> None:
    token = {"authorization": f"Bearer {await whole.token('reviewer@example.com')}"}
    async with clients(whole, node) as foreign:
        await foreign.open("first", token)
        assert (await foreign.hear())["what"] == "connected"
        await raise_alerts(whole, "one", "two")
        one, two = await foreign.alert(), await foreign.alert()
        assert [each["alert"]["message"] for each in (one, two)] == ["one", "two"]
        await foreign.tell(leave="first")
        left = [await foreign.hear(), await foreign.hear()]
        assert sorted(each["what"] for each in left) == ["closed", "complete"]
        await raise_alerts(whole, "three", "four")
        await foreign.open("again", token, after=one["cursor"])
        assert (await foreign.hear())["what"] == "connected"
        missed = [await foreign.alert() for _ in range(3)]
        assert [each["alert"]["message"] for each in missed] == ["two", "three", "four"]
        await raise_alerts(whole, "five")
        assert (await foreign.alert())["alert"]["message"] == "five"


async def test_graphql_ws_is_refused_properly(whole: Served, node: str) -> None:
    viewer = {"authorization": f"Bearer {await whole.token('viewer@example.com')}"}
    async with clients(whole, node) as foreign:
        for name, parameters in (
            ("nobody", {}),
            ("forged", {"authorization": "Bearer nonsense"}),
            ("keyless", {"apiKey": "zg_nonsense"}),
        ):
            await foreign.open(name, parameters)
            heard = [await foreign.hear(), await foreign.hear()]
            assert {each["what"]: each.get("code") for each in heard} == {"closed": 4401, "error": None}, heard
        await foreign.open("foreign page", viewer, origin="https://evil.example")
        heard = [await foreign.hear(), await foreign.hear()]
        assert {each["what"]: each.get("code") for each in heard} == {"closed": 1006, "error": None}, heard
        await foreign.open("idle", viewer)
        assert (await foreign.hear())["what"] == "connected"
        refused = await foreign.hear()
        assert refused["what"] == "error"
        assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
