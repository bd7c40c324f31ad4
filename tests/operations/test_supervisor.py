"""The supervisor: what dies is started again, what is stopped stays stopped, and nobody is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from operations.data_directory import DataDirectory
from operations.processes import Program, is_alive
from operations.supervisor import Child, ProgramFailedError, Supervisor, restart_delay_seconds_max

ROOT = Path(__file__).parents[2]
SLEEP = "import time; time.sleep(600)"
ENDS = "import signal, time, pathlib; signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({0!r}).open('a').write({1!r}), exit(0))); print('ready', flush=True); time.sleep(600)"  # noqa: E501 — one small program.


def program(name: str, code: str = SLEEP, **wishes: Any) -> Program:
    kind = wishes.pop("kind", name)
    return Program(
        name=name,
        kind=kind,
        command=(sys.executable, "-c", code),
        environment=dict(os.environ),
        directory=Path("/"),
        **wishes,
    )


@dataclass
class Stage:
    """A supervisor on a folder, with what it said."""

    supervisor: Supervisor
    data: DataDirectory
    said: list[str] = field(default_factory=list)

    def process_id(self, name: str) -> int:
        process = self.supervisor.children[name].process
        return process.pid if process else 0


@asynccontextmanager
async def stage(folder: Path, *stop_order: str | tuple[str, ...]) -> AsyncIterator[Stage]:
    data = DataDirectory(folder)
    os.close(data.open())
    said: list[str] = []
    steps = [(each,) if isinstance(each, str) else each for each in stop_order]
    made = Stage(Supervisor(steps, data, said.append), data, said)
    try:
        yield made
    finally:
        await made.supervisor.stop()


def there(*places: str) -> bool:
    return all(Path(each).exists() for each in places)


async def until(condition: Any, seconds_max: float = 5) -> None:
    async with asyncio.timeout(seconds_max):
        while not condition():  # noqa: ASYNC110 — processes send no events.
            await asyncio.sleep(0.02)


async def test_a_killed_program_runs_again(tmp_path: Path) -> None:
    async with stage(tmp_path, "clerk") as company:
        await company.supervisor.start(program("clerk"))
        killed = company.process_id("clerk")
        os.kill(killed, signal.SIGKILL)
        await until(lambda: company.process_id("clerk") not in {killed, 0})
        assert is_alive(company.process_id("clerk"))
        assert company.said == ["clerk ended (SIGKILL, see clerk.log); starting it again in 0.1 s"]
    assert not is_alive(company.process_id("clerk"))


def test_delays_grow_to_a_bound_and_an_accident_after_a_long_life_costs_nothing() -> None:
    child = Child(program("clerk"), started_at=time.monotonic())
    delays = [child.next_delay() for _ in range(12)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == restart_delay_seconds_max
    child.started_at -= 31
    assert child.next_delay() == 0.1


async def test_programs_stop_in_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    kinds = ("api", "worker", "database")
    async with stage(tmp_path / "data", *kinds) as company:
        for kind in reversed(kinds):
            await company.supervisor.start(program(kind, ENDS.format(str(order), f"{kind} ")))
        await until(lambda: all("ready" in company.data.log_tail(kind) for kind in kinds))
    assert order.read_text() == "api worker database "


async def test_programs_of_one_step_are_asked_at_once(tmp_path: Path) -> None:
    """Each waits for the other's signal: asked one after the other, the first would be killed before it is done."""
    code = (
        "import pathlib, signal, sys, time\n"
        "mine, other, done = map(pathlib.Path, {0!r})\n"
        "def end(*_):\n"
        "    mine.touch()\n"
        "    while not other.exists(): time.sleep(0.01)\n"
        "    done.touch(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    async with stage(tmp_path / "data", ("relay", "beat")) as company:
        await company.supervisor.start(
            program("relay", code.format((a, b, f"{a}-done")), patience_seconds=10),
            program("beat", code.format((b, a, f"{b}-done")), patience_seconds=10),
        )
        await until(lambda: all("ready" in company.data.log_tail(name) for name in ("relay", "beat")))
        await company.supervisor.stop()
    assert there(f"{a}-done", f"{b}-done")


async def test_whoever_does_not_listen_is_killed_with_all_it_has_started(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True); "
        "time.sleep(600)"
    )
    async with stage(tmp_path, "deaf") as company:
        await company.supervisor.start(program("deaf", code, patience_seconds=0.2))
        await until(lambda: company.data.log_tail("deaf").strip().isdigit())
        grandchild = int(company.data.log_tail("deaf"))
        assert is_alive(grandchild)
        started = time.monotonic()
        await company.supervisor.stop()
        assert time.monotonic() - started < 1.5
        await until(lambda: not is_alive(grandchild))


async def test_many_that_do_not_listen_do_not_add_up(folder: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    kinds = ("a", "b", "c", "d")
    async with stage(folder, *kinds) as company:
        await company.supervisor.start(*(program(kind, code, patience_seconds=3.0) for kind in kinds))
        await until(lambda: all("up" in company.data.log_tail(kind) for kind in kinds))
        started = time.monotonic()
        await company.supervisor.stop()
        assert time.monotonic() - started < 4 * 3.0


async def test_a_program_that_does_not_come_up_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = program("broken", "import sys; sys.exit('no such table: orders')", is_ready=lambda _id: False)
    async with stage(tmp_path, "broken", "clerk") as company:
        await company.supervisor.start(program("clerk"))
        with pytest.raises(ProgramFailedError, match="no such table: orders"):
            await company.supervisor.start(broken)
    assert not is_alive(company.process_id("clerk"))


async def test_a_program_that_needs_several_attempts_gets_them(tmp_path: Path) -> None:
    code = f"import pathlib, sys, time; p = pathlib.Path({str(tmp_path / 'tries')!r}); p.open('a').write('x'); "
    code += "len(p.read_text()) < 3 and sys.exit(1); print('up', flush=True); time.sleep(600)"
    async with stage(tmp_path / "data", "slow") as company:
        ready = replace(
            program("slow", code, first_attempts_max=5), is_ready=lambda _id: "up" in company.data.log_tail("slow")
        )
        await company.supervisor.start(ready)
        assert (tmp_path / "tries").read_text() == "xxx"


class TinyCompany:
    """Runs tiny_company.py on a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 — our own test program.
            [sys.executable, "-m", "tests.operations.tiny_company", str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.programs: dict[str, dict[str, Any]] = json.loads(self.process.stdout.readline())

    def ids(self) -> list[int]:
        return [int(each["process_id"]) for each in self.programs.values()]

    def end(self, number: signal.Signals) -> float:
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.communicate(timeout=10)
        return time.monotonic() - started


def wait_for_end(ids: list[int], seconds_max: float) -> list[int]:
    deadline = time.monotonic() + seconds_max
    while (alive := [each for each in ids if is_alive(each)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_kill_9_of_the_supervisor_leaves_nobody_and_the_next_start_works_at_once(folder: Path) -> None:
    first = TinyCompany(folder)
    assert len(first.ids()) == 4
    first.end(signal.SIGKILL)
    following = TinyCompany(folder)
    try:
        # "deaf" ignores the signal its parent's death sends; the next start must find and end it.
        assert wait_for_end(first.ids(), 4) == []
        assert len(following.ids()) == 4
    finally:
        seconds = following.end(signal.SIGTERM)
    assert wait_for_end(following.ids(), 0) == []
    assert seconds < 20
