"""One word per idea: every capability and every state of an order stands in the glossary, each word once."""

import re
from collections import Counter
from pathlib import Path

import pytest

from domain import orders

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
CAPABILITIES = sorted(
    path.name for path in (ROOT / "domain").iterdir() if path.is_dir() and not path.name.startswith("_")
)


@pytest.mark.parametrize("word", CAPABILITIES)
def test_a_capability_is_in_the_glossary(word: str) -> None:
    assert f"{word}/" in GLOSSARY


@pytest.mark.parametrize("state", [each.value for each in orders.OrderStatus])
def test_a_state_is_in_the_glossary(state: str) -> None:
    assert state in GLOSSARY


def test_a_word_is_explained_once() -> None:
    words = re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE)
    assert [word for word, times in Counter(words).items() if times > 1 and word not in ("业务词", "---")] == []


def test_a_decision_has_a_number_of_its_own() -> None:
    numbers = Counter(path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [number for number, times in numbers.items() if times > 1] == []
