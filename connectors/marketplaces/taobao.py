"""Taobao and Tmall (淘宝, 天猫) through the Taobao Open Platform.

Lists run from the newest change to the oldest and are walked from the last page back to the first: what changes
meanwhile leaves the window or moves to the front, and so never slips past us.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from connectors.faults import ConnectorFault, OurFault, PermissionMissing, PlatformFault, UnreadableAnswer
from connectors.http import HttpAnswer, HttpRequest
from connectors.marketplaces import taobao_refunds
from connectors.marketplaces.paging import Page, walk_backwards
from connectors.marketplaces.port import (
    Call,
    IdKind,
    Marketplace,
    MoneyUnit,
    Paging,
    PersonalData,
    Protocol,
    PulledRefunds,
    PulledSlice,
    RefundNotice,
    ShipmentNotice,
    ShownSku,
    StockLevel,
    StockOutcome,
    TimestampFormat,
    Trade,
    now_utc,
)
from connectors.marketplaces.shown import shown_sku
from connectors.marketplaces.taobao_faults import NO_SUCH_TRADE, fault_of
from connectors.marketplaces.taobao_trades import (
    LIST_FIELDS,
    REFUND_FIELDS,
    TRADE_FIELDS,
    translate_refund,
    translate_trade,
    unreadable_trade,
    unwrapped,
)
from connectors.payloads import Unreadable, china_text, number_of, parse_json
from connectors.repetition import each_of, read_repeatedly
from connectors.signatures import top_signature

skus_per_call_max = 20
items_per_call_max = 40
memo_bytes_max = 1000
flag_max = 5
TRADE_TYPES = "guarantee_trade,auto_delivery,ec,cod,step"
LEFT = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
SERVER_ERROR = 500
TMALL = "TMALL"


@dataclass(frozen=True, slots=True)
class Listing:
    """One of TOP's paged lists: which call, where its array is, and what identifies an entry."""

    method: str
    container: str
    name: str
    key: str
    parameters: tuple[tuple[str, str], ...]


TRADES = Listing(
    "taobao.trades.sold.increment.get", "trades", "trade", "tid", (("fields", LIST_FIELDS), ("type", TRADE_TYPES))
)
REFUNDS = Listing("taobao.refunds.receive.get", "refunds", "refund", "refund_id", (("fields", REFUND_FIELDS),))


