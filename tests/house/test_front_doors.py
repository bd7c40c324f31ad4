"""A capability is entered by its front door only: `from domain import orders`, never `domain.orders.review`."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAPABILITIES = {path.name for path in (ROOT / "domain").iterdir() if path.is_dir() and not path.name.startswith("_")}
PROGRAM = ("api", "schema", "domain", "connectors", "workers", "operations", "demo", "bench")
SOURCES = sorted(path for folder in PROGRAM for path in (ROOT / folder).rglob("*.py"))


def imported_modules(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


def capability_of(path: Path) -> str | None:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "domain" and len(parts) > 2 else None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_front_doors_are_entered(path: Path) -> None:
    home = capability_of(path)
    for module in imported_modules(path):
        parts = module.split(".")
        # The kernel is the grammar everybody speaks; its files are its words.
        inside = parts[0] == "domain" and len(parts) > 2 and parts[1] in CAPABILITIES - {"kernel"}
        assert not inside or parts[1] == home, f"{module} is private to {parts[1]}"


def test_the_capabilities_are_there() -> None:
    assert {"orders", "inventory", "finance", "kernel"} <= CAPABILITIES
