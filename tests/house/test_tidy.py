"""The house is tidy: small files, short functions, honest names, and a sentence at the head of every module."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ("api", "schema", "domain", "connectors", "workers", "operations", "configuration")
FOLDERS = (*PROGRAM, "simulators", "demo", "bench", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
FILE_LINES_MAX, TEST_FILE_LINES_MAX, FUNCTION_LINES_MAX, PARAMETERS_MAX = 400, 500, 50, 6
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "misc", "base_utils"}
NAMES_OF_PYTHON = set(sys.stdlib_module_names)


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_test(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] == "tests"


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= (TEST_FILE_LINES_MAX if is_test(path) else FILE_LINES_MAX)
    assert path.stem not in BANNED_NAMES
    assert text.strip() == "" or is_test(path) or ast.get_docstring(tree), "no sentence at the head"
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for function in functions:
        lines = (function.end_lineno or 0) - function.lineno + 1
        assert lines <= FUNCTION_LINES_MAX, f"{function.name} has {lines} lines"
        positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        positional = [name for name in positional if name not in {"self", "cls"}]
        allowed = PARAMETERS_MAX if not path.is_relative_to(ROOT / "schema") else PARAMETERS_MAX + 2
        assert is_test(path) or len(positional) <= allowed, f"{function.name} takes {len(positional)} parameters"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_top_level_name_hides_the_standard_library(folder: str) -> None:
    assert folder not in NAMES_OF_PYTHON


def test_the_scan_sees_the_house() -> None:
    assert len(SOURCES) > 100