class TaobaoMarketplace(Marketplace):
    """A Taobao or Tmall shop: TOP serves both alike."""

    platforms = ("TAOBAO", "TMALL")
    protocol = Protocol(
        paging=Paging.REVERSE_PAGE,
        page_size=50,
        pages_max=1000,
        slice_max=timedelta(minutes=30),
        overlap=timedelta(minutes=5),
        history_max=timedelta(days=90),
        timestamp=TimestampFormat.CHINA_SECONDS,
        clock_tolerance=timedelta(minutes=10),
        money_unit=MoneyUnit.YUAN_TEXT,
        id_kind=IdKind.INTEGER_UNBOUNDED,
        personal_data=PersonalData.MASKED_WITH_TOKEN,
        calls_per_second=40,
        calls_at_once_max=8,
        offers=frozenset(
            {
                Call.PULL_ORDERS,
                Call.PULL_REFUNDS,
                Call.GET_ORDER,
                Call.TELL_SHIPMENT,
                Call.PUSH_STOCK,
                Call.UPDATE_MEMO,
                Call.READ_STOCK,
                Call.DECIDE_REFUND,
            }
        ),
    )

    async def pull_orders(self, since: datetime, until: datetime) -> AsyncIterator[PulledSlice]:
        for from_at, until_at in self.slices(since, until):
            listed = await self._walk(TRADES, from_at, until_at)
            trades = await each_of(listed, self._full_trade, at_once_max=self.protocol.calls_at_once_max)
            yield PulledSlice(from_at=from_at, until_at=until_at, orders=trades)

    async def pull_refunds(self, since: datetime, until: datetime) -> AsyncIterator[PulledRefunds]:
        for from_at, until_at in self.slices(since, until):
            listed = await self._walk(REFUNDS, from_at, until_at)
            refunds = [translate_refund(refund) for refund in listed]
            yield PulledRefunds(from_at=from_at, until_at=until_at, refunds=refunds)

    async def get_order(self, external_number: str) -> Trade | None:
        raw = await self._trade(external_number)
        return None if raw is None else translate_trade(raw)

    async def tell_shipment(self, notice: ShipmentNotice) -> None:
        parameters = {"tid": notice.external_number, "company_code": notice.carrier_code, "out_sid": notice.waybill}
        if notice.lines is not None:
            parameters |= {"sub_tid": ",".join(notice.lines), "is_split": "1"}
        try:
            answer = await self.call("taobao.logistics.online.send", parameters)
        except OurFault:
            # Told before, and the answer was lost: the platform refuses the second time although all is well.
            if not await self._has_left(notice):
                raise
            return
        if str((answer.get("shipping") or {}).get("is_success")).lower() != "true":
            raise OurFault(f"shipment of {notice.external_number} was not accepted")

    async def push_stock(self, levels: Sequence[StockLevel]) -> list[StockOutcome]:
        outcomes: list[StockOutcome] = []
        ordered = sorted(levels, key=lambda level: (level.external_item, level.external_sku is not None))
        for _, group in groupby(ordered, key=lambda level: (level.external_item, level.external_sku is not None)):
            item = list(group)
            for start in range(0, len(item), skus_per_call_max):
                outcomes += await self._push_batch(item[start : start + skus_per_call_max])
        return outcomes

    async def read_stock(self, wanted: Sequence[ShownSku]) -> list[ShownSku]:
        items, asked = sorted({each.external_item for each in wanted}), {each.external_sku for each in wanted}
        found: list[ShownSku] = []
        for start in range(0, len(items), items_per_call_max):
            parameters = {
                "num_iids": ",".join(items[start : start + items_per_call_max]),
                "fields": "num_iid,sku_id,quantity",
            }
            content = await self.call("taobao.item.skus.get", parameters)
            rows = unwrapped(content.get("skus"), "sku")
            found += [shown_sku(each, "num_iid", "sku_id", "quantity") for each in rows]
        return [each for each in found if each.external_sku in asked]

    async def update_memo(self, external_number: str, memo: str, flag: int) -> None:
        if len(memo.encode()) > memo_bytes_max or not 0 <= flag <= flag_max:
            raise OurFault(f"memo of {external_number} is too long or its flag {flag} is none of TOP's")
        parameters = {"tid": external_number, "memo": memo, "flag": str(flag)}
        await self.call("taobao.trade.memo.update", parameters if memo else parameters | {"reset": "true"})

    async def decide_refund(self, notice: RefundNotice) -> None:
        await taobao_refunds.decide(self.call, notice, tmall=self.account.platform == TMALL)

    async def call(self, method: str, parameters: dict[str, str]) -> dict[str, Any]:
        """Make one signed call and answer the content of its root; whatever the platform refuses is raised."""
        sent = {key: value for key, value in (parameters | self._system_parameters(method)).items() if key and value}
        sent["sign"] = top_signature(self.account.app_secret, sent)
        await self.throttle.pass_through()
        answer = await self.http.send(
            HttpRequest(
                method="POST",
                url=self.account.base_url,
                operation=method,
                headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
                body=urlencode(sent).encode(),
            )
        )
        return self._content(method, answer)

    def _system_parameters(self, method: str) -> dict[str, str]:
        return {
            "method": method,
            "app_key": self.account.app_key,
            "session": self.account.session or "",
            "timestamp": china_text(now_utc()),
            "v": "2.0",
            "sign_method": "hmac-sha256",
            "format": "json",
        }

    def _content(self, method: str, answer: HttpAnswer) -> dict[str, Any]:
        if answer.status >= SERVER_ERROR:
            raise PlatformFault(f"{method} answered {answer.status}", outcome_unknown=True)
        body = parse_json(answer.body)
        error = body.get("error_response")
        if isinstance(error, dict):
            raise fault_of(error, now_utc())
        content = body.get(f"{method.removeprefix('taobao.').replace('.', '_')}_response")
        if not isinstance(content, dict):
            raise UnreadableAnswer(f"{method} answered without its root", outcome_unknown=True)
        return content

    async def _walk(self, listing: Listing, from_at: datetime, until_at: datetime) -> list[dict[str, Any]]:
        """Every entry of a window once; the total costs TOP a count and is asked for on the first page only."""
        window = {"start_modified": china_text(from_at), "end_modified": china_text(until_at)}

        async def read(number: int, counted: bool) -> Page:
            paging = {"page_no": str(number), "page_size": str(self.protocol.page_size)}
            parameters = dict(listing.parameters) | window | paging | {"use_has_next": "false" if counted else "true"}
            content = await read_repeatedly(lambda: self.call(listing.method, parameters))
            return _page_of(listing, content, counted=counted)

        return await walk_backwards(read, page_size=self.protocol.page_size, pages_max=self.protocol.pages_max or 1)

    async def _full_trade(self, listed: dict[str, Any]) -> Trade:
        """Ask for the whole trade by its number; the list tells only part of it."""
        number = str(listed.get("tid") or "")
        if not number:
            return unreadable_trade(listed, "tid is missing")
        try:
            raw = await self._trade(number)
        except OurFault as refused:
            return unreadable_trade(listed, f"its details were refused: {refused}")
        if raw is None or str(raw.get("tid")) != number:
            return unreadable_trade(listed, "its details are not there")
        return translate_trade(raw)

    async def _trade(self, number: str) -> dict[str, Any] | None:
        parameters = {"tid": number, "fields": TRADE_FIELDS, "include_oaid": "true"}
        try:
            content = await read_repeatedly(lambda: self.call("taobao.trade.fullinfo.get", parameters))
        except OurFault as refused:
            if refused.sub_code == NO_SUCH_TRADE:
                return None
            raise
        trade = content.get("trade")
        if not isinstance(trade, dict):
            raise UnreadableAnswer("taobao.trade.fullinfo.get answered no trade")
        return trade

    async def _has_left(self, notice: ShipmentNotice) -> bool:
        raw = await self._trade(notice.external_number)
        lines = unwrapped((raw or {}).get("orders"), "order")
        told = [line for line in lines if notice.lines is None or str(line.get("oid")) in notice.lines]
        return bool(told) and all(
            line.get("status") in LEFT and str(line.get("invoice_no")) == notice.waybill for line in told
        )

    async def _push_batch(self, levels: list[StockLevel]) -> list[StockOutcome]:
        """Up to twenty SKUs of one item; if the call fails, each SKU alone shows whose fault it is."""
        try:
            await self.call(*_stock_call(levels))
        except ConnectorFault as fault:
            if fault.stops_shop or isinstance(fault, PermissionMissing):
                raise
            if len(levels) == 1:
                return [StockOutcome(level=levels[0], fault=fault)]
            return [outcome for level in levels for outcome in await self._push_batch([level])]
        return [StockOutcome(level=level) for level in levels]


def _page_of(listing: Listing, content: dict[str, Any], *, counted: bool) -> Page:
    try:
        entries = unwrapped(content.get(listing.container), listing.name)
        total = int(content["total_results"]) if counted else None
    except (Unreadable, ValueError, TypeError, KeyError) as odd:
        raise UnreadableAnswer(f"{listing.method}: {odd!r}") from odd
    return Page({number_of(entry, listing.key): entry for entry in entries}, total)


def _stock_call(levels: list[StockLevel]) -> tuple[str, dict[str, str]]:
    """Full updates (type 1) only: an absolute level may be told twice, a difference may not."""
    item = levels[0].external_item
    if levels[0].external_sku is None:
        return "taobao.item.quantity.update", {"num_iid": item, "quantity": _shown(levels[0]), "type": "1"}
    pairs = ";".join(f"{level.external_sku}:{_shown(level)}" for level in levels)
    return "taobao.skus.quantity.update", {"num_iid": item, "skuid_quantities": pairs, "type": "1"}


def _shown(level: StockLevel) -> str:
    return str(max(level.quantity, 0))
