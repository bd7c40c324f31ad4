"""The door of the partner (奇门网关): every call is verified before it is read, and every missing field is named."""

import hmac
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulators.clock import from_china_text
from simulators.faults import PLATFORM_KINDS, Fault
from simulators.qimen.depot import OVER, TYPES, Depot, Paper, PaperLine
from simulators.qimen.messages import BadXmlError, read, write
from simulators.qimen.signing import sign
from simulators.wire import spoil, spoil_before
from simulators.world import World

TOLERANCE_SECONDS = 600
LINES_MAX = 1000
PARAMETERS = ("method", "timestamp", "format", "app_key", "v", "sign", "sign_method", "customerId")
ORDER_TYPES = {
    "ENTRY": {"CGRK", "DBRK", "CCRK", "SCRK", "LYRK", "QTRK", "B2BRK"},
    "DELIVERY": {"JYCK", "HHCK", "BFCK", "QTCK"},
    "RETURN": {"THRK", "HHRK"},
    "STOCKOUT": {"PTCK", "DBCK", "B2BCK", "QTCK", "CGTH"},
}
ITEM_TYPES = {"ZC", "FX", "ZH", "ZP", "BC", "HC", "FL", "XN", "FS", "CC", "OTHER"}
PERSON = ("name", "mobile", "province", "city", "detailAddress")


