"""JD POP orders (京东订单) in our words: pure translation; discounts told per order are apportioned to lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.marketplaces.port import IncomingRefund, Trade, UnreadableRefund
from connectors.payloads import Payload, Unreadable, number_of, unknown_time
from domain import orders
from domain.kernel import Money
from domain.refunds import RefundStage

lines_max = 1000
cents_per_yuan = 100

ORDER_FIELDS = (
    "orderId,parentOrderId,directParentOrderId,venderId,orderState,orderStateRemark,orderType,payType,orderTotalPrice,"
    "sellerDiscount,orderSellerPrice,orderPayment,freightPrice,balanceUsed,orderStartTime,paymentConfirmTime,orderEndTime,"
    "modified,orderRemark,venderRemark,logisticsId,waybill,deliveryType,invoiceInfo,vatInfo,couponDetailList,storeOrder,pin,"
    "open_id_buyer,consigneeInfo,itemInfoList"
)
ORDER_STATES = (
    "WAIT_SELLER_STOCK_OUT,WAIT_GOODS_RECEIVE_CONFIRM,WAIT_SELLER_DELIVERY,PAUSE,POP_ORDER_PAUSE,LOCKED,FINISHED_L,"
    "TRADE_CANCELED"
)

STATUS: Mapping[str, orders.IncomingStatus] = {
    "NOT_PAY": orders.IncomingStatus.AWAITING_PAYMENT,
    "WAIT_SELLER_STOCK_OUT": orders.IncomingStatus.PAID,
    "WAIT_SELLER_DELIVERY": orders.IncomingStatus.PAID,
    # Paid, but stopped by the buyer's request or by JD: the lines say that nothing may leave.
    "PAUSE": orders.IncomingStatus.PAID,
    "POP_ORDER_PAUSE": orders.IncomingStatus.PAID,
    "LOCKED": orders.IncomingStatus.PAID,
    "WAIT_GOODS_RECEIVE_CONFIRM": orders.IncomingStatus.SHIPPED,
    "SEND_TO_DISTRIBUTION_CENER": orders.IncomingStatus.SHIPPED,
    "DISTRIBUTION_CENTER_RECEIVED": orders.IncomingStatus.SHIPPED,
    "RECEIPTS_CONFIRM": orders.IncomingStatus.COMPLETED,
    "FINISHED_L": orders.IncomingStatus.COMPLETED,
    "TRADE_CANCELED": orders.IncomingStatus.CANCELLED,
}
STOPPED = frozenset({"PAUSE", "POP_ORDER_PAUSE", "LOCKED"})
LEFT = frozenset(
    {
        "WAIT_GOODS_RECEIVE_CONFIRM",
        "SEND_TO_DISTRIBUTION_CENER",
        "DISTRIBUTION_CENTER_RECEIVED",
        "RECEIPTS_CONFIRM",
        "FINISHED_L",
    }
)
WITHOUT_REFUNDS = frozenset(
    {
        orders.IncomingStatus.AWAITING_PAYMENT,
        orders.IncomingStatus.CANCELLED,
        orders.IncomingStatus.CLOSED_REFUNDED,
    }
)
CASH_ON_DELIVERY = "1"
NEVER = "0001-01-01"

# 0 to review, 1 agreed, 2 refused, 3 paid back, 4 refused by JD's finance, 5 to 8 on its way,
# 9 closed and paid back, 11 withdrawn.
REFUND_STAGE: Mapping[str, RefundStage] = {
    "0": RefundStage.AWAITING_DECISION,
    "1": RefundStage.AGREED,
    "2": RefundStage.REFUSED,
    "3": RefundStage.PAID_BACK,
    "4": RefundStage.CLOSED,
    "5": RefundStage.AGREED,
    "6": RefundStage.AGREED,
    "7": RefundStage.AGREED,
    "8": RefundStage.AGREED,
    "9": RefundStage.PAID_BACK,
    "11": RefundStage.CLOSED,
}


def translate_order(raw: dict[str, Any]) -> Trade:
    """Translate an order; what cannot be understood stays raw, with the problem named."""
    try:
        return _order(Payload(raw), raw)
    except Unreadable as problem:
        return unreadable_order(raw, str(problem))


def unreadable_order(raw: dict[str, Any], problem: str) -> orders.UnreadableTrade:
    order = Payload(raw)
    try:
        modified_at = order.optional_china_moment("modified")
    except Unreadable:
        modified_at = None
    return orders.UnreadableTrade(
        external_number=number_of(raw, "orderId"), modified_at=modified_at or unknown_time, problem=problem, raw=raw
    )


def _order(order: Payload, raw: dict[str, Any]) -> orders.IncomingOrder:
    paid_at = _paid_at(order)
    freight_amount = order.optional_money("freightPrice", below_zero=True) or Money(0)
    total_amount = _total(order)
    status = order.meaning("orderState", STATUS)
    cancelled_after_payment = status is orders.IncomingStatus.CANCELLED and paid_at is not None
    cash_on_delivery = (order.optional_text("payType") or "").partition("-")[0] == CASH_ON_DELIVERY
    return orders.IncomingOrder(
        external_number=order.text("orderId"),
        status=orders.IncomingStatus.CLOSED_REFUNDED if cancelled_after_payment else status,
        placed_at=order.china_moment("orderStartTime"),
        paid_at=paid_at,
        modified_at=order.china_moment("modified"),
        promised_ship_at=None,
        buyer_id=order.optional_text("open_id_buyer") or order.optional_text("pin") or "",
        buyer_name=order.optional_text("pin"),
        receiver=_receiver(order),
        lines=_lines(order, total_amount - freight_amount),
        currency="CNY",
        freight_amount=freight_amount,
        discount_amount=order.optional_money("sellerDiscount", below_zero=True) or Money(0),
        total_amount=total_amount,
        paid_amount=Money(0) if paid_at is None else total_amount,
        buyer_message=order.optional_text("orderRemark"),
        seller_memo=order.optional_text("venderRemark"),
        seller_flag=None,
        cash_on_delivery=cash_on_delivery,
        raw=raw,
    )


def _paid_at(order: Payload) -> datetime | None:
    """Read JD's year one as what it means: not yet paid."""
    if (order.optional_text("paymentConfirmTime") or "").startswith(NEVER):
        return None
    return order.optional_china_moment("paymentConfirmTime")


