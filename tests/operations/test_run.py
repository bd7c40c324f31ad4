"""The entry script: says what it can do, waits for itself, and finds a Python that works."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from operations.commands import app

ROOT = Path(__file__).parents[2]
FAKE_PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {suitable} ;;
-V) echo Python {name} ;;
"-m venv"*) mkdir -p .venv/bin; ln -s {true} .venv/bin/python; echo made >>made ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "a place"
    place.mkdir()
    shutil.copy(ROOT / "run", place / "run")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (place / lock).write_text("")
    return place


def run(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(  # noqa: S603 — our own script.
        [str(folder / "run"), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def tools(folder: Path, **pythons: int) -> str:
    """Make a PATH with the usual tools and these Pythons; 0 is suitable."""
    place = folder / "tools"
    place.mkdir()
    for tool in ("sh", "dirname", "cksum", "cat", "mkdir", "rm", "ln", "true", "awk", "sleep", "ps"):
        found = shutil.which(tool)
        assert found is not None
        (place / tool).symlink_to(found)
    for name, suitable in pythons.items():
        program = place / name.replace("_", ".")
        program.write_text(FAKE_PYTHON.format(name=program.name, suitable=suitable, true=shutil.which("true")))
        program.chmod(0o755)
    return str(place)


def test_it_says_what_it_can_do(folder: Path) -> None:
    shown = run(folder, "help")
    assert shown.returncode == 0
    offered = {
        command.name or (command.callback.__name__ if command.callback else "") for command in app.registered_commands
    }
    assert {name for name in offered - {"serve", "migrate", "found"} if f"./run {name}" not in shown.stdout} == set()
    assert run(folder, "nonsense").returncode == 2


def test_a_python_that_is_too_old_or_a_broken_shim_is_passed_over(folder: Path) -> None:
    made = run(folder, "start", path=tools(folder, python3_13=127, python3_12=1, python3=0))
    assert "with Python python3" in made.stderr
    assert made.returncode == 0


def test_without_a_suitable_python_it_says_so(folder: Path) -> None:
    refused = run(folder, "start", path=tools(folder, python3=1))
    assert refused.returncode == 1
    assert "Python 3.11 or newer is needed" in refused.stderr


def test_two_at_once_make_one_environment(folder: Path) -> None:
    path = tools(folder, python3_11=0)
    both = [
        subprocess.Popen([str(folder / "run"), "start"], env={"PATH": path}, stderr=subprocess.DEVNULL)  # noqa: S603 — ours.
        for _ in range(2)
    ]
    assert [each.wait(30) for each in both] == [0, 0]
    assert (folder / "made").read_text() == "made\n"
    assert not (folder / ".venv.lock").exists()


def test_a_lock_left_by_the_dead_is_taken_over(folder: Path) -> None:
    with subprocess.Popen(["/bin/sh", "-c", "exit"]) as dead:
        dead.wait()
    (folder / ".venv.lock").mkdir()
    (folder / ".venv.lock" / "owner").write_text(f"{dead.pid}\n")
    assert run(folder, "start", path=tools(folder, python3_11=0)).returncode == 0


def test_a_changed_lock_file_is_installed_and_an_unchanged_one_is_not(folder: Path) -> None:
    path = tools(folder, python3_11=0)
    assert "Installing from requirements.lock" in run(folder, "start", path=path).stderr
    assert run(folder, "start", path=path).stderr == ""
    (folder / "requirements.lock").write_text("# changed\n")
    assert "Installing from requirements.lock" in run(folder, "start", path=path).stderr


def test_the_pipeline_runs_the_checks_and_then_the_tests() -> None:
    steps = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("./run")]
    assert steps == ["./run check", "./run test"]
