"""Parts of an order line (部分发货): what a parcel's part of a line is worth; all parts make the line exactly."""

from decimal import ROUND_DOWN, Decimal

from domain.kernel import Money, Quantity


def share(amount: Money, part: Quantity, whole: Quantity) -> Money:
    """Take the part's share of an amount, cut to the cent."""
    return Money((amount.value * part.value / whole.value).quantize(Decimal("0.01"), ROUND_DOWN))


def amount_of_part(
    line_amount: Money, ordered: Quantity, cancelled: Quantity, before: Money, part: Quantity, rest: Quantity
) -> Money:
    """Say what `part` of a line is worth when `rest` is still to go and earlier parcels took `before` of its amount.

    The last part takes what no other part took; what was cancelled keeps its own share and is never charged.
    """
    if part < rest:
        return share(line_amount, part, ordered)
    return line_amount - share(line_amount, cancelled, ordered) - before
