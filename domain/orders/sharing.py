"""Sharing amounts out (金额分摊): parts are cut to the cent, and the last one takes the remainder."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from domain.kernel import Money, Quantity

CENT = Decimal("0.01")


def by_amount(amount: Money, weights: Sequence[Money]) -> list[Money]:
    """Share an amount out by what each is worth; where nothing is worth anything the last takes all."""
    return by_weight(amount, [each.value for each in weights])


def by_quantity(amount: Money, quantities: Sequence[Quantity]) -> list[Money]:
    """Share an amount out by how much each is."""
    return by_weight(amount, [each.value for each in quantities])


def by_weight(amount: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Share an amount out by weights."""
    if not weights:
        return []
    whole = sum(weights, Decimal(0))
    last = max((index for index, each in enumerate(weights) if each), default=len(weights) - 1)
    if not whole:
        return [amount if index == last else Money(0) for index in range(len(weights))]
    parts = [Money((amount.value * each / whole).quantize(CENT, ROUND_DOWN)) for each in weights]
    parts[last] += amount - Money.total(parts)
    return parts
