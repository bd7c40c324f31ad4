"""The page of what holds at the door names tests that exist, so that none of them can go without being missed."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "trust.md").read_text(encoding="utf-8"))


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("place", "name"), NAMED, ids=lambda each: each)
def test_what_the_page_names_is_a_test(place: str, name: str) -> None:
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    functions = {each.name for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert name in functions
