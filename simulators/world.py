"""All platforms of one directory (模拟世界): shops, clock, storage, trouble, and what was told to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators import refunding
from simulators.clock import DAY_SECONDS, Clock
from simulators.faults import Faults
from simulators.identities import load_control_token, load_erp, load_identities, load_notices, load_sms, load_wms
from simulators.shop import Shop
from simulators.storage import Storage


@dataclass(slots=True)
class PageHook:
    """Touch a trade once a page of a list has been served: an order that changes while it is being pulled."""

    shop: str
    page: int
    number: str
    method: str = ""


class World:
    """Opened once per process; everything is in memory and behind it in one file."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = directory
        self.storage = Storage(directory / "simulators.sqlite")
        self.clock = Clock()
        for _, state in self.storage.all("clock"):
            self.clock.restore(state)
        self.faults = Faults(self.storage, self.clock)
        self.identities = load_identities(self.storage)
        self.sms = load_sms(self.storage)
        self.wms = load_wms(self.storage)
        self.erp = load_erp(self.storage)
        self.notices = load_notices(self.storage)
        self.control_token = load_control_token(self.storage)
        self.shops = {identity.shop_code: Shop(identity, self.storage, self.clock) for identity in self.identities}
        for shop in self.shops.values():
            shop.refund_due = refunding.carry_out
        self.by_key = {identity.app_key: self.shops[identity.shop_code] for identity in self.identities}
        self.page_hooks: list[PageHook] = []
        self._nonces: dict[str, int] = dict(self.storage.all("nonce"))
        self._load()

    def save_clock(self) -> None:
        self.storage.put("clock", "clock", self.clock.state())

    def release(self) -> int:
        return sum(shop.release() for shop in self.shops.values())

    def new_nonce(self, scope: str, nonce: str) -> bool:
        """Remember a nonce for a day; false if it was used before."""
        key, now = f"{scope}/{nonce}", self.clock.wall()
        if self._nonces.get(key, 0) > now:
            return False
        self._nonces[key] = now + DAY_SECONDS
        self.storage.put("nonce", key, self._nonces[key])
        return True

    def served_page(self, shop: Shop, method: str, page: int) -> None:
        """Let the trades change that were meant to once this list page was answered."""
        for hook in list(self.page_hooks):
            if hook.shop == shop.code and hook.page == page and hook.method in {"", method}:
                self.page_hooks.remove(hook)
                if hook.number in shop.trades:
                    shop.touch(shop.trades[hook.number])

    def close(self) -> None:
        self.storage.close()

    def _load(self) -> None:
        loaders: dict[str, Callable[[Shop, dict[str, Any]], None]] = {
            "trade": Shop.load_trade,
            "refund": Shop.load_refund,
            "item": Shop.load_item,
        }
        for kind, load in loaders.items():
            for key, body in self.storage.all(kind):
                load(self.shops[key.split("/", 1)[0]], body)
        now = self.clock.wall()
        for key, until in list(self._nonces.items()):
            if until < now:
                del self._nonces[key]
                self.storage.remove("nonce", key)
