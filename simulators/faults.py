"""Trouble on demand (故障注入): outages, slowness, garbage, quotas and bans, as real gateways have them."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.clock import Clock, china_day
from simulators.numbering import request_number
from simulators.storage import Storage

WIRE_KINDS = {"http", "slow", "truncated", "html", "empty", "disconnect"}
PLATFORM_KINDS = {"error", "level2", "level3", "ban", "quota", "session"}
BAN_SECONDS_MAX = 3600


@dataclass(slots=True)
class Fault:
    """One order to misbehave; `phase` after means the work is done and only the answer is spoilt."""

    kind: str
    shop: str = ""
    method: str = ""
    count: int = 1
    until: float = 0.0
    skip: int = 0
    phase: str = "before"
    status: int = 503
    delay_seconds: float = 2.0
    ban_seconds: int = 5
    body: dict[str, Any] = field(default_factory=dict)
    number: str = field(default_factory=request_number)
    hits: int = 0


@dataclass(slots=True)
class Limits:
    """What a shop may ask per day and per second; 0 means no limit."""

    daily_calls: int = 0
    calls_per_second: int = 0
    ban_seconds: int = 5


@dataclass(slots=True)
class _Second:
    """Calls of one API within the running second."""

    second: int = 0
    calls: int = 0


class Faults:
    """Which call meets which trouble; kept in the storage, so that trouble outlives a crash."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._faults: dict[str, Fault] = {key: Fault(**body) for key, body in storage.all("fault")}
        self._limits: dict[str, Limits] = {key: Limits(**body) for key, body in storage.all("limits")}
        self._bans: dict[str, float] = dict(storage.all("ban"))
        self._usage: dict[str, int] = dict(storage.all("usage"))
        self._seconds: dict[str, _Second] = {}
        self.calls: dict[str, int] = {}

    def add(self, fault: Fault) -> str:
        self._faults[fault.number] = fault
        self._storage.put("fault", fault.number, asdict(fault))
        return fault.number

    def list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults.values()]

    def clear(self) -> None:
        self._faults.clear()
        self._bans.clear()
        self._storage.clear("fault")
        self._storage.clear("ban")

    def set_limits(self, shop: str, limits: Limits) -> None:
        self._limits[shop] = limits
        self._storage.put("limits", shop, asdict(limits))

    def take(self, shop: str, method: str) -> Fault | None:
        """Take the first fault meant for this call, counted down by one."""
        key = f"{shop}/{method}"
        self.calls[key] = self.calls.get(key, 0) + 1
        for fault in self._faults.values():
            if fault.shop not in {"", shop} or fault.method not in {"", method}:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.until and fault.until < time.time():
                continue
            return self._use(fault)
        return None

    def spent(self, shop: str) -> bool:
        """Count one call; true when the day's quota is used up (resets at 00:00 GMT+8)."""
        limits = self._limits.get(shop)
        if limits is None or not limits.daily_calls:
            return False
        key = f"{shop}/{china_day(self._clock.now())}"
        self._usage[key] = self._usage.get(key, 0) + 1
        self._storage.put("usage", key, self._usage[key])
        return self._usage[key] > limits.daily_calls

    def ban(self, shop: str, method: str, seconds: int) -> int:
        self._bans[f"{shop}/{method}"] = time.time() + seconds
        self._storage.put("ban", f"{shop}/{method}", self._bans[f"{shop}/{method}"])
        return seconds

    def banned_seconds(self, shop: str, method: str) -> int:
        """How long this API stays banned; too many calls within a second start a ban."""
        left = self._bans.get(f"{shop}/{method}", 0.0) - time.time()
        if left > 0:
            return int(left) + 1
        limits = self._limits.get(shop)
        if limits is None or not limits.calls_per_second:
            return 0
        count = self._seconds.setdefault(f"{shop}/{method}", _Second())
        second = int(time.time())
        count.calls = count.calls + 1 if count.second == second else 1
        count.second = second
        return self.ban(shop, method, limits.ban_seconds) if count.calls > limits.calls_per_second else 0

    def _use(self, fault: Fault) -> Fault:
        fault.hits += 1
        if not fault.until:
            fault.count -= 1
            if fault.count <= 0:
                del self._faults[fault.number]
                self._storage.remove("fault", fault.number)
                return fault
        self._storage.put("fault", fault.number, asdict(fault))
        return fault
