"""Passing a new price on (价差传递): what was made of a receipt's goods is worth the difference, as far as it is there.

Goods are taken to leave in the order in which they came, so it is known which assemblies took those of a receipt, what
came of them, and what of that is still there, or went into something else. Pure: read before, posted after.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.document_lines import MAKES
from domain.inventory.making import Workshop
from domain.inventory.models import SHIFTS, MovementId
from domain.kernel import Money, Quantity

Key = tuple[UUID, UUID]


def still_there(received: Quantity, on_hand: Quantity, entered_since: Quantity) -> Quantity:
    """Say how much of a receipt is there, if goods left in the order in which they came."""
    return min(received, max(on_hand - entered_since, NOTHING))


@dataclass(frozen=True, slots=True)
class Passed:
    """So much of a difference falls to what is still there of something that was made."""

    key: Key
    amount: Money
    made: Quantity
    still_there: Quantity

    def revalued(self) -> Money:
        """Cut off what falls to what is there."""
        return part_of(self.amount, self.still_there, self.made)


def part_of(amount: Money, quantity: Quantity, whole: Quantity) -> Money:
    """Cut off the part of an amount that falls to a part of a quantity."""
    return Money.rounded(amount.value * quantity.value / whole.value)


@dataclass(slots=True)
class Passage:
    """What happened to several variants since a moment, in one order, by the cost scope of each."""

    rows: Sequence[Any]
    workshop: Workshop
    scope: Callable[[Key], Key]
    worth: Callable[[Key], Worth]
    by_scope: dict[Key, list[Any]] = field(default_factory=lambda: defaultdict(list))
    undone: frozenset[UUID] = frozenset()

    def __post_init__(self) -> None:
        self.undone = frozenset(row.reverses_id for row in self.rows if row.reverses_id)
        scopes = {row.id: self.scope((row.variant_id, row.warehouse_id)) for row in self.rows}
        # What is carried from place to place of one scope has not left it.
        carried = {
            row.carries_id for row in self.rows if row.carries_id and scopes.get(row.carries_id) == scopes[row.id]
        }
        for row in self.rows:
            stays = row.id in carried or row.carries_id in carried
            if row.kind not in SHIFTS and row.quantity and not stays:
                self.by_scope[scopes[row.id]].append(row)

    def pass_on(self, entered: Iterable[Any], quantity: Quantity, amount: Money) -> list[Passed]:
        """Say what falls to what was made of goods that entered, in the order in which it was made."""
        pending, found = dict[MovementId, Money](), list[Passed]()
        first = list(entered)
        self._leave(first[-1], quantity, amount, pending)
        for row in self.rows:
            if row.id in pending:
                key, made = (row.variant_id, row.warehouse_id), Quantity(row.quantity)
                still = self._leave(row, made, pending[row.id], pending)
                found.append(Passed(key, pending[row.id], made, still))
        return found

    def _leave(self, entered: Any, quantity: Quantity, amount: Money, pending: dict[MovementId, Money]) -> Quantity:
        """Let goods leave in the order in which they came; returns how many of those that entered are still there."""
        scope = self.scope((entered.variant_id, entered.warehouse_id))
        worth = self.worth((entered.variant_id, entered.warehouse_id))
        events, there = self.by_scope[scope], worth.quantity
        later = events[next(at for at, row in enumerate(events) if row.id == entered.id) + 1 :]
        came = Quantity.total(Quantity(row.quantity) for row in later if row.quantity > 0)
        went = Quantity.total(-Quantity(row.quantity) for row in later if row.quantity < 0)
        still = still_there(quantity, there, came)
        older, left = max(there + went - came - quantity, NOTHING), quantity - still
        for row in later:
            if row.quantity < 0 and left > NOTHING:
                taken = -Quantity(row.quantity)
                of_these = min(max(taken - older, NOTHING), left)
                older, left = max(older - taken, NOTHING), left - of_these
                made_of_it = row.kind in MAKES and not row.reverses_id and row.id not in self.undone
                if of_these and made_of_it and worth.fixed is None:  # At a fixed cost they went at that.
                    for made, share in self.workshop.shares(row.document_id, part_of(amount, of_these, quantity)):
                        pending[made] = pending.get(made, FREE_OF_COST) + share
        return still
