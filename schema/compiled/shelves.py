"""Shelves (存架): what was compiled lately, bounded in count and in bytes, so that strange documents push out little.

A document is compiled when it is seen a second time: who sends each document once fills a small list of hashes.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

SEEN_MAX = 5_000


class Shelf(Generic[T]):
    """The things used last, within both limits."""

    def __init__(self, count_max: int, bytes_max: int) -> None:
        self._count_max, self._bytes_max = count_max, bytes_max
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> T | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def seen_before(self, key: Hashable) -> bool:
        """Whether it is at least the second time, lately."""
        if key in self._seen:
            self._seen.move_to_end(key)
            return True
        self._seen[key] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        return False

    def keep(self, key: Hashable, thing: T, size: int) -> None:
        """Keep a thing of this many bytes, and drop what was not used for longest."""
        _, old = self._kept.pop(key, (None, 0))
        self._kept[key] = (thing, size)
        self.bytes += size - old
        while len(self._kept) > 1 and (len(self._kept) > self._count_max or self.bytes > self._bytes_max):
            _, (_, dropped) = self._kept.popitem(last=False)
            self.bytes -= dropped
