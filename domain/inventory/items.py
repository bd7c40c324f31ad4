"""A stock item (库存项) as a document finds it: how much is there, and what of it is promised."""

from dataclasses import dataclass

from domain.kernel import Quantity, UnitPrice


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """Why more may be taken than is there, and what one cost the last time something moved, if anything did."""

    reason: str
    unit_cost: UnitPrice | None = None


@dataclass(slots=True)
class Item:
    """A stock item as it stands."""

    on_hand: Quantity
    unpaid: Quantity
    to_review: Quantity
    to_ship: Quantity
    held: Quantity
    in_transit: Quantity
    valued: bool = True

    def hold(self, unpaid: Quantity, to_review: Quantity, to_ship: Quantity) -> None:
        """Take over what is promised."""
        self.unpaid, self.to_review, self.to_ship = unpaid, to_review, to_ship

    def unpromised(self) -> Quantity:
        """Say what is promised to nobody and held for no transfer, also of lots that may not be sold."""
        return self.on_hand - self.promised()

    def promised(self) -> Quantity:
        """Say what is promised to orders, or held for a transfer."""
        return self.unpaid + self.to_review + self.to_ship + self.held
