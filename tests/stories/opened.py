"""A company opened by its own command, whose parts a test kills and whose books it reads (一键启动的公司)."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from operations.ports import free_port

ROOT = Path(__file__).parents[2]
# What a developer may have set for another installation must not lead this one there.
FOREIGN = {
    "DATABASE_URL", "MIGRATION_DATABASE_URL", "READ_DATABASE_URL", "BROKER_URL", "SIGNING_KEY", "SECRETS_KEY",
    "HOST", "PORT", "DEMO",
}  # fmt: skip
# Everything has happened already, the platforms set no limit, and nobody guesses passwords here.
OWN = {"DEMO_FILM": "false", "CONNECTOR_CALLS_PER_SECOND": "200", "PASSWORD_MEMORY_KIB": "64"}
OPEN_SECONDS_MAX = 300
CLOSE_SECONDS_MAX = 30
ANSWER_SECONDS_MAX = 120
PAUSE_SECONDS = 0.1
# A database that was killed is away for a moment, in these words.
AWAY = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)


class OpenedCompany:
    """One `start` on one data directory, with the month of orders that has already happened on the platforms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "terminal.log"
        started = time.monotonic()
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 — our own command.
                [sys.executable, "-m", "operations", "start", "--port", str(self.port), "--data", str(folder)],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if name not in FOREIGN} | OWN,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        while "Stop with Ctrl-C" not in self.log.read_text():
            assert self.process.poll() is None, self.words()
            assert time.monotonic() - started < OPEN_SECONDS_MAX, self.words()
            time.sleep(PAUSE_SECONDS)
        self.seconds = time.monotonic() - started

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def words(self) -> str:
        """Return what the parts said, for a test that has failed."""
        logs = [self.log, *sorted((self.folder / "logs").glob("*.log"))]
        return "\n".join(f"--- {each.name}\n{each.read_text(errors='replace')[-1500:]}" for each in logs)

    def runtime(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "runtime.json").read_text())
        return found

    def process_id(self, name: str) -> int:
        return int(self.runtime()["processes"].get(name, {}).get("process_id", 0))

    async def kill(self, name: str) -> int:
        """Kill a part with SIGKILL once it runs, and answer which process it was."""
        while not self.process_id(name):  # noqa: ASYNC110 — the company writes it into a file.
            await asyncio.sleep(PAUSE_SECONDS)
        killed = self.process_id(name)
        os.kill(killed, signal.SIGKILL)
        return killed

    def platforms(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "simulators" / "simulators.json").read_text())
        return found

    def key_of(self, client: str) -> str:
        accounts = json.loads((self.folder / "demo-accounts.json").read_text())
        return next(str(each["key"]) for each in accounts if each.get("client") == client)

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(CLOSE_SECONDS_MAX) == 0, self.words()


class Books:
    """What the company has written down, read beside it; a database that is away is asked again."""

    def __init__(self, company: OpenedCompany) -> None:
        self.url = str(company.runtime()["database_url"])
        self._connection: asyncpg.Connection | None = None

    async def rows(self, statement: str, *arguments: Any) -> list[Any]:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while True:
                try:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await asyncpg.connect(self.url)
                    return list(await self._connection.fetch(statement, *arguments))
                except AWAY:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def value(self, statement: str, *arguments: Any) -> Any:
        return (await self.rows(statement, *arguments))[0][0]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
