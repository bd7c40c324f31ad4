"""Refunds and ratings over TOP (退款与评价), to be read; `refund_decisions` is what a seller may say."""

from typing import Any

from simulators.clock import DAY_SECONDS, china_text
from simulators.masking import mask_name
from simulators.rates import Rate
from simulators.records import ENDED, Refund, RefundStage, yuan
from simulators.top.errors import invalid, service
from simulators.top.fields import STATUS
from simulators.top.gateway import Call, Method
from simulators.top.orders import moment_of

PAGE_SIZE_MAX = 100
RATE_PAGE_SIZE_MAX = 150
RATE_PAGES_MAX = 200
RATE_ROWS_MAX = 1500
RATE_KEPT_SECONDS = 180 * DAY_SECONDS
_FOREVER = 2**40


def refunds_receive_get(call: Call) -> dict[str, Any]:
    """Refunds by change, newest first."""
    fields = _fields(call)
    start, end = moment_of(call, "start_modified", 0), moment_of(call, "end_modified", _FOREVER)
    size, page = call.number("page_size", 40, 1, PAGE_SIZE_MAX), call.number("page_no", 1, 1)
    status = call.get("status")
    if status and status not in set(RefundStage):
        raise invalid("status")
    found = [call.shop.refunds[number] for number in call.shop.refunds_by_modified.window(start, end)]
    rows = [refund for refund in reversed(found) if not status or refund.stage == status]
    part = [render(call, refund, fields) for refund in rows[(page - 1) * size : page * size]]
    call.world.served_page(call.shop, call.method, page)
    body: dict[str, Any] = {"refunds": {"refund": part}} if part else {}
    if call.flag("use_has_next"):
        return body | {"has_next": len(rows) > page * size}
    return body | {"total_results": len(rows)}


def refund_get(call: Call) -> dict[str, Any]:
    fields, number = _fields(call), call.need("refund_id")
    refund = call.shop.refunds.get(number)
    if refund is None:
        raise service("isv.refund-not-exist", "退款单不存在")
    return {"refund": render(call, refund, fields)}


def traderates_get(call: Call) -> dict[str, Any]:
    """Ratings buyers gave, newest first; half a year back, fifteen hundred rows at most."""
    fields = set(call.need("fields").split(","))
    if call.need("rate_type") not in {"get", "give"} or call.need("role") not in {"seller", "buyer"}:
        raise invalid("rate_type")
    now = call.shop.clock.now()
    start = max(moment_of(call, "start_date", 0), now - RATE_KEPT_SECONDS)
    size, page = call.number("page_size", 40, 1, RATE_PAGE_SIZE_MAX), call.number("page_no", 1, 1, RATE_PAGES_MAX)
    found = reversed(call.shop.rates.window(start, moment_of(call, "end_date", _FOREVER)))
    wanted = {"result": call.get("result"), "trade": call.get("tid")}
    rows = [rate for rate in found if all(not value or getattr(rate, name) == value for name, value in wanted.items())]
    rows = rows[:RATE_ROWS_MAX] if call.get("rate_type") == "get" else []
    part = [_rate(rate, fields) for rate in rows[(page - 1) * size : page * size]]
    body: dict[str, Any] = {"trade_rates": {"trade_rate": part}} if part else {}
    return body | {"total_results": len(rows), "has_next": len(rows) > page * size}


def render(call: Call, refund: Refund, fields: set[str]) -> dict[str, Any]:
    """One refund as TOP writes it; only the fields asked for, absent instead of null."""
    trade = call.shop.trades[refund.trade]
    line = next(one for one in trade.lines if one.number == refund.line)
    returned = refund.stage is RefundStage.WAIT_SELLER_CONFIRM_GOODS or bool(refund.waybill)
    received = "BUYER_RECEIVED" if trade.stage in ENDED else "BUYER_NOT_RECEIVED"
    row: dict[str, Any] = {
        "refund_id": refund.number,
        "tid": int(trade.number),
        "oid": int(line.number),
        "status": refund.stage,
        "order_status": STATUS[line.stage],
        "good_status": "BUYER_RETURNED_GOODS" if returned else received,
        "has_good_return": refund.returns_goods,
        "refund_fee": yuan(refund.amount_cents),
        "payment": yuan(line.paid_cents - refund.amount_cents),
        "total_fee": yuan(trade.payable_cents),
        "reason": refund.reason,
        "desc": "",
        "company_name": refund.carrier or None,
        "sid": refund.waybill or None,
        "refund_phase": "aftersale" if refund.after_sale else "onsale",
        "dispute_type": "REFUND_AND_RETURN" if refund.returns_goods else "REFUND",
        "refund_version": refund.version,
        "num": refund.quantity,
        "num_iid": int(line.item) if line.item.isdigit() else line.item,
        "sku": line.sku,
        "outer_id": line.seller_code,
        "title": line.title,
        "buyer_nick": mask_name(trade.buyer_name or trade.buyer_id),
        "created": china_text(refund.created_at),
        "modified": china_text(refund.modified_at),
    }
    return {name: value for name, value in row.items() if name in fields and value is not None}


def _fields(call: Call) -> set[str]:
    return {name.strip() for name in call.need("fields").split(",")}


def _rate(rate: Rate, fields: set[str]) -> dict[str, Any]:
    row = {
        "tid": int(rate.trade),
        "oid": int(rate.line),
        "nick": mask_name(rate.buyer),
        "result": rate.result,
        "created": china_text(rate.created_at),
        "content": rate.content,
        "item_title": rate.title,
        "item_price": yuan(rate.price_cents),
        "num_iid": int(rate.item) if rate.item.isdigit() else rate.item,
    }
    return {name: value for name, value in row.items() if name in fields}


METHODS: dict[str, Method] = {
    "taobao.refunds.receive.get": refunds_receive_get,
    "taobao.refund.get": refund_get,
    "taobao.traderates.get": traderates_get,
}
