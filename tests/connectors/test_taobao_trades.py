"""Taobao trades in our words: every status, every number, and no trade lost."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.marketplaces.port import IncomingRefund, UnreadableRefund
from connectors.marketplaces.taobao_trades import (
    COD_STATUS,
    REFUND_STATUS,
    STATUS,
    STEP_STATUS,
    translate_refund,
    translate_trade,
    unwrapped,
)
from connectors.payloads import Unreadable
from domain import orders
from domain.kernel import Money, Quantity
from domain.orders import IncomingRefundStatus, IncomingStatus
from tests.connectors.recorded import recording, taobao_line, taobao_trade


def translated(raw: dict[str, Any]) -> orders.IncomingOrder:
    order = translate_trade(raw)
    assert isinstance(order, orders.IncomingOrder), order
    return order


def problem_of(raw: dict[str, Any]) -> str:
    trade = translate_trade(raw)
    assert isinstance(trade, orders.UnreadableTrade)
    assert trade.raw == raw
    return trade.problem


def test_a_paid_trade() -> None:
    order = translated(taobao_trade())
    assert order.external_number == "202611230000000001234"
    assert order.status is IncomingStatus.PAID
    assert order.placed_at == datetime(2026, 11, 10, 16, 0, 3, tzinfo=UTC)
    assert order.paid_at == datetime(2026, 11, 10, 16, 0, 41, tzinfo=UTC)
    assert order.modified_at == datetime(2026, 11, 10, 16, 1, tzinfo=UTC)
    assert order.promised_ship_at == datetime(2026, 11, 12, 16, 0, 41, tzinfo=UTC)
    assert (order.buyer_id, order.buyer_name) == ("AAEx9kXyAGYc0", "王**")
    assert (order.total_amount, order.paid_amount) == (Money("200.07"), Money("200.07"))
    assert (order.buyer_message, order.seller_memo, order.seller_flag) == ("请用顺丰", "老客户", 3)
    assert not order.cash_on_delivery
    assert order.raw == taobao_trade()


def test_its_lines() -> None:
    first, second = translated(taobao_trade()).lines
    assert first.external_number == "202611230000000001235"
    assert (first.external_item, first.external_sku) == ("9007199254740993", "4611686018427387905")
    assert (first.seller_code, second.seller_code) == ("85123A", "71053")
    assert first.quantity == Quantity(6)
    assert (first.list_amount, first.line_amount) == (Money("120.00"), Money("97.50"))
    assert second.line_amount == Money("97.50")
    assert (first.refund, second.refund) == (IncomingRefundStatus.NONE, IncomingRefundStatus.REQUESTED)


def test_lines_and_freight_are_the_total() -> None:
    order = translated(taobao_trade())
    assert Money.total(line.line_amount for line in order.lines) + order.freight_amount == order.total_amount


def test_a_total_that_does_not_agree_is_told_as_it_is() -> None:
    order = translated(taobao_trade(payment="180.00"))
    assert order.total_amount == Money("180.00")
    assert order.lines[0].line_amount == Money("97.50")


def test_masked_personal_data_and_its_token() -> None:
    receiver = translated(taobao_trade()).receiver
    assert receiver is not None
    assert (receiver.name, receiver.phone, receiver.address_token) == ("王**", "138****0001", "1W6Cg2hT8sD")
    assert (receiver.province, receiver.district, receiver.town) == ("浙江省", "余杭区", "仓前街道")


@pytest.mark.parametrize(("word", "meaning"), STATUS.items())
def test_every_status(word: str, meaning: IncomingStatus) -> None:
    assert translated(taobao_trade(status=word)).status is meaning


@pytest.mark.parametrize(("word", "meaning"), STEP_STATUS.items())
def test_every_step_of_a_deposit_trade(word: str, meaning: IncomingStatus | None) -> None:
    order = translated(taobao_trade("deposit", step_trade_status=word))
    assert order.status is (meaning or IncomingStatus.AWAITING_PAYMENT)


def test_a_deposit_counts_as_what_is_paid() -> None:
    order = translated(taobao_trade("deposit"))
    assert order.status is IncomingStatus.DEPOSIT_PAID
    assert (order.paid_amount, order.total_amount) == (Money("50.00"), Money("299.00"))


@pytest.mark.parametrize(("word", "meaning"), COD_STATUS.items())
def test_cash_on_delivery_is_ready_before_it_is_paid(word: str, meaning: IncomingStatus | None) -> None:
    trade = taobao_trade(type="cod", cod_status=word, pay_time=None)
    order = translated(trade)
    assert order.cash_on_delivery
    assert order.status is (meaning or IncomingStatus.PAID)
    assert order.paid_amount == Money(0)


@pytest.mark.parametrize(("word", "meaning"), REFUND_STATUS.items())
def test_every_refund_of_a_line(word: str, meaning: IncomingRefundStatus) -> None:
    assert translated(taobao_line(refund_status=word)).lines[0].refund is meaning


def test_an_exchange_waits() -> None:
    order = translated(taobao_line(refund_status="EXCHANGE_WAIT_BUYER_MODIFY"))
    assert order.lines[0].refund is IncomingRefundStatus.REQUESTED


@pytest.mark.parametrize("status", ["TRADE_CLOSED_BY_TAOBAO", "TRADE_CLOSED"])
def test_a_closed_line_never_ships(status: str) -> None:
    assert translated(taobao_line(status=status)).lines[0].refund is IncomingRefundStatus.SUCCEEDED


def test_a_prescription_waits_for_its_review() -> None:
    assert translated(taobao_trade(rx_audit_status="0")).prescription_pending
    assert not translated(taobao_trade(rx_audit_status="1")).prescription_pending
    assert not translated(taobao_trade()).prescription_pending


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": "TRADE_ON_THE_MOON"}, "status 'TRADE_ON_THE_MOON' is unknown"),
        ({"status": None}, "status is missing"),
        ({"payment": "5.00-"}, "payment '5.00-' is not an amount"),
        ({"payment": "12.345"}, "payment '12.345' has parts of a cent"),
        ({"payment": "NaN"}, "payment 'NaN' is not an amount"),
        ({"payment": "1e9"}, "payment '1e9' is not an amount"),
        ({"payment": None}, "payment is missing"),
        ({"payment": ["1"]}, "payment is a list"),
        ({"created": "yesterday"}, "created 'yesterday' is not a time"),
        ({"modified": None}, "modified is missing"),
        ({"orders": None}, "the trade has no lines"),
        ({"orders": {}}, "the trade has no lines"),
        ({"orders": {"order": "x"}}, "order is not a list of objects"),
    ],
)
def test_what_is_not_understood_is_kept_and_named(changes: dict[str, Any], problem: str) -> None:
    assert problem_of(taobao_trade(**changes)) == problem


@pytest.mark.parametrize("number", ["1.23456", "many", "--2", True])
def test_a_bad_quantity(number: Any) -> None:
    assert problem_of(taobao_line(num=number)).startswith("num ")


@pytest.mark.parametrize("number", ["0", "-2"])
def test_an_odd_quantity_stays_odd(number: str) -> None:
    (line,) = translated(taobao_line(num=number, price="3.00")).lines
    assert (line.quantity, line.list_amount) == (Quantity(number), Money(3 * int(number)))


def test_lines_of_the_same_number_cannot_be_told_apart() -> None:
    trade = taobao_trade()
    line = trade["orders"]["order"][0]
    assert problem_of(trade | {"orders": {"order": [line, line]}}) == "two lines have the number 202611230000000001235"


def test_an_unreadable_trade_keeps_its_number_and_time() -> None:
    trade = translate_trade(taobao_trade(status="?"))
    assert trade.external_number == "202611230000000001234"
    assert trade.modified_at == datetime(2026, 11, 10, 16, 1, tzinfo=UTC)


def test_trades_without_a_number_are_still_two() -> None:
    one, other = translate_trade({"status": "x"}), translate_trade({"status": "y"})
    assert one.external_number.startswith("unknown-")
    assert one.external_number != other.external_number


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(taobao_trade())), json_values)
def test_no_damage_loses_a_trade(field: str, damage: Any) -> None:
    assert translate_trade(taobao_trade() | {field: damage}).external_number


@given(st.sampled_from(sorted(taobao_trade()["orders"]["order"][0])), json_values)
def test_no_damage_of_a_line_loses_a_trade(field: str, damage: Any) -> None:
    assert translate_trade(taobao_line(**{field: damage})).external_number == "202611230000000001234"


def test_arrays_are_wrapped_twice() -> None:
    page = recording("taobao/page.json")["trades_sold_increment_get_response"]
    assert [trade["tid"] for trade in unwrapped(page["trades"], "trade")] == [
        "3100000000000000002",
        "3100000000000000001",
    ]
    assert unwrapped(None, "trade") == unwrapped({}, "trade") == []
    with pytest.raises(Unreadable):
        unwrapped({"trade": [1]}, "trade")


def test_a_refund() -> None:
    refund = translate_refund(recording("taobao/refund.json"))
    assert isinstance(refund, IncomingRefund)
    assert (refund.external_number, refund.order_number) == ("5500000000000000001", "202611230000000001234")
    assert refund.line_number == "202611230000000001236"
    assert refund.status is IncomingRefundStatus.REQUESTED
    assert refund.refund_amount == Money("97.50")
    assert refund.goods_come_back
    assert refund.modified_at == datetime(2026, 11, 12, 3, 0, tzinfo=UTC)


def test_an_unknown_refund_is_kept() -> None:
    refund = translate_refund(recording("taobao/refund.json") | {"status": "LOST"})
    assert isinstance(refund, UnreadableRefund)
    assert refund.problem == "status 'LOST' is unknown"


def test_a_trade_without_a_buyer_or_a_title_is_still_an_order() -> None:
    order = translated(taobao_line(title="") | {"buyer_open_uid": None, "buyer_nick": ""})
    assert order.buyer_id == ""
    assert order.lines[0].title == order.lines[0].external_number


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2026-12-10 23:59:59", date(2026, 12, 10)),
        ("2026年12月1日前发货", date(2026, 12, 1)),
        ("付款后7天内", date(2026, 11, 18)),
        ("2026-13-45", None),
        ("尽快", None),
    ],
)
def test_when_presale_goods_are_to_leave(told: str, day: date | None) -> None:
    line = translated(taobao_line(estimate_con_time=told) | {"pay_time": "2026-11-11 23:00:00"}).lines[0]
    assert (line.presale, line.ships_on) == (True, day)


def test_goods_on_their_way_are_presale_and_others_are_not() -> None:
    assert [translated(taobao_line(inv_type=each)).lines[0].presale for each in (6, 0, None)] == [True, False, False]


def test_a_closed_trade_says_whether_its_deposit_is_lost() -> None:
    closed = {"status": "TRADE_CLOSED_BY_TAOBAO", "step_paid_fee": "50.00"}
    lost = translated(taobao_trade("deposit", step_trade_status="FRONT_PAID_FRONT_FORFEITED", **closed))
    assert (lost.status, lost.paid_amount) == (IncomingStatus.DEPOSIT_FORFEITED, Money("50.00"))
    unpaid = translated(taobao_trade("deposit", step_trade_status="FRONT_NOPAID_FINAL_NOPAID", **closed))
    assert unpaid.status is IncomingStatus.CANCELLED
