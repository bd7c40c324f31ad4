"""What papers say in words: amounts that nobody can add a digit to, quantities without idle zeros."""

import pytest

from domain.kernel import Money, Quantity, UnitPrice
from domain.papers import in_words
from domain.papers.words import measure


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "零元整"),
        ("1", "壹元整"),
        ("10.5", "壹拾元伍角整"),
        ("1005.03", "壹仟零伍元零叁分"),
        ("100000", "壹拾万元整"),
        ("100010", "壹拾万零壹拾元整"),
        ("10000000.05", "壹仟万元零伍分"),
        ("100000001", "壹亿零壹元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        ("0.05", "伍分"),
        ("20001", "贰万零壹元整"),
        ("-3.2", "负叁元贰角整"),
    ],
)
def test_amounts_are_said_in_capital_numerals(amount: str, said: str) -> None:
    assert in_words(Money(amount)) == said


def test_measures_have_no_idle_zeros() -> None:
    assert [measure(Quantity(each)) for each in ("2.5", "10", "0.0001", "0")] == ["2.5", "10", "0.0001", "0"]
    assert [measure(UnitPrice(each), places=2) for each in ("2", "0.125")] == ["2.00", "0.125"]
    assert measure(None) == ""
