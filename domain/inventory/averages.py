"""Moving average (移动加权平均): what stock is worth, and what an issue of it costs. Nothing left is worth nothing."""

from dataclasses import dataclass

from domain.kernel import Money, Quantity, UnitPrice

NOTHING = Quantity(0)
FREE_OF_COST = Money(0)


@dataclass(frozen=True, slots=True)
class Worth:
    """How much there is in one cost scope, and its value."""

    quantity: Quantity = NOTHING
    value: Money = FREE_OF_COST

    def average(self) -> UnitPrice | None:
        """Say what one unit costs on average; nobody knows while there is nothing."""
        return UnitPrice.rounded(self.value.value / self.quantity.value) if self.quantity else None

    def entry_amount(self, quantity: Quantity) -> Money | None:
        """Value an entry without a price of its own at the current average."""
        return Money.rounded(self.value.value * quantity.value / self.quantity.value) if self.quantity else None

    def issue_amount(self, quantity: Quantity) -> Money:
        """Cost an issue at the current average; the last issue takes the residual cent."""
        if quantity >= self.quantity:
            return self.value
        return Money.rounded(self.value.value * quantity.value / self.quantity.value)

    def after_entry(self, quantity: Quantity, amount: Money) -> "Worth":
        return Worth(self.quantity + quantity, self.value + amount)

    def after_issue(self, quantity: Quantity, amount: Money) -> "Worth":
        return Worth(self.quantity - quantity, self.value - amount)
