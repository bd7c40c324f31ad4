from hypothesis import given
from hypothesis import strategies as st

from domain.fulfilment.parts import amount_of_part, share
from domain.kernel import Money, Quantity

NOTHING = Quantity(0)


def test_a_part_is_cut_to_the_cent_and_the_last_takes_the_rest() -> None:
    amount, ordered = Money("10.00"), Quantity(3)
    first = amount_of_part(amount, ordered, NOTHING, Money(0), Quantity(1), Quantity(3))
    second = amount_of_part(amount, ordered, NOTHING, first, Quantity(1), Quantity(2))
    third = amount_of_part(amount, ordered, NOTHING, first + second, Quantity(1), Quantity(1))
    assert [str(each) for each in (first, second, third)] == ["3.33", "3.33", "3.34"]


def test_what_was_cancelled_is_not_charged() -> None:
    rest = amount_of_part(Money("10.00"), Quantity(4), Quantity(1), Money("2.50"), Quantity(2), Quantity(2))
    assert rest == Money("5.00")


def test_a_line_without_a_price_stays_without_one() -> None:
    assert amount_of_part(Money(0), Quantity(2), NOTHING, Money(0), Quantity(1), Quantity(2)) == Money(0)


@given(
    st.integers(0, 10**12),
    st.lists(st.integers(1, 10**7), min_size=1, max_size=12),
)
def test_all_parts_together_are_the_line(cents: int, ten_thousandths: list[int]) -> None:
    amount = Money(f"{cents // 100}.{cents % 100:02}")
    parts = [Quantity(f"{each // 10_000}.{each % 10_000:04}") for each in ten_thousandths]
    ordered = rest = Quantity.total(parts)
    taken = Money(0)
    for part in parts:
        amount_of = amount_of_part(amount, ordered, NOTHING, taken, part, rest)
        assert Money(0) <= amount_of
        taken, rest = taken + amount_of, rest - part
    assert taken == amount


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_never_exceeds_its_amount(cents: int, part: int, more: int) -> None:
    amount = Money(f"{cents // 100}.{cents % 100:02}")
    assert Money(0) <= share(amount, Quantity(part), Quantity(part + more)) <= amount
