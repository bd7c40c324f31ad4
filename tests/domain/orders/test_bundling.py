"""What a bundle line becomes adds up to it in every amount, told once or again."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import Money, Quantity
from domain.orders import IncomingRefundStatus, bundling
from domain.orders.bundling import Component
from domain.orders.importing import NO_BUNDLE

NOTHING = Quantity(0)
cents = st.integers(0, 10_000_000).map(lambda each: Money(Decimal(each) / 100))
weights = st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=6)
pieces = st.integers(1, 20)


def a_line(listed: Money, paid: Money, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "external_number": "9",
        "variant_id": uuid4(),
        "title": "box",
        "specification": None,
        "quantity": Quantity(quantity),
        "list_amount": listed,
        "line_amount": paid,
        "shipped_quantity": NOTHING,
        "cancelled_quantity": NOTHING,
        "refund": IncomingRefundStatus.NONE,
        **NO_BUNDLE,
        **changes,
    }


def of(*each: tuple[int, Decimal | str]) -> list[Component]:
    return [Component(uuid4(), Quantity(many), f"part {many}", None, Decimal(weight)) for many, weight in each]


@given(cents, cents, cents, st.lists(st.tuples(pieces, st.decimals(0, 1000, places=2)), min_size=1, max_size=6))
def test_components_add_up_to_their_line_whatever_it_costs(
    listed: Money, paid: Money, later: Money, parts: list[tuple[int, Decimal]]
) -> None:
    line = a_line(listed, paid, 3)
    rows = bundling.exploded(line, of(*parts))
    assert bundling.as_told(rows)[0] | {"id": line["id"]} == {**rows[0], **line, **_said(rows[0])}
    assert all(each["list_amount"] >= Money(0) and each["line_amount"] >= Money(0) for each in rows)
    assert [each["quantity"] for each in rows] == [Quantity(3 * many) for many, _ in parts]
    keys = ("list_amount", "line_amount", "unit_price", "title", "bundle_title")
    assert bundling.told_again(rows, {"9": line}, keys) == rows, "told again it is the same to the cent"
    changed = bundling.told_again(rows, {"9": {**line, "line_amount": later}}, keys)
    assert Money.total(each["line_amount"] for each in changed) == later
    assert Money.total(each["list_amount"] for each in changed) == listed


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in (*NO_BUNDLE, "specification")}


def test_the_list_value_decides_and_the_last_takes_the_remainder() -> None:
    rows = bundling.exploded(a_line(Money("100.00"), Money("90.01")), of((1, "30"), (2, "60"), (1, "30")))
    assert [str(each["list_amount"]) for each in rows] == ["25.00", "50.00", "25.00"]
    assert [str(each["line_amount"]) for each in rows] == ["22.50", "45.00", "22.51"]
    assert [str(each["unit_price"]) for each in rows] == ["22.500000", "22.500000", "22.510000"]


def test_where_nothing_has_a_price_the_pieces_decide() -> None:
    rows = bundling.exploded(a_line(Money(0), Money("8.00")), of((1, "0"), (3, "0")))
    assert [str(each["line_amount"]) for each in rows] == ["2.00", "6.00"]


def test_what_is_over_of_a_bundle_is_over_of_its_components() -> None:
    gone = a_line(Money(10), Money(10), 2, cancelled_quantity=Quantity(2), refund=IncomingRefundStatus.SUCCEEDED)
    rows = bundling.exploded(gone, of((1, "1"), (3, "1")))
    assert [each["cancelled_quantity"] for each in rows] == [Quantity(2), Quantity(6)]
    odd = bundling.exploded(a_line(Money(0), Money(0), -2), of((3, "1")))
    assert odd[0]["quantity"] == Quantity(-6)


def test_a_composition_is_read_back_unless_a_person_changed_it() -> None:
    components = of((1, "30.00"), (2, "60.00"))
    rows = bundling.exploded(a_line(Money(90), Money(80), 2), components)
    assert bundling.components_in(rows) == {rows[0]["id"]: components}
    rows[1]["quantity"] = Quantity(3)
    assert bundling.components_in(rows) == {}
