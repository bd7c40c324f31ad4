"""Taobao and Tmall trades (淘宝订单) in our words: pure translation, every status by its table."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from connectors.marketplaces.port import IncomingRefund, Trade, UnreadableRefund
from connectors.payloads import Payload, Unreadable, china, demand_distinct, number_of, unknown_time
from domain import orders
from domain.kernel import Money
from domain.refunds import RefundStage

lines_max = 1000

TRADE_FIELDS = (
    "tid,status,type,created,pay_time,modified,consign_time,end_time,payment,total_fee,discount_fee,adjust_fee,post_fee,"
    "received_payment,buyer_nick,buyer_open_uid,buyer_message,seller_memo,seller_flag,has_buyer_message,shipping_type,"
    "trade_from,step_trade_status,step_paid_fee,is_part_consign,cod_status,rx_audit_status,receiver_name,receiver_state,"
    "receiver_city,receiver_district,receiver_town,receiver_address,receiver_zip,receiver_mobile,receiver_phone,oaid,"
    "promise_service,promise_collect_time,latest_consign_time,orders"
)
LIST_FIELDS = "tid,status,modified"
REFUND_FIELDS = (
    "refund_id,tid,oid,status,order_status,good_status,has_good_return,refund_fee,payment,total_fee,reason,desc,company_name,"
    "sid,refund_phase,dispute_type,refund_version,num,outer_id,created,modified"
)

STATUS: Mapping[str, orders.IncomingStatus] = {
    "TRADE_NO_CREATE_PAY": orders.IncomingStatus.AWAITING_PAYMENT,
    "WAIT_BUYER_PAY": orders.IncomingStatus.AWAITING_PAYMENT,
    "PAY_PENDING": orders.IncomingStatus.AWAITING_PAYMENT,
    "WAIT_PRE_AUTH_CONFIRM": orders.IncomingStatus.AWAITING_PAYMENT,
    # Paid, but the platform forbids to ship (拼团未成团): for us it still waits.
    "PAID_FORBID_CONSIGN": orders.IncomingStatus.AWAITING_PAYMENT,
    "WAIT_SELLER_SEND_GOODS": orders.IncomingStatus.PAID,
    "SELLER_CONSIGNED_PART": orders.IncomingStatus.PARTLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": orders.IncomingStatus.SHIPPED,
    "TRADE_BUYER_SIGNED": orders.IncomingStatus.SHIPPED,
    "TRADE_FINISHED": orders.IncomingStatus.COMPLETED,
    "TRADE_CLOSED": orders.IncomingStatus.CLOSED_REFUNDED,
    "TRADE_CLOSED_BY_TAOBAO": orders.IncomingStatus.CANCELLED,
}

STEP_STATUS: Mapping[str, orders.IncomingStatus | None] = {
    "FRONT_NOPAID_FINAL_NOPAID": orders.IncomingStatus.AWAITING_PAYMENT,
    "FRONT_PAID_FINAL_NOPAID": orders.IncomingStatus.DEPOSIT_PAID,
    "FRONT_PAID_FINAL_PAID": None,
    # The buyer let the deposit go: the trade will not be paid any more.
    "FRONT_PAID_FRONT_FORFEITED": orders.IncomingStatus.DEPOSIT_FORFEITED,
}

STEPS_PAID = frozenset({orders.IncomingStatus.DEPOSIT_PAID, orders.IncomingStatus.DEPOSIT_FORFEITED})
"""In these only the deposit was paid."""

SOLD_ON_ITS_WAY = "6"
"""The `inv_type` of a line that is sold before it is there (在途库存)."""
DAY = re.compile(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})", re.ASCII)
DAYS_AFTER = re.compile(r"(\d{1,3}) *(?:天|个自然日|个工作日)", re.ASCII)

COD_STATUS: Mapping[str, orders.IncomingStatus | None] = {
    "NEW_CREATED": None,
    "WAITING_TO_BE_SENT": None,
    "ACCEPTED_BY_COMPANY": None,
    "REJECTED_BY_COMPANY": None,
    "RECIEVE_TIMEOUT": None,
    "TAKEN_IN_SUCCESS": orders.IncomingStatus.SHIPPED,
    "TAKEN_IN_FAILED": None,
    "TAKEN_TIMEOUT": None,
    "SIGN_IN": orders.IncomingStatus.COMPLETED,
    "REJECTED_BY_OTHER_SIDE": orders.IncomingStatus.CLOSED_REFUNDED,
    "CANCELED": orders.IncomingStatus.CANCELLED,
}

REFUND_STATUS: Mapping[str, orders.IncomingRefundStatus] = {
    "NO_REFUND": orders.IncomingRefundStatus.NONE,
    "WAIT_SELLER_AGREE": orders.IncomingRefundStatus.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": orders.IncomingRefundStatus.REQUESTED,
    "WAIT_SELLER_CONFIRM_GOODS": orders.IncomingRefundStatus.REQUESTED,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": orders.IncomingRefundStatus.REQUESTED,
    "SELLER_REFUSE_BUYER": orders.IncomingRefundStatus.CLOSED,
    "CLOSED": orders.IncomingRefundStatus.CLOSED,
    "SUCCESS": orders.IncomingRefundStatus.SUCCEEDED,
}


def unwrapped(container: Any, name: str) -> list[dict[str, Any]]:
    """TOP wraps arrays twice, {"trades": {"trade": […]}}; an empty one may be absent, null or {}."""
    if not container:
        return []
    inner = container.get(name) if isinstance(container, dict) else container
    if inner is None:
        return []
    if not isinstance(inner, list) or not all(isinstance(item, dict) for item in inner):
        raise Unreadable(f"{name} is not a list of objects")
    return inner


def translate_trade(raw: dict[str, Any]) -> Trade:
    """Translate a full trade; what cannot be understood stays raw, with the problem named."""
    trade = Payload(raw)
    try:
        return _order(trade, raw)
    except Unreadable as problem:
        return unreadable_trade(raw, str(problem))


def unreadable_trade(raw: dict[str, Any], problem: str) -> orders.UnreadableTrade:
    """Keep a trade for a person, with as much of its identity as can be read."""
    trade = Payload(raw)
    try:
        modified_at = trade.optional_china_moment("modified")
    except Unreadable:
        modified_at = None
    return orders.UnreadableTrade(
        external_number=number_of(raw, "tid"), modified_at=modified_at or unknown_time, problem=problem, raw=raw
    )


def _order(trade: Payload, raw: dict[str, Any]) -> orders.IncomingOrder:
    placed_at = trade.china_moment("created")
    paid_at = trade.optional_china_moment("pay_time")
    status = _status(trade)
    total_amount = trade.money("payment", below_zero=True)
    return orders.IncomingOrder(
        external_number=trade.text("tid"),
        status=status,
        placed_at=placed_at,
        paid_at=paid_at,
        modified_at=trade.china_moment("modified"),
        promised_ship_at=trade.optional_china_moment("latest_consign_time")
        or trade.optional_china_moment("promise_collect_time"),
        buyer_id=trade.optional_text("buyer_open_uid") or trade.optional_text("buyer_nick") or "",
        buyer_name=trade.optional_text("buyer_nick"),
        receiver=_receiver(trade),
        lines=_lines(raw, paid_at or placed_at),
        currency="CNY",
        freight_amount=trade.optional_money("post_fee", below_zero=True) or Money(0),
        discount_amount=trade.optional_money("discount_fee", below_zero=True) or Money(0),
        total_amount=total_amount,
        paid_amount=_paid_amount(trade, status, total_amount),
        buyer_message=trade.optional_text("buyer_message"),
        seller_memo=trade.optional_text("seller_memo"),
        seller_flag=trade.optional_integer("seller_flag"),
        cash_on_delivery=_is_cash_on_delivery(trade),
        prescription_pending=str(raw.get("rx_audit_status")) == "0",
        raw=raw,
    )


def _status(trade: Payload) -> orders.IncomingStatus:
    """Let the trade's own word decide, except while it waits for money or a carrier collects that money."""
    status = trade.meaning("status", STATUS)
    step = trade.meaning("step_trade_status", STEP_STATUS) if trade.optional_text("step_trade_status") else None
    if status is orders.IncomingStatus.AWAITING_PAYMENT and step is not None:
        return step
    if status is orders.IncomingStatus.CANCELLED and step is orders.IncomingStatus.DEPOSIT_FORFEITED:
        return step
    if _is_cash_on_delivery(trade) and status in {
        orders.IncomingStatus.AWAITING_PAYMENT,
        orders.IncomingStatus.PAID,
    }:
        # A cash-on-delivery trade is ready to ship although nobody has paid yet.
        return trade.meaning("cod_status", COD_STATUS) or orders.IncomingStatus.PAID
    return status


