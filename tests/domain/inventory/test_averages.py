from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.averages import Worth
from domain.kernel import Money, Quantity, UnitPrice

FINE = st.integers(1, 10**7).map(lambda number: Quantity(number) if number % 2 else Quantity(f"{number}e-4"))


def entered(worth: Worth, quantity: int, price: int) -> Worth:
    return worth.after_entry(Quantity(quantity), UnitPrice(price) * Quantity(quantity))


def issued(worth: Worth, quantity: int) -> Worth:
    return worth.after_issue(Quantity(quantity), worth.issue_amount(Quantity(quantity)))


def test_the_golden_moving_average() -> None:
    worth = entered(entered(Worth(), 100, 10), 50, 13)
    assert worth.average() == UnitPrice(11)
    worth = issued(worth, 60)
    assert worth == Worth(Quantity(90), Money(990))
    worth = worth.after_entry(Quantity(5), worth.entry_amount(Quantity(5)) or Money(0))
    assert worth == Worth(Quantity(95), Money(1045))
    worth = worth.after_issue(Quantity(20), Money(260))
    assert worth == Worth(Quantity(75), Money(785))
    assert worth.average() == UnitPrice("10.466667")


def test_nothing_has_no_average() -> None:
    assert Worth().average() is None
    assert Worth().entry_amount(Quantity(3)) is None


def test_the_residual_cent_goes_with_the_last_issue() -> None:
    worth = Worth(Quantity(3), Money(10))
    costs = []
    for _ in range(3):
        costs.append(str(worth.issue_amount(Quantity(1))))
        worth = issued(worth, 1)
    assert costs == ["3.33", "3.34", "3.33"]
    assert worth == Worth()


@given(st.lists(st.tuples(FINE, st.integers(0, 10**9)), min_size=1), st.lists(st.integers(1, 100), max_size=20))
def test_value_never_goes_below_zero_and_nothing_is_left_of_it(
    receipts: list[tuple[Quantity, int]], percents: list[int]
) -> None:
    worth = Worth()
    for quantity, cents in receipts:
        worth = worth.after_entry(quantity, Money(f"{cents}e-2"))
    for percent in percents:
        share = Quantity.rounded(worth.quantity.value * percent / 100)
        worth = worth.after_issue(share, worth.issue_amount(share))
        assert worth.value >= Money(0)
    worth = worth.after_issue(worth.quantity, worth.issue_amount(worth.quantity))
    assert worth == Worth()
