"""Freight (运费): what a parcel of some weight costs by a tariff; pure, exact, and cut to the cent, never rounded up.

A flat fee for the lightest; else the first price, and above the first weight each tier for the part of the weight that
lies in it, by units.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from domain.kernel import BadInput, Money

CENT = Decimal("0.01")
TIERS_MAX = 4
FLAT_FEES_MAX = 3
GRAMS_MAX = 10_000_000
GRAMS_PER_KILOGRAM = 1000


class UnitRounding(StrEnum):
    """How a begun unit of weight counts."""

    CEILING = "CEILING"
    FLOOR = "FLOOR"
    NEAREST = "NEAREST"
    EXACT = "EXACT"


MODES = {
    UnitRounding.CEILING: ROUND_CEILING,
    UnitRounding.FLOOR: ROUND_FLOOR,
    UnitRounding.NEAREST: ROUND_HALF_UP,
}


@dataclass(frozen=True, kw_only=True)
class FreightTier:
    """The price of a unit for the weight up to a bound; the last tier has none."""

    up_to_grams: int | None
    unit_grams: int
    price: Money


@dataclass(frozen=True, kw_only=True)
class FlatFee:
    """What any parcel up to a weight costs."""

    up_to_grams: int
    fee: Money


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """How freight is counted; with a divisor a bulky parcel counts as heavy: cubic centimetres by it are kilograms."""

    first_grams: int
    first_price: Money
    tiers: Sequence[FreightTier] = ()
    flat_fees: Sequence[FlatFee] = ()
    rounding: UnitRounding = UnitRounding.CEILING
    volume_divisor: int | None = None

    def check(self) -> None:
        """Refuse a tariff that says nothing, or twice."""
        if len(self.tiers) > TIERS_MAX or len(self.flat_fees) > FLAT_FEES_MAX:
            problem = f"has at most {TIERS_MAX} tiers and {FLAT_FEES_MAX} flat fees"
            raise BadInput(field="tariff", problem=problem).at("input", "tariff")
        bounds = [self.first_grams, *(each.up_to_grams for each in self.tiers)]
        if any(each is None for each in bounds[:-1]):
            raise BadInput(field="tiers", problem="only the last may be without a bound").at("input", "tariff", "tiers")
        known = [each for each in bounds if each is not None]
        flat = [each.up_to_grams for each in self.flat_fees]
        if not (_rising(known) and _rising(flat) and all(0 <= each <= GRAMS_MAX for each in known + flat)):
            problem = f"bounds must rise, from 0 to at most {GRAMS_MAX} grams"
            raise BadInput(field="tiers", problem=problem).at("input", "tariff", "tiers")
        prices = [self.first_price, *(each.price for each in self.tiers), *(each.fee for each in self.flat_fees)]
        units = [each.unit_grams for each in self.tiers]
        if any(each < Money(0) for each in prices) or any(each < 1 for each in units):
            problem = "prices must not be negative, and a unit has at least a gram"
            raise BadInput(field="tiers", problem=problem).at("input", "tariff", "tiers")
        if self.volume_divisor is not None and self.volume_divisor < 1:
            problem = "must be more than 0, such as 6000 or 8000"
            raise BadInput(field="volumeDivisor", problem=problem).at("input", "tariff", "volumeDivisor")

    def stored(self) -> dict[str, Any]:
        """Write it down as JSON with exact amounts."""
        return {
            "first_grams": self.first_grams,
            "first_price": str(self.first_price),
            "tiers": [[each.up_to_grams, each.unit_grams, str(each.price)] for each in self.tiers],
            "flat_fees": [[each.up_to_grams, str(each.fee)] for each in self.flat_fees],
            "rounding": self.rounding.value,
            "volume_divisor": self.volume_divisor,
        }


def _rising(bounds: Sequence[int]) -> bool:
    return all(before < after for before, after in itertools.pairwise(bounds))


def read_tariff(stored: Mapping[str, Any]) -> Tariff:
    """Read back what `stored` wrote."""
    tiers = [FreightTier(up_to_grams=to, unit_grams=unit, price=Money(price)) for to, unit, price in stored["tiers"]]
    return Tariff(
        first_grams=stored["first_grams"],
        first_price=Money(stored["first_price"]),
        tiers=tiers,
        flat_fees=[FlatFee(up_to_grams=to, fee=Money(fee)) for to, fee in stored["flat_fees"]],
        rounding=UnitRounding(stored["rounding"]),
        volume_divisor=stored["volume_divisor"],
    )


def chargeable_grams(tariff: Tariff, grams: int, millilitres: int = 0) -> Decimal:
    """Say which weight counts: the real one, or that of the volume if it is more."""
    if tariff.volume_divisor is None:
        return Decimal(grams)
    return max(Decimal(grams), Decimal(millilitres * GRAMS_PER_KILOGRAM) / tariff.volume_divisor)


def freight_of(tariff: Tariff | None, grams: int, millilitres: int = 0) -> Money:
    """Say what a parcel costs; without a tariff, nothing."""
    if tariff is None:
        return Money(0)
    weight = chargeable_grams(tariff, grams, millilitres)
    for flat in tariff.flat_fees:
        if weight <= flat.up_to_grams:
            return flat.fee
    fee, before = tariff.first_price.value, Decimal(tariff.first_grams)
    for tier in tariff.tiers:
        if weight <= before:
            break
        bound = weight if tier.up_to_grams is None else min(weight, Decimal(tier.up_to_grams))
        fee += _units((bound - before) / tier.unit_grams, tariff.rounding) * tier.price.value
        before = bound
    return Money(fee.quantize(CENT, ROUND_DOWN))


def _units(part: Decimal, rounding: UnitRounding) -> Decimal:
    mode = MODES.get(rounding)
    return part if mode is None else part.to_integral_value(mode)