def _is_cash_on_delivery(trade: Payload) -> bool:
    return trade.optional_text("type") == "cod" and trade.optional_text("cod_status") is not None


def _paid_amount(trade: Payload, status: orders.IncomingStatus, total_amount: Money) -> Money:
    if status in STEPS_PAID:
        return trade.money("step_paid_fee")
    if trade.optional_china_moment("pay_time") is None:
        return Money(0)
    return total_amount


def _receiver(trade: Payload) -> orders.IncomingReceiver | None:
    name, detail = trade.optional_text("receiver_name"), trade.optional_text("receiver_address")
    if name is None and detail is None:
        return None
    return orders.IncomingReceiver(
        name=name or "",
        phone=trade.optional_text("receiver_mobile") or trade.optional_text("receiver_phone"),
        province=trade.optional_text("receiver_state"),
        city=trade.optional_text("receiver_city"),
        district=trade.optional_text("receiver_district"),
        town=trade.optional_text("receiver_town"),
        detail=detail or "",
        postal_code=trade.optional_text("receiver_zip"),
        address_token=trade.optional_text("oaid"),
    )


def _lines(raw: dict[str, Any], since: datetime) -> tuple[orders.IncomingLine, ...]:
    lines = unwrapped(raw.get("orders"), "order")
    if not lines:
        raise Unreadable("the trade has no lines")
    if len(lines) > lines_max:
        raise Unreadable(f"the trade has {len(lines)} lines")
    translated = tuple(_line(Payload(line), since) for line in lines)
    demand_distinct(line.external_number for line in translated)
    return translated


