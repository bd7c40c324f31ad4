"""Shipping over TOP (发货接口): online waits for a waybill, offline ships at once, sub_tid + is_split ships a part."""

from typing import Any

from simulators.carriers import BY_CODE, CARRIERS
from simulators.clock import china_text
from simulators.records import Parcel, Trade
from simulators.top.errors import invalid, logistics_error, missing, service
from simulators.top.gateway import Call, Method
from simulators.trading import RefusedError, Why, check_waybill, lines_to_ship, mark_shipped, ship, trade_of

SUB_ORDERS_MAX = 500


def online_send(call: Call) -> dict[str, Any]:
    """Order a pick-up; without a waybill nothing changes for the buyer until it is confirmed."""
    return _send(call, "online", call.get("out_sid"))


def offline_send(call: Call) -> dict[str, Any]:
    """Tell a waybill; the trade counts as shipped at once. Cash on delivery is not possible this way."""
    return _send(call, "offline", call.need("out_sid"))


def online_confirm(call: Call) -> dict[str, Any]:
    """Give the waybill of a shipment that was announced without one."""
    number, waybill = call.need("tid"), call.need("out_sid")
    try:
        trade = trade_of(call.shop, number)
        parcel = _announced(trade)
        check_waybill(BY_CODE.get(parcel.carrier), waybill)
        lines = lines_to_ship(trade, parcel.lines)
    except RefusedError as error:
        raise logistics_error(error.why, "online") from error
    parcel.waybill, parcel.confirmed = waybill, True
    mark_shipped(trade, parcel, lines)
    call.shop.touch(trade)
    return {"shipping": {"is_success": True}}


def dummy_send(call: Call) -> dict[str, Any]:
    """Ship without a parcel (虚拟发货)."""
    try:
        trade = trade_of(call.shop, call.need("tid"))
        lines = lines_to_ship(trade, None)
    except RefusedError as error:
        raise logistics_error(error.why, "offline") from error
    ship(call.shop, trade, Parcel("", "", [line.number for line in lines], call.shop.clock.now()), lines)
    return {"shipping": {"is_success": True}}


def companies_get(call: Call) -> dict[str, Any]:
    fields = set(call.need("fields").split(","))
    rows = [
        {"id": carrier.number, "code": carrier.code, "name": carrier.name, "reg_mail_no": carrier.pattern}
        for carrier in CARRIERS
    ]
    told = [{name: value for name, value in row.items() if name in fields} for row in rows]
    return {"logistics_companies": {"logistics_company": told}}


def trace_search(call: Call) -> dict[str, Any]:
    """Where the parcels of a trade are: collected as soon as they are told."""
    try:
        trade = trade_of(call.shop, call.need("tid"))
    except RefusedError as error:
        raise logistics_error(error.why, "offline") from error
    parcel = next((one for one in trade.parcels if one.confirmed), None)
    if parcel is None:
        raise service("isv.logistics-trace-not-found", "没有物流信息")
    told = china_text(parcel.told_at)
    step = {"status_time": told, "status_desc": "已揽收", "action": "GOT"}
    return {
        "tid": int(trade.number),
        "out_sid": parcel.waybill,
        "company_name": BY_CODE[parcel.carrier].name if parcel.carrier else "",
        "status": "已发货",
        "trace_list": {"transit_step_info": [step]},
    }


def _send(call: Call, channel: str, waybill: str) -> dict[str, Any]:
    number, code, numbers = call.need("tid"), call.need("company_code"), _sub_orders(call)
    try:
        trade = trade_of(call.shop, number)
        _check_cash(trade, channel)
        if waybill or code not in BY_CODE:
            check_waybill(BY_CODE.get(code), waybill)
        lines = lines_to_ship(trade, numbers)
        _refuse_second_announcement(trade)
    except RefusedError as error:
        raise logistics_error(error.why, channel) from error
    parcel = Parcel(
        carrier=code,
        waybill=waybill,
        lines=[line.number for line in lines],
        told_at=call.shop.clock.now(),
        online=channel == "online",
        confirmed=bool(waybill),
    )
    ship(call.shop, trade, parcel, lines)
    return {"shipping": {"is_success": True}}


def _sub_orders(call: Call) -> list[str] | None:
    """Read sub_tid; naming sub-orders and asking for a split belong together."""
    text, split = call.get("sub_tid"), call.number("is_split", 0, 0, 1)
    if text and not split:
        raise invalid("is_split", "指定子订单发货时is_split必须为1")
    if split and not text:
        raise missing("sub_tid")
    if not text:
        return None
    numbers = text.split(",")
    if len(numbers) > SUB_ORDERS_MAX or len(set(numbers)) < len(numbers):
        raise invalid("sub_tid")
    return numbers


def _announced(trade: Trade) -> Parcel:
    parcel = next((one for one in trade.parcels if not one.confirmed), None)
    if parcel is None:
        raise RefusedError(Why.WRONG_STAGE)
    return parcel


def _check_cash(trade: Trade, channel: str) -> None:
    if channel == "offline" and trade.cash_on_delivery:
        raise RefusedError(Why.NO_CASH_ON_DELIVERY)


def _refuse_second_announcement(trade: Trade) -> None:
    if any(not parcel.confirmed for parcel in trade.parcels):
        raise RefusedError(Why.WRONG_STAGE)


METHODS: dict[str, Method] = {
    "taobao.logistics.online.send": online_send,
    "taobao.logistics.online.confirm": online_confirm,
    "taobao.logistics.offline.send": offline_send,
    "taobao.logistics.dummy.send": dummy_send,
    "taobao.logistics.companies.get": companies_get,
    "taobao.logistics.trace.search": trace_search,
}
