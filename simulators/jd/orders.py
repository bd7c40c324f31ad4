"""Orders over JD (京东订单): search by window, one order, ship the whole, remark; failures hide inside success."""

from collections.abc import Callable
from typing import Any

from simulators.carriers import BY_JD_NUMBER, CARRIERS
from simulators.clock import DAY_SECONDS, china_text, from_china_text
from simulators.jd.errors import ResultError, missing, result_error
from simulators.jd.gateway import Call, Method
from simulators.masking import mask_address, mask_name, mask_phone
from simulators.records import Line, Parcel, RefundStage, Stage, Trade, yuan
from simulators.trading import RefusedError, Why, check_waybill, lines_to_ship, set_memo, ship, trade_of

PAGE_SIZE_MAX = 100
PAGES_MAX = 300
MONTH_SECONDS = 31 * DAY_SECONDS
MODIFIED_KEPT_SECONDS = 92 * DAY_SECONDS
CREATED_KEPT_SECONDS = 731 * DAY_SECONDS
REMARK_LENGTH_MAX = 500
WAITING = "WAIT_SELLER_STOCK_OUT"
STATES = {
    Stage.PAID: WAITING,
    Stage.PARTLY_SHIPPED: WAITING,
    Stage.SHIPPED: "WAIT_GOODS_RECEIVE_CONFIRM",
    Stage.COMPLETED: "FINISHED_L",
    Stage.CANCELLED: "TRADE_CANCELED",
    Stage.CLOSED_REFUNDED: "TRADE_CANCELED",
}
KNOWN_STATES = set(STATES.values()) | {"LOCKED", "PAUSE", "POP_ORDER_PAUSE", "WAIT_SELLER_DELIVERY"}


def state_of(trade: Trade) -> str:
    """Name the state; an open wish for a refund locks an order that has not left yet. Unpaid ones are not told."""
    asked = any(line.refund_stage == RefundStage.WAIT_SELLER_AGREE for line in trade.lines)
    if trade.stage is Stage.PAID and (trade.locked or asked):
        return "LOCKED"
    return STATES.get(trade.stage, "")


def search(call: Call) -> dict[str, Any]:
    """Orders in a window; the page beyond the last is empty, beyond page 300 is refused."""
    body = call.body.get("paramOrderJSFQuery")
    call = Call(call.world, call.shop, call.method, body) if isinstance(body, dict) else call
    states, fields = call.need("order_state").split(","), _fields(call)
    if unknown := set(states) - KNOWN_STATES:
        raise ResultError(10100101, f"订单状态不合法:{sorted(unknown)}", "invalid order_state")
    page, size = call.number("page"), call.number("page_size")
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise ResultError(10100102, f"page_size不能大于{PAGE_SIZE_MAX}", "page_size out of range")
    if not 1 <= page <= PAGES_MAX:
        raise ResultError(10100103, f"page不能大于{PAGES_MAX}", "page out of range")
    rows = [trade for trade in _window(call, states) if state_of(trade) in states]
    part = [order_info(trade, fields) for trade in rows[(page - 1) * size : page * size]]
    call.world.served_page(call.shop, call.method, page)
    return {"searchorderinfo_result": {"apiResult": _good(), "orderTotal": len(rows), "orderInfoList": part}}


def get(call: Call) -> dict[str, Any]:
    """One order; here `success` is a string, as some of JD's services write it."""
    number, fields = call.need("order_id"), _fields(call)
    try:
        trade = trade_of(call.shop, number)
    except RefusedError as error:
        raise result_error(error.why) from error
    states = call.get("order_state")
    if not state_of(trade) or (states and state_of(trade) not in states.split(",")):
        raise result_error(Why.NO_SUCH_TRADE)
    return {"orderDetailInfo": {"apiResult": _good() | {"success": "true"}, "orderInfo": order_info(trade, fields)}}


