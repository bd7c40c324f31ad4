"""Lines on their way into the books (分录): what a document wants moved, and what became of it, lot by lot.

Pure: the books carry them out.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.inventory.items import Override
from domain.inventory.lots import LotStock
from domain.inventory.models import (
    CUSTOMERS,
    LOSSES,
    SHIFTS,
    SUPPLIERS,
    WORKSHOP,
    BinId,
    LotId,
    MovementId,
    MovementKind,
    WarehouseId,
)
from domain.kernel import Money, Quantity, identifier

NEVER_EXPIRED = frozenset({MovementKind.SALE})
"""Movements that never take from an expired lot."""

OTHER_SIDE = {
    MovementKind.RECEIPT: SUPPLIERS,
    MovementKind.SALE: CUSTOMERS,
    MovementKind.SALE_RETURN: CUSTOMERS,
    MovementKind.ADJUSTMENT_IN: LOSSES,
    MovementKind.ADJUSTMENT_OUT: LOSSES,
    MovementKind.SCRAP: LOSSES,
    MovementKind.SUPPLIER_RETURN: SUPPLIERS,
    MovementKind.REVALUATION: LOSSES,
    MovementKind.ASSEMBLY: WORKSHOP,
    MovementKind.DISASSEMBLY: WORKSHOP,
}
"""Where goods come from or go to, unless the line names another place, as a transfer does."""

FILLS = frozenset({MovementKind.RECEIPT, MovementKind.ADJUSTMENT_IN})
"""What comes in for good, and is first put where more was taken than was there."""

Key = tuple[UUID, UUID]
"""A variant and a warehouse, or a variant and a cost scope."""

Slot = tuple[LotId | None, BinId | None]
"""A lot and a bin; none of either is a lot, or a bin, of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """One line of a document: in (positive) or out (negative), at a stated value or at the average.

    Out without a lot takes what expires first, along the way through the bins, but nothing picked for somebody; `exact`
    takes from this lot and bin alone, also when that is none. `claimed` uses up what was promised to ship, `held` what
    was held for a transfer.
    """

    variant_id: UUID
    warehouse_id: UUID
    quantity: Quantity
    kind: MovementKind
    line: int
    lot_id: LotId | None = None
    bin_id: BinId | None = None
    counterpart_id: WarehouseId | None = None
    amount: Money | None = None
    claimed: bool = False
    held: bool = False
    exact: bool = False
    reverses_id: MovementId | None = None
    carries_id: MovementId | None = None
    override: Override | None = None

    def names_place(self) -> bool:
        """Whether it says of which lot or bin, also that it is none."""
        return self.exact or self.lot_id is not None or self.bin_id is not None

    def other_side(self) -> WarehouseId:
        """Say where it comes from or goes to."""
        here = WarehouseId(self.warehouse_id)
        return self.counterpart_id or (here if self.kind in SHIFTS else OTHER_SIDE[self.kind])

    def may_take(self, lot: LotStock) -> bool:
        """Whether it may be taken from this lot and bin."""
        if self.exact:
            return (lot.lot_id, lot.bin_id) == (self.lot_id, self.bin_id)
        named = self.bin_id is not None or not lot.staged
        return named and self.lot_id in (None, lot.lot_id) and self.bin_id in (None, lot.bin_id)

    def may_take_of(self, lot: LotStock) -> bool:
        """Whether the lot lets it: what is blocked is never sold, and goes elsewhere only when its lot is named.

        What is only too near its expiry may be scrapped, corrected or returned to the supplier without.
        """
        if not lot.blocked or self.kind is MovementKind.SALE:
            return not lot.blocked
        named = self.exact or self.lot_id is not None
        return named or not (lot.frozen or self.kind is MovementKind.TRANSFER_OUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What a line became: one movement per lot and bin, in legs; quantity and value are signed.

    It takes effect now, in its turn, unless it says when; it may correct the cost of another.
    """

    posting: Posting
    lot_id: LotId | None
    bin_id: BinId | None
    quantity: Quantity
    amount: Money
    leg: int
    id: MovementId = field(default_factory=identifier)
    adjusts_id: MovementId | None = None
    effective_at: datetime | None = None
    overdrawn: bool = False

    def override_reason(self) -> str | None:
        """Say why it took more than was there, if it did."""
        return self.posting.override.reason if self.posting.override and self.overdrawn else None
