"""A child process (子进程): started in its own session, never outliving us, recognised again after a crash."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import IO

from operations.accounts import Account

PR_SET_PDEATHSIG = 1
# Loaded before any fork: after one, the loader's lock may be held by a thread that no longer exists.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """A program we run and how it wants to be treated."""

    name: str
    kind: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    account: Account | None = None
    # Called before each start, for instance to clear away what a crash has left.
    prepare: Callable[[], None] | None = None
    # Given the process id, says whether it serves; a program without it counts as ready at once.
    is_ready: Callable[[int], bool] | None = None
    ready_seconds_max: float = 30
    # A database that recovers from a crash may need several attempts; a program with a bug does not get better.
    first_attempts_max: int = 1
    stop_signal: Signals = signal.SIGTERM
    # Sent when patience has run out, before SIGKILL.
    urgent_signal: Signals | None = None
    patience_seconds: float = 1
    passed_files: tuple[int, ...] = field(default=())

    def spawn(self, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start it; its death signal is tied to the calling thread, so call this from the main thread."""
        return subprocess.Popen(  # noqa: S603 — the commands are our own.
            self.command,
            env=dict(self.environment),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.account.user if self.account else None,
            group=self.account.group if self.account else None,
            extra_groups=[] if self.account else None,
            pass_fds=self.passed_files,
            preexec_fn=dies_with_parent(self.stop_signal),  # noqa: PLW1509 — two system calls, nothing that locks.
        )


def dies_with_parent(death_signal: Signals) -> Callable[[], None] | None:
    """Return what a child does first, so that it ends when we are killed; only Linux can."""
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        # The parent may have died before the call above.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def is_alive(process_id: int) -> bool:
    """Say whether a process exists; one that only waits to be buried does not count."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{process_id}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self/stat").exists()


def command_of(process_id: int) -> str:
    """Return the command line of a process, empty when it has ended; ids are used again by strangers."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        pass
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(  # noqa: S603 — macOS has no /proc.
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(process_id)],
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
        return answer.stdout.strip()
    return ""


def end_leftover(process_id: int, mark: str, first: Signals = signal.SIGTERM, seconds_max: float = 10) -> bool:
    """End a process that an earlier, killed supervisor has left; only if its command line carries our mark."""
    if not is_alive(process_id) or mark not in command_of(process_id):
        return False
    for number, patience in ((first, seconds_max), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, number)
        if wait_until(lambda: not is_alive(process_id), patience):
            break
    return True


def wait_until(condition: Callable[[], bool], seconds_max: float, step_seconds: float = 0.01) -> bool:
    """Wait for a condition; False when it did not come true in time."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(step_seconds)
    return True
