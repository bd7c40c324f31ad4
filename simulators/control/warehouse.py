"""Acting as the people of the partner's warehouse (外仓作业): pick, confirm in whole or part, count, and report it."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from simulators.clock import china_text
from simulators.control.door import UnknownError, answer, json_of, only
from simulators.numbering import request_number
from simulators.parsing import MalformedError
from simulators.qimen.depot import TYPES, Depot, Paper
from simulators.qimen.gateway import is_over
from simulators.qimen.reports import Reports
from simulators.site.webhooks import Receiver
from simulators.world import World

LINE = ("item", "number", "quantity", "type", "batch", "produced", "expires")
METHODS = {
    "ENTRY": "entryorder.confirm",
    "DELIVERY": "deliveryorder.confirm",
    "STOCKOUT": "stockout.confirm",
    "RETURN": "returnorder.confirm",
}


class WarehouseControls:
    """Routes under /control/wms."""

    def __init__(self, world: World, depot: Depot, reports: Reports) -> None:
        self._world, self._depot, self._reports = world, depot, reports

    def routes(self) -> list[web.RouteDef]:
        base = "/control/wms"
        return [
            web.get(f"{base}/papers", self.papers),
            web.get(f"{base}/reports", self.told),
            web.get(f"{base}/goods", self.goods),
            web.get(f"{base}/articles", self.articles),
            web.post(f"{base}/receiver", self.receiver),
            web.post(f"{base}/goods", self.put_goods),
            web.post(f"{base}/papers/{{code}}/process", self.process),
            web.post(f"{base}/papers/{{code}}/confirm", self.confirm),
            web.post(f"{base}/count", self.count),
            web.post(f"{base}/say", self.say),
        ]

    async def papers(self, _: web.Request) -> web.Response:
        return answer({"papers": [asdict(each) for each in self._depot.papers.values()]})

    async def told(self, _: web.Request) -> web.Response:
        pending = [asdict(each) for each in self._reports.pending.values()]
        return answer({"receiver": asdict(self._reports.receiver), "pending": pending, "told": self._reports.told})

    async def goods(self, _: web.Request) -> web.Response:
        return answer({"goods": [asdict(each) for each in self._depot.goods.values()]})

    async def articles(self, _: web.Request) -> web.Response:
        return answer({"articles": [asdict(each) for each in self._depot.articles.values()]})

    async def receiver(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        only(body, *Receiver.__dataclass_fields__)
        self._reports.set_receiver(Receiver(**(asdict(self._reports.receiver) | body)))
        return answer(asdict(self._reports.receiver))

    async def put_goods(self, request: web.Request) -> web.Response:
        """Say how much is there of articles, without telling anybody."""
        body = await json_of(request)
        only(body, "goods")
        for each in body.get("goods", ()):
            line = _line(each)
            self._depot.set_quantity(line["item"], line["type"], line["batch"], line["quantity"], _dates(line))
        return await self.goods(request)

    async def process(self, request: web.Request) -> web.Response:
        """Report a step of a paper: PRINT, PICK, PACKAGE, EXCEPTION."""
        paper, body = self._working(request), await json_of(request)
        only(body, "status", "operator", "at", "remark")
        if not is_over(paper):
            paper.status = str(body["status"])
            self._depot.save(paper)
        moment = body.get("at") or china_text(self._world.clock.now())
        self._reports.tell(
            "orderprocess.report",
            {
                "order": {
                    "orderCode": paper.code,
                    "orderId": paper.their_number,
                    "orderType": paper.order_type,
                    "warehouseCode": self._warehouse(paper),
                },
                "process": {
                    "processStatus": body["status"],
                    "operatorName": body.get("operator", "张三"),
                    "operateTime": moment,
                    "remark": body.get("remark"),
                },
            },
        )
        return answer(asdict(paper))

    async def confirm(self, request: web.Request) -> web.Response:
        """Confirm a paper: all that is open or the lines given, as the last report or as one of several."""
        paper, body = self._working(request), await json_of(request)
        only(body, "lines", "final", "report", "packages", "status")
        open_lines = [
            {"number": line.number, "item": line.item, "quantity": line.planned - line.done}
            for line in paper.lines
            if line.planned > line.done
        ]
        lines = [_line(each) for each in body.get("lines", open_lines)]
        final = bool(body.get("final", True))
        with self._world.storage.change():
            for line in lines:
                self._done(paper, line)
            paper.status, paper.reports = "CONFIRMED" if final else "PARTDONE", paper.reports + 1
            self._depot.save(paper)
            code = str(body.get("report") or f"{paper.code}-{paper.reports}")
            message = self._message(paper, lines, code, final=final)
            if paper.kind == "DELIVERY":
                packed = body.get("packages") or [{"carrier": "SF", "waybill": f"SF1{paper.their_number[:12]}"}]
                message["packages"] = [_package(each) for each in packed]
            self._reports.tell(METHODS[paper.kind], message)
        return answer(asdict(paper) | {"report": code})

    def _done(self, paper: Paper, line: dict[str, Any]) -> None:
        for known in paper.lines:
            if known.item == line["item"] and line["number"] in ("", known.number):
                known.done += line["quantity"]
                break
        sign = 1 if paper.kind in ("ENTRY", "RETURN") else -1
        self._depot.move(line["item"], line["type"], line["batch"], sign * line["quantity"], _dates(line))

    def _message(self, paper: Paper, lines: list[dict[str, Any]], code: str, *, final: bool) -> dict[str, Any]:
        moment = china_text(self._world.clock.now())
        head = {
            "warehouseCode": self._warehouse(paper),
            "ownerCode": self._world.wms.owner_code,
            "outBizCode": code,
            "confirmType": "0" if final else "1",
            "operateTime": moment,
        }
        told = [_told(line) for line in lines]
        if paper.kind == "RETURN":
            return {"returnOrder": self._returned(paper, head), "orderLines": told}
        if paper.kind == "ENTRY":
            status = "FULFILLED" if final else "PARTFULFILLED"
            names = {"entryOrderCode": paper.code, "entryOrderId": paper.their_number, "status": status}
            return {"entryOrder": head | names | {"entryOrderType": paper.order_type}, "orderLines": told}
        status = "DELIVERED" if final else "PARTDELIVERED"
        names = {"deliveryOrderCode": paper.code, "deliveryOrderId": paper.their_number, "status": status}
        return {"deliveryOrder": head | names | {"orderType": paper.order_type}, "orderLines": told}

    def _returned(self, paper: Paper, head: dict[str, Any]) -> dict[str, Any]:
        """Tell of goods that came back; this report knows no last one, so that none says whether more will come."""
        asked = paper.asked["returnOrder"]
        names = {"returnOrderCode": paper.code, "returnOrderId": paper.their_number, "orderType": paper.order_type}
        told = {key: head[key] for key in ("warehouseCode", "ownerCode", "outBizCode")}
        return names | told | {"orderConfirmTime": head["operateTime"], "logisticsCode": asked["logisticsCode"]}

    async def count(self, request: web.Request) -> web.Response:
        """Report what a count or an adjustment changed; the quantities are differences."""
        body = await json_of(request)
        only(body, "type", "lines", "report", "warehouse")
        if body.get("type", "CHECK") not in {"CHECK", "ADJUST"}:
            raise MalformedError("type: CHECK or ADJUST")
        lines = [_line(each) for each in body.get("lines", ())]
        for line in lines:
            self._depot.move(line["item"], line["type"], line["batch"], line["quantity"], _dates(line))
        code = str(body.get("report") or request_number())
        items = [_told(line, "quantity") for line in lines]
        message = {
            "warehouseCode": body.get("warehouse") or self._world.wms.warehouse_codes[0],
            "ownerCode": self._world.wms.owner_code,
            "checkOrderCode": f"CK{code}",
            "outBizCode": code,
            "adjustType": body.get("type", "CHECK"),
            "checkTime": china_text(self._world.clock.now()),
            "items": items,
        }
        self._reports.tell("inventory.report", message)
        return answer({"report": code})

    async def say(self, request: web.Request) -> web.Response:
        """Tell the receiver anything, signed: what a partner with a mistake of its own would send."""
        body = await json_of(request)
        only(body, "method", "body")
        return answer(asdict(self._reports.tell(str(body["method"]), body["body"])))

    def _paper(self, request: web.Request) -> Paper:
        paper = self._depot.papers.get(request.match_info["code"])
        if paper is None:
            raise UnknownError(f"no paper {request.match_info['code']}")
        return paper

    def _working(self, request: web.Request) -> Paper:
        """Find a paper to work on: nobody touches one that is pending."""
        paper = self._paper(request)
        if paper.pending:
            raise MalformedError(f"paper {paper.code} is pending")
        return paper

    def _warehouse(self, paper: Paper) -> str:
        names = ("entryOrder", "deliveryOrder", "returnOrder")
        head: dict[str, Any] = next((paper.asked[name] for name in names if paper.asked.get(name)), {})
        return str(head.get("warehouseCode", ""))


def _line(given: dict[str, Any]) -> dict[str, Any]:
    only(given, *LINE)
    line = {"number": "", "type": "ZP", "batch": "", "produced": "", "expires": ""} | given
    if line["type"] not in TYPES or not isinstance(line.get("quantity"), int) or not line.get("item"):
        raise MalformedError(f"item: a code; quantity: whole; type: one of {TYPES}")
    return line


def _dates(line: dict[str, Any]) -> tuple[str, str]:
    return line["produced"], line["expires"]


def _told(line: dict[str, Any], quantity: str = "actualQty") -> dict[str, Any]:
    return {
        "orderLineNo": line["number"],
        "itemCode": line["item"],
        "inventoryType": line["type"],
        quantity: line["quantity"],
        "batchCode": line["batch"],
        "productDate": line["produced"],
        "expireDate": line["expires"],
    }


def _package(given: dict[str, Any]) -> dict[str, Any]:
    only(given, "carrier", "waybill", "items")
    items = [{"itemCode": item, "quantity": quantity} for item, quantity in (given.get("items") or {}).items()]
    return {"logisticsCode": given["carrier"], "expressCode": given["waybill"], "items": items or None}
