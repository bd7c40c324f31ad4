"""The page of the process says what happens: its words belong to moves and mutations that exist."""

import re

from domain import orders, wiring
from domain.kernel import ACTIONS
from operations.process_document import MOVED_BY, process


def test_every_word_stands_at_a_move_of_the_lifecycle() -> None:
    moves = {(state.value, after.value) for state, targets in orders.LIFECYCLE.moves.items() for after in targets}
    assert moves >= set(MOVED_BY)


def test_every_named_mutation_is_an_action() -> None:
    named = {word for words in MOVED_BY.values() for word in re.findall(r"\b[a-z]+[A-Z]\w+", words)}
    assert {"reviewOrder", "shipOrder", "cancelOrder"} <= named
    assert {re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), word) for word in named} <= set(ACTIONS)


def test_every_state_move_and_fact_is_drawn() -> None:
    page = process()
    for state, targets in orders.LIFECYCLE.moves.items():
        assert all(re.search(rf"^    {state.value} --> {after.value}(:|$)", page, re.MULTILINE) for after in targets)
    assert all(f"`{event.name()}`" in page for event in wiring.REACTIONS)
