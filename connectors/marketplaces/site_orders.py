"""Orders of the SITE protocol (官网订单) in our words: pure translation, every status by its table."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from connectors.marketplaces.port import IncomingRefund, Trade, UnreadableRefund
from connectors.payloads import Payload, Unreadable, demand_distinct, number_of, unknown_time
from domain import orders
from domain.kernel import Money
from domain.refunds import RefundStage

lines_max = 1000

STATUS: Mapping[str, orders.IncomingStatus] = {
    "UNPAID": orders.IncomingStatus.AWAITING_PAYMENT,
    "DEPOSIT_PAID": orders.IncomingStatus.DEPOSIT_PAID,
    "PAID": orders.IncomingStatus.PAID,
    "PARTLY_SHIPPED": orders.IncomingStatus.PARTLY_SHIPPED,
    "SHIPPED": orders.IncomingStatus.SHIPPED,
    "COMPLETED": orders.IncomingStatus.COMPLETED,
    "CANCELLED": orders.IncomingStatus.CANCELLED,
    "DEPOSIT_FORFEITED": orders.IncomingStatus.DEPOSIT_FORFEITED,
    "CLOSED_REFUNDED": orders.IncomingStatus.CLOSED_REFUNDED,
}
REFUND_STATUS: Mapping[str, orders.IncomingRefundStatus] = {
    "NONE": orders.IncomingRefundStatus.NONE,
    "REQUESTED": orders.IncomingRefundStatus.REQUESTED,
    "REFUSED": orders.IncomingRefundStatus.CLOSED,
    "SUCCEEDED": orders.IncomingRefundStatus.SUCCEEDED,
    "CLOSED": orders.IncomingRefundStatus.CLOSED,
}
CLOSED_LINES = frozenset({"CANCELLED", "DEPOSIT_FORFEITED", "CLOSED_REFUNDED"})


def translate_order(raw: dict[str, Any]) -> Trade:
    """Translate an order of a site; what cannot be understood stays raw, with the problem named."""
    try:
        return _order(Payload(raw), raw)
    except Unreadable as problem:
        return _unreadable_order(raw, str(problem))


def _unreadable_order(raw: dict[str, Any], problem: str) -> orders.UnreadableTrade:
    order = Payload(raw)
    try:
        modified_at = order.optional_moment("modified_at")
    except Unreadable:
        modified_at = None
    return orders.UnreadableTrade(
        external_number=number_of(raw, "order_no"), modified_at=modified_at or unknown_time, problem=problem, raw=raw
    )


def _order(order: Payload, raw: dict[str, Any]) -> orders.IncomingOrder:
    return orders.IncomingOrder(
        external_number=order.text("order_no"),
        status=order.meaning("status", STATUS),
        placed_at=order.moment("created_at"),
        paid_at=order.optional_moment("paid_at"),
        modified_at=order.moment("modified_at"),
        promised_ship_at=order.optional_moment("promised_ship_at"),
        buyer_id=order.optional_text("member_id") or "",
        buyer_name=order.optional_text("member_name"),
        receiver=_receiver(order),
        lines=_lines(order),
        currency=order.optional_text("currency") or "CNY",
        freight_amount=order.optional_money("freight", below_zero=True) or Money(0),
        discount_amount=order.optional_money("discount", below_zero=True) or Money(0),
        total_amount=order.money("payable", below_zero=True),
        paid_amount=order.optional_money("paid", below_zero=True) or Money(0),
        buyer_message=order.optional_text("buyer_message"),
        seller_memo=order.optional_text("seller_memo"),
        seller_flag=order.optional_integer("seller_flag"),
        cash_on_delivery=order.flag("cash_on_delivery"),
        prescription_pending=order.flag("prescription_pending"),
        raw=raw,
    )


def _receiver(order: Payload) -> orders.IncomingReceiver | None:
    receiver = order.child("receiver")
    if not receiver.fields:
        return None
    return orders.IncomingReceiver(
        name=receiver.optional_text("name") or "",
        phone=receiver.optional_text("phone"),
        province=receiver.optional_text("province"),
        city=receiver.optional_text("city"),
        district=receiver.optional_text("district"),
        town=receiver.optional_text("town"),
        detail=receiver.optional_text("detail") or "",
        postal_code=receiver.optional_text("postal_code"),
    )


def _lines(order: Payload) -> tuple[orders.IncomingLine, ...]:
    lines = order.children("lines")
    if not 0 < len(lines) <= lines_max:
        raise Unreadable(f"the order has {len(lines) or 'no'} lines")
    translated = tuple(_line(line) for line in lines)
    demand_distinct(line.external_number for line in translated)
    return translated


def _line(line: Payload) -> orders.IncomingLine:
    amount = line.money("amount", below_zero=True)
    return orders.IncomingLine(
        external_number=line.text("line_no"),
        external_item=line.optional_text("goods_no"),
        external_sku=line.optional_text("sku_no"),
        seller_code=line.optional_text("sku_no"),
        barcode=line.optional_text("barcode"),
        title=line.optional_text("title") or line.text("line_no"),
        specification=line.optional_text("props"),
        quantity=line.quantity("quantity"),
        list_amount=line.optional_money("goods_amount", below_zero=True) or amount,
        line_amount=amount,
        refund=_line_refund(line),
        presale=line.flag("presale"),
        ships_on=_ships_on(line),
    )


def _ships_on(line: Payload) -> date | None:
    """Read on which day presale goods are to leave."""
    told = line.optional_text("ships_on")
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError:
        raise Unreadable(f"ships_on {told!r} is not a day") from None


def _line_refund(line: Payload) -> orders.IncomingRefundStatus:
    """Read a closed line as one that never ships."""
    if line.optional_text("status") in CLOSED_LINES:
        return orders.IncomingRefundStatus.SUCCEEDED
    if line.optional_text("refund_status") is None:
        return orders.IncomingRefundStatus.NONE
    return line.meaning("refund_status", REFUND_STATUS)


STAGE: Mapping[str, RefundStage] = {
    "WAIT_SELLER_AGREE": RefundStage.AWAITING_DECISION,
    "WAIT_BUYER_RETURN_GOODS": RefundStage.AWAITING_GOODS,
    "WAIT_SELLER_CONFIRM_GOODS": RefundStage.GOODS_UNDER_WAY,
    "SELLER_REFUSE_BUYER": RefundStage.REFUSED,
    "SUCCESS": RefundStage.PAID_BACK,
    "CLOSED": RefundStage.CLOSED,
    # A site that tells no step tells only whether it is decided.
    "NONE": RefundStage.CLOSED,
    "REQUESTED": RefundStage.AWAITING_DECISION,
    "REFUSED": RefundStage.REFUSED,
    "SUCCEEDED": RefundStage.PAID_BACK,
}


def _stage(refund: Payload) -> RefundStage:
    return refund.meaning("step" if refund.optional_text("step") else "status", STAGE)


def translate_refund(raw: dict[str, Any]) -> IncomingRefund | UnreadableRefund:
    refund = Payload(raw)
    try:
        return IncomingRefund(
            external_number=refund.text("refund_no"),
            order_number=refund.text("order_no"),
            line_number=refund.optional_text("line_no"),
            stage=_stage(refund),
            refund_amount=refund.money("amount"),
            goods_come_back=refund.flag("returns_goods"),
            reason=refund.optional_text("reason"),
            created_at=refund.moment("created_at"),
            modified_at=refund.moment("modified_at"),
            raw=raw,
        )
    except Unreadable as problem:
        return UnreadableRefund(external_number=number_of(raw, "refund_no"), problem=str(problem), raw=raw)
