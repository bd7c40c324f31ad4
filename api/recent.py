"""Answers remembered for a few seconds (短时缓存): most requests cost no statement, and nothing is stale for long."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Loads each key at most once per `seconds`; callers that ask at the same time share one load."""

    def __init__(self, load: Callable[[K], Awaitable[V]], *, seconds: float, entries_max: int) -> None:
        self._load, self._seconds, self._entries_max = load, seconds, entries_max
        self._known: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._loading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        known = self._known.get(key)
        if known is not None and known[0] > monotonic():
            return known[1]
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.ensure_future(self._fetch(key))
        return await asyncio.shield(task)  # A caller that goes away must not take the answer from the others.

    async def _fetch(self, key: K) -> V:
        try:
            value = await self._load(key)
        finally:
            self._loading.pop(key, None)
        self._known[key] = (monotonic() + self._seconds, value)
        self._known.move_to_end(key)
        while len(self._known) > self._entries_max:
            self._known.popitem(last=False)
        return value

    def forget(self, key: K) -> None:
        self._known.pop(key, None)
