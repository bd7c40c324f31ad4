"""The lock files: complete, by hash, without addresses, and of one mind."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version in PINNED.findall((ROOT / name).read_text())}


def declared() -> tuple[list[str], list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return project["project"]["dependencies"], project["dependency-groups"]["dev"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place(name: str) -> None:
    assert re.findall(r"\w+://|@ |--index|--find-links|--extra|torch", (ROOT / name).read_text()) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert [block for block in blocks if not PINNED.match(block) or "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", 1), ("requirements-dev.lock", 2)])
def test_a_lock_satisfies_what_the_project_asks_for(lock: str, groups: int) -> None:
    pinned = pins(lock)
    wanted = [Requirement(line) for group in declared()[:groups] for line in group]
    assert [str(each) for each in wanted if pinned.get(canonicalize_name(each.name), "") not in each.specifier] == []


def test_both_locks_pin_the_same_versions() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_production_carries_no_development_tools() -> None:
    assert pins("requirements.lock").keys() & {"pytest", "mypy", "ruff", "hypothesis", "uv"} == set()
