"""Lifecycles (生命周期): the states of a document and the only moves between them, as one table."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from domain.kernel.refusals import WrongState

S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """Which state may follow which; `what` is the document's name in refusals."""

    def __init__(self, what: str, moves: Mapping[S, frozenset[S] | set[S]]) -> None:
        self.what = what
        self.moves = {state: frozenset(following) for state, following in moves.items()}

    def allows(self, now: S, following: S) -> bool:
        return following in self.moves.get(now, frozenset())

    def before(self, following: S) -> tuple[S, ...]:
        """List the states from which `following` can be reached, for a conditional UPDATE."""
        return tuple(state for state, targets in self.moves.items() if following in targets)

    def check(self, which: str, now: S, following: S) -> None:
        """Refuse a move that is not in the table."""
        if not self.allows(now, following):
            needed = " or ".join(self.before(following)) or "another document"
            raise WrongState(what=self.what, which=which, state=now.value, needed=needed)
