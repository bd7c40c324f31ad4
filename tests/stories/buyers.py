"""Buyers who order while the company falls apart (下单者): each has a key, and asks until the answer is known.

What was acknowledged must be there, what was refused must not, and what nobody knows is found out by its key.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PAUSE_SECONDS = 1.0
ASK_SECONDS_MAX = 20
TRIES_MAX = 60
PLACE = """mutation ($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input, idempotencyKey: $key) { order { id externalNumber } refusals { code message } } }"""
RECEIVER = {
    "name": "王小明", "phone": "13812345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
    "detail": "文三路1号",
}  # fmt: skip


@dataclass
class Buyers:
    """Place one order after the other; `unknown` counts the answers that were lost on the way."""

    url: str
    key: str
    sku: str
    channel_id: str = ""
    placed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Any] = field(default_factory=dict)
    unknown: int = 0
    asking: asyncio.Event = field(default_factory=asyncio.Event)
    closing: bool = False

    async def buy(self) -> None:
        """Order until told to stop, and finish what was begun."""
        async with aiohttp.ClientSession(headers={"X-Api-Key": self.key}) as http:
            found = await self._ask(http, "{ channels(first: 20) { nodes { id code } } }", {})
            self.channel_id = next(each["id"] for each in found["channels"]["nodes"] if each["code"] == "call-centre")
            while not self.closing:
                await self._place(http, f"during-{len(self.placed) + len(self.refused) + 1}")
                await asyncio.sleep(PAUSE_SECONDS)
            for number, order_id in list(self.placed.items()):
                again = await self._ask(http, PLACE, self._wish(number))
                assert again["placeOrder"]["order"]["id"] == order_id

    async def _place(self, http: aiohttp.ClientSession, number: str) -> None:
        answer = (await self._ask(http, PLACE, self._wish(number)))["placeOrder"]
        if answer["refusals"]:
            self.refused[number] = answer["refusals"]
        else:
            self.placed[number] = answer["order"]["id"]

    def _wish(self, number: str) -> dict[str, Any]:
        wish = {
            "channelId": self.channel_id,
            "externalNumber": number,
            "lines": [{"sku": self.sku, "quantity": "1"}],
            "customer": {"name": "王小明", "phone": "13812345678"},
            "receiver": RECEIVER,
        }
        return {"input": wish, "key": number}

    async def _ask(self, http: aiohttp.ClientSession, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Ask until there is an answer: whoever gets none does not know whether it was done."""
        said = ""
        for _ in range(TRIES_MAX):
            self.asking.set()
            try:
                async with http.post(
                    f"{self.url}/graphql",
                    json={"query": query, "variables": variables},
                    timeout=aiohttp.ClientTimeout(total=ASK_SECONDS_MAX),
                ) as response:
                    answer = await response.json()
                if answer.get("data") and not answer.get("errors"):
                    data: dict[str, Any] = answer["data"]
                    return data
                said = str(answer.get("errors"))
            except (aiohttp.ClientError, TimeoutError) as lost:
                said = repr(lost)
            finally:
                self.asking.clear()
            self.unknown += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"nobody answers: {said}")
