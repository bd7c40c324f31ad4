"""The SITE protocol (官网接口), version 1: signed JSON calls to a site.

docs/site-protocol.md is what a site's programmers read; own sites and pharmacies speak it alike.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.faults import ConnectorFault, NotOffered, OurFault, PermissionMissing, UnreadableAnswer
from connectors.http import HttpRequest
from connectors.marketplaces.port import (
    Call,
    GoodsNotice,
    IdKind,
    Marketplace,
    MoneyUnit,
    Paging,
    PersonalData,
    PriceNotice,
    Protocol,
    PulledRefunds,
    PulledSlice,
    RefundNotice,
    ShipmentNotice,
    ShopAccount,
    ShownSku,
    StateNotice,
    StockLevel,
    StockOutcome,
    TimestampFormat,
    now_utc,
)
from connectors.marketplaces.shown import shown_sku
from connectors.marketplaces.site_faults import content_of
from connectors.marketplaces.site_orders import translate_order, translate_refund
from connectors.payloads import Payload, Unreadable, number_of
from connectors.repetition import each_of, read_repeatedly
from connectors.signatures import site_signature
from domain.refunds import RefundDecision

clock_tolerance = timedelta(seconds=600)
SHIPPED_ALREADY = "304"
DECISIONS = {
    RefundDecision.AGREE: "agree",
    RefundDecision.REFUSE: "refuse",
    RefundDecision.GOODS_BACK: "confirm_goods",
}
UNKNOWN_CALL = "200"
skus_per_call_max = 100

SITE_PROTOCOL = Protocol(
    paging=Paging.CURSOR,
    page_size=100,
    pages_max=1000,
    slice_max=timedelta(hours=24),
    overlap=timedelta(minutes=5),
    history_max=timedelta(days=3650),
    timestamp=TimestampFormat.UNIX_SECONDS,
    clock_tolerance=clock_tolerance,
    money_unit=MoneyUnit.YUAN_TEXT,
    id_kind=IdKind.TEXT,
    personal_data=PersonalData.PLAIN,
    calls_per_second=40,
    calls_at_once_max=8,
    offers=frozenset(set(Call) - {Call.GET_ORDER}),
)


class SiteMarketplace(Marketplace):
    """A shop that speaks the SITE protocol; which platforms do, their own files say."""

    async def pull_orders(self, since: datetime, until: datetime) -> AsyncIterator[PulledSlice]:
        for from_at, until_at in self.slices(since, until):
            items = await self._walk("orders.pull", "order_no", from_at, until_at)
            yield PulledSlice(from_at=from_at, until_at=until_at, orders=[translate_order(item) for item in items])

    async def pull_refunds(self, since: datetime, until: datetime) -> AsyncIterator[PulledRefunds]:
        for from_at, until_at in self.slices(since, until):
            items = await self._walk("refunds.pull", "refund_no", from_at, until_at)
            yield PulledRefunds(from_at=from_at, until_at=until_at, refunds=[translate_refund(item) for item in items])

    async def tell_shipment(self, notice: ShipmentNotice) -> None:
        package: dict[str, Any] = {"carrier": notice.carrier_code, "waybill": notice.waybill}
        if notice.lines is not None:
            package["lines"] = list(notice.lines)
        try:
            await self.call("order.ship", {"order_no": notice.external_number, "packages": [package]})
        except OurFault as refused:
            # Told before, and the answer was lost: some sites refuse the second time although all is well.
            if refused.code != SHIPPED_ALREADY or not await self._has_left(notice):
                raise

    async def push_stock(self, levels: Sequence[StockLevel]) -> list[StockOutcome]:
        return await each_of(levels, self._push_level, at_once_max=self.protocol.calls_at_once_max)

    async def read_stock(self, wanted: Sequence[ShownSku]) -> list[ShownSku]:
        asked, found = sorted({each.external_sku for each in wanted}), list[ShownSku]()
        for start in range(0, len(asked), skus_per_call_max):
            found += await self._shown(asked[start : start + skus_per_call_max])
        return [each for each in found if each.external_sku in asked]

    async def push_goods(self, goods: GoodsNotice) -> None:
        specifications = [
            {
                "sku_no": specification.sku_code,
                "props": specification.properties,
                "barcode": specification.barcode,
                "weight_g": specification.weight_grams,
            }
            for specification in goods.specifications
        ]
        await self.call(
            "goods.push",
            {
                "goods_no": goods.goods_code,
                "title": goods.title,
                "brand": goods.brand,
                "category": goods.category,
                "barcode": goods.barcode,
                "specs": specifications,
                "images": list(goods.images),
                "description": goods.description,
                "attrs": goods.attributes,
            },
        )

    async def withdraw_goods(self, goods_code: str) -> None:
        await self.call("goods.offline", {"goods_no": goods_code})

    async def push_price(self, price: PriceNotice) -> None:
        told: dict[str, Any] = {
            "sku_no": price.sku_code,
            "price": str(price.price),
            "market_price": None if price.market_price is None else str(price.market_price),
            "member_prices": {tier: str(amount) for tier, amount in price.member_prices.items()},
            "effective_from": price.effective_from_at and _moment_text(price.effective_from_at),
            "effective_to": price.effective_until_at and _moment_text(price.effective_until_at),
        }
        await self.call("price.push", {key: value for key, value in told.items() if value is not None})

    async def tell_state(self, notice: StateNotice) -> None:
        told = {
            "order_no": notice.external_number,
            "state": notice.state.value,
            "version": notice.version,
            "reason": notice.reason,
        }
        await self.call("order.state", {key: value for key, value in told.items() if value is not None})

    async def decide_refund(self, notice: RefundNotice) -> None:
        told = {
            "refund_no": notice.refund_number,
            "decision": DECISIONS[notice.decision],
            "operator": notice.decided_by,
            "reason": notice.reason,
        }
        await self.call("refund.decide", {key: value for key, value in told.items() if value is not None})

    async def update_memo(self, external_number: str, memo: str, flag: int) -> None:
        await self.call("order.memo", {"order_no": external_number, "memo": memo, "flag": flag})

    async def call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make one signed call and answer its data; the bytes that are signed are the bytes that are sent."""
        await self.throttle.pass_through()
        return content_of(operation, await self.http.send(signed_request(self.account, operation, body)))

    async def _has_left(self, notice: ShipmentNotice) -> bool:
        """Look among the orders of the last window: the shipment itself changed the order."""
        now = self.now()
        items = await self._walk("orders.pull", "order_no", now - self.protocol.slice_max, now)
        order = next((item for item in items if item.get("order_no") == notice.external_number), {})
        lines = [line.fields for line in Payload(order).children("lines")]
        told = [line for line in lines if notice.lines is None or str(line.get("line_no")) in notice.lines]
        return bool(told) and all(line.get("waybill") == notice.waybill for line in told)

    async def _walk(self, operation: str, key: str, from_at: datetime, until_at: datetime) -> list[dict[str, Any]]:
        """Follow the cursor to its end; an entry met twice counts as it was met last."""
        body: dict[str, Any] = {
            "modified_from": _moment_text(from_at),
            "modified_to": _moment_text(until_at),
            "limit": self.protocol.page_size,
        }
        seen: dict[str, dict[str, Any]] = {}
        cursors: set[str] = set()
        while True:
            items, cursor = _page(await self._read(operation, dict(body)))
            seen.update({number_of(item, key): item for item in items})
            if cursor is None:
                return list(seen.values())
            if cursor in cursors or len(cursors) >= (self.protocol.pages_max or 0):
                raise UnreadableAnswer(f"{operation}: its cursor runs in a circle or without end")
            cursors.add(cursor)
            body["cursor"] = cursor

    async def _read(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        return await read_repeatedly(lambda: self.call(operation, body))

    async def _shown(self, sku_codes: Sequence[str]) -> list[ShownSku]:
        """Ask what is shown of a few SKUs; a site that was built before it could be asked does not know the call."""
        try:
            data = await self._read("stock.query", {"sku_nos": list(sku_codes)})
        except OurFault as refused:
            if refused.code == UNKNOWN_CALL:
                raise NotOffered(f"{self.account.shop_code} does not know stock.query") from refused
            raise
        items = data.get("items")
        if not isinstance(items, list):
            raise UnreadableAnswer("stock.query without items")
        return [shown_sku(each, "goods_no", "sku_no", "quantity") for each in items]

    async def _push_level(self, level: StockLevel) -> StockOutcome:
        body = {
            "sku_no": level.external_sku or level.seller_code or level.external_item,
            "quantity": max(level.quantity, 0),
            "version": level.version,
        }
        try:
            told = await self.call("stock.push", body)
        except ConnectorFault as fault:
            if fault.stops_shop or isinstance(fault, PermissionMissing):
                raise
            return StockOutcome(level=level, fault=fault)
        return StockOutcome(level=level, superseded=told.get("applied") is False)


def signed_request(account: ShopAccount, operation: str, body: Mapping[str, Any]) -> HttpRequest:
    """Serialise once and sign these very bytes."""
    url = f"{account.base_url.rstrip('/')}/api/erp/v1/{operation}"
    sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp, nonce = str(int(now_utc().timestamp())), uuid4().hex
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Key": account.app_key,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": site_signature(account.app_secret, "POST", urlsplit(url).path, timestamp, nonce, sent),
    }
    return HttpRequest(method="POST", url=url, operation=operation, headers=headers, body=sent)


def _page(data: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    page = Payload(data)
    try:
        return [dict(item.fields) for item in page.children("items")], page.optional_text("next_cursor")
    except Unreadable as odd:
        raise UnreadableAnswer(f"a page with {odd}") from odd


def _moment_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
