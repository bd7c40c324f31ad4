"""Freight by the golden numbers, and the edges of a tariff."""

from dataclasses import replace

import pytest

from domain.kernel import BadInput, Money
from domain.shipping import FlatFee, FreightTier, Tariff, UnitRounding, freight_of, read_tariff

GOLDEN = Tariff(
    first_grams=1000,
    first_price=Money(8),
    tiers=[
        FreightTier(up_to_grams=5000, unit_grams=1000, price=Money(2)),
        FreightTier(up_to_grams=None, unit_grams=1000, price=Money("1.50")),
    ],
)
CEILING, FLOOR, NEAREST, EXACT = UnitRounding


@pytest.mark.parametrize(
    ("grams", "fees"),
    [
        (500, ("8", "8", "8", "8")),
        (1000, ("8", "8", "8", "8")),
        (1200, ("10", "8", "8", "8.40")),
        (3200, ("14", "12", "12", "12.40")),
        (5000, ("16", "16", "16", "16")),
        (7300, ("20.50", "19", "19", "19.45")),
    ],
)
def test_the_golden_table(grams: int, fees: tuple[str, ...]) -> None:
    found = [freight_of(replace(GOLDEN, rounding=each), grams) for each in (CEILING, FLOOR, NEAREST, EXACT)]
    assert found == [Money(each) for each in fees]


def test_without_a_tariff_it_costs_nothing() -> None:
    assert freight_of(None, 5000) == Money(0)


def test_it_is_cut_to_the_cent_and_never_rounded_up() -> None:
    thirds = [FreightTier(up_to_grams=None, unit_grams=3000, price=Money(2))]
    assert freight_of(replace(GOLDEN, tiers=thirds, rounding=EXACT), 2000) == Money("8.66")


def test_a_flat_fee_goes_before_the_tiers() -> None:
    flat = [FlatFee(up_to_grams=300, fee=Money(3)), FlatFee(up_to_grams=600, fee=Money("4.50"))]
    tariff = replace(GOLDEN, flat_fees=flat)
    assert [str(freight_of(tariff, each)) for each in (300, 301, 601)] == ["3.00", "4.50", "8.00"]


def test_what_lies_above_a_closed_last_tier_costs_no_more() -> None:
    closed = replace(GOLDEN, tiers=GOLDEN.tiers[:1])
    assert freight_of(closed, 9000) == Money(16)


def test_a_bulky_parcel_counts_as_heavy() -> None:
    tariff = replace(GOLDEN, volume_divisor=6000)
    assert freight_of(tariff, 500, 18_000) == Money(12)
    assert freight_of(GOLDEN, 500, 18_000) == Money(8)


def test_a_tariff_is_read_back_as_it_was_written() -> None:
    tariff = replace(GOLDEN, flat_fees=[FlatFee(up_to_grams=300, fee=Money("3.30"))], volume_divisor=8000)
    assert read_tariff(tariff.stored()) == tariff
    tariff.check()


OPEN = FreightTier(up_to_grams=None, unit_grams=1000, price=Money(1))


@pytest.mark.parametrize(
    "changes",
    [
        {"tiers": [OPEN, OPEN]},
        {"tiers": [replace(OPEN, up_to_grams=1000)]},
        {"tiers": [replace(OPEN, unit_grams=0)]},
        {"tiers": [replace(OPEN, price=Money(-1))]},
        {"tiers": [replace(OPEN, up_to_grams=2000 + each) for each in range(5)]},
        {"flat_fees": [FlatFee(up_to_grams=300, fee=Money(3))] * 2},
        {"first_grams": -1},
        {"volume_divisor": 0},
    ],
)
def test_a_tariff_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refused:
        replace(GOLDEN, **changes).check()  # type: ignore[arg-type] — It is what the test says.
    assert refused.value.path[:2] == ("input", "tariff")