def _line(line: Payload, since: datetime) -> orders.IncomingLine:
    expected = line.optional_text("estimate_con_time")
    shared = line.optional_money("divide_order_fee", below_zero=True)
    return orders.IncomingLine(
        external_number=line.text("oid"),
        external_item=line.optional_text("num_iid"),
        external_sku=line.optional_text("sku_id"),
        seller_code=line.optional_text("outer_sku_id") or line.optional_text("outer_iid"),
        barcode=line.optional_text("barcode"),
        title=line.optional_text("title") or line.text("oid"),
        specification=line.optional_text("sku_properties_name"),
        quantity=line.quantity("num"),
        list_amount=_list_amount(line),
        line_amount=line.money("payment", below_zero=True) if shared is None else shared,
        refund=_line_refund(line),
        presale=expected is not None or line.optional_text("inv_type") == SOLD_ON_ITS_WAY,
        ships_on=expected_on(expected, since),
    )


def expected_on(told: str | None, since: datetime) -> date | None:
    """Read when presale goods are to leave (预计发货时间): on a day, or so many days after payment, if it is said."""
    if found := DAY.search(told or ""):
        year, month, day = (int(each) for each in found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            return None
    if found := DAYS_AFTER.search(told or ""):
        return (since.astimezone(china) + timedelta(days=int(found[1]))).date()
    return None


def _list_amount(line: Payload) -> Money:
    """Count the price before every discount: price × num; `total_fee` is already discounted."""
    return Money.rounded(line.money("price", below_zero=True).value * line.quantity("num").value)


def _line_refund(line: Payload) -> orders.IncomingRefundStatus:
    """Read a closed line, before payment or after a refund, as one that never ships."""
    told = refund_status(line, "refund_status") if line.optional_text("refund_status") else None
    status = line.optional_text("status")
    if status in {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}:
        return orders.IncomingRefundStatus.SUCCEEDED
    return told or orders.IncomingRefundStatus.NONE


def refund_status(payload: Payload, key: str) -> orders.IncomingRefundStatus:
    """Exchanges have many states of their own (EXCHANGE_…); until one is closed the goods must not leave."""
    if payload.text(key).startswith("EXCHANGE_"):
        return orders.IncomingRefundStatus.REQUESTED
    return payload.meaning(key, REFUND_STATUS)


REFUND_STAGE: Mapping[str, RefundStage] = {
    "NO_REFUND": RefundStage.CLOSED,
    "WAIT_SELLER_AGREE": RefundStage.AWAITING_DECISION,
    "WAIT_BUYER_RETURN_GOODS": RefundStage.AWAITING_GOODS,
    "WAIT_SELLER_CONFIRM_GOODS": RefundStage.GOODS_UNDER_WAY,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": RefundStage.AGREED,
    "SELLER_REFUSE_BUYER": RefundStage.REFUSED,
    "CLOSED": RefundStage.CLOSED,
    "SUCCESS": RefundStage.PAID_BACK,
}


def _stage(refund: Payload) -> RefundStage:
    """Exchanges are agreed on the platform itself; until one is closed nothing of it is decided here."""
    exchanged = refund.text("status").startswith("EXCHANGE_")
    return RefundStage.AGREED if exchanged else refund.meaning("status", REFUND_STAGE)


def translate_refund(raw: dict[str, Any]) -> IncomingRefund | UnreadableRefund:
    refund = Payload(raw)
    try:
        return IncomingRefund(
            external_number=refund.text("refund_id"),
            order_number=refund.text("tid"),
            line_number=refund.optional_text("oid"),
            stage=_stage(refund),
            refund_amount=refund.money("refund_fee"),
            goods_come_back=refund.flag("has_good_return"),
            reason=refund.optional_text("reason"),
            created_at=refund.china_moment("created"),
            modified_at=refund.china_moment("modified"),
            raw=raw,
        )
    except Unreadable as problem:
        return UnreadableRefund(external_number=number_of(raw, "refund_id"), problem=str(problem), raw=raw)
