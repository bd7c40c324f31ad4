"""Acting as the platform and as misfortune (平台与故障): items, sessions, limits, clock, faults, what was told."""

import time
from dataclasses import asdict
from typing import Any

from aiohttp import web

from simulators.control.door import answer, json_of, only, shop_of
from simulators.faults import PLATFORM_KINDS, WIRE_KINDS, Fault, Limits
from simulators.parsing import MalformedError, cents, moment
from simulators.rates import Rate
from simulators.records import Item
from simulators.shop import Shop
from simulators.site.catalogue import Shelf
from simulators.site.webhooks import Receiver, Webhooks
from simulators.sms.gateway import Inbox
from simulators.trading import parcels_of, trade_of
from simulators.world import PageHook, World

DELAY_SECONDS_MAX = 120.0


class PlatformControls:
    """Routes under /control that are not about one trade."""

    def __init__(self, world: World, shelves: dict[str, Shelf], webhooks: dict[str, Webhooks], inbox: Inbox) -> None:
        self._world, self._shelves, self._webhooks, self._inbox = world, shelves, webhooks, inbox

    def routes(self) -> list[web.RouteDef]:
        base = "/control/shops/{shop}"
        return [
            web.get("/control/state", self.state),
            web.post("/control/clock", self.clock),
            web.post("/control/release", self.release),
            web.get("/control/faults", self.faults),
            web.post("/control/faults", self.add_fault),
            web.delete("/control/faults", self.clear_faults),
            web.get("/control/sms", self.sms),
            web.delete("/control/sms", self.clear_sms),
            web.get(f"{base}/items", self.items),
            web.post(f"{base}/items", self.put_items),
            web.get(f"{base}/shipments", self.shipments),
            web.get(f"{base}/pushed", self.pushed),
            web.post(f"{base}/rates", self.rate),
            web.post(f"{base}/session", self.session),
            web.post(f"{base}/limits", self.limits),
            web.get(f"{base}/webhook", self.webhook),
            web.post(f"{base}/webhook", self.set_webhook),
            web.post(f"{base}/touch-after-page", self.touch_after_page),
        ]

    async def state(self, _: web.Request) -> web.Response:
        self._world.release()
        shops = {
            shop.code: {
                "trades": len(shop.trades),
                "lines": sum(len(trade.lines) for trade in shop.trades.values()),
                "waiting": shop.waiting,
                "refunds": len(shop.refunds),
                "items": len(shop.items),
            }
            for shop in self._world.shops.values()
        }
        clock = self._world.clock
        told = clock.state() | {"now": clock.now(), "schedule": clock.schedule()}
        return answer({"shops": shops, "clock": told, "calls": self._world.faults.calls})

    async def clock(self, request: web.Request) -> web.Response:
        """Move business time, bend the signature clock, or start the release schedule."""
        body, clock = await json_of(request), self._world.clock
        only(body, "offset_seconds", "advance_seconds", "skew_seconds", "schedule")
        clock.offset_seconds = int(body.get("offset_seconds", clock.offset_seconds))
        clock.offset_seconds += int(body.get("advance_seconds", 0))
        clock.skew_seconds = int(body.get("skew_seconds", clock.skew_seconds))
        if "schedule" in body:
            schedule = body["schedule"]
            only(schedule, "start", "speed")
            clock.run_schedule(moment(schedule["start"], "start"), float(schedule["speed"]))
        self._world.save_clock()
        self._world.release()
        return await self.state(request)

    async def release(self, _: web.Request) -> web.Response:
        return answer({"released": self._world.release()})

    async def faults(self, _: web.Request) -> web.Response:
        return answer({"faults": self._world.faults.list()})

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        duration = body.pop("duration_seconds", None)
        only(body, *(set(Fault.__dataclass_fields__) - {"number", "hits", "until"}))
        if body.get("kind") not in WIRE_KINDS | PLATFORM_KINDS:
            raise MalformedError(f"kind: one of {sorted(WIRE_KINDS | PLATFORM_KINDS)}")
        if body.get("shop") and body["shop"] not in {*self._world.shops, "sms", "wms", "erp", "notices"}:
            raise MalformedError(f"shop: no {body['shop']}")
        fault = Fault(**body)
        fault.delay_seconds = min(fault.delay_seconds, DELAY_SECONDS_MAX)
        fault.until = time.time() + float(duration) if duration else 0.0
        return answer({"number": self._world.faults.add(fault)})

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._world.faults.clear()
        self._world.page_hooks.clear()
        return answer({"faults": []})

    async def sms(self, _: web.Request) -> web.Response:
        return answer({"messages": self._inbox.messages})

    async def clear_sms(self, _: web.Request) -> web.Response:
        self._inbox.clear()
        return answer({"messages": []})

    async def items(self, request: web.Request) -> web.Response:
        return answer({"items": [asdict(item) for item in shop_of(self._world, request).items.values()]})

    async def put_items(self, request: web.Request) -> web.Response:
        shop, body = shop_of(self._world, request), await json_of(request)
        wanted = body.get("items")
        if not isinstance(wanted, list):
            raise MalformedError("items: a list")
        items = [_item_from(shop, one) for one in wanted]
        with self._world.storage.change():
            for item in items:
                shop.save_item(item)
        return answer({"items": [asdict(item) for item in items]})

    async def shipments(self, request: web.Request) -> web.Response:
        """Every parcel this shop was told of, oldest first."""
        shop = shop_of(self._world, request)
        rows = [{"trade": trade.number} | parcel for trade in shop.trades.values() for parcel in parcels_of(trade)]
        return answer({"shipments": sorted(rows, key=lambda row: int(str(row["told_at"])))})

    async def pushed(self, request: web.Request) -> web.Response:
        """Goods, prices, stock and freight templates a SITE shop received."""
        shelf = self._shelves.get(shop_of(self._world, request).code)
        kinds = ("goods", "price", "stock", "freight")
        return answer({kind: shelf.entries.get(kind, {}) if shelf else {} for kind in kinds})

    async def rate(self, request: web.Request) -> web.Response:
        shop, body = shop_of(self._world, request), await json_of(request)
        rates = [_rate_from(shop, one) for one in body.get("rates", ())]
        with self._world.storage.change():
            for rate in rates:
                shop.rates.add(rate)
        return answer({"rates": len(rates)})

    async def session(self, request: web.Request) -> web.Response:
        shop, body = shop_of(self._world, request), await json_of(request)
        only(body, "alive")
        shop.identity.session_alive = bool(body.get("alive", True))
        self._world.storage.put("identity", shop.code, asdict(shop.identity))
        return answer({"alive": shop.identity.session_alive})

    async def limits(self, request: web.Request) -> web.Response:
        shop, body = shop_of(self._world, request), await json_of(request)
        only(body, *Limits.__dataclass_fields__)
        self._world.faults.set_limits(shop.code, Limits(**{name: int(value) for name, value in body.items()}))
        return answer(body)

    async def webhook(self, request: web.Request) -> web.Response:
        hooks = self._webhooks_of(request)
        pending = [asdict(notice) for notice in hooks.pending.values()]
        return answer(
            {
                "receiver": asdict(hooks.receiver),
                "pending": pending,
                "delivered": hooks.delivered,
                "abandoned": hooks.abandoned,
            }
        )

    async def set_webhook(self, request: web.Request) -> web.Response:
        hooks, body = self._webhooks_of(request), await json_of(request)
        only(body, *Receiver.__dataclass_fields__)
        hooks.set_receiver(Receiver(**(asdict(hooks.receiver) | body)))
        return answer(asdict(hooks.receiver))

    async def touch_after_page(self, request: web.Request) -> web.Response:
        shop, body = shop_of(self._world, request), await json_of(request)
        only(body, "number", "page", "method")
        hook = PageHook(shop.code, int(body["page"]), str(body["number"]), str(body.get("method", "")))
        self._world.page_hooks.append(hook)
        return answer(asdict(hook))

    def _webhooks_of(self, request: web.Request) -> Webhooks:
        hooks = self._webhooks.get(shop_of(self._world, request).code)
        if hooks is None:
            raise MalformedError("only SITE shops send notices")
        return hooks


