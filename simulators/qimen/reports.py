"""What the partner tells (外仓回传): signed posts to a receiver, twice or out of order when that is asked for."""

import asyncio
import contextlib
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from simulators.clock import china_text
from simulators.qimen.messages import write
from simulators.qimen.signing import sign
from simulators.site.webhooks import ANSWER_SECONDS_MAX, ATTEMPTS_MAX, Receiver
from simulators.world import World


@dataclass(slots=True)
class Report:
    """One message to tell; kept until the receiver has answered success, or often enough not."""

    sequence: int
    method: str
    body: str
    attempts: int = 0
    answered: str = ""


class Reports:
    """The outgoing reports of the partner; `deliver` is called again and again by the server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.receiver = Receiver(**dict(world.storage.all("wms_receiver")).get("receiver", {}))
        self.pending = {int(key): Report(**body) for key, body in world.storage.all("wms_report")}
        self.told: list[dict[str, Any]] = []
        self._sequence = max(self.pending, default=0)

    def set_receiver(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._world.storage.put("wms_receiver", "receiver", asdict(receiver))

    def tell(self, method: str, body: dict[str, Any]) -> Report:
        self._sequence += 1
        report = Report(self._sequence, method, write("request", body).decode())
        self._save(report)
        return report

    async def deliver(self, client: aiohttp.ClientSession) -> int:
        """Send what is pending, newest first when reordering; answers how many the receiver took."""
        if self.receiver.hold or not self.receiver.url:
            return 0
        batch = sorted(self.pending.values(), key=lambda each: each.sequence, reverse=self.receiver.reorder)
        return sum([await self._deliver_one(client, report) for report in batch])

    async def _deliver_one(self, client: aiohttp.ClientSession, report: Report) -> bool:
        for _ in range(self.receiver.copies):
            report.answered = await self._post(client, report)
        report.attempts += 1
        taken = "<flag>success</flag>" in report.answered
        if taken or report.attempts >= ATTEMPTS_MAX:
            self.told.append(asdict(report) | {"taken": taken})
            self.pending.pop(report.sequence, None)
            self._world.storage.remove("wms_report", f"{report.sequence:012d}")
            return taken
        self._save(report)
        await asyncio.sleep(0.05 * 2**report.attempts)
        return False

    async def _post(self, client: aiohttp.ClientSession, report: Report) -> str:
        body, account = report.body.encode(), self._world.wms
        parameters = {
            "method": report.method,
            "timestamp": china_text(self._world.clock.wall()),
            "format": "xml",
            "app_key": account.app_key,
            "v": "2.0",
            "sign_method": "md5",
            "customerId": account.customer_id,
        }
        parameters["sign"] = sign(account.app_secret, parameters, body)
        url = f"{self.receiver.url}?{urlencode(parameters)}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with client.post(url, data=body, headers={"Content-Type": "text/xml"}, timeout=timeout) as response:
                return await response.text()
        return ""

    def _save(self, report: Report) -> None:
        self.pending[report.sequence] = report
        self._world.storage.put("wms_report", f"{report.sequence:012d}", asdict(report))
