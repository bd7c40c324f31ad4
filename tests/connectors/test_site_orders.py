"""Orders of sites and pharmacies in our words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.marketplaces.port import IncomingRefund, UnreadableRefund
from connectors.marketplaces.site_orders import REFUND_STATUS, STATUS, translate_order, translate_refund
from domain import orders
from domain.kernel import Money, Quantity
from domain.orders import IncomingRefundStatus, IncomingStatus
from tests.connectors.recorded import recording, site_order


def translated(raw: dict[str, Any]) -> orders.IncomingOrder:
    order = translate_order(raw)
    assert isinstance(order, orders.IncomingOrder), order
    return order


def test_an_order() -> None:
    order = translated(site_order())
    assert (order.external_number, order.buyer_id, order.buyer_name) == ("S202611110001", "M1", "赵敏")
    assert order.modified_at == datetime(2026, 11, 10, 16, 1, tzinfo=UTC)
    assert (order.total_amount, order.freight_amount, order.discount_amount) == (
        Money("56.00"),
        Money("8.00"),
        Money("4.50"),
    )
    assert order.receiver is not None
    assert (order.receiver.phone, order.receiver.town, order.receiver.address_token) == ("13700000003", None, None)
    assert order.prescription_pending


def test_its_lines() -> None:
    first, second = translated(site_order()).lines
    assert (first.external_number, first.seller_code, first.barcode) == ("1", "85123A", "6901234567892")
    assert (first.quantity, first.list_amount, first.line_amount) == (Quantity(2), Money("40.00"), Money("35.50"))
    assert (first.refund, second.refund) == (IncomingRefundStatus.NONE, IncomingRefundStatus.REQUESTED)
    assert second.barcode is None


@pytest.mark.parametrize(("word", "meaning"), STATUS.items())
def test_every_status(word: str, meaning: IncomingStatus) -> None:
    assert translated(site_order(status=word)).status is meaning


@pytest.mark.parametrize(("word", "meaning"), REFUND_STATUS.items())
def test_every_refund_of_a_line(word: str, meaning: IncomingRefundStatus) -> None:
    line = site_order()["lines"][0] | {"refund_status": word}
    assert translated(site_order(lines=[line])).lines[0].refund is meaning


def test_a_closed_line_never_ships() -> None:
    line = site_order()["lines"][0] | {"status": "CANCELLED"}
    assert translated(site_order(lines=[line])).lines[0].refund is IncomingRefundStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": "paid"}, "status 'paid' is unknown"),
        ({"lines": None}, "the order has no lines"),
        ({"lines": ["x"]}, "lines is not a list of objects"),
        ({"payable": "1.001"}, "payable '1.001' has parts of a cent"),
        ({"created_at": "2026-11-11T00:00:00"}, "created_at '2026-11-11T00:00:00' has no offset"),
        ({"modified_at": "0001-01-01T00:00:00+23:00"}, "modified_at '0001-01-01T00:00:00+23:00' is not a time"),
    ],
)
def test_what_is_not_understood_is_kept_and_named(changes: dict[str, Any], problem: str) -> None:
    raw = site_order(**changes)
    trade = translate_order(raw)
    assert isinstance(trade, orders.UnreadableTrade)
    assert (trade.problem, trade.raw, trade.external_number) == (problem, raw, "S202611110001")


def test_a_refund() -> None:
    refund = translate_refund(recording("site/refund.json"))
    assert isinstance(refund, IncomingRefund)
    assert (refund.external_number, refund.line_number, refund.refund_amount) == ("R1", "2", Money("12.50"))
    assert not refund.goods_come_back


def test_an_unknown_refund_is_kept() -> None:
    refund = translate_refund(recording("site/refund.json") | {"status": "LOST"})
    assert isinstance(refund, UnreadableRefund)


@pytest.mark.parametrize("unknown", ["", None])
def test_a_guest_buys_without_being_a_member(unknown: str | None) -> None:
    order = translate_order(site_order(member_id=unknown, member_name=unknown))
    assert isinstance(order, orders.IncomingOrder)
    assert (order.buyer_id, order.buyer_name) == ("", None)
    assert order.receiver is not None


def test_goods_that_are_sold_before_they_are_there() -> None:
    line = site_order()["lines"][0]
    told = [{"presale": True, "ships_on": "2026-12-10"}, {"presale": True}, {}]
    found = [translated(site_order(lines=[line | each])).lines[0] for each in told]
    assert [(each.presale, each.ships_on) for each in found] == [
        (True, date(2026, 12, 10)),
        (True, None),
        (False, None),
    ]
    unreadable = translate_order(site_order(lines=[line | {"presale": True, "ships_on": "soon"}]))
    assert isinstance(unreadable, orders.UnreadableTrade)
    assert unreadable.problem == "ships_on 'soon' is not a day"
