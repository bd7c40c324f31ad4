"""JD POP shops (京东) through the JOS gateway.

An answer with HTTP 200 and no error at its root may still be a refusal two levels down; both are looked at
before the content.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.faults import (
    ConnectorFault,
    NotOffered,
    OurFault,
    PermissionMissing,
    PlatformFault,
    UnknownThere,
    UnreadableAnswer,
)
from connectors.http import Http, HttpAnswer, HttpRequest
from connectors.marketplaces.deciding import still_to_say
from connectors.marketplaces.jd_faults import ORDER_UNKNOWN, fault_of_gateway, fault_of_service
from connectors.marketplaces.jd_orders import (
    LEFT,
    ORDER_FIELDS,
    ORDER_STATES,
    WITHOUT_REFUNDS,
    line_numbers,
    refunded,
    translate_order,
    translate_refund,
    unreadable_order,
)
from connectors.marketplaces.paging import Page, walk_backwards
from connectors.marketplaces.port import (
    Call,
    IdKind,
    IncomingRefund,
    Marketplace,
    MoneyUnit,
    Paging,
    PersonalData,
    Protocol,
    PulledRefunds,
    PulledSlice,
    RefundNotice,
    ShipmentNotice,
    ShopAccount,
    ShownSku,
    StockLevel,
    StockOutcome,
    TimestampFormat,
    Trade,
    UnreadableRefund,
    now_utc,
)
from connectors.marketplaces.shown import shown_sku
from connectors.payloads import Payload, Unreadable, china_text, number_of, parse_json
from connectors.repetition import each_of, read_repeatedly
from connectors.signatures import wrapped_md5_signature
from domain import orders
from domain.refunds import RefundDecision

SERVER_ERROR = 500
BY_MODIFIED, NEWEST_FIRST = "0", "1"
APPROVED, REJECTED, OTHER_REASON = "1", "2", "5"
refunds_per_page = 50
refund_pages_max = 200
remark_characters_max = 500
skus_per_call_max = 100
flag_max = 5
CARRIERS = "360buy.get.vender.all.delivery.company"
ODD_ROOTS = {CARRIERS: "vender_delivery_all_company_response"}
SHIPMENT_SEPARATORS = frozenset("|,")


class JdMarketplace(Marketplace):
    """A POP shop on JD."""

    platforms = ("JD",)
    protocol = Protocol(
        paging=Paging.REVERSE_PAGE,
        page_size=100,
        pages_max=300,
        slice_max=timedelta(hours=6),
        overlap=timedelta(minutes=5),
        history_max=timedelta(days=90),
        timestamp=TimestampFormat.CHINA_SECONDS,
        clock_tolerance=timedelta(minutes=6),
        money_unit=MoneyUnit.YUAN_TEXT,
        id_kind=IdKind.INTEGER_64_BIT,
        personal_data=PersonalData.MASKED,
        calls_per_second=20,
        calls_at_once_max=4,
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

    def __init__(self, account: ShopAccount, http: Http, now: Callable[[], datetime] = now_utc) -> None:
        super().__init__(account, http, now)
        self._carriers: dict[str, str] = {}

    async def pull_orders(self, since: datetime, until: datetime) -> AsyncIterator[PulledSlice]:
        for from_at, until_at in self.slices(since, until):
            listed = await self._walk(from_at, until_at)
            trades = await each_of(listed, self._whole_order, at_once_max=self.protocol.calls_at_once_max)
            yield PulledSlice(from_at=from_at, until_at=until_at, orders=trades)

    async def pull_refunds(self, since: datetime, until: datetime) -> AsyncIterator[PulledRefunds]:
        for from_at, until_at in self.slices(since, until):
            # A refund is dated twice, when it is asked for and when it is decided; either may fall into the window.
            asked = await self._refunds("applyTime", from_at, until_at)
            decided = await self._refunds("checkTime", from_at, until_at)
            # Where JD passes over the second window it tells every refund there ever was.
            changed = {key: told for key, told in decided.items() if _changed_since(told, from_at)}
            yield PulledRefunds(from_at=from_at, until_at=until_at, refunds=list((asked | changed).values()))

    async def get_order(self, external_number: str) -> Trade | None:
        raw = await self._order(external_number)
        return None if raw is None else await self._with_refunds(translate_order(raw))

    async def tell_shipment(self, notice: ShipmentNotice) -> None:
        if SHIPMENT_SEPARATORS & set(notice.waybill + notice.carrier_code):
            raise OurFault(f"waybill or carrier of {notice.external_number} contains JD's separators")
        if notice.lines is not None:
            await self._demand_whole(notice)
        parameters = {
            "orderId": notice.external_number,
            "logiCoprId": await self._carrier_number(notice.carrier_code),
            "logiNo": notice.waybill,
        }
        try:
            await self.call("jingdong.pop.order.shipment", parameters)
        except OurFault:
            # Told before, and the answer was lost: JD refuses the second time although all is well.
            if not await self._has_left(notice):
                raise

    async def push_stock(self, levels: Sequence[StockLevel]) -> list[StockOutcome]:
        return await each_of(levels, self._push_level, at_once_max=self.protocol.calls_at_once_max)

    async def read_stock(self, wanted: Sequence[ShownSku]) -> list[ShownSku]:
        numbers, found = sorted({each.external_sku for each in wanted}), list[ShownSku]()
        for start in range(0, len(numbers), skus_per_call_max):
            part = numbers[start : start + skus_per_call_max]
            chosen = {"skuId": part, "fields": ["wareId", "skuId", "stockNum"], "pageNo": 1, "pageSize": len(part)}
            content = await self.call("jingdong.sku.read.searchSkuList", chosen)
            page = content.get("page")
            rows = page.get("data") if isinstance(page, dict) else None
            if not isinstance(rows, list):
                raise UnreadableAnswer("jingdong.sku.read.searchSkuList answered no page of SKUs")
            found += [shown_sku(each, "wareId", "skuId", "stockNum") for each in rows]
        return found

    async def update_memo(self, external_number: str, memo: str, flag: int) -> None:
        if len(memo) > remark_characters_max or not 0 <= flag <= flag_max:
            raise OurFault(f"remark of {external_number} is too long or its flag {flag} is none of JD's")
        parameters = {"orderId": external_number, "flag": str(flag), "remark": memo}
        await self.call("jingdong.pop.order.modifyVenderRemark", parameters)

    async def decide_refund(self, notice: RefundNotice) -> None:
        """Answer an application that was made before shipping; JD's services after it are decided at JD itself."""
        told = await self._all_refunds({"orderId": notice.order_number})
        if (found := told.get(notice.refund_number)) is None:
            raise UnknownThere(f"JD lists no refund {notice.refund_number} of {notice.order_number}")
        if not still_to_say(found, notice):
            return
        agreed = notice.decision is RefundDecision.AGREE
        parameters = {
            "id": notice.refund_number,
            "status": APPROVED if agreed else REJECTED,
            "checkUserName": notice.decided_by,
            "remark": notice.reason or "同意退款",
        }
        refused = {} if agreed else {"rejectType": OTHER_REASON}
        await self.call("jingdong.pop.afs.soa.refundapply.replyRefund", parameters | refused)

    async def call(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one signed call and answer the content of its root; a refusal of any level is raised."""
        # Serialised once: the signature covers this very text, and another order of keys would be another text.
        text = json.dumps(parameters, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        sent = {
            "360buy_param_json": text,
            "method": method,
            "app_key": self.account.app_key,
            "access_token": self.account.session or "",
            "timestamp": china_text(now_utc()),
            "v": "2.0",
        }
        sent = {key: value for key, value in sent.items() if value}
        sent["sign"] = wrapped_md5_signature(self.account.app_secret, sent)
        await self.throttle.pass_through()
        request = HttpRequest(
            method="POST",
            url=self.account.base_url,
            operation=method,
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            body=urlencode(sent).encode(),
        )
        return content_of(method, await self.http.send(request))

    async def _walk(self, from_at: datetime, until_at: datetime) -> list[dict[str, Any]]:
        """Every order modified in a window once."""
        chosen = {
            "order_state": ORDER_STATES,
            "optional_fields": ORDER_FIELDS,
            "start_date": china_text(from_at),
            "end_date": china_text(until_at),
            "dateType": BY_MODIFIED,
            "sortType": NEWEST_FIRST,
            "page_size": str(self.protocol.page_size),
            "source_id": "JOS",
        }

        async def read(number: int, counted: bool) -> Page:  # noqa: ARG001 — JD always counts.
            parameters = chosen | {"page": str(number)}
            content = await read_repeatedly(lambda: self.call("jingdong.pop.order.search", parameters))
            return _page_of(content)

        return await walk_backwards(read, page_size=self.protocol.page_size, pages_max=self.protocol.pages_max or 1)

    async def _whole_order(self, listed: dict[str, Any]) -> Trade:
        """Take the order from the list where the list told all of it, else ask for it by number."""
        if listed.get("itemInfoList") and listed.get("modified"):
            return await self._with_refunds(translate_order(listed))
        number = str(listed.get("orderId") or "")
        raw = await self._order(number) if number else None
        if raw is None or str(raw.get("orderId")) != number:
            return unreadable_order(listed, "its details are not there")
        return await self._with_refunds(translate_order(raw))

    async def _with_refunds(self, trade: Trade) -> Trade:
        """Show refunds on their lines: JD's order says nothing of them as long as something of it is left."""
        if isinstance(trade, orders.UnreadableTrade) or trade.status in WITHOUT_REFUNDS:
            return trade
        told = await self._all_refunds({"orderId": trade.external_number})
        return refunded(trade, [each for each in told.values() if isinstance(each, IncomingRefund)])

    async def _order(self, number: str) -> dict[str, Any] | None:
        parameters = {"order_id": number, "optional_fields": ORDER_FIELDS}
        try:
            content = await read_repeatedly(lambda: self.call("jingdong.pop.order.get", parameters))
        except OurFault as refused:
            if refused.code == ORDER_UNKNOWN:
                return None
            raise
        order = (content.get("orderDetailInfo") or {}).get("orderInfo")
        if not isinstance(order, dict):
            raise UnreadableAnswer("jingdong.pop.order.get answered no order")
        return order

    async def _carrier_number(self, code: str) -> str:
        """Translate a carrier's code by JD's own list; a number is JD's already."""
        if code.isdigit():
            return code
        if not self._carriers:
            content = await read_repeatedly(lambda: self.call(CARRIERS, {"fields": "id,name,description"}))
            listed = content.get("logistics_company_list") or []
            self._carriers = {str(carrier.get("description")): str(carrier.get("id")) for carrier in listed}
        if code not in self._carriers:
            raise OurFault(f"JD lists no carrier {code}")
        return self._carriers[code]

    async def _demand_whole(self, notice: ShipmentNotice) -> None:
        """Refuse a partial shipment here: JD would take it for the whole order without a word."""
        raw = await self._order(notice.external_number) or {}
        skus = [str(item.get("skuId")) for item in raw.get("itemInfoList") or []]
        if set(notice.lines or ()) != set(line_numbers(skus)):
            raise NotOffered(f"JD ships {notice.external_number} only as a whole")

    async def _has_left(self, notice: ShipmentNotice) -> bool:
        raw = await self._order(notice.external_number) or {}
        return raw.get("orderState") in LEFT and str(raw.get("waybill")) == notice.waybill

    async def _push_level(self, level: StockLevel) -> StockOutcome:
        parameters = {"skuId": level.external_sku or level.external_item, "stockNum": str(max(level.quantity, 0))}
        try:
            await self.call("jingdong.stock.write.updateSkuStock", parameters)
        except ConnectorFault as fault:
            if fault.stops_shop or isinstance(fault, PermissionMissing):
                raise
            return StockOutcome(level=level, fault=fault)
        return StockOutcome(level=level)

    async def _refunds(
        self, dated: str, from_at: datetime, until_at: datetime
    ) -> dict[str, IncomingRefund | UnreadableRefund]:
        return await self._all_refunds({f"{dated}Start": china_text(from_at), f"{dated}End": china_text(until_at)})

    async def _all_refunds(self, chosen: dict[str, str]) -> dict[str, IncomingRefund | UnreadableRefund]:
        """Read pages forward until one is not full: JD counts no refunds."""
        found: dict[str, IncomingRefund | UnreadableRefund] = {}
        for number in range(1, refund_pages_max + 1):
            rows = await self._refund_page(chosen | {"pageIndex": str(number), "pageSize": str(refunds_per_page)})
            found.update({number_of(row, "id"): translate_refund(row) for row in rows})
            if len(rows) < refunds_per_page:
                return found
        raise OurFault(f"more than {refund_pages_max} pages of refunds in one window")

    async def _refund_page(self, parameters: dict[str, str]) -> list[dict[str, Any]]:
        method = "jingdong.pop.afs.soa.refundapply.queryPageList"
        content = await read_repeatedly(lambda: self.call(method, parameters))
        try:
            return [dict(row.fields) for row in Payload(content).child("queryResult").children("result")]
        except Unreadable as odd:
            raise UnreadableAnswer(f"{method}: {odd}") from odd


def _changed_since(told: IncomingRefund | UnreadableRefund, from_at: datetime) -> bool:
    return isinstance(told, UnreadableRefund) or told.modified_at >= from_at


def content_of(method: str, answer: HttpAnswer) -> dict[str, Any]:
    """Answer the content of the root, once all three levels are free of errors."""
    if answer.status >= SERVER_ERROR:
        raise PlatformFault(f"{method} answered {answer.status}", outcome_unknown=True)
    body = parse_json(answer.body)
    error = body.get("error_response")
    if isinstance(error, dict):
        raise fault_of_gateway(error, now_utc())
    content = body.get(ODD_ROOTS.get(method) or f"{method.replace('.', '_')}_responce")  # It is how JD spells it.
    if not isinstance(content, dict):
        raise UnreadableAnswer(f"{method} answered without its root", outcome_unknown=True)
    if fault := fault_of_service(content, now_utc()):
        raise fault
    return content


def _page_of(content: dict[str, Any]) -> Page:
    try:
        found = Payload(content).child("searchorderinfo_result")
        total = found.integer("orderTotal")
        entries = {
            number_of(dict(order.fields), "orderId"): dict(order.fields) for order in found.children("orderInfoList")
        }
    except Unreadable as odd:
        raise UnreadableAnswer(f"jingdong.pop.order.search: {odd}") from odd
    return Page(entries, total)
