"""What stock is worth (移动加权平均, 固定成本), and what an issue of it costs. Nothing left is worth nothing.

At a fixed cost what is there is worth its quantity times that cost, rounded once; whatever came in at another price
leaves a misfit, which is a variance and no value of the stock.
"""

from dataclasses import dataclass, replace

from domain.kernel import Money, Quantity, UnitPrice

NOTHING = Quantity(0)
FREE_OF_COST = Money(0)


@dataclass(frozen=True, slots=True)
class Worth:
    """How much there is in one cost scope, its value, and what one costs where that is fixed.

    Where more was taken than was there, both are negative.
    """

    quantity: Quantity = NOTHING
    value: Money = FREE_OF_COST
    fixed: UnitPrice | None = None

    def average(self) -> UnitPrice | None:
        """Say what one unit costs on average; nobody knows while there is nothing."""
        return UnitPrice.rounded(self.value.value / self.quantity.value) if self.quantity else None

    def entry_amount(self, quantity: Quantity) -> Money | None:
        """Value an entry without a price of its own at the fixed cost, or the current average."""
        if self.fixed is not None:
            return self.fixed * (self.quantity + quantity) - self.value
        return Money.rounded(self.value.value * quantity.value / self.quantity.value) if self.quantity else None

    def issue_amount(self, quantity: Quantity) -> Money:
        """Cost an issue at the fixed cost, or the current average; the last issue takes the residual cent."""
        if quantity >= self.quantity:
            return self.value
        if self.fixed is not None:
            return self.value - self.fixed * (self.quantity - quantity)
        return Money.rounded(self.value.value * quantity.value / self.quantity.value)

    def taken_amount(self, quantity: Quantity, unit_cost: UnitPrice | None = None) -> Money:
        """Cost what is taken, perhaps more than is there: what is missing costs what one did before."""
        if quantity <= self.quantity:
            return self.issue_amount(quantity)
        missing = quantity - max(self.quantity, NOTHING)
        covered = self.value if self.quantity > NOTHING else FREE_OF_COST
        return covered + (unit_cost or self.average() or UnitPrice(0)) * missing

    def after_entry(self, quantity: Quantity, amount: Money) -> "Worth":
        return replace(self, quantity=self.quantity + quantity, value=self.value + amount)

    def after_issue(self, quantity: Quantity, amount: Money) -> "Worth":
        return replace(self, quantity=self.quantity - quantity, value=self.value - amount)

    def part(self, before: Quantity, quantity: Quantity) -> Money:
        """Share the value out by quantity: what falls to so much, after so much that comes before it."""
        if not self.quantity:
            return FREE_OF_COST
        worth, whole = self.value.value, self.quantity.value
        return Money.rounded(worth * (before + quantity).value / whole) - Money.rounded(worth * before.value / whole)

    def unsound(self) -> bool:
        """Whether it is worth what no stock is at the average: less than nothing, or something with nothing there."""
        return self.fixed is None and bool(self.misfit())

    def misfit(self) -> Money:
        """Say by how much the value misses that of the quantity at the fixed cost.

        The average always fits, but stock is never worth less than nothing, and nothing is worth nothing.
        """
        if self.fixed is not None:
            return self.fixed * self.quantity - self.value
        if not self.quantity:
            return -self.value
        unsound = self.value > FREE_OF_COST if self.quantity < NOTHING else self.value < FREE_OF_COST
        return -self.value if unsound else FREE_OF_COST
