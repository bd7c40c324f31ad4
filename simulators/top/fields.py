"""What TOP tells of a trade (交易字段): only the fields asked for, personal data masked, numbers beyond 2^53 bare."""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from simulators.clock import china_text
from simulators.masking import mask_address, mask_name, mask_phone
from simulators.records import Line, Receiver, Stage, Trade, yuan

STATUS = {
    Stage.UNPAID: "WAIT_BUYER_PAY",
    Stage.DEPOSIT_PAID: "WAIT_BUYER_PAY",
    Stage.PAID: "WAIT_SELLER_SEND_GOODS",
    Stage.PARTLY_SHIPPED: "SELLER_CONSIGNED_PART",
    Stage.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    Stage.COMPLETED: "TRADE_FINISHED",
    Stage.CANCELLED: "TRADE_CLOSED_BY_TAOBAO",
    Stage.CLOSED_REFUNDED: "TRADE_CLOSED",
}
OAID_NEEDS = {"receiver_name", "receiver_address", "receiver_mobile", "receiver_phone", "created"}

Getter = Callable[[Trade], Any]
LineGetter = Callable[[Trade, Line], Any]


def status_of(trade: Trade) -> str:
    return "PAID_FORBID_CONSIGN" if trade.locked and trade.stage is Stage.PAID else STATUS[trade.stage]


def type_of(trade: Trade) -> str:
    if trade.is_deposit:
        return "step"
    return "cod" if trade.cash_on_delivery else "guarantee_trade"


def step_status(trade: Trade) -> str | None:
    if not trade.is_deposit:
        return None
    if trade.is_forfeited:
        return "FRONT_PAID_FRONT_FORFEITED"
    if trade.stage in {Stage.UNPAID, Stage.CANCELLED}:
        return "FRONT_NOPAID_FINAL_NOPAID"
    return "FRONT_PAID_FINAL_NOPAID" if trade.stage is Stage.DEPOSIT_PAID else "FRONT_PAID_FINAL_PAID"


def step_paid(trade: Trade) -> str | None:
    """Part already paid of a deposit order."""
    return yuan(trade.paid_cents) if trade.is_deposit else None


def oaid_of(trade: Trade) -> str:
    """Make the token that stands for an address; the same address of the same shop has the same one."""
    receiver = trade.receiver
    words = f"{trade.shop}\x1f{receiver.name}\x1f{receiver.phone}\x1f{receiver.district}\x1f{receiver.detail}"
    return base64.urlsafe_b64encode(hashlib.sha256(words.encode()).digest()).decode()


def time_or_none(moment: int) -> str | None:
    return china_text(moment) if moment else None


def _receiver(read: Callable[[Receiver], str]) -> Getter:
    return lambda trade: read(trade.receiver) or None


TRADE_FIELDS: dict[str, Getter] = {
    "tid": lambda trade: int(trade.number),
    "tid_str": lambda trade: trade.number,
    "status": status_of,
    "type": type_of,
    "created": lambda trade: china_text(trade.created_at),
    "pay_time": lambda trade: time_or_none(trade.paid_at),
    "modified": lambda trade: china_text(trade.modified_at),
    "consign_time": lambda trade: time_or_none(trade.shipped_at),
    "end_time": lambda trade: time_or_none(trade.ended_at),
    "payment": lambda trade: yuan(trade.payable_cents),
    "total_fee": lambda trade: yuan(trade.goods_cents),
    "discount_fee": lambda trade: yuan(trade.discount_cents),
    "adjust_fee": lambda _: "0.00",
    "post_fee": lambda trade: yuan(trade.freight_cents),
    "received_payment": lambda trade: yuan(trade.paid_cents) if trade.stage is Stage.COMPLETED else "0.00",
    "commission_fee": lambda _: "0.00",
    "buyer_nick": lambda trade: mask_name(trade.buyer_name or trade.buyer_id),
    "buyer_open_uid": lambda trade: trade.buyer_id or None,
    "buyer_message": lambda trade: trade.buyer_message or None,
    "has_buyer_message": lambda trade: bool(trade.buyer_message),
    "seller_memo": lambda trade: trade.seller_memo or None,
    "seller_flag": lambda trade: trade.seller_flag,
    "shipping_type": lambda _: "express",
    "trade_from": lambda _: "WAP,WAP",
    "step_trade_status": step_status,
    "step_paid_fee": step_paid,
    "is_part_consign": lambda trade: trade.stage is Stage.PARTLY_SHIPPED,
    "is_daixiao": lambda _: False,
    "cod_status": lambda trade: "NEW_CREATED" if trade.cash_on_delivery else None,
    "num": lambda trade: sum(line.quantity for line in trade.lines),
    "promise_collect_time": lambda trade: time_or_none(trade.promised_ship_at),
    "rx_audit_status": lambda trade: "0" if trade.prescription_pending else None,
    "receiver_name": _receiver(lambda receiver: mask_name(receiver.name)),
    "receiver_state": _receiver(lambda receiver: receiver.province),
    "receiver_city": _receiver(lambda receiver: receiver.city),
    "receiver_district": _receiver(lambda receiver: receiver.district),
    "receiver_town": _receiver(lambda receiver: receiver.town),
    "receiver_address": _receiver(lambda receiver: mask_address(receiver.detail)),
    "receiver_zip": _receiver(lambda receiver: receiver.postal_code),
    "receiver_mobile": _receiver(lambda receiver: mask_phone(receiver.phone)),
    "receiver_phone": lambda _: None,
}
# The lists know less than fullinfo; asking them for these is allowed and answers nothing.
FULLINFO_ONLY = {"buyer_message", "seller_memo", "oaid", "rx_audit_status", "promise_collect_time", "receiver_town"}

