"""Explained decisions (决策说明): which rules were tried, what came of each, and which one won."""

from dataclasses import dataclass
from typing import Any

TEXT_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was tried: what it is, what came of it, its score if it has one, and whether it decided."""

    rule: str
    outcome: str
    score: str | None = None
    won: bool = False

    def stored(self) -> dict[str, Any]:
        """Write it down as JSON that says the same forever, whatever becomes of the rule."""
        rule, outcome = self.rule[:TEXT_LENGTH_MAX], self.outcome[:TEXT_LENGTH_MAX]
        return {"rule": rule, "outcome": outcome, "score": self.score, "won": self.won}
