"""The supervisor (进程看护): starts programs in order, starts them again when they die, and leaves nobody behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from signal import Signals
from typing import IO, Protocol

from operations.processes import Program

restart_delay_seconds_min = 0.1
restart_delay_seconds_max = 10.0
# Who has lived this long was well: its next death starts the delays anew.
stable_seconds = 30.0
poll_seconds = 0.05
urgent_seconds = 0.3
# When all of them together have taken this long to stop, everyone left gets half of its patience.
stop_seconds_aim = 3.0


class ProgramFailedError(RuntimeError):
    """A program did not come up when the company opened."""


class Logs(Protocol):
    """Where the output of programs goes."""

    def log(self, name: str) -> IO[bytes]: ...
    def log_tail(self, name: str) -> str: ...


@dataclass(frozen=True)
class Running:
    """By what a process can be found, and recognised, after we were killed."""

    process_id: int
    command: str


@dataclass
class Child:
    """A program and the process that runs it at the moment."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    deaths: int = 0
    watch: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def next_delay(self) -> float:
        """Count a death and return how long to wait: at once for an accident, longer and longer for a bug."""
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived > stable_seconds else self.deaths + 1
        delay: float = restart_delay_seconds_min * 2 ** min(self.deaths - 1, 16)
        return min(delay, restart_delay_seconds_max)

    def send(self, number: Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def end_group(self) -> None:
        """Kill what the process may have started itself: it leads its own process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Supervisor:
    """Runs programs until it is told to stop; `stop_order` names their kinds, first to last, some at once."""

    stop_order: Sequence[Sequence[str]]
    logs: Logs
    say: Callable[[str], None]
    # Told after each start which process runs which program, so that a later start can find what we left.
    remember: Callable[[Mapping[str, Running]], None] = lambda _running: None
    children: dict[str, Child] = field(default_factory=dict)
    stopping: bool = False
    hurried: bool = False
    stop_deadline: float = float("inf")

    async def start(self, *programs: Program) -> None:
        """Start programs side by side and wait until each serves."""
        attempts = [asyncio.ensure_future(self._bring_up(program)) for program in programs]
        try:
            await asyncio.gather(*attempts)
        finally:
            # When one fails, the others must not go on behind our back.
            for attempt in attempts:
                attempt.cancel()
            await asyncio.gather(*attempts, return_exceptions=True)

    async def _bring_up(self, program: Program) -> None:
        child = self.children[program.name] = Child(program)
        for attempt in range(program.first_attempts_max):
            await asyncio.sleep(attempt and 0.25)
            await self._spawn(child)
            if await self._serves(child):
                child.watch = asyncio.create_task(self._watch(child), name=f"watch {program.name}")
                return
            await self._end(child)
        raise ProgramFailedError(f"{program.name} does not start. Its last words:\n{self.logs.log_tail(program.name)}")

    async def _spawn(self, child: Child) -> None:
        child.started_at = time.monotonic()
        if child.program.prepare is not None:
            await asyncio.to_thread(child.program.prepare)
        if self.stopping:
            return
        with self.logs.log(child.program.name) as output:
            child.process = child.program.spawn(output)
        self.remember(
            {
                name: Running(other.process.pid, " ".join(other.program.command))
                for name, other in self.children.items()
                if other.process is not None
            }
        )

    async def _serves(self, child: Child) -> bool:
        deadline = time.monotonic() + child.program.ready_seconds_max
        is_ready = child.program.is_ready
        while child.process is not None and child.is_running and time.monotonic() < deadline:
            if is_ready is None or await asyncio.to_thread(is_ready, child.process.pid):
                return True
            await asyncio.sleep(poll_seconds)
        return False

    async def _watch(self, child: Child) -> None:
        """Start the program again whenever it ends, for as long as the company is open."""
        while True:
            await _ended(child)
            child.end_group()
            delay = child.next_delay()
            code = child.process.returncode if child.process else None
            name = child.program.name
            self.say(f"{name} ended ({_meaning(code)}, see {name}.log); starting it again in {delay:.1f} s")
            await asyncio.sleep(delay)
            try:
                await self._spawn(child)
            except Exception as error:  # noqa: BLE001 — whatever stops a start, the next attempt may succeed.
                self.say(f"{child.program.name} cannot be started: {error}")

    async def stop(self) -> None:
        """Stop everything in order; nothing is running afterwards."""
        self.stopping = True
        self.stop_deadline = time.monotonic() + stop_seconds_aim
        for child in self.children.values():
            if child.watch is not None:
                child.watch.cancel()
        await asyncio.gather(*(child.watch for child in self.children.values() if child.watch), return_exceptions=True)
        for kinds in self.stop_order:
            await asyncio.gather(*(self._end(child) for child in self.children.values() if child.program.kind in kinds))

    def hurry(self) -> None:
        """Stop waiting for anyone; the data survives that as it survives a power cut."""
        self.hurried = True

    async def _end(self, child: Child) -> None:
        """Ask, urge, then kill."""
        program = child.program
        child.send(program.stop_signal)
        left = max(self.stop_deadline - time.monotonic(), program.patience_seconds / 2)
        if not await self._gone(child, min(program.patience_seconds, left)) and program.urgent_signal is not None:
            child.send(program.urgent_signal)
            await self._gone(child, urgent_seconds)
        child.send(signal.SIGKILL)
        child.end_group()
        if child.process is not None:
            child.process.wait()

    async def _gone(self, child: Child, seconds_max: float) -> bool:
        deadline = time.monotonic() + seconds_max
        while child.is_running and time.monotonic() < deadline and not self.hurried:  # noqa: ASYNC110 — as below.
            await asyncio.sleep(poll_seconds / 5)
        return not child.is_running


async def _ended(child: Child) -> None:
    while child.is_running:  # noqa: ASYNC110 — the end of a process is not an event on every system.
        await asyncio.sleep(poll_seconds)


def _meaning(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
