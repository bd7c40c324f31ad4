"""JD orders in our words: discounts told per order reach the lines to the cent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.marketplaces.jd_orders import (
    REFUND_STAGE,
    STATUS,
    STOPPED,
    apportioned,
    line_numbers,
    translate_order,
    translate_refund,
)
from connectors.marketplaces.port import IncomingRefund, UnreadableRefund
from domain import orders
from domain.kernel import Money
from domain.orders import IncomingRefundStatus, IncomingStatus
from domain.refunds import RefundStage
from tests.connectors.recorded import jd_order, recording


def translated(raw: dict[str, Any]) -> orders.IncomingOrder:
    order = translate_order(raw)
    assert isinstance(order, orders.IncomingOrder), order
    return order


def test_an_order() -> None:
    order = translated(jd_order())
    assert order.external_number == "9223372036854775001"
    assert order.status is IncomingStatus.PAID
    assert order.paid_at == datetime(2026, 11, 11, 1, 1, tzinfo=UTC)
    assert (order.buyer_id, order.buyer_message, order.seller_memo) == ("oTw8s", "工作日送货", None)
    assert order.receiver is not None
    assert (order.receiver.district, order.receiver.phone) == ("南山区", "139****0002")
    assert not order.cash_on_delivery


def test_what_is_taken_from_the_balance_is_paid_too() -> None:
    order = translated(jd_order())
    assert order.total_amount == order.paid_amount == Money("96.00")


def test_the_lines_share_what_the_buyer_pays() -> None:
    order = translated(jd_order())
    assert [line.list_amount for line in order.lines] == [Money("30.00"), Money("70.00"), Money("0.00")]
    assert [line.line_amount for line in order.lines] == [Money("27.00"), Money("63.00"), Money("0.00")]
    assert Money.total(line.line_amount for line in order.lines) + order.freight_amount == order.total_amount


def coupon(sku: str, amount: str) -> dict[str, str]:
    return {"orderId": "1", "skuId": sku, "couponType": "30-单品促销优惠", "couponPrice": amount}


def test_a_coupon_stays_on_its_sku() -> None:
    order = translated(jd_order(couponDetailList=[coupon("100012043979", "9.00"), coupon("100012043978", "1.00")]))
    assert [line.line_amount for line in order.lines] == [Money("29.00"), Money("61.00"), Money("0.00")]


@pytest.mark.parametrize("coupons", [[coupon("100012043979", "3.00")], [coupon("100012043978", "99.00")]])
def test_coupons_that_do_not_explain_the_total_are_not_believed(coupons: list[dict[str, str]]) -> None:
    order = translated(jd_order(couponDetailList=coupons))
    assert [line.line_amount for line in order.lines] == [Money("27.00"), Money("63.00"), Money("0.00")]


def test_year_one_means_unpaid() -> None:
    order = translated(jd_order(paymentConfirmTime="0001-01-01 00:00:00"))
    assert (order.paid_at, order.paid_amount) == (None, Money(0))


def test_lines_are_numbered_by_their_sku() -> None:
    assert [line.external_number for line in translated(jd_order()).lines] == [
        "100012043978",
        "100012043979",
        "100012043978#2",
    ]
    assert line_numbers(["a", "a", "b", "a"]) == ["a", "a#2", "b", "a#3"]


@pytest.mark.parametrize(("word", "meaning"), STATUS.items())
def test_every_state(word: str, meaning: IncomingStatus) -> None:
    order = translated(jd_order(orderState=word))
    assert order.status is (IncomingStatus.CLOSED_REFUNDED if word == "TRADE_CANCELED" else meaning)


def test_cancelled_before_payment() -> None:
    order = translated(jd_order(orderState="TRADE_CANCELED", paymentConfirmTime=""))
    assert order.status is IncomingStatus.CANCELLED
    assert order.paid_amount == Money(0)


@pytest.mark.parametrize("word", sorted(STOPPED))
def test_a_stopped_order_must_not_leave(word: str) -> None:
    assert {line.refund for line in translated(jd_order(orderState=word)).lines} == {IncomingRefundStatus.REQUESTED}


@pytest.mark.parametrize(
    ("told", "meaning"), [("1-货到付款", True), ("1", True), (1, True), ("4-在线支付", False), ("", False)]
)
def test_cash_on_delivery(told: Any, meaning: bool) -> None:
    assert translated(jd_order(payType=told)).cash_on_delivery is meaning


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"orderState": "LOST"}, "orderState 'LOST' is unknown"),
        ({"orderPayment": "--1"}, "orderPayment '--1' is not an amount"),
        ({"itemInfoList": []}, "the order has no lines"),
        ({"itemInfoList": [{"skuId": 1, "jdPrice": "1", "itemTotal": "x"}]}, "itemTotal 'x' is not a quantity"),
        ({"modified": "2026-13-01 00:00:00"}, "modified '2026-13-01 00:00:00' is not a time"),
        ({"consigneeInfo": "here"}, "consigneeInfo is a str"),
    ],
)
def test_what_is_not_understood_is_kept_and_named(changes: dict[str, Any], problem: str) -> None:
    raw = jd_order(**changes)
    trade = translate_order(raw)
    assert isinstance(trade, orders.UnreadableTrade)
    assert (trade.problem, trade.raw, trade.external_number) == (problem, raw, "9223372036854775001")


def test_freight_beyond_the_whole_order_is_no_reason_to_lose_it() -> None:
    order = translated(jd_order(freightPrice="100.00"))
    assert order.freight_amount == Money("100.00")
    assert Money.total(line.line_amount for line in order.lines) + order.freight_amount == order.total_amount


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_apportioning_below_zero_keeps_the_sum(amount: int, weights: list[int]) -> None:
    whole = Money(Decimal(amount) / 100)
    assert Money.total(apportioned(whole, [Money(Decimal(weight) / 100) for weight in weights])) == whole


def test_lines_below_zero_stay_what_they_are() -> None:
    weights = [Money("5.00"), Money("-2.00")]
    assert apportioned(Money("3.00"), weights) == weights
    assert apportioned(Money("-2.00"), weights[1:]) == weights[1:]
    assert apportioned(Money("-0.40"), [Money("0.20"), Money("-0.60")]) == [Money("0.20"), Money("-0.60")]


cents = st.integers(min_value=0, max_value=10**9)


@given(cents, st.lists(cents, min_size=1, max_size=8))
def test_apportioning_neither_makes_nor_loses_a_cent(amount: int, weights: list[int]) -> None:
    whole = Money(f"{amount // 100}.{amount % 100:02d}")
    parts = apportioned(whole, [Money(f"{weight // 100}.{weight % 100:02d}") for weight in weights])
    assert Money.total(parts) == whole
    assert all(part >= Money(0) for part in parts)
    if sum(weights):
        assert all(
            abs(part.value * 100 - Decimal(amount * weight) / sum(weights)) < 2
            for part, weight in zip(parts, weights, strict=True)
        )


def test_a_gift_pays_nothing_of_the_remainder() -> None:
    assert apportioned(Money("0.01"), [Money("0.00"), Money("5.00")]) == [Money("0.00"), Money("0.01")]


@pytest.mark.parametrize(("word", "meaning"), REFUND_STAGE.items())
def test_every_refund(word: str, meaning: RefundStage) -> None:
    refund = translate_refund(recording("jd/refund.json") | {"status": int(word)})
    assert isinstance(refund, IncomingRefund)
    assert (refund.stage, refund.order_number, refund.line_number) == (
        meaning,
        "9223372036854775001",
        None,
    )


def test_an_unknown_refund_is_kept() -> None:
    refund = translate_refund(recording("jd/refund.json") | {"status": 77})
    assert isinstance(refund, UnreadableRefund)
    assert refund.problem == "status '77' is unknown"


def test_an_order_without_a_buyer_is_still_an_order() -> None:
    assert translated(jd_order(open_id_buyer=None, pin=None)).buyer_id == ""
