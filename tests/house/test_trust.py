"""The pages of what holds (at the door, and of stock and cost) name tests that exist, so that none can go unmissed."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {"trust.md": 40, "policies.md": 30}
"""How many tests each page names at least."""


def named(page: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_tests(page: str) -> None:
    assert len(named(page)) > PAGES[page]


@pytest.mark.parametrize(("place", "name"), sorted({each for page in PAGES for each in named(page)}))
def test_what_the_page_names_is_a_test(place: str, name: str) -> None:
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    functions = {each.name for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert name in functions