ORDER_FIELDS: dict[str, LineGetter] = {
    "oid": lambda _, line: int(line.number) if line.number.isdigit() else line.number,
    "oid_str": lambda _, line: line.number,
    "num_iid": lambda _, line: int(line.item) if line.item.isdigit() else line.item,
    "sku_id": lambda _, line: line.sku or None,
    "outer_iid": lambda _, line: line.seller_code or None,
    "outer_sku_id": lambda _, line: line.seller_code or None,
    "title": lambda _, line: line.title,
    "sku_properties_name": lambda _, line: line.specification or None,
    "num": lambda _, line: line.quantity,
    "price": lambda _, line: yuan(line.price_cents),
    "total_fee": lambda _, line: yuan(line.goods_cents - line.discount_cents),
    "payment": lambda _, line: yuan(line.goods_cents - line.discount_cents),
    "discount_fee": lambda _, line: yuan(line.discount_cents),
    "adjust_fee": lambda _, __: "0.00",
    "divide_order_fee": lambda _, line: yuan(line.paid_cents),
    "part_mjz_discount": lambda _, line: yuan(line.shared_cents),
    "status": lambda trade, line: status_of(trade) if line.stage is Stage.PAID and trade.locked else STATUS[line.stage],
    "refund_status": lambda _, line: line.refund_stage or "NO_REFUND",
    "refund_id": lambda _, line: int(line.refund) if line.refund.isdigit() else line.refund or None,
    "store_code": lambda _, __: None,
    "logistics_company": lambda _, line: line.carrier or None,
    "invoice_no": lambda _, line: line.waybill or None,
    "consign_time": lambda _, line: time_or_none(line.shipped_at),
    "is_oversold": lambda _, __: False,
    "is_free_gift": lambda _, line: line.price_cents == 0,
    "inv_type": lambda _, line: 6 if line.presale else 0,
    "estimate_con_time": lambda _, line: f"{line.ships_on} 23:59:59" if line.ships_on else None,
}


@lru_cache(maxsize=256)
def chosen(fields: str) -> tuple[tuple[tuple[str, Getter], ...], tuple[tuple[str, LineGetter], ...], bool]:
    """Split `fields` into readers of the trade, readers of its orders, and whether an oaid may be told."""
    names = [name.strip() for name in fields.split(",")]
    trade = tuple((name, TRADE_FIELDS[name]) for name in names if name in TRADE_FIELDS)
    wanted = [name.removeprefix("orders.") for name in names if name.startswith("orders.")]
    if "orders" in names or "order" in names:
        wanted = list(ORDER_FIELDS)
    orders = tuple((name, ORDER_FIELDS[name]) for name in wanted if name in ORDER_FIELDS)
    return trade, orders, set(names) >= OAID_NEEDS


def render(trade: Trade, fields: str, *, full: bool) -> dict[str, Any]:
    """One trade as TOP writes it: absent instead of null, the orders double-wrapped."""
    getters, line_getters, with_oaid = chosen(fields)
    body = {name: value for name, read in getters if (value := read(trade)) is not None}
    if not full:
        for name in FULLINFO_ONLY & body.keys():
            del body[name]
    elif with_oaid and trade.receiver.name:
        body["oaid"] = oaid_of(trade)
    if line_getters:
        body["orders"] = {"order": [_render_line(trade, line, line_getters) for line in trade.lines]}
    if trade.distortions:
        _distort(body, trade.distortions)
    return body


def _render_line(trade: Trade, line: Line, getters: tuple[tuple[str, LineGetter], ...]) -> dict[str, Any]:
    return {name: value for name, read in getters if (value := read(trade, line)) is not None}


def _distort(body: dict[str, Any], distortions: dict[str, Any]) -> None:
    """Replace what a control wished to see damaged; null removes the field."""
    for name, value in distortions.items():
        if value is None:
            body.pop(name, None)
        else:
            body[name] = value
