"""Exact measures (精确计量): money, unit prices and quantities that refuse to mix and refuse floats.

Money has 2 places, a unit price 6 (a moving average needs them), a quantity 4. The currency belongs to the
document, not to the amount. Everything rounds half up, once, where it is stated.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Self

from sqlalchemy import Numeric
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Inexact(TypeError):  # noqa: N818 — It reads as a statement where it is raised.
    """A float or a number with more places than its measure holds."""


class Measure:
    """A decimal with a fixed number of places that only adds to its own kind."""

    __slots__ = ("value",)
    places: ClassVar[int]
    value: Decimal

    def __init__(self, value: Decimal | int | str) -> None:
        if isinstance(value, float):
            raise Inexact(f"{type(self).__name__} is never built from a float: {value!r}")
        exact = Decimal(value)
        if not exact.is_finite():
            raise Inexact(f"{value!r} is not a number")
        scaled = exact.quantize(Decimal(1).scaleb(-self.places))
        if scaled != exact:
            raise Inexact(f"{value} has more than {self.places} decimal places")
        self.value = scaled

    @classmethod
    def rounded(cls, value: Decimal) -> Self:
        """Round half up to the places of this measure."""
        return cls(value.quantize(Decimal(1).scaleb(-cls.places), ROUND_HALF_UP))

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """Add measures of this kind; an empty sum is zero."""
        return sum(parts, cls(0))

    def _same(self, other: Self) -> Decimal:
        if type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} and {type(other).__name__} do not mix")
        return other.value

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + self._same(other))

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.value - self._same(other))

    def __neg__(self) -> Self:
        return type(self)(-self.value)

    def __lt__(self, other: Self) -> bool:
        return self.value < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.value <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.value > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.value >= self._same(other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Measure) and type(other) is type(self) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.value))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __str__(self) -> str:
        return format(self.value, "f")

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"


class Money(Measure):
    """An amount of the document's currency, 2 places."""

    places = 2


class Quantity(Measure):
    """How many of a variant, in its own unit, 4 places."""

    places = 4


class Rate(Measure):
    """A ratio or percentage, 6 places."""

    places = 6


class UnitPrice(Measure):
    """What one unit costs, in the document's currency, 6 places."""

    places = 6

    def __mul__(self, other: Quantity) -> Money:
        """Price times quantity is money, rounded half up once."""
        if not isinstance(other, Quantity):
            raise TypeError(f"UnitPrice multiplies a Quantity, not {type(other).__name__}")
        return Money.rounded(self.value * other.value)


class MeasureColumn(TypeDecorator[Measure]):
    """Stores a measure as NUMERIC of exactly its places."""

    impl = Numeric
    cache_ok = True

    def __init__(self, kind: type[Measure]) -> None:
        super().__init__(20 if kind.places > 2 else 18, kind.places)  # noqa: PLR2004 — money is numeric(18,2).
        self.kind = kind

    def process_bind_param(self, value: Measure | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        if value is None:
            return None
        if type(value) is not self.kind:
            raise TypeError(f"expected {self.kind.__name__}, got {value!r}")
        return value.value

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> Measure | None:  # noqa: ARG002
        if value is None:
            return None
        measure = object.__new__(self.kind)
        measure.value = value
        return measure
