"""Calls per second (限流): a token bucket per shop keeps us below the platform's limit, so that it never bans us."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class Throttle:
    """Lets `calls_per_second` pass, `burst` of them at once; the others wait their turn in order."""

    calls_per_second: float
    burst: int
    seconds: Callable[[], float] = monotonic
    _free_at: float = field(default=0.0, init=False)

    async def pass_through(self) -> None:
        await asyncio.sleep(self.delay())

    def delay(self) -> float:
        """Take the next place in the row, and say how many seconds away it is."""
        now = self.seconds()
        interval = 1 / self.calls_per_second
        self._free_at = max(self._free_at, now - (self.burst - 1) * interval) + interval
        return max(0.0, self._free_at - interval - now)