def shipment(call: Call) -> dict[str, Any]:
    """Ship the whole order; several carriers are divided by `|`, several waybills of one by `,`."""
    number = call.need("orderId")
    try:
        trade = trade_of(call.shop, number)
        codes = _parcels(call.need("logiCoprId"), call.need("logiNo"))
        _check_lock(trade)
        lines = lines_to_ship(trade, None)
    except RefusedError as error:
        raise result_error(error.why) from error
    told = [line.number for line in lines]
    parcels = [Parcel(code, waybill, told, call.shop.clock.now()) for code, waybill in codes]
    trade.parcels.extend(parcels[1:])
    ship(call.shop, trade, parcels[0], lines)
    return {"sopjosshipment_result": _flat_good()}


def modify_remark(call: Call) -> dict[str, Any]:
    number, flag, remark = call.need("orderId"), call.number("flag"), call.need("remark")
    if not 0 <= flag <= 5 or len(remark) > REMARK_LENGTH_MAX:
        raise ResultError(10400010, "备注或旗帜不合法", "invalid remark or flag")
    try:
        trade = trade_of(call.shop, number)
    except RefusedError as error:
        raise result_error(error.why) from error
    set_memo(call.shop, trade, remark, flag)
    return {"modifyvenderremark_result": _flat_good()}


def delivery_companies(_: Call) -> dict[str, Any]:
    rows = [{"id": int(one.jd_number), "name": one.name, "description": one.code} for one in CARRIERS]
    return {"logistics_company_list": rows}


def order_info(trade: Trade, fields: set[str]) -> dict[str, Any]:
    """One order as JD writes it; only the optional fields asked for, besides the number and the state."""
    discount = sum(line.discount_cents + line.shared_cents for line in trade.lines)
    receiver = trade.receiver
    body: dict[str, Any] = {
        "orderId": trade.number,
        "orderState": state_of(trade),
        "parentOrderId": "0",
        "directParentOrderId": "0",
        "venderId": trade.shop,
        "orderStateRemark": "",
        "orderType": "22",
        "payType": "1-货到付款" if trade.cash_on_delivery else "4-在线支付",
        "orderTotalPrice": yuan(trade.goods_cents),
        "sellerDiscount": yuan(discount),
        "orderSellerPrice": yuan(trade.goods_cents - discount),
        "orderPayment": yuan(trade.payable_cents),
        "freightPrice": yuan(trade.freight_cents),
        "balanceUsed": "0.00",
        "orderStartTime": china_text(trade.created_at),
        "paymentConfirmTime": china_text(trade.paid_at) if trade.paid_at else "0001-01-01 00:00:00",
        "orderEndTime": china_text(trade.ended_at) if trade.ended_at else "",
        "modified": china_text(trade.modified_at),
        "orderRemark": trade.buyer_message,
        "venderRemark": trade.seller_memo,
        "logisticsId": _joined(trade, "carrier"),
        "waybill": _joined(trade, "waybill"),
        "deliveryType": "任意时间",
        "storeOrder": "",
        "pin": mask_name(trade.buyer_name or trade.buyer_id),
        "open_id_buyer": trade.buyer_id,
        "invoiceInfo": "不需要开具发票",
        "consigneeInfo": {
            "fullname": mask_name(receiver.name),
            "mobile": mask_phone(receiver.phone),
            "telephone": mask_phone(receiver.phone),
            "province": receiver.province,
            "city": receiver.city,
            "county": receiver.district,
            "town": receiver.town,
            "fullAddress": f"{receiver.province}{receiver.city}{receiver.district}{mask_address(receiver.detail)}",
        },
        "itemInfoList": [_item(line) for line in trade.lines],
        "couponDetailList": [_coupon(trade, line) for line in trade.lines if line.discount_cents + line.shared_cents],
    }
    told = {name: value for name, value in body.items() if name in fields or name in {"orderId", "orderState"}}
    return told | trade.distortions


