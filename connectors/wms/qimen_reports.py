"""What a Qimen partner reports (奇门回传): believed by its signature over the raw bytes, then read into our words."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from connectors.faults import UnreadableAnswer
from connectors.payloads import Payload, Unreadable, china_text
from connectors.signatures import qimen_signature
from connectors.wms.qimen import GOODS_TYPES
from connectors.wms.qimen_xml import read_xml, write_xml
from domain import exchange
from domain.exchange import GoodsType, PaperKind, WarehouseStep
from domain.kernel import Quantity

clock_tolerance = timedelta(minutes=10)
report_bytes_max = 1024 * 1024
key_characters_max = 200
NEEDED = ("method", "timestamp", "app_key", "sign", "customerId")
CONFIRMATIONS = {
    "entryorder.confirm": ("entryOrder", "entryOrderCode", PaperKind.ENTRY),
    "deliveryorder.confirm": ("deliveryOrder", "deliveryOrderCode", PaperKind.DELIVERY),
    "stockout.confirm": ("deliveryOrder", "deliveryOrderCode", PaperKind.STOCKOUT),
    "returnorder.confirm": ("returnOrder", "returnOrderCode", PaperKind.RETURN),
}
STEPS = {
    "ACCEPT": WarehouseStep.ACCEPTED,
    "PRINT": WarehouseStep.PRINTED,
    "PICK": WarehouseStep.PICKED,
    "CHECK": WarehouseStep.CHECKED,
    "PACKAGE": WarehouseStep.PACKED,
    "WEIGH": WarehouseStep.WEIGHED,
    "READY": WarehouseStep.READY,
    "PARTDELIVERED": WarehouseStep.PARTLY_SENT,
    "DELIVERED": WarehouseStep.SENT,
    "SIGN": WarehouseStep.SIGNED,
    "REFUSE": WarehouseStep.REFUSED_BY_BUYER,
    "EXCEPTION": WarehouseStep.IN_TROUBLE,
    "TMSCANCELED": WarehouseStep.IN_TROUBLE,
    "TMSCANCELFAILED": WarehouseStep.IN_TROUBLE,
    "REJECT": WarehouseStep.REJECTED,
    "CANCELED": WarehouseStep.CANCELLED,
    "CLOSED": WarehouseStep.CLOSED,
}
COUNTED = {"CHECK": True, "ADJUST": False}


class ReportRefused(Exception):  # noqa: N818 — a refusal is an answer, not a failure.
    """The report is not believed; `code` is what the partner is answered, the reason names no secret."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """As whom the partner must sign."""

    app_key: str
    app_secret: str
    customer_id: str


def verify_report(parameters: Mapping[str, str], body: bytes, caller: Caller, now: datetime) -> str:
    """Believe a report that is fresh and signed, and answer its method.

    It is not refused for coming twice: the partner's own number tells that, and the second time is answered as well.
    """
    if any(not parameters.get(name) for name in NEEDED):
        raise ReportRefused("isv.missing-parameter", f"needed are {', '.join(NEEDED)}")
    # Qimen signs whatever stands in the address, so that nothing there can be changed or added on the way.
    expected = qimen_signature(caller.app_secret, parameters, body)
    if not hmac.compare_digest(expected.encode(), parameters["sign"].encode("utf-8", "replace")):
        raise ReportRefused("sign-check-failure", "the signature does not match")
    if parameters["app_key"] != caller.app_key or parameters["customerId"] != caller.customer_id:
        raise ReportRefused("isv.invalid-customer", "another customer's report")
    try:
        moment = Payload({"timestamp": parameters["timestamp"]}).china_moment("timestamp")
    except Unreadable as odd:
        raise ReportRefused("isv.invalid-timestamp", str(odd)) from odd
    if abs(now - moment) > clock_tolerance:
        raise ReportRefused("isv.invalid-timestamp", f"more than ten minutes from {china_text(now)}")
    return parameters["method"].removeprefix("taobao.qimen.")[:key_characters_max]


def report_key(body: bytes) -> str:
    """Say by what a report is known when it comes again: the partner's number of it, or else its content."""
    try:
        _, content = read_xml(body)
    except UnreadableAnswer:
        content = {}
    places = [content, *(each for each in content.values() if isinstance(each, dict))]
    number = next((str(place["outBizCode"]) for place in places if place.get("outBizCode")), "")
    return number[:key_characters_max] or f"content-{hashlib.sha256(body).hexdigest()[:32]}"