def _total(order: Payload) -> Money:
    """Add what the buyer takes from his balance to what he still pays: both are money for this order."""
    return order.money("orderPayment", below_zero=True) + (order.optional_money("balanceUsed") or Money(0))


def _receiver(order: Payload) -> orders.IncomingReceiver | None:
    receiver = order.child("consigneeInfo")
    if not receiver.fields:
        return None
    return orders.IncomingReceiver(
        name=receiver.optional_text("fullname") or "",
        phone=receiver.optional_text("mobile") or receiver.optional_text("telephone"),
        province=receiver.optional_text("province"),
        city=receiver.optional_text("city"),
        district=receiver.optional_text("county"),
        town=receiver.optional_text("town"),
        detail=receiver.optional_text("fullAddress") or "",
        address_token=receiver.optional_text("oaid") or order.optional_text("oaid"),
    )


def _lines(order: Payload, goods_amount: Money) -> tuple[orders.IncomingLine, ...]:
    items = order.children("itemInfoList")
    if not 0 < len(items) <= lines_max:
        raise Unreadable(f"the order has {len(items) or 'no'} lines")
    skus = [item.text("skuId") for item in items]
    listed = [
        Money.rounded(item.money("jdPrice", below_zero=True).value * item.quantity("itemTotal").value) for item in items
    ]
    paid = _paid_by_coupons(skus, listed, _coupons(order))
    if paid is None or Money.total(paid) != goods_amount:
        paid = apportioned(goods_amount, listed)
    refund = _refund_of_all(order)
    return tuple(
        _line(item, number, refund, amounts)
        for item, number, amounts in zip(items, line_numbers(skus), zip(listed, paid, strict=True), strict=True)
    )


def _coupons(order: Payload) -> dict[str, Money]:
    """Add the discounts JD names per SKU."""
    coupons: dict[str, Money] = {}
    for coupon in order.children("couponDetailList"):
        sku = coupon.optional_text("skuId") or ""
        coupons[sku] = coupons.get(sku, Money(0)) + coupon.money("couponPrice")
    return coupons


