"""Cainiao's electronic waybills (电子面单): numbers by object id, taken back while they were not confirmed."""

from typing import Any

import orjson

from simulators.carriers import BY_CODE
from simulators.clock import china_text
from simulators.top.errors import invalid, missing, service
from simulators.top.gateway import Call, Method

KIND = "waybill"
PARCELS_MAX, TRADES_MAX, ITEMS_MAX = 10, 100, 100
SHAPES = {
    "SF": "SF{:013d}",
    "ZTO": "7{:013d}",
    "YTO": "YT{:013d}",
    "STO": "77{:013d}",
    "YUNDA": "{:013d}",
    "EMS": "EA{:09d}CN",
    "POSTB": "{:013d}",
    "HTKY": "JT{:013d}",
    "JD": "JD{:011d}",
}
UNREACHED = "无法送"
"""An address that begins like this is reached by nobody, also when the rest of it is masked."""

REQUEST = "param_waybill_cloud_print_apply_new_request"


def get(call: Call) -> dict[str, Any]:
    """Give a number to each parcel; a known object id gets the number it has."""
    try:
        asked = orjson.loads(call.need(REQUEST))
    except orjson.JSONDecodeError:
        raise invalid(REQUEST) from None
    parcels = _need(asked, "trade_order_info_dtos", list)
    if not 1 <= len(parcels) <= PARCELS_MAX:
        raise invalid("trade_order_info_dtos")
    carrier = _need(asked, "cp_code", str)
    if carrier not in SHAPES:
        raise service("isv.waybill-cp-not-open", "商家未开通该物流公司的电子面单")
    _party(asked, "sender")
    return {"modules": {"waybill_cloud_print_response": [_parcel(call, carrier, each) for each in parcels]}}


def cancel(call: Call) -> dict[str, Any]:
    """Take a number back that no parcel left with."""
    key, waybill = _known(call)
    if waybill["state"] == "CANCELLED":
        raise service("isv.waybill-already-cancelled", "面单已取消")
    if waybill["state"] == "CONFIRMED":
        raise service("isv.waybill-used", "面单已使用，不能取消")
    call.world.storage.put(KIND, key, waybill | {"state": "CANCELLED"})
    return {"cancel_result": True}


def confirm(call: Call) -> dict[str, Any]:
    """Note that a number left with its parcel."""
    key, waybill = _known(call)
    if waybill["object_id"] != call.need("object_id"):
        raise invalid("object_id")
    if waybill["state"] == "CANCELLED":
        raise service("isv.waybill-already-cancelled", "面单已取消")
    call.world.storage.put(KIND, key, waybill | {"state": "CONFIRMED"})
    return {"confirm_result": True}


def _parcel(call: Call, carrier: str, parcel: Any) -> dict[str, Any]:
    object_id = _need(parcel, "object_id", str)
    order, package = _need(parcel, "order_info", dict), _need(parcel, "package_info", dict)
    _need(order, "order_channels_type", str)
    if not 1 <= len(_need(order, "trade_order_list", list)) <= TRADES_MAX:
        raise invalid("trade_order_list")
    items = _need(package, "items", list)
    if not 1 <= len(items) <= ITEMS_MAX or not all(_item(each) for each in items):
        raise invalid("items")
    recipient = _party(parcel, "recipient")
    for name in ("template_url", "user_id"):
        _need(parcel, name, str)
    if UNREACHED in recipient["address"]["detail"]:
        raise service("isv.waybill-unreachable", f"{carrier} 收件地址不可达")
    known = {waybill["object_id"]: waybill for _, waybill in _all(call)}
    waybill = known.get(f"{object_id}") or _new(call, carrier, object_id)
    if waybill["carrier"] != carrier:
        raise invalid("object_id")
    printed = {"waybillCode": waybill["number"], "recipient": recipient["name"], "address": recipient["address"]}
    data = orjson.dumps(printed).decode()
    return {"object_id": object_id, "waybill_code": waybill["number"], "print_data": data}


def _new(call: Call, carrier: str, object_id: str) -> dict[str, Any]:
    count = sum(1 for _ in call.world.storage.all(KIND)) + 1
    number = SHAPES[carrier].format(count)
    if not BY_CODE[carrier].accepts(number):
        raise service("isp.waybill-pool-empty", "号段已用完")
    made = china_text(call.shop.clock.now())
    waybill = {"object_id": object_id, "carrier": carrier, "number": number, "state": "NEW", "made": made}
    call.world.storage.put(KIND, f"{call.shop.code}/{carrier}/{number}", waybill)
    return waybill


def _all(call: Call) -> list[tuple[str, dict[str, Any]]]:
    return [(key, body) for key, body in call.world.storage.all(KIND) if key.startswith(f"{call.shop.code}/")]


def _known(call: Call) -> tuple[str, dict[str, Any]]:
    key = f"{call.shop.code}/{call.need('cp_code')}/{call.need('waybill_code')}"
    found = dict(_all(call)).get(key)
    if found is None:
        raise service("isv.waybill-not-exist", "面单不存在")
    return key, found


def _need(place: Any, name: str, kind: type) -> Any:
    value = place.get(name) if isinstance(place, dict) else None
    if value in (None, "", {}):
        raise missing(name)
    if not isinstance(value, kind):
        raise invalid(name)
    return value


def _party(place: Any, name: str) -> Any:
    party = _need(place, name, dict)
    address = _need(party, "address", dict)
    for part in ("province", "detail"):
        _need(address, part, str)
    _need(party, "name", str)
    if not (party.get("mobile") or party.get("phone") or party.get("oaid")):
        raise missing("mobile")
    return party


def _item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and isinstance(item.get("count"), int)
        and item["count"] > 0
    )


METHODS: dict[str, Method] = {
    "cainiao.waybill.ii.get": get,
    "cainiao.waybill.ii.cancel": cancel,
    "cainiao.waybill.ii.confirm": confirm,
}
