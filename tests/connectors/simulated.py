"""Our hand on the simulated platforms: acts as buyer and platform through their control plane."""

import asyncio
import contextlib
from asyncio.subprocess import Process
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp

from connectors.discovery import open_shop
from connectors.http import Http
from connectors.marketplaces.port import Marketplace, ShopAccount, Trade

PLATFORMS = {
    "taobao": "TAOBAO",
    "tmall": "TMALL",
    "jd": "JD",
    "official_site": "OFFICIAL_SITE",
    "pharmacy818": "PHARMACY_818",
}
SHOPS = ("taobao-main", "tmall-main", "jd-main", "site-main", "pharmacy818-main")
LISTS = {
    "taobao-main": "taobao.trades.sold.increment.get",
    "tmall-main": "taobao.trades.sold.increment.get",
    "jd-main": "jingdong.pop.order.search",
    "site-main": "orders.pull",
    "pharmacy818-main": "orders.pull",
}
RECEIVER = {
    "name": "王小明",
    "phone": "13812345678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "town": "西溪街道",
    "detail": "文三路1号",
}


@dataclass
class Simulated:
    """What the ports file says, and a client with the control token."""

    ports: dict[str, Any]

    async def __aenter__(self) -> Self:
        self.client = aiohttp.ClientSession(
            self.ports["base_url"], headers={"X-Control-Token": self.ports["control_token"]}
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        async with self.client.request(method, f"/control{path}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def calm(self) -> None:
        """Take back every trouble."""
        await self.ask("DELETE", "/faults")
        await self.ask("POST", "/clock", {"skew_seconds": 0, "offset_seconds": 0})
        for shop in SHOPS:
            await self.ask("POST", f"/shops/{shop}/session", {"alive": True})

    async def trouble(self, shop: str, kind: str, **details: Any) -> None:
        await self.ask("POST", "/faults", {"shop": shop, "kind": kind} | details)

    async def trades(self, shop: str, *trades: dict[str, Any]) -> list[str]:
        """Create trades, each by default paid and of one line, and answer their numbers."""
        bodies = [
            {"receiver": RECEIVER, "paid_at": self.ago(10), "buyer": {"id": "b1", "name": "王小明"}} | trade
            for trade in trades
        ]
        answer = await self.ask("POST", f"/shops/{shop}/trades", {"trades": bodies})
        numbers: list[str] = answer["numbers"]
        return numbers

    async def act(self, shop: str, number: str, action: str, **body: Any) -> dict[str, Any]:
        return await self.ask("POST", f"/shops/{shop}/trades/{number}/{action}", body)

    async def held(self, shop: str, number: str) -> dict[str, Any]:
        return await self.ask("GET", f"/shops/{shop}/trades/{number}")

    async def items(self, shop: str) -> list[dict[str, Any]]:
        """Tell what a shop shows."""
        found: list[dict[str, Any]] = (await self.ask("GET", f"/shops/{shop}/items"))["items"]
        return found

    @staticmethod
    def ago(seconds: float) -> str:
        return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds")

    def account(self, shop: str, **changes: Any) -> ShopAccount:
        told = next(one for one in self.ports["shops"] if one["shop_code"] == shop)
        known: dict[str, Any] = {
            "platform": PLATFORMS[told["platform"]],
            "shop_code": shop,
            "base_url": told["url"],
            "app_key": told["app_key"],
            "app_secret": told["app_secret"],
            "session": told["session"],
        }
        return ShopAccount(**(known | changes))

    def open(self, shop: str, http: Http, **changes: Any) -> Marketplace:
        return open_shop(self.account(shop, **changes), http)


def line(code: str = "85123A", quantity: int = 2, price: str = "10.00", **changes: Any) -> dict[str, Any]:
    return {
        "item": "6382359948881376659",
        "sku": "3145062116249474734",
        "seller_code": code,
        "title": "白色心形烛台",
        "quantity": quantity,
        "price": price,
    } | changes


async def pulled(market: Marketplace, seconds: float = 120) -> dict[str, Trade]:
    """Pull the last minutes, and answer the trades by number; none may come twice in one slice."""
    now = datetime.now(UTC)
    trades: dict[str, Trade] = {}
    async for part in market.pull_orders(now - timedelta(seconds=seconds), now + timedelta(seconds=1)):
        numbers = [trade.external_number for trade in part.orders]
        assert len(set(numbers)) == len(numbers)
        trades |= {trade.external_number: trade for trade in part.orders}
    return trades


END_SECONDS_MAX = 5


async def ended(process: Process) -> None:
    """End the platforms' process; one that does not go by itself is killed, so that nothing waits for it for ever."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS_MAX)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_SECONDS_MAX)
