"""The whole company in one command (一键启动): servers, migrations, demo data, then every process, supervised."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import asyncpg
from pydantic import ValidationError

from configuration.schema_version import VERSION_QUERY, newest_migrations
from configuration.settings import Settings
from operations import terminal
from operations.data_directory import DataDirectory, DataDirectoryInUseError, read_json, write_private
from operations.embedded_postgres import APPLICATION, OWNER, EmbeddedPostgres, PostgresFailedError
from operations.embedded_valkey import EmbeddedValkey, ValkeyFailedError
from operations.ports import free_port, listening_socket
from operations.processes import Program, end_leftover
from operations.programs import DEMO_MODULES, FOLDER, MODULES, PYTHON, api, beat, relay, simulators, worker
from operations.supervisor import ProgramFailedError, Running, Supervisor

# First nobody brings new work, then nobody does any, then what they stood on goes: in five seconds, whoever is slow.
STOP_ORDER = (("demo", "api"), ("relay", "beat"), ("worker",), ("simulators", "valkey"), ("postgres",))
USAGE_ERROR = 2


class CannotStartError(RuntimeError):
    """The company cannot be opened like this; the message says what to change."""


@dataclass
class Company:
    """One start of the company on one data directory."""

    data: DataDirectory
    port: int
    demo: bool
    environment: dict[str, str] = field(default_factory=dict)
    supervisor: Supervisor = field(init=False)
    postgres: EmbeddedPostgres | None = None
    valkey: EmbeddedValkey | None = None

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(STOP_ORDER, self.data, terminal.say, self._remember)

    async def open(self) -> None:
        """Open step by step; each waits for what it stands on."""
        self._check_modules()
        self._end_leftovers()
        host = os.environ.get("HOST") or "127.0.0.1"
        listener = self._listen(host)
        self.environment = self._environment(host, listener.getsockname()[1])
        settings = self._settings()
        await self._start_servers()
        await self._migrate(settings)
        if self.demo:
            await self._load_demo()
        else:
            await self._found()
        # Clients are served first; what works in the background may come a moment later.
        await self.supervisor.start(
            *(api(number, self.environment, listener) for number in range(1, settings.api_processes + 1))
        )
        terminal.say(terminal.opening_block(self.base_url, self.data.path, self._notes()))
        if self.demo and "simulators" not in self.supervisor.children:
            await self.supervisor.start(simulators(self.environment, self.data.path))
        await self.supervisor.start(
            replace(worker(self.environment, settings.worker_threads), prepare=self._give_back),
            beat(self.environment, self.data.path),
            relay(self.environment),
        )

    def _give_back(self) -> None:
        if self.valkey is not None:
            self.valkey.give_back_unacknowledged()

    def _check_modules(self) -> None:
        wanted = (*MODULES, *(DEMO_MODULES if self.demo else ()))
        missing = [name for name in wanted if not _is_there(name)]
        if missing:
            raise CannotStartError(f"The program is incomplete: {', '.join(missing)} cannot be found.")

    @property
    def base_url(self) -> str:
        host = self.environment["HOST"]
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 — comparing, not binding.
        return f"http://{shown}:{self.environment['PORT']}"

    def _listen(self, host: str) -> socket.socket:
        try:
            return listening_socket(host, self.port)
        except OSError as error:
            raise CannotStartError(
                f"Port {self.port} on {host} cannot be used ({error.strerror or error}). Choose another with --port N."
            ) from None

    def _environment(self, host: str, port: int) -> dict[str, str]:
        """Make the environment of all children: what is set outside wins, the rest is ours."""
        made = self.data.secrets()
        values = {
            "HOST": host,
            "PORT": str(port),
            "DATA_DIRECTORY": str(self.data.path),
            "SIGNING_KEY": os.environ.get("SIGNING_KEY") or made.signing_key,
            "SECRETS_KEY": os.environ.get("SECRETS_KEY") or made.secrets_key,
            "DEMO": "true" if self.demo else "false",
            "PYTHONUNBUFFERED": "1",
        }
        if not os.environ.get("DATABASE_URL"):
            self.postgres = EmbeddedPostgres(self.data.path / "postgres", made.postgres_passwords)
            values["DATABASE_URL"] = self.postgres.url(APPLICATION)
            values["MIGRATION_DATABASE_URL"] = self.postgres.url(OWNER)
        if not os.environ.get("BROKER_URL"):
            self.valkey = EmbeddedValkey(self.data.path / "valkey", made.valkey_password)
            values["BROKER_URL"] = self.valkey.url
        if self.demo:
            values["SIMULATORS_URL"] = f"http://127.0.0.1:{self.data.port('simulators', free_port())}"
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            # Compiling everything costs each process seconds, also when it is started again after it died.
            values |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.data.path / "bytecode")}
        return {**os.environ, **values}

    def _settings(self) -> Settings:
        known = {name.upper() for name in Settings.model_fields}
        given = {name.lower(): value for name, value in self.environment.items() if name.upper() in known}
        try:
            return Settings(**given)  # type: ignore[arg-type]  # Pydantic turns the texts into what the fields want.
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors())
            raise CannotStartError(f"The settings are not usable. {problems}. See docs/settings.md.") from None

    async def _start_servers(self) -> None:
        own = [server.program() for server in (self.postgres, self.valkey) if server is not None]
        if self.postgres is not None and not self.postgres.data.exists():
            terminal.say("Making the database ...")
        await self.supervisor.start(*own)
        if self.postgres is not None:
            await self.postgres.set_up()

    async def _migrate(self, settings: Settings) -> None:
        """Migrate in a process of its own: the supervisor stays small, and starts fast when there is nothing to do."""
        try:
            if await is_at_head(settings.owner_database_url):
                return
        except (OSError, asyncpg.PostgresError, ValueError) as error:
            raise CannotStartError(f"The database cannot be used: {error}") from None
        terminal.say("Migrating ...")
        if await self._run("migrate", PYTHON, "-m", "operations", "migrate") != 0:
            raise CannotStartError(f"The database could not be migrated:\n{self.data.log_tail('migrate')}")

    async def _load_demo(self) -> None:
        """Load the demo company once; it writes its progress to this terminal."""
        if self.data.demo_loaded.exists():
            return
        await self.supervisor.start(simulators(self.environment, self.data.path))
        if await self._run("demo", PYTHON, "-m", "demo.load", output=sys.stdout.fileno()) != 0:
            raise CannotStartError("The demo company could not be loaded; --no-demo starts without it.")
        write_private(self.data.demo_loaded, {"loaded": True})

    async def _found(self) -> None:
        """Give a company without demo data its chart of accounts and its first administrator, once."""
        if self.data.founded.exists():
            return
        if await self._run("found", PYTHON, "-m", "operations", "found") != 0:
            raise CannotStartError(f"The company could not be founded:\n{self.data.log_tail('found')}")
        write_private(self.data.founded, {"founded": True})

    async def _run(self, name: str, *command: str, output: int | None = None) -> int:
        """Run a program to its end; it ends with us if we are stopped."""
        program = Program(name=name, kind=name, command=command, environment=self.environment, directory=FOLDER)
        with self.data.log(name) as log:
            process = program.spawn(log if output is None else output)
        try:
            while process.poll() is None:  # noqa: ASYNC110 — the end of a process is not an event on every system.
                await asyncio.sleep(0.05)
        finally:
            if process.poll() is None:
                process.kill()
        return process.wait()

    def _notes(self) -> list[str]:
        notes = []
        place = self.postgres.directory if self.postgres else None
        if place is not None and place.is_symlink():
            notes.append(f"Database   {place.resolve()}   (no other account may enter {self.data.path})")
        if self.data.first_account.exists():
            notes.append(f"Account    the first administrator's password is in {self.data.first_account}")
        if self.postgres is None:
            notes.append("Database   as given by DATABASE_URL")
        if self.valkey is None:
            notes.append("Broker     as given by BROKER_URL")
        return notes

    def _remember(self, running: Mapping[str, Running]) -> None:
        """Write down what runs where, for `audit`, for scripts, and for a start after we were killed."""
        names = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "BROKER_URL", "SIMULATORS_URL")
        write_private(
            self.data.runtime,
            {
                **{name.lower(): self.environment[name] for name in names if self.environment.get(name)},
                "url": self.base_url,
                "graphql_url": f"{self.base_url}{terminal.GRAPHQL_PATH}",
                "supervisor": os.getpid(),
                "processes": {name: asdict(each) for name, each in running.items()},
            },
        )

    def _end_leftovers(self) -> None:
        """End what a killed supervisor has left where the system did not do it for us."""
        for each in read_json(self.data.runtime).get("processes", {}).values():
            end_leftover(int(each["process_id"]), each["command"], first=signal.SIGKILL)
        self.data.runtime.unlink(missing_ok=True)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


async def is_at_head(url: str) -> bool:
    """Say whether the database has exactly the newest migrations, without loading the migrations or the tables."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://", 1))
    try:
        return {row[0] for row in await connection.fetch(VERSION_QUERY)} == newest_migrations()
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


async def run(company: Company) -> int:
    """Open the company and keep it open until someone asks to close it."""
    asked = asyncio.Event()

    def ask() -> None:
        if asked.is_set():
            company.supervisor.hurry()
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ask)
    opening = asyncio.create_task(company.open())
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({opening, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            opening.result()
            await waiting
        terminal.say("\nClosing ...")
        return 0
    finally:
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await opening
        await company.supervisor.stop()
        company.data.runtime.unlink(missing_ok=True)


def start(data: Path, port: int, *, demo: bool) -> int:
    """Run the company in the foreground and return the exit code."""
    directory = DataDirectory(data.resolve())
    try:
        lock = directory.open()
    except (DataDirectoryInUseError, OSError) as error:
        terminal.say(str(error))
        return USAGE_ERROR
    try:
        return asyncio.run(run(Company(directory, port, demo)))
    except CannotStartError as error:
        terminal.say(str(error))
        return USAGE_ERROR
    except (ProgramFailedError, PostgresFailedError, ValkeyFailedError, subprocess.SubprocessError) as error:
        terminal.say(f"The company could not be opened: {error}")
        return 1
    finally:
        os.close(lock)
