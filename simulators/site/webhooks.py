"""Notices of a SITE shop (订单变更通知): signed posts to a receiver, twice or out of order when that is asked for."""

import asyncio
import contextlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from simulators.clock import iso_text
from simulators.numbering import request_number
from simulators.records import Trade
from simulators.shop import Shop
from simulators.site.signing import sign

ATTEMPTS_MAX = 6
BATCH_MAX = 50
ANSWER_SECONDS_MAX = 5.0


@dataclass(slots=True)
class Receiver:
    """Where notices go and how badly; `hold` keeps them back until it is lifted."""

    url: str = ""
    copies: int = 1
    reorder: bool = False
    hold: bool = False


@dataclass(slots=True)
class Notice:
    """One change to tell; kept in the storage until the receiver has answered 2xx."""

    sequence: int
    event_id: str
    order_no: str
    version: int
    modified_at: str
    attempts: int = 0
    answered: int = 0


class Webhooks:
    """The notices of one shop; `deliver` is called again and again by the server."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.receiver = Receiver()
        self.pending: dict[int, Notice] = {}
        self.delivered = 0
        self.abandoned: list[dict[str, Any]] = []
        self._load()
        shop.announce = self.announce

    def set_receiver(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._shop.storage.put("webhook", self._shop.code, asdict(receiver))

    def announce(self, trade: Trade) -> None:
        if not self.receiver.url:
            return
        sequence = max(self.pending, default=0) + 1
        notice = Notice(sequence, request_number(), trade.number, trade.version, iso_text(trade.modified_at))
        self.pending[sequence] = notice
        self._save(notice)

    async def deliver(self, client: aiohttp.ClientSession) -> int:
        """Send what is pending, newest first when reordering; answers how many the receiver took."""
        if self.receiver.hold or not self.receiver.url:
            return 0
        batch = list(self.pending.values())[:BATCH_MAX]
        if self.receiver.reorder:
            batch.reverse()
        taken = 0
        for notice in batch:
            taken += await self._deliver_one(client, notice)
        return taken

    async def _deliver_one(self, client: aiohttp.ClientSession, notice: Notice) -> bool:
        for _ in range(self.receiver.copies):
            notice.answered = await self._post(client, notice)
        notice.attempts += 1
        if 200 <= notice.answered < 300:
            self.delivered += 1
            self._forget(notice)
            return True
        if notice.attempts >= ATTEMPTS_MAX:
            self.abandoned.append(asdict(notice))
            self._forget(notice)
        else:
            self._save(notice)
            await asyncio.sleep(0.05 * 2**notice.attempts)
        return False

    async def _post(self, client: aiohttp.ClientSession, notice: Notice) -> int:
        body = orjson.dumps(
            {
                "event": "order.changed",
                "event_id": notice.event_id,
                "order_no": notice.order_no,
                "version": notice.version,
                "modified_at": notice.modified_at,
            }
        )
        headers = self._headers(body)
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with client.post(self.receiver.url, data=body, headers=headers, timeout=timeout) as response:
                return response.status
        return 0

    def _headers(self, body: bytes) -> dict[str, str]:
        """Each post has its own nonce, also when it repeats a notice: the receiver must know the event by its id."""
        identity, parts = self._shop.identity, urlsplit(self.receiver.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        timestamp, nonce = str(self._shop.clock.wall()), secrets.token_hex(12)
        return {
            "Content-Type": "application/json",
            "X-App-Key": identity.app_key,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Sign": sign(identity.app_secret, "POST", path, timestamp, nonce, body),
        }

    def _save(self, notice: Notice) -> None:
        self._shop.storage.put("notice", f"{self._shop.code}/{notice.sequence:012d}", asdict(notice))

    def _forget(self, notice: Notice) -> None:
        del self.pending[notice.sequence]
        self._shop.storage.remove("notice", f"{self._shop.code}/{notice.sequence:012d}")

    def _load(self) -> None:
        for code, body in self._shop.storage.all("webhook"):
            if code == self._shop.code:
                self.receiver = Receiver(**body)
        for key, body in self._shop.storage.all("notice"):
            if key.startswith(f"{self._shop.code}/"):
                self.pending[body["sequence"]] = Notice(**body)
