"""Budgets (配额): each caller has a bucket of query cost that fills up steadily; who empties it waits."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any

RESTORE_RATE_PER_SECOND = 5_000
BUCKET_SECONDS = 10
BUCKETS_MAX = 20_000


@dataclass
class Bucket:
    """How much one caller may still spend, and when that was true."""

    available: float
    at: float


@dataclass(frozen=True)
class Spending:
    """What a request cost and what is left."""

    requested: int
    actual: int
    maximum: int
    available: int
    restore_rate: int
    wait_seconds: int = 0

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


class Budgets:
    """The buckets of this process; the least recently used ones are forgotten, which only ever gives more."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def spend(self, key: str, cost: int, restore_rate: int | None) -> Spending:
        """Take the cost if there is enough, else say how long to wait."""
        rate = restore_rate or RESTORE_RATE_PER_SECOND
        maximum, bucket = rate * BUCKET_SECONDS, self._filled(key, rate)
        wait = 0
        if bucket.available < min(cost, maximum):
            wait = max(1, ceil((min(cost, maximum) - bucket.available) / rate))
        else:
            bucket.available -= cost
        return Spending(cost, 0 if wait else cost, maximum, int(bucket.available), rate, wait)

    def settle(self, key: str, spent: Spending, actual: int) -> Spending:
        """Give back what was asked for and not used."""
        actual = min(actual, spent.requested)
        bucket = self._filled(key, spent.restore_rate)
        bucket.available = min(bucket.available + spent.requested - actual, spent.maximum)
        return Spending(spent.requested, actual, spent.maximum, int(bucket.available), spent.restore_rate)

    def _filled(self, key: str, rate: int) -> Bucket:
        now = monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate * BUCKET_SECONDS, now)
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        bucket.available = min(bucket.available + (now - bucket.at) * rate, rate * BUCKET_SECONDS)
        bucket.at = now
        return bucket