def _rate_from(shop: Shop, body: dict[str, Any]) -> Rate:
    only(body, "trade", "line", "result", "content")
    trade = trade_of(shop, str(body["trade"]))
    line = trade.line(str(body["line"])) if body.get("line") else trade.lines[0]
    if line is None or body.get("result") not in {"good", "neutral", "bad"}:
        raise MalformedError("line: of this trade; result: good, neutral or bad")
    return Rate(
        trade=trade.number,
        line=line.number,
        result=body["result"],
        content=str(body.get("content", "")),
        created_at=shop.clock.now(),
        buyer=trade.buyer_name or trade.buyer_id,
        item=line.item,
        title=line.title,
        price_cents=line.price_cents,
    )


def _item_from(shop: Shop, body: dict[str, Any]) -> Item:
    """Create or change an item; what is not named stays as it was."""
    only(body, "item", "sku", "seller_code", "barcode", "title", "price", "quantity", "lock", "deleted", "properties")
    known = shop.by_sku.get(str(body.get("sku", ""))) or shop.items.get((str(body["item"]), str(body.get("sku", ""))))
    blank = Item(shop.code, str(body["item"]), str(body.get("sku", "")), "", "", "", 0)
    values = asdict(known or blank) | {name: value for name, value in body.items() if name != "price"}
    if "price" in body:
        values["price_cents"] = cents(body["price"], "price")
    return Item(**values)