def answer_to(problem: ReportRefused | None = None) -> bytes:
    """Write what the partner is answered."""
    if problem is None:
        return write_xml("response", {"flag": "success", "code": "0", "message": "accepted"})
    return write_xml("response", {"flag": "failure", "code": problem.code, "message": str(problem)})


def read_report(method: str, body: bytes) -> exchange.IncomingReport:
    """Read a report into our words; `Unreadable` names what no rule understands."""
    try:
        root, content = read_xml(body)
    except UnreadableAnswer as garbage:
        raise Unreadable(str(garbage)) from garbage
    if root != "request":
        raise Unreadable(f"<{root[:60]}> is no report")
    message = Payload(content)
    if method in CONFIRMATIONS:
        return _confirmation(method, message)
    if method == "orderprocess.report":
        return _step(message)
    if method == "inventory.report":
        return _count(message)
    raise Unreadable(f"{method} is no report we know")


def _confirmation(method: str, message: Payload) -> exchange.Confirmation:
    container, number, kind = CONFIRMATIONS[method]
    head = message.child(container)
    final = kind is not PaperKind.RETURN
    if head.optional_text("confirmType"):
        final = head.meaning("confirmType", {"0": True, "1": False})
    goods = tuple(each for line in message.children("orderLines") for each in _confirmed(line))
    return exchange.Confirmation(
        paper_number=head.text(number),
        kind=kind,
        final=final and not (head.optional_text("status") or "").startswith("PART"),
        goods=goods,
        packages=tuple(_package(each) for each in message.children("packages")),
    )


def _confirmed(line: Payload) -> list[exchange.ReportedGoods]:
    """Read a line, or each batch of it where the partner tells them apart."""
    batches = [each for each in line.children("batchs") if each.optional_text("actualQty")]
    parts = [_goods(Payload({**line.fields, **batch.fields}), "actualQty") for batch in batches]
    if parts:
        told = line.quantity("actualQty")
        if sum((each.quantity.value for each in parts), start=Quantity(0).value) != told.value:
            raise Unreadable(f"the batches of {line.text('itemCode')} are not its actualQty {told}")
        return [each for each in parts if each.quantity.value > 0]
    whole = _goods(line, "actualQty")
    if whole.quantity.value < 0:
        raise Unreadable(f"actualQty {whole.quantity} of {whole.item_code} is negative")
    return [whole] if whole.quantity.value > 0 else []


def _goods(line: Payload, quantity: str) -> exchange.ReportedGoods:
    number = line.optional_text("orderLineNo") or ""
    return exchange.ReportedGoods(
        item_code=line.text("itemCode"),
        quantity=line.quantity(quantity),
        goods_type=line.meaning("inventoryType", GOODS_TYPES)
        if line.optional_text("inventoryType")
        else GoodsType.GOOD,
        line_number=int(number) if number.isascii() and number.isdigit() and len(number) <= len("999999") else None,
        lot_code=line.optional_text("batchCode"),
        produced_on=_day(line, "productDate"),
        expires_on=_day(line, "expireDate"),
    )


def _day(line: Payload, key: str) -> date | None:
    text = line.optional_text(key)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as odd:
        raise Unreadable(f"{key} {text!r:.40} is not a day") from odd


def _package(package: Payload) -> exchange.ReportedPackage:
    items: dict[str, Any] = {}
    for each in package.children("items"):
        code = each.text("itemCode")
        items[code] = items.get(code, Quantity(0)) + each.quantity("quantity")
    return exchange.ReportedPackage(
        carrier_code=package.text("logisticsCode"), waybill=package.text("expressCode"), items=tuple(items.items())
    )


def _step(message: Payload) -> exchange.StepReport:
    step = message.child("process")
    return exchange.StepReport(
        paper_number=message.child("order").text("orderCode"),
        step=step.meaning("processStatus", STEPS),
        happened_at=step.china_moment("operateTime"),
        operator=step.optional_text("operatorName") or "",
        remark=step.optional_text("remark") or "",
    )


def _count(message: Payload) -> exchange.CountReport:
    kind = message.optional_text("adjustType")
    return exchange.CountReport(
        counted=message.meaning("adjustType", COUNTED) if kind else True,
        reference=message.optional_text("checkOrderCode") or message.text("outBizCode"),
        goods=tuple(_goods(each, "quantity") for each in message.children("items")),
    )
