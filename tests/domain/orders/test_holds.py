"""Why an order waits, decided from facts alone."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import BadInput, Money, Quantity
from domain.orders import HoldReason, IncomingOrder, IncomingStatus
from domain.orders.holding import changes
from domain.orders.holds import check_receiver, facts_against, listed, missing_in, shortage
from domain.orders.importing import amounts_of, lines_of, problem_of, unit_price_of
from domain.orders.models import Hold, OrderId
from tests.domain.orders.builders import RECEIVER, START, a_line, a_trade, refunded

AT_SEA = replace(RECEIVER, city="广州市")
NOBODY = OrderId(UUID(int=0))


def reasons(trade: IncomingOrder, unmatched: tuple[str, ...] = ()) -> dict[str, str]:
    return {reason.value: evidence for reason, evidence in facts_against(trade, unmatched, "CNY").items()}


def test_nothing_is_wrong_with_a_plain_trade() -> None:
    assert reasons(a_trade()) == {}


@pytest.mark.parametrize(
    ("trade", "found"),
    [
        (replace(a_trade(), receiver=None), {"ADDRESS_INCOMPLETE": "no receiver"}),
        (replace(a_trade(), receiver=AT_SEA), {"ADDRESS_INCOMPLETE": "广州市 lies in 广东省, not in 浙江省"}),
        (replace(a_trade(), receiver=replace(RECEIVER, phone="call me")), {"ADDRESS_INCOMPLETE": "no phone"}),
        (replace(a_trade(), currency="GBP"), {"AMOUNT_MISMATCH": "the trade is in GBP, the channel in CNY"}),
        (
            replace(a_trade(), total_amount=Money("9.99")),
            {"AMOUNT_MISMATCH": "lines 10.00 + freight 0.00 is not the total 9.99"},
        ),
        (a_trade("1", a_line(price="-1")), {"AMOUNT_MISMATCH": "a negative amount on line line-A"}),
        (replace(a_trade(), lines=()), {"AMOUNT_MISMATCH": "the trade has no lines"}),
        (a_trade("1", a_line("A", 0)), {"ODD_QUANTITY": "quantity 0.0000 of title of A"}),
        (a_trade("1", refunded(status="REQUESTED")), {"REFUND_REQUESTED": "refund requested for title of A"}),
        (a_trade("1", refunded(status="CLOSED")), {}),
        (replace(a_trade(), prescription_pending=True), {"PRESCRIPTION_PENDING": "the prescription is not approved"}),
        (
            replace(a_trade(), status=IncomingStatus.DEPOSIT_PAID, paid_amount=Money("2")),
            {"DEPOSIT_UNPAID": "2.00 of 10.00 is paid"},
        ),
    ],
)
def test_each_reason_has_its_evidence(trade: IncomingOrder, found: dict[str, str]) -> None:
    assert reasons(trade) == found


def test_freight_counts_towards_the_total() -> None:
    assert reasons(replace(a_trade(), freight_amount=Money("5"), total_amount=Money("15"))) == {}


@pytest.mark.parametrize("name", ["name", "phone", "province", "city", "detail"])
def test_an_address_needs_what_a_carrier_needs(name: str) -> None:
    empty: dict[str, Any] = {name: " "}
    assert missing_in(replace(RECEIVER, **empty)) == f"no {'street' if name == 'detail' else name}"


def test_who_cannot_be_found_is_refused_by_the_part_that_is_wrong() -> None:
    check_receiver(RECEIVER)
    paths = []
    for wrong in (replace(RECEIVER, phone="1380"), AT_SEA, replace(RECEIVER, province="火星省")):
        with pytest.raises(BadInput) as refused:
            check_receiver(wrong)
        paths.append(refused.value.path[1:])
    assert paths == [("receiver",), ("receiver", "city"), ("receiver", "province")]


@pytest.mark.parametrize("phone", ["138****0000", "0571-8888 8888", "+86 13800000000", "12345"])
def test_a_masked_phone_is_one(phone: str) -> None:
    assert missing_in(replace(RECEIVER, phone=phone)) == ""


def test_a_token_stands_for_a_masked_phone() -> None:
    assert missing_in(replace(RECEIVER, phone=None, address_token="oaid")) == ""


def test_evidence_is_short() -> None:
    assert listed("no", [str(each) for each in range(12)]) == "no 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert shortage([("A", Quantity(2), Quantity(1))]) == "short of A: 2.0000 wanted, 1.0000 free"
    assert len(reasons(a_trade(), ("x" * 1000,))["UNMATCHED_GOODS"]) == 500


def a_hold(reason: HoldReason, evidence: str, *, released: bool = False, by: str | None = None) -> Hold:
    hold = Hold(order_id=NOBODY, reason=reason, evidence=evidence, opened_at=START, opened_by="import")
    hold.released_at, hold.released_by = (START if released else None), by
    return hold


R = HoldReason


@pytest.mark.parametrize(
    ("existing", "wanted", "over", "opened", "gone"),
    [
        ([], {R.SHORTAGE: "a"}, False, {R.SHORTAGE: "a"}, set()),
        ([a_hold(R.SHORTAGE, "a")], {R.SHORTAGE: "a"}, False, {}, set()),
        ([a_hold(R.SHORTAGE, "a")], {R.SHORTAGE: "b"}, False, {R.SHORTAGE: "b"}, set()),
        ([a_hold(R.SHORTAGE, "a")], {}, False, {}, {R.SHORTAGE}),
        ([a_hold(R.PAUSED_BY_HAND, "a")], {}, False, {}, set()),
        ([a_hold(R.PAUSED_BY_HAND, "a")], {}, True, {}, {R.PAUSED_BY_HAND}),
        ([a_hold(R.AMOUNT_MISMATCH, "a", released=True, by="李")], {R.AMOUNT_MISMATCH: "a"}, False, {}, set()),
        (
            [a_hold(R.AMOUNT_MISMATCH, "a", released=True)],
            {R.AMOUNT_MISMATCH: "a"},
            False,
            {R.AMOUNT_MISMATCH: "a"},
            set(),
        ),
        (
            [a_hold(R.CHANGED_ON_PLATFORM, "a", released=True, by="李")],
            {R.CHANGED_ON_PLATFORM: "a"},
            False,
            {R.CHANGED_ON_PLATFORM: "a"},
            set(),
        ),
    ],
)
def test_which_holds_open_and_which_go(
    existing: list[Hold],
    wanted: dict[HoldReason, str],
    *,
    over: bool,
    opened: dict[HoldReason, str],
    gone: set[HoldReason],
) -> None:
    assert changes(existing, wanted, over=over) == (opened, gone)


CENTS = st.integers(-10_000, 10_000_000).map(lambda cents: Money(cents) if cents == 0 else Money(f"{cents}e-2"))


@given(amounts=st.lists(st.tuples(CENTS, CENTS), max_size=20), freight=CENTS)
def test_amounts_add_up_to_the_cent(amounts: list[tuple[Money, Money]], freight: Money) -> None:
    goods = [replace(a_line(), list_amount=listed_at, line_amount=paid) for listed_at, paid in amounts]
    found = amounts_of(replace(a_trade(), lines=tuple(goods), freight_amount=freight))
    assert found["total_amount"] == found["goods_amount"] - found["discount_amount"] + freight
    assert found["goods_amount"] - found["discount_amount"] == Money.total(paid for _, paid in amounts)


def test_a_unit_price_is_rounded_once() -> None:
    assert str(unit_price_of(Money("10"), Quantity(3))) == "3.333333"
    assert str(unit_price_of(Money("10"), Quantity(0))) == "10.000000"


@pytest.mark.parametrize(
    ("trade", "problem"),
    [
        (a_trade("1"), ""),
        (a_trade("x" * 101), "its number must have 1 to 100 characters"),
        (a_trade(""), "its number must have 1 to 100 characters"),
        (a_trade("1", *[a_line()] * 1001), "it has 1001 lines, at most 1000 can be stored"),
        (replace(a_trade(), paid_amount=Money("10000000000")), "10000000000.00 is too large to be stored"),
    ],
)
def test_what_cannot_be_stored(trade: IncomingOrder, problem: str) -> None:
    assert problem_of(trade) == problem


def test_history_is_shipped_but_for_what_was_refunded() -> None:
    trade = a_trade("1", a_line("A", 2), refunded("B"), a_line("C", -1), status=IncomingStatus.SHIPPED)
    quantities = [(each["shipped_quantity"], each["cancelled_quantity"]) for each in lines_of(trade, NOBODY)]
    assert quantities == [(Quantity(2), Quantity(0)), (Quantity(0), Quantity(1)), (Quantity(0), Quantity(0))]
