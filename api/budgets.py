"""Budgets (配额): each caller has a purse of query cost that fills up steadily; who empties it waits."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any

RESTORE_RATE_PER_SECOND = 5_000
PURSE_SECONDS = 10
PURSES_MAX = 20_000


@dataclass(frozen=True)
class Spending:
    """What a request cost and what is left."""

    requested: int
    actual: int
    maximum: int
    available: int
    restore_rate: int
    wait_seconds: int = 0

    def cost(self) -> dict[str, Any]:
        return {"requestedQueryCost": self.requested, "actualQueryCost": self.actual}

    def written(self) -> dict[str, Any]:
        """Write it under the names that clients of the large public APIs already parse."""
        return {
            "requestedQueryCost": self.requested,
            "actualQueryCost": self.actual,
            "throttleStatus": {
                "maximumAvailable": self.maximum,
                "currentlyAvailable": self.available,
                "restoreRate": self.restore_rate,
            },
        }

    def headers(self) -> dict[str, str]:
        """Write what is left as headers, for an answer whose bytes must be the same each time."""
        return {
            "RateLimit-Policy": f'"cost";q={self.maximum};w={PURSE_SECONDS}',
            "RateLimit": f'"cost";r={self.available};t={ceil((self.maximum - self.available) / self.restore_rate)}',
        }


class Purse:
    """How much one caller may still spend, when that was true, and what other processes have not been told of it."""

    def __init__(self, restore_rate: int, name: str = "") -> None:
        self.restore_rate, self.maximum, self.name = restore_rate, restore_rate * PURSE_SECONDS, name
        self._available, self._at = float(self.maximum), monotonic()
        self.unshared = 0

    def has(self, cost: int) -> bool:
        self._fill()
        return self._available >= cost

    def spend(self, cost: int) -> Spending:
        """Take the cost if there is enough, else say how long to wait.

        What costs more than a purse holds needs a full one, and leaves a debt.
        """
        self._fill()
        needed = min(cost, self.maximum)
        if self._available < needed:
            return self._spending(cost, 0, max(1, ceil((needed - self._available) / self.restore_rate)))
        self._available -= cost
        self.unshared += cost
        return self._spending(cost, cost)

    def settle(self, spent: Spending, actual: int) -> Spending:
        """Give back what was asked for and not used."""
        self._fill()
        actual = min(actual, spent.requested)
        self._available = min(self._available + spent.requested - actual, self.maximum)
        self.unshared -= spent.requested - actual
        return self._spending(spent.requested, actual)

    def take_unshared(self) -> int:
        """Hand over what was spent since the last time, to be told to the others."""
        spent, self.unshared = self.unshared, 0
        return spent

    def agree(self, available: float) -> None:
        """Take over what is left over all processes, less what was spent here while it was asked."""
        self._fill()
        self._available = min(available - self.unshared, self.maximum)

    def _spending(self, requested: int, actual: int, wait: int = 0) -> Spending:
        available = max(int(self._available), 0)
        return Spending(requested, actual, self.maximum, available, self.restore_rate, wait)

    def _fill(self) -> None:
        now = monotonic()
        self._available = min(self._available + (now - self._at) * self.restore_rate, self.maximum)
        self._at = now


class Budgets:
    """The purses of this process; the least recently used ones are forgotten, which only ever gives more."""

    def __init__(self) -> None:
        self._purses: OrderedDict[str, Purse] = OrderedDict()
        self._changed: dict[str, Purse] = {}

    def purse(self, key: str, restore_rate: int | None) -> Purse:
        """Find the purse of a caller; one whose rate was changed begins anew."""
        rate, purse = restore_rate or RESTORE_RATE_PER_SECOND, self._purses.get(key)
        if purse is None or purse.restore_rate != rate:
            purse = self._purses[key] = Purse(rate, f"{key}:{rate}")
            if len(self._purses) > PURSES_MAX:
                self._purses.popitem(last=False)
        self._purses.move_to_end(key)
        self._changed[key] = purse
        return purse

    def changed(self) -> list[Purse]:
        """List the purses that were asked for since the last time."""
        changed, self._changed = self._changed, {}
        return list(changed.values())
