"""Qimen (奇门), the contract Chinese ERPs and warehouses share: XML in the body, the call and its signature outside.

Every write is answered alike when it comes twice under one number, so that a lost answer is simply asked for again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from connectors.faults import ConnectorFault, OurFault, PermissionMissing, PlatformFault, SessionDead, UnreadableAnswer
from connectors.http import Http, HttpRequest
from connectors.marketplaces.port import now_utc
from connectors.payloads import Payload, Unreadable, china_text
from connectors.repetition import read_repeatedly
from connectors.signatures import qimen_signature
from connectors.wms.port import PartnerRefused, Wms, WmsAccount
from connectors.wms.qimen_xml import read_xml, write_xml
from domain import exchange
from domain.exchange import GoodsType, PaperKind, PaperType
from domain.kernel import Quantity

articles_per_call_max = 100
OK = 200
NO_CONTENT = Quantity(0)

ORDER_TYPES = {
    PaperType.PURCHASE_ENTRY: "CGRK",
    PaperType.TRANSFER_ENTRY: "DBRK",
    PaperType.OTHER_ENTRY: "QTRK",
    PaperType.SALE: "JYCK",
    PaperType.TRANSFER_OUT: "DBCK",
    PaperType.SUPPLIER_RETURN: "CGTH",
    PaperType.OTHER_OUT: "PTCK",
    PaperType.BUYER_RETURN: "THRK",
}
GOODS_TYPES = {
    "ZP": GoodsType.GOOD,
    "CC": GoodsType.DEFECTIVE,
    "JS": GoodsType.DAMAGED_INSIDE,
    "XS": GoodsType.DAMAGED_BOX,
    "ZT": GoodsType.UNDER_WAY,
}
PLATFORMS = {"TAOBAO": "TB", "TMALL": "TM", "JD": "JD"}
METHODS = {
    PaperKind.ENTRY: "entryorder.create",
    PaperKind.DELIVERY: "deliveryorder.create",
    PaperKind.STOCKOUT: "stockout.create",
    PaperKind.RETURN: "returnorder.create",
}
THEIR_NUMBERS = {PaperKind.ENTRY: "entryOrderId", PaperKind.RETURN: "returnOrderId"}
NORMAL_GOODS = "ZC"
GRAMS_PER_KILOGRAM = 1000
NO_ACCESS = frozenset({"sign-check-failure", "isv.invalid-customer"})


class QimenWms(Wms):
    """One warehouse at a partner that speaks Qimen."""

    def __init__(self, account: WmsAccount, http: Http, now: Callable[[], datetime] = now_utc) -> None:
        self.account, self.http, self.now = account, http, now

    async def synchronize(self, article: exchange.ArticleToSend) -> str:
        """Add an article or change it; a partner may know it already, or not any more, whatever we think."""
        actions = ("update", "add") if article.known else ("add", "update")
        try:
            answer = await self._call("singleitem.synchronize", self._article(actions[0], article))
        except PartnerRefused as refused:
            try:
                answer = await self._call("singleitem.synchronize", self._article(actions[1], article))
            except PartnerRefused:
                raise refused from None
        return answer.optional_text("itemId") or ""

    def _article(self, action: str, article: exchange.ArticleToSend) -> dict[str, Any]:
        account = self.account
        head = {"actionType": action, "warehouseCode": account.warehouse_code, "ownerCode": account.owner_code}
        item = {
            "itemCode": article.item_code,
            "itemName": article.title,
            "barCode": article.barcode,
            "skuProperty": article.specification,
            "itemType": NORMAL_GOODS,
            "grossWeight": format(Decimal(article.weight_grams) / GRAMS_PER_KILOGRAM, "f"),
        }
        return {**head, "item": item}

    async def send(self, paper: exchange.PaperToSend) -> str:
        answer = await self._call(METHODS[paper.kind], self._body(paper))
        return answer.optional_text(THEIR_NUMBERS.get(paper.kind, "deliveryOrderId")) or ""

    async def cancel(self, number: str, type_: PaperType) -> None:
        account = self.account
        body = {"warehouseCode": account.warehouse_code, "ownerCode": account.owner_code, "orderCode": number}
        await self._call("order.cancel", body | {"orderType": ORDER_TYPES[type_]})

    async def pause(self, number: str, type_: PaperType, reason: str) -> None:
        await self._pending(number, type_, {"actionType": "pending", "reason": reason})

    async def resume(self, number: str, type_: PaperType) -> None:
        await self._pending(number, type_, {"actionType": "restore"})

    async def _pending(self, number: str, type_: PaperType, asked: Mapping[str, str]) -> None:
        account = self.account
        body = {"warehouseCode": account.warehouse_code, "ownerCode": account.owner_code, "orderCode": number}
        await self._call("order.pending", {**asked, **body, "orderType": ORDER_TYPES[type_]})

    async def stock(self, item_codes: Sequence[str]) -> list[exchange.HeldGoods]:
        held: list[exchange.HeldGoods] = []
        for start in range(0, len(item_codes), articles_per_call_max):
            part = item_codes[start : start + articles_per_call_max]
            held += await read_repeatedly(lambda part=part: self._stock(part))  # type: ignore[misc]
        return held

    async def _stock(self, item_codes: Sequence[str]) -> list[exchange.HeldGoods]:
        account = self.account
        one = {"warehouseCode": account.warehouse_code, "ownerCode": account.owner_code}
        answer = await self._call(
            "inventory.query", {"criteriaList": [one | {"itemCode": code} for code in item_codes]}
        )
        try:
            items = answer.children("items")
            ours = [each for each in items if each.text("warehouseCode") == account.warehouse_code]
            return [held_goods(each) for each in ours]
        except Unreadable as odd:
            raise UnreadableAnswer(f"inventory.query: {odd}") from odd

    def _body(self, paper: exchange.PaperToSend) -> dict[str, Any]:
        lines = [self._line(line) for line in paper.lines]
        head = {"warehouseCode": self.account.warehouse_code, "ownerCode": self.account.owner_code}
        head |= {"orderType": ORDER_TYPES[paper.type], "remark": paper.source_number}
        if paper.kind is PaperKind.ENTRY:
            entry = {"entryOrderCode": paper.number, "orderCreateTime": china_text(paper.written_at)}
            return {"entryOrder": entry | head, "orderLines": lines}
        if paper.kind is PaperKind.RETURN:
            return {"returnOrder": {"returnOrderCode": paper.number} | head | self._return(paper), "orderLines": lines}
        head |= {"deliveryOrderCode": paper.number, "createTime": china_text(paper.written_at)}
        if paper.kind is PaperKind.DELIVERY:
            head |= self._delivery(paper)
        return {"deliveryOrder": head, "orderLines": lines}

    def _delivery(self, paper: exchange.PaperToSend) -> dict[str, Any]:
        moment = china_text(paper.written_at)
        return {
            "sourcePlatformCode": PLATFORMS.get(paper.platform, "OTHER"),
            "sourcePlatformName": paper.platform,
            "placeOrderTime": moment,
            "operateTime": moment,
            "shopNick": paper.shop_name,
            "logisticsCode": "OTHER",
            "senderInfo": _person(self.account.sender),
            "receiverInfo": _person(paper.receiver),
        }

    def _return(self, paper: exchange.PaperToSend) -> dict[str, Any]:
        return {
            "preDeliveryOrderCode": paper.original_number,
            "returnReason": paper.reason,
            "logisticsCode": paper.carrier_code or "OTHER",
            "expressCode": paper.waybill,
            "senderInfo": _person(paper.sender),
        }

    def _line(self, line: exchange.PaperGoods) -> dict[str, Any]:
        return {
            "orderLineNo": line.line_number,
            "ownerCode": self.account.owner_code,
            "itemCode": line.item_code,
            "itemName": line.title,
            "planQty": line.quantity.value.normalize().__format__("f"),
            "actualPrice": line.price,
            "batchCode": line.lot_code,
        }

    async def _call(self, method: str, content: Mapping[str, Any]) -> Payload:
        body = write_xml("request", content)
        parameters = {
            "method": method,
            "timestamp": china_text(self.now()),
            "format": "xml",
            "app_key": self.account.app_key,
            "v": "2.0",
            "sign_method": "md5",
            "customerId": self.account.customer_id,
        }
        parameters["sign"] = qimen_signature(self.account.app_secret, parameters, body)
        url = f"{self.account.base_url}?{urlencode(parameters)}"
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        request = HttpRequest(method="POST", url=url, operation=method, headers=headers, body=body)
        answer = await self.http.send(request)
        if answer.status != OK:
            raise PlatformFault(f"{method} answered {answer.status}", outcome_unknown=True)
        return checked(method, answer.body)


def checked(method: str, body: bytes) -> Payload:
    """Read an answer; whatever the partner refuses is raised."""
    _, content = read_xml(body)
    answer = Payload(content)
    try:
        if answer.text("flag") == "success":
            return answer
        raise fault_of(answer.optional_text("code") or "", answer.optional_text("message") or f"{method} failed")
    except Unreadable as odd:
        raise UnreadableAnswer(f"{method}: {odd}", outcome_unknown=True) from odd


def fault_of(code: str, told: str) -> ConnectorFault:
    """Classify a refusal: what is not of the gateway is the partner's own no."""
    if code in NO_ACCESS:
        return SessionDead(told, code=code)
    if code == "isv.invalid-method":
        return PermissionMissing(told, code=code)
    if code.startswith("isp."):
        return PlatformFault(told, code=code)
    if code.startswith("isv."):
        return OurFault(told, code=code)
    return PartnerRefused(told, code=code)


def held_goods(item: Payload) -> exchange.HeldGoods:
    """Read what is held; Qimen's quantity is without what is locked, ours with it."""
    locked = item.quantity("lockQuantity") if item.optional_text("lockQuantity") else NO_CONTENT
    return exchange.HeldGoods(
        item_code=item.text("itemCode"),
        goods_type=item.meaning("inventoryType", GOODS_TYPES)
        if item.optional_text("inventoryType")
        else GoodsType.GOOD,
        quantity=item.quantity("quantity") + locked,
        locked=locked,
        lot_code=item.optional_text("batchCode"),
    )


def _person(person: exchange.Person | None) -> dict[str, str]:
    if person is None:
        raise OurFault("a delivery without a receiver, or a return without a sender")
    return {
        "name": person.name,
        "mobile": person.phone,
        "province": person.province,
        "city": person.city,
        "area": person.district,
        "detailAddress": person.detail,
    }