class QimenError(Exception):
    """What the partner refuses: a code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def needed(body: dict[str, Any], *names: str, where: str = "") -> None:
    """Refuse a request in which one of these is missing or empty."""
    for name in names:
        if not body.get(name):
            raise QimenError("isv.missing-parameter", f"{where}{name} 不能为空")


class QimenGateway:
    """One address; the method stands in its query, the document in its body."""

    def __init__(self, world: World, depot: Depot) -> None:
        self._world, self._depot = world, depot
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "entryorder.create": self._entry,
            "deliveryorder.create": self._delivery,
            "stockout.create": self._stockout,
            "returnorder.create": self._return,
            "singleitem.synchronize": self._article,
            "order.cancel": self._cancel,
            "order.pending": self._pending,
            "inventory.query": self._inventory,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parameters, body = dict(request.query), await request.read()
        fault = self._world.faults.take("wms", parameters.get("method", ""))
        spoilt = await spoil_before(request, fault)
        return spoilt or spoil(request, fault, self._answer(parameters, body, fault))

    def _answer(self, parameters: dict[str, str], body: bytes, fault: Fault | None) -> web.Response:
        try:
            self._verify(parameters, body)
            _ordered(fault)
            method = self._method(parameters["method"])
            with self._world.storage.change():
                told = {"flag": "success", "code": "0", "message": "成功"} | method(read(body))
        except BadXmlError as error:
            told = {"flag": "failure", "code": "isv.invalid-xml", "message": str(error)}
        except QimenError as error:
            told = {"flag": "failure", "code": error.code, "message": error.message}
        return web.Response(body=write("response", told), content_type="text/xml", charset="utf-8")

    def _method(self, name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        if name not in self._methods:
            raise QimenError("isv.invalid-method", f"没有接口 {name}")
        return self._methods[name]

    def _verify(self, parameters: dict[str, str], body: bytes) -> None:
        for name in PARAMETERS:
            if not parameters.get(name):
                raise QimenError("isv.missing-parameter", f"缺少系统参数 {name}")
        account = self._world.wms
        if parameters["format"] != "xml" or parameters["sign_method"] != "md5" or parameters["v"] != "2.0":
            raise QimenError("isv.invalid-parameter", "format=xml, sign_method=md5, v=2.0")
        if parameters["app_key"] != account.app_key or parameters["customerId"] != account.customer_id:
            raise QimenError("isv.invalid-customer", "app_key 或 customerId 不存在")
        try:
            moment = from_china_text(parameters["timestamp"])
        except ValueError:
            raise QimenError("isv.invalid-timestamp", "timestamp 格式为 yyyy-MM-dd HH:mm:ss") from None
        if abs(moment - self._world.clock.wall()) > TOLERANCE_SECONDS:
            raise QimenError("isv.invalid-timestamp", "timestamp 超出十分钟")
        if not hmac.compare_digest(sign(account.app_secret, parameters, body), parameters["sign"]):
            raise QimenError("sign-check-failure", "签名错误")

    def _known(self, body: dict[str, Any]) -> None:
        if body.get("warehouseCode") not in self._world.wms.warehouse_codes:
            raise QimenError("W001", f"仓库编码 {body.get('warehouseCode')} 不存在")
        if body.get("ownerCode", self._world.wms.owner_code) != self._world.wms.owner_code:
            raise QimenError("W002", f"货主编码 {body.get('ownerCode')} 不存在")

    def _entry(self, body: dict[str, Any]) -> dict[str, Any]:
        head = body.get("entryOrder") or {}
        needed(head, "entryOrderCode", "warehouseCode", "ownerCode", "orderType", where="entryOrder.")
        paper = self._take("ENTRY", head["entryOrderCode"], head, body)
        return {"entryOrderId": paper.their_number}

    def _delivery(self, body: dict[str, Any]) -> dict[str, Any]:
        head = body.get("deliveryOrder") or {}
        moments = ("createTime", "placeOrderTime", "operateTime")
        needed(
            head, "deliveryOrderCode", "orderType", "warehouseCode", "sourcePlatformCode", *moments, "shopNick",
            "logisticsCode", where="deliveryOrder.",
        )  # fmt: skip
        for name in ("senderInfo", "receiverInfo"):
            person = head.get(name) or {}
            needed(person, *PERSON, where=f"deliveryOrder.{name}.")
        paper = self._take("DELIVERY", head["deliveryOrderCode"], head, body)
        return {"deliveryOrderId": paper.their_number, "warehouseCode": head["warehouseCode"]}

    def _stockout(self, body: dict[str, Any]) -> dict[str, Any]:
        head = body.get("deliveryOrder") or {}
        needed(head, "deliveryOrderCode", "orderType", "warehouseCode", "createTime", where="deliveryOrder.")
        paper = self._take("STOCKOUT", head["deliveryOrderCode"], head, body)
        return {"deliveryOrderId": paper.their_number, "createTime": head["createTime"]}

    def _return(self, body: dict[str, Any]) -> dict[str, Any]:
        head = body.get("returnOrder") or {}
        names = ("returnOrderCode", "warehouseCode", "preDeliveryOrderCode", "logisticsCode")
        needed(head, *names, where="returnOrder.")
        needed(head.get("senderInfo") or {}, *PERSON, where="returnOrder.senderInfo.")
        paper = self._take("RETURN", head["returnOrderCode"], {"orderType": "THRK"} | head, body)
        return {"returnOrderId": paper.their_number}

    def _article(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add an article or change it; to add it again as it is known is answered as before."""
        needed(body, "actionType", "warehouseCode", "ownerCode", "item")
        self._known(body)
        item = body["item"] if isinstance(body["item"], dict) else {}
        needed(item, "itemCode", "itemName", "barCode", "itemType", where="item.")
        if item["itemType"] not in ITEM_TYPES or body["actionType"] not in ("add", "update"):
            raise QimenError("isv.invalid-parameter", f"itemType {item['itemType']}, actionType {body['actionType']}")
        if item.get("grossWeight") and not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", item["grossWeight"]):
            raise QimenError("isv.invalid-parameter", "item.grossWeight 单位为千克，最多三位小数")
        known = self._depot.articles.get(item["itemCode"])
        if body["actionType"] == "add" and known is not None and known.told != item:
            raise QimenError("W010", f"商品 {item['itemCode']} 已存在")
        if body["actionType"] == "update" and known is None:
            raise QimenError("W011", f"商品 {item['itemCode']} 不存在")
        others = [each for each in self._depot.articles.values() if each.code != item["itemCode"]]
        if any(each.told["barCode"] == item["barCode"] for each in others):
            raise QimenError("W012", f"条码 {item['barCode']} 已被其他商品使用")
        return {"itemId": self._depot.keep_article(item["itemCode"], item).their_number}

    def _take(self, kind: str, code: str, head: dict[str, Any], body: dict[str, Any]) -> Paper:
        """Take a paper whose lines are complete; the same code with other lines is another paper, and refused."""
        self._known(head)
        if head["orderType"] not in ORDER_TYPES[kind]:
            raise QimenError("W003", f"orderType {head['orderType']} 不支持")
        lines = self._lines(body.get("orderLines"))
        for line in lines:
            if line.item not in self._depot.articles:
                raise QimenError("W009", f"商品 {line.item} 未备案")
        known = self._depot.papers.get(code)
        if known is not None and (known.kind != kind or _asked(known.lines) != _asked(lines)):
            raise QimenError("W004", f"单号 {code} 已存在且内容不同")
        return self._depot.take(kind, code, head["orderType"], body, lines)

    def _lines(self, given: Any) -> list[PaperLine]:
        if not isinstance(given, list) or not 1 <= len(given) <= LINES_MAX:
            raise QimenError("isv.missing-parameter", "orderLines 不能为空")
        lines = []
        for place, line in enumerate(given, 1):
            needed(line, "ownerCode", "itemCode", "planQty", where=f"orderLines[{place}].")
            if line["ownerCode"] != self._world.wms.owner_code:
                raise QimenError("W002", f"货主编码 {line['ownerCode']} 不存在")
            if not re.fullmatch(r"[1-9][0-9]{0,8}", line["planQty"]):
                raise QimenError("isv.invalid-parameter", f"orderLines[{place}].planQty 必须为正整数")
            lines.append(PaperLine(line.get("orderLineNo") or str(place), line["itemCode"], int(line["planQty"])))
        return lines

    def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
        needed(body, "warehouseCode", "ownerCode", "orderCode", "orderType")
        self._known(body)
        paper = self._depot.papers.get(body["orderCode"])
        if paper is None:
            raise QimenError("W005", f"单号 {body['orderCode']} 不存在")
        if paper.status not in ("ACCEPT", "PRINT", "CANCELLED"):
            raise QimenError("W006", f"单据 {paper.code} 已 {paper.status}，不能取消")
        paper.status = "CANCELLED"
        self._depot.save(paper)
        return {}

    def _pending(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wait with an order, or go on with it; the same again is answered alike."""
        needed(body, "actionType", "warehouseCode", "orderCode")
        self._known(body)
        if body["actionType"] not in ("pending", "restore"):
            raise QimenError("isv.invalid-parameter", "actionType 为 pending 或 restore")
        paper = self._depot.papers.get(body["orderCode"])
        if paper is None:
            raise QimenError("W005", f"单号 {body['orderCode']} 不存在")
        if body.get("orderType", paper.order_type) != paper.order_type:
            raise QimenError("W003", f"单据 {paper.code} 不是 {body['orderType']}")
        pending = body["actionType"] == "pending"
        if pending and not paper.pending and paper.status not in ("ACCEPT", "PRINT"):
            raise QimenError("W007", f"单据 {paper.code} 已 {paper.status}，不能挂起")
        paper.pending = pending
        self._depot.save(paper)
        return {}

    def _inventory(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = body.get("criteriaList")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
            raise QimenError("isv.invalid-parameter", "criteriaList 为 1 到 100 条")
        items = []
        for each in wanted:
            needed(each, "warehouseCode", "ownerCode", "itemCode", where="criteria.")
            self._known(each)
            types = [each["inventoryType"]] if each.get("inventoryType") else list(TYPES)
            items += [
                {
                    "warehouseCode": each["warehouseCode"],
                    "itemCode": goods.item,
                    "inventoryType": goods.type,
                    "quantity": goods.quantity - goods.locked,
                    "lockQuantity": goods.locked,
                    "batchCode": goods.batch,
                    "productDate": goods.produced,
                    "expireDate": goods.expires,
                }
                for goods in self._depot.goods.values()
                if goods.item == each["itemCode"] and goods.type in types and goods.quantity
            ]
        return {"items": items}


def _ordered(fault: Fault | None) -> None:
    """Fail as a test ordered."""
    if fault is not None and fault.kind in PLATFORM_KINDS:
        raise QimenError(fault.body.get("code", "isp.service-error"), fault.body.get("message", "系统繁忙"))


def _asked(lines: list[PaperLine]) -> list[tuple[str, str, int]]:
    return [(line.number, line.item, line.planned) for line in lines]


def is_over(paper: Paper) -> bool:
    return paper.status in OVER
