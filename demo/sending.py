"""Bring the demo's trades to the simulated platforms (演示数据装载): python -m demo.sending --ports-file FILE.

With --speed the month runs as a film: trades appear one by one. Without it they have all happened already.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp

from demo.trades import FIRST_DAY, DemoTrade, control_body, trades

BATCH_MAX = 100
PAST = timedelta(hours=23)
"""Into what the month is squeezed when it has all happened: a shop opened after it looks back a day."""

JUST_NOW = timedelta(minutes=1)
CHINA = timezone(timedelta(hours=8))
Progress = Callable[[int, int], None]


class Control:
    """The control plane of running simulators."""

    def __init__(self, client: aiohttp.ClientSession, description: dict[str, Any]) -> None:
        self._client = client
        self._base = str(description["base_url"])
        self._headers = {"X-Control-Token": str(description["control_token"])}

    async def get(self, path: str) -> dict[str, Any]:
        return await self._ask("GET", path)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        address = f"{self._base}/control/{path}"
        async with self._client.request(method, address, headers=self._headers, **given) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 200:  # noqa: PLR2004 — the plane knows one way to succeed.
                raise RuntimeError(f"{path}: {response.status} {answer}")
            return answer


async def send_trades(
    control: Control, month: Iterable[DemoTrade], *, scheduled: bool = False, progress: Progress | None = None
) -> int:
    """Create the trades in batches per shop; safe to repeat, known numbers are replaced. Answers the lines sent."""
    waiting: dict[str, list[DemoTrade]] = {}
    for trade in month:
        waiting.setdefault(trade.channel, []).append(trade)
    total, done = sum(len(ones) for ones in waiting.values()), 0
    lines = 0
    for channel, ones in waiting.items():
        for begin in range(0, len(ones), BATCH_MAX):
            batch = ones[begin : begin + BATCH_MAX]
            bodies = [control_body(trade, scheduled=scheduled) for trade in batch]
            await control.post(f"shops/{channel}/trades", {"trades": bodies})
            done += len(batch)
            lines += sum(len(trade.lines) + len(trade.refunds) for trade in batch)
            if progress is not None:
                progress(done, total)
    return lines


async def send_film(control: Control, start: datetime, speed: float, progress: Progress | None = None) -> int:
    """Prepare the whole month while its clock all but stands still, then let it run."""
    await start_schedule(control, start - timedelta(days=1), 1.0)
    lines = await send_trades(control, trades(start), scheduled=True, progress=progress)
    await start_schedule(control, start, speed)
    return lines


def happened(now: datetime) -> Iterator[DemoTrade]:
    """Yield the month as if it had passed within the day before `now`, its last refund just now."""
    starts, ends = now - PAST, now - JUST_NOW
    month = list(trades(FIRST_DAY))
    last = max(at for trade in month for at in _moments(trade))
    pace = (ends - starts) / (last - FIRST_DAY)

    def moved(at: datetime) -> datetime:
        return starts + (at - FIRST_DAY) * pace

    for trade in month:
        refunds = [replace(refund, at=moved(refund.at)) for refund in trade.refunds]
        yield replace(trade, created_at=moved(trade.created_at), paid_at=moved(trade.paid_at), refunds=refunds)


def _moments(trade: DemoTrade) -> list[datetime]:
    return [trade.paid_at, *(refund.at for refund in trade.refunds)]


async def start_schedule(control: Control, start: datetime, speed: float) -> None:
    """Let the platforms' schedule stand at `start` now and run `speed` times as fast as life."""
    await control.post("clock", {"schedule": {"start": start.isoformat(), "speed": speed}})


async def with_control(description: dict[str, Any], work: Callable[[Control], Awaitable[int]]) -> int:
    async with aiohttp.ClientSession() as client:
        return await work(Control(client, description))


async def _send(arguments: argparse.Namespace, description: dict[str, Any]) -> int:
    start = datetime.fromisoformat(arguments.start)
    start = start if start.tzinfo else start.replace(tzinfo=CHINA)

    async def work(control: Control) -> int:
        if not arguments.speed:
            return await send_trades(control, trades(start))
        return await send_film(control, start, arguments.speed)

    return await with_control(description, work)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.sending")
    parser.add_argument("--ports-file", type=Path, required=True, help="written by python -m simulators")
    parser.add_argument("--start", required=True, help="the day the month begins, ISO 8601")
    parser.add_argument("--speed", type=float, default=0.0, help="how many times faster than life; 0 = all at once")
    arguments = parser.parse_args()
    asyncio.run(_send(arguments, json.loads(arguments.ports_file.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
