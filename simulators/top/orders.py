"""Orders over TOP (订单接口): lists by window with newest change first, one trade in full, the seller's memo."""

from typing import Any

from simulators.clock import DAY_SECONDS, from_china_text
from simulators.records import Trade
from simulators.top.errors import invalid, service
from simulators.top.fields import STATUS, chosen, render, status_of, type_of
from simulators.top.gateway import Call, Method
from simulators.trading import RefusedError, set_memo, trade_of

PAGE_SIZE_MAX = 100
KEPT_SECONDS = 92 * DAY_SECONDS
MEMO_BYTES_MAX = 1000
DEFAULT_TYPES = "guarantee_trade,auto_delivery,ec,cod,step"
ALL_STATUS = set(STATUS.values()) | {
    "PAID_FORBID_CONSIGN",
    "TRADE_NO_CREATE_PAY",
    "PAY_PENDING",
    "WAIT_PRE_AUTH_CONFIRM",
    "TRADE_BUYER_SIGNED",
}
FAMILIES = {
    "ALL_WAIT_PAY": {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"},
    "ALL_CLOSED": {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"},
}


def moment_of(call: Call, name: str, default: int | None = None) -> int:
    text = call.get(name) if default is not None else call.need(name)
    if not text and default is not None:
        return default
    try:
        return from_china_text(text)
    except ValueError:
        raise invalid(name) from None


def fields_of(call: Call) -> str:
    fields = call.need("fields")
    trade, orders, _ = chosen(fields)
    if not trade and not orders:
        raise invalid("fields")
    return fields


def sold_get(call: Call) -> dict[str, Any]:
    """Trades by creation; only the last three months are told."""
    now = call.shop.clock.now()
    start = max(moment_of(call, "start_created", now - KEPT_SECONDS), now - KEPT_SECONDS)
    end = moment_of(call, "end_created", now)
    return _page(call, call.shop.by_created.window(start, end))


def increment_get(call: Call) -> dict[str, Any]:
    """Trades by change, within one day; a trade that changes again moves to page one."""
    start, end = moment_of(call, "start_modified"), moment_of(call, "end_modified")
    if start > end:
        raise invalid("start_modified", "开始时间不能大于结束时间")
    if end - start > DAY_SECONDS:
        raise invalid("end_modified", "查询时间跨度不能超过一天")
    return _page(call, call.shop.by_modified.window(start, end))


def fullinfo_get(call: Call) -> dict[str, Any]:
    fields, number = fields_of(call), call.number("tid")
    trade = call.shop.trades.get(str(number))
    if trade is None:
        raise service("isv.trade-not-exist", "交易订单不存在")
    return {"trade": render(trade, fields, full=True)}


def memo_update(call: Call) -> dict[str, Any]:
    number, memo = call.need("tid"), call.get("memo")
    if len(memo.encode()) > MEMO_BYTES_MAX:
        raise invalid("memo", "备注长度超过1000个字节")
    reset = call.flag("reset")
    if not memo and not reset:
        raise invalid("memo")
    flag = call.number("flag", -1, -1, 5)
    try:
        trade = trade_of(call.shop, number)
    except RefusedError as error:
        raise service("isv.trade-not-exist", "交易订单不存在") from error
    set_memo(call.shop, trade, "" if reset else memo, None if flag < 0 else flag)
    return {"trade": {"tid": int(number), "modified": render(trade, "modified", full=True)["modified"]}}


def _page(call: Call, numbers: list[str]) -> dict[str, Any]:
    fields = fields_of(call)
    size, page = call.number("page_size", 40, 1, PAGE_SIZE_MAX), call.number("page_no", 1, 1)
    trades = _filtered(call, numbers)
    trades.reverse()
    part = trades[(page - 1) * size : page * size]
    body: dict[str, Any] = {"trades": {"trade": [render(trade, fields, full=False) for trade in part]}} if part else {}
    call.world.served_page(call.shop, call.method, page)
    if call.flag("use_has_next"):
        return body | {"has_next": len(trades) > page * size}
    return body | {"total_results": len(trades)}


def _filtered(call: Call, numbers: list[str]) -> list[Trade]:
    status, buyer = call.get("status"), call.get("buyer_open_id")
    types = set(call.get("type", DEFAULT_TYPES).split(","))
    if status and status not in ALL_STATUS | set(FAMILIES):
        raise invalid("status")
    wanted = FAMILIES.get(status, {status} if status else ALL_STATUS)
    trades = [call.shop.trades[number] for number in numbers]
    return [
        trade
        for trade in trades
        if (not status or status_of(trade) in wanted)
        and type_of(trade) in types
        and (not buyer or trade.buyer_id == buyer)
    ]


METHODS: dict[str, Method] = {
    "taobao.trades.sold.get": sold_get,
    "taobao.trades.sold.increment.get": increment_get,
    "taobao.trades.sold.incrementv.get": increment_get,
    "taobao.trade.fullinfo.get": fullinfo_get,
    "taobao.trade.memo.update": memo_update,
}