def _paid_by_coupons(skus: list[str], listed: list[Money], coupons: dict[str, Money]) -> list[Money] | None:
    """Take each SKU's coupons off its own lines; None where they are more than the lines."""
    paid = [Money(0)] * len(skus)
    for sku in set(skus):
        places = [place for place, name in enumerate(skus) if name == sku]
        whole, coupon = Money.total(listed[place] for place in places), coupons.get(sku, Money(0))
        if coupon > max(whole, Money(0)):
            return None
        rest = whole - coupon
        for place, part in zip(places, apportioned(rest, [listed[place] for place in places]), strict=True):
            paid[place] = part
    return paid


def _line(
    item: Payload, number: str, refund: orders.IncomingRefundStatus, amounts: tuple[Money, Money]
) -> orders.IncomingLine:
    list_amount, line_amount = amounts
    return orders.IncomingLine(
        external_number=number,
        external_item=item.optional_text("wareId"),
        external_sku=item.text("skuId"),
        seller_code=item.optional_text("outerSkuId"),
        barcode=item.optional_text("barcode"),
        title=item.optional_text("skuName") or item.text("skuId"),
        specification=item.optional_text("skuProperties"),
        quantity=item.quantity("itemTotal"),
        list_amount=list_amount,
        line_amount=line_amount,
        refund=refund,
    )


def _refund_of_all(order: Payload) -> orders.IncomingRefundStatus:
    """Read an order that JD or its buyer stopped as one whose lines must wait; JD has no state per line."""
    state = order.text("orderState")
    if state in STOPPED:
        return orders.IncomingRefundStatus.REQUESTED
    if state == "TRADE_CANCELED":
        return orders.IncomingRefundStatus.SUCCEEDED
    return orders.IncomingRefundStatus.NONE


def refunded(order: orders.IncomingOrder, told: Sequence[IncomingRefund]) -> orders.IncomingOrder:
    """Lay refunds over the lines they are about; what was paid back stays so, else the latest word counts."""
    states: dict[str | None, orders.IncomingRefundStatus] = {}
    for refund in sorted(told, key=lambda each: each.modified_at):
        if states.get(refund.line_number) is not orders.IncomingRefundStatus.SUCCEEDED:
            states[refund.line_number] = refund.status
    lines = tuple(
        replace(line, refund=states.get(line.external_sku, states.get(None, line.refund))) for line in order.lines
    )
    # The order's own time may stand still while a refund is decided; a version must be newer to be taken.
    latest = max([order.modified_at, *(each.modified_at for each in told)])
    return replace(order, lines=lines, modified_at=latest)


def line_numbers(skus: Sequence[str]) -> list[str]:
    """JD's lines have no numbers: the SKU is the name, with a count where a gift repeats it."""
    numbers: list[str] = []
    for position, sku in enumerate(skus):
        repeated = skus[:position].count(sku)
        numbers.append(f"{sku}#{repeated + 1}" if repeated else sku)
    return numbers


def apportioned(amount: Money, weights: Sequence[Money]) -> list[Money]:
    """Divide an amount by weights to the cent; cents left over go to the heaviest, so that the sum is exact.

    What the amount differs from the sum of the weights is divided by their sizes: a line below zero stays below zero.
    """
    cents, shares = int(amount.value * cents_per_yuan), [int(weight.value * cents_per_yuan) for weight in weights]
    sizes = [abs(share) for share in shares] if any(shares) else [1] * len(shares)
    rest, whole = cents - sum(shares), sum(sizes)
    parts = [share + rest * size // whole for share, size in zip(shares, sizes, strict=True)]
    heaviest = sorted(range(len(sizes)), key=lambda position: -sizes[position])
    for position in heaviest[: cents - sum(parts)]:
        parts[position] += 1
    return [Money(Decimal(part) / cents_per_yuan) for part in parts]


def translate_refund(raw: dict[str, Any]) -> IncomingRefund | UnreadableRefund:
    """Translate a refund asked for before shipment (取消退款)."""
    refund = Payload(raw)
    try:
        applied_at = refund.china_moment("applyTime")
        return IncomingRefund(
            external_number=refund.text("id"),
            order_number=refund.text("orderId"),
            line_number=refund.optional_text("skuId"),
            stage=refund.meaning("status", REFUND_STAGE),
            refund_amount=refund.money("applyRefundSum"),
            goods_come_back=False,
            reason=refund.optional_text("reason"),
            created_at=applied_at,
            modified_at=refund.optional_china_moment("checkTime") or applied_at,
            raw=raw,
        )
    except Unreadable as problem:
        return UnreadableRefund(external_number=number_of(raw, "id"), problem=str(problem), raw=raw)