def _parcels(carriers: str, waybills: str) -> list[tuple[str, str]]:
    """Pair every waybill with its carrier's code, each checked against the carrier's rule."""
    numbers, groups = carriers.split("|"), waybills.split("|")
    if len(numbers) != len(groups):
        raise RefusedError(Why.BAD_WAYBILL)
    pairs = []
    for number, group in zip(numbers, groups, strict=True):
        carrier = BY_JD_NUMBER.get(number)
        for waybill in group.split(","):
            check_waybill(carrier, waybill)
            pairs.append((carrier.code if carrier else "", waybill))
    return pairs


def _check_lock(trade: Trade) -> None:
    if state_of(trade) == "LOCKED":
        raise RefusedError(Why.LOCKED)


def _item(line: Line) -> dict[str, Any]:
    return {
        "skuId": line.sku,
        "wareId": line.item,
        "outerSkuId": line.seller_code,
        "skuName": f"{line.title} {line.specification}".strip(),
        "jdPrice": yuan(line.price_cents),
        "itemTotal": str(line.quantity),
    }


def _coupon(trade: Trade, line: Line) -> dict[str, Any]:
    return {
        "orderId": trade.number,
        "skuId": line.sku,
        "couponType": "30-单品促销优惠",
        "couponPrice": yuan(line.discount_cents + line.shared_cents),
    }


def _joined(trade: Trade, name: str) -> str:
    return ",".join(getattr(parcel, name) for parcel in trade.parcels if parcel.confirmed)


def _fields(call: Call) -> set[str]:
    return {name.strip() for name in call.need("optional_fields").split(",")}


def _window(call: Call, states: list[str]) -> list[Trade]:
    """Trades of the window in the order asked for: by creation or by change, newest first unless told otherwise."""
    now = call.shop.clock.now()
    created = call.get("dateType") == "1"
    kept = now - (CREATED_KEPT_SECONDS if created else MODIFIED_KEPT_SECONDS)
    start, end = _moment(call, "start_date"), _moment(call, "end_date")
    if start is None or end is None:
        if states != [WAITING]:
            raise missing("start_date")
        start, end = now - MONTH_SECONDS, now
    if end < start or end - start > MONTH_SECONDS:
        raise ResultError(10100104, "查询时间跨度不能超过一个月", "window longer than a month")
    index = call.shop.by_created if created else call.shop.by_modified
    trades = [call.shop.trades[number] for number in index.window(max(start, kept), end)]
    if call.get("sortType", "1") == "1":
        trades.reverse()
    return trades


def _moment(call: Call, name: str) -> int | None:
    text = call.get(name)
    if not text:
        return None
    try:
        return from_china_text(text)
    except ValueError:
        raise ResultError(10100105, f"时间格式不合法:{name}", f"invalid {name}") from None


def _good() -> dict[str, Any]:
    return {"success": True, "numberCode": 0, "chineseErrCode": "成功", "englishErrCode": "success"}


def _flat_good() -> dict[str, Any]:
    return {"success": True, "errorCode": "0", "chineseErrCode": "成功", "englishErrCode": "success"}


def _bad(error: ResultError) -> dict[str, Any]:
    return {
        "success": False,
        "numberCode": error.number,
        "chineseErrCode": error.chinese,
        "englishErrCode": error.english,
    }


def _flat(name: str) -> Callable[[ResultError], dict[str, Any]]:
    return lambda error: {
        name: {
            "success": False,
            "errorCode": str(error.number),
            "chineseErrCode": error.chinese,
            "englishErrCode": error.english,
        }
    }


METHODS: dict[str, Method] = {
    "jingdong.pop.order.search": Method(
        search,
        lambda error: {"searchorderinfo_result": {"apiResult": _bad(error), "orderTotal": 0, "orderInfoList": []}},
    ),
    "jingdong.pop.order.get": Method(
        get, lambda error: {"orderDetailInfo": {"apiResult": _bad(error) | {"success": "false"}}}
    ),
    "jingdong.pop.order.shipment": Method(shipment, _flat("sopjosshipment_result")),
    "jingdong.pop.order.modifyVenderRemark": Method(modify_remark, _flat("modifyvenderremark_result")),
    "360buy.get.vender.all.delivery.company": Method(
        delivery_companies, lambda error: {"success": False} | _bad(error)
    ),
}
