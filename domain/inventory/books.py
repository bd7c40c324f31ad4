"""The books of one posting (记账): what is there, by lot and worth, while the lines of a document pass over it.

Pure: the ledger reads before and writes after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.items import Item, Override
from domain.inventory.lots import LotStock, first_expired_first_out
from domain.inventory.models import (
    COMPANY,
    SHIFTS,
    BinId,
    LotId,
    MovementKind,
)
from domain.inventory.postings import FILLS, NEVER_EXPIRED, Key, Moved, Posting, Slot
from domain.inventory.refused_postings import CostUnknown, LotsBlocked, LotsExpired, MovedOn, NegativeStock
from domain.kernel import Money, Quantity, Refusal, UnitPrice


@dataclass(slots=True)
class Books:
    """What is there of every key of a document, changed line by line; what it is worth, of every cost scope."""

    items: dict[Key, Item]
    lots: dict[Key, dict[Slot, LotStock]]
    worths: dict[Key, Worth]
    today: date
    blocked_lots: frozenset[LotId] = frozenset()
    expecting: set[Key] = field(default_factory=set)
    legs: dict[int, int] = field(default_factory=dict)
    company_wide: bool = False

    def scope(self, key: Key) -> Key:
        """Say in which cost scope a variant in a warehouse is: goods worth nothing are in none of the company's."""
        return (key[0], COMPANY) if self.company_wide and self.items[key].valued else key

    def worth(self, key: Key) -> Worth:
        """Say what is there in the cost scope of a variant in a warehouse."""
        return self.worths.get(self.scope(key), Worth())

    def post(self, posting: Posting) -> list[Moved]:
        """Pass one line over the books, or refuse it; with what stock then misses its fixed cost, or nothing, by."""
        before = self.worth((posting.variant_id, posting.warehouse_id))
        if posting.quantity > NOTHING:
            moved = self._enter(posting)
            moved += self._trued_up(posting, before, moved)
        else:
            moved = self._issue(posting, -posting.quantity)
        return [*moved, *self.settle(posting)]

    def settle(self, posting: Posting) -> list[Moved]:
        """Bring what is there to what it should be worth by a movement without quantity, if it is not already."""
        key = (posting.variant_id, posting.warehouse_id)
        misfit = self.worth(key).misfit()
        return [self.revalue(posting, misfit)] if misfit else []

    def _trued_up(self, posting: Posting, before: Worth, moved: Sequence[Moved]) -> list[Moved]:
        """Let what came in where less than nothing was be the average: what was taken before it cost that, too."""
        after = self.worth((posting.variant_id, posting.warehouse_id))
        if before.quantity >= NOTHING or before.fixed is not None:
            return []
        entered = Money.total(each.amount for each in moved)
        due = Money.rounded(entered.value * after.quantity.value / posting.quantity.value) - after.value
        return [self.revalue(posting, due)] if due else []

    def revalue(self, posting: Posting, amount: Money) -> Moved:
        """Let what is there be worth so much more or, negative, less."""
        key = (posting.variant_id, posting.warehouse_id)
        self.worths[self.scope(key)] = self.worth(key).after_entry(NOTHING, amount)
        return self._alone(posting, amount)

    def _alone(self, posting: Posting, amount: Money) -> Moved:
        kind = MovementKind.REVALUATION
        alone = replace(posting, kind=kind, quantity=NOTHING, counterpart_id=None, reverses_id=None, carries_id=None)
        leg = self._next_leg(posting.line)
        return Moved(posting=alone, lot_id=None, bin_id=None, quantity=NOTHING, amount=amount, leg=leg)

    def shift(
        self, posting: Posting, takes: Callable[[LotStock], bool], into: Callable[[LotStock], Slot]
    ) -> list[Moved]:
        """Move goods within their warehouse, to another bin or lot: nothing is worth or promised more or less."""
        lots = self.lots.get((posting.variant_id, posting.warehouse_id), {})
        shares = first_expired_first_out([lot for lot in lots.values() if takes(lot)], posting.quantity)
        given = Quantity.total(share for _, share in shares)
        if given < posting.quantity:
            raise _negative(posting, given)
        moved = []
        for lot, share in shares:
            moved.append(self._shifted(posting, lot, -share))
            moved.append(self._shifted(posting, self._slot(lots, *into(lot)), share))
        return moved

    def expect(self, key: Key, quantity: Quantity) -> None:
        """Say that so much more is under way to a place, or, negative, less."""
        self.items[key].in_transit += quantity
        self.expecting.add(key)

    def average(self, variant_id: UUID, warehouse_id: UUID) -> UnitPrice | None:
        """Say what one piece costs there on average, if anything is there."""
        return self.worth((variant_id, warehouse_id)).average()

    def blocked(self, key: Key) -> Quantity:
        """Say how much lies in lots that may not be sold."""
        return Quantity.total(lot.on_hand for lot in self.lots.get(key, {}).values() if lot.blocked)

    def overdrawn(self, key: Key) -> Quantity:
        """Say how much more was taken than was there: it is missing in no bin, of no lot."""
        gap = self.lots.get(key, {}).get((None, None))
        return max(-gap.on_hand, NOTHING) if gap else NOTHING

    def _shifted(self, posting: Posting, lot: LotStock, quantity: Quantity) -> Moved:
        lot.on_hand += quantity
        lot.changed = True
        return self._moved(posting, lot, quantity, FREE_OF_COST)

    def _slot(self, lots: dict[Slot, LotStock], lot_id: LotId | None, bin_id: BinId | None) -> LotStock:
        blocked = lot_id in self.blocked_lots
        return lots.setdefault((lot_id, bin_id), LotStock(lot_id, None, NOTHING, bin_id, blocked=blocked))

    def reverse(self, posting: Posting, leg: int, corrected: Money = FREE_OF_COST) -> list[Moved]:
        """Take one movement back exactly, or refuse: `posting` is its negative, with the value it had.

        By how much its cost was corrected since is taken back beside it. What the company is worth may be unsound until
        the other side of a transfer is taken back too.
        """
        key, amount = (posting.variant_id, posting.warehouse_id), posting.amount or FREE_OF_COST
        item = self.items[key]
        lot = self._slot(self.lots.setdefault(key, {}), posting.lot_id, posting.bin_id)
        lot.on_hand += posting.quantity
        lot.changed = True
        if posting.kind not in SHIFTS:
            item.on_hand += posting.quantity
            self.worths[self.scope(key)] = self.worth(key).after_entry(posting.quantity, amount + corrected)
        unsound = posting.quantity and not self.company_wide and self.worth(key).unsound()
        takes_good = posting.quantity < NOTHING and posting.kind not in SHIFTS and not lot.blocked
        left = item.unpromised() - (self.blocked(key) if takes_good else NOTHING)
        short = min(lot.on_hand, left, item.on_hand) < NOTHING
        if unsound or (short and posting.quantity < NOTHING):
            raise MovedOn(variant_id=posting.variant_id, line=posting.line).at("input", "id")
        self.legs[posting.line] = max(leg, self.legs.get(posting.line, 0))
        back = Moved(
            posting=posting,
            lot_id=posting.lot_id,
            bin_id=posting.bin_id,
            quantity=posting.quantity,
            amount=amount,
            leg=leg,
        )
        return [back, *([replace(self._alone(posting, corrected), adjusts_id=back.id)] if corrected else [])]

    def _enter(self, posting: Posting) -> list[Moved]:
        key = (posting.variant_id, posting.warehouse_id)
        worth = self.worth(key)
        amount = self._entry_amount(posting, worth)
        if amount is None:
            raise CostUnknown(variant_id=posting.variant_id).at("input", "lines", str(posting.line - 1), "unitCost")
        self.items[key].on_hand += posting.quantity
        self.worths[self.scope(key)] = worth.after_entry(posting.quantity, amount)
        moved, before = [], NOTHING
        for lot, part in self._parts(posting, key):
            lot.on_hand += part
            lot.changed = True
            moved.append(self._moved(posting, lot, part, _cut(amount, posting.quantity, before, part)))
            before += part
        return moved

    def _parts(self, posting: Posting, key: Key) -> list[tuple[LotStock, Quantity]]:
        """Say where goods go that come in: what was bought or found first makes up for what is missing."""
        slot = self._slot(self.lots.setdefault(key, {}), posting.lot_id, posting.bin_id)
        missing = self.overdrawn(key) if posting.kind in FILLS and posting.names_place() else NOTHING
        filled = min(missing, posting.quantity)
        parts = [(self._slot(self.lots[key], None, None), filled), (slot, posting.quantity - filled)]
        return [(lot, part) for lot, part in parts if part > NOTHING]

    def _entry_amount(self, posting: Posting, worth: Worth) -> Money | None:
        if not self.items[posting.variant_id, posting.warehouse_id].valued:
            return FREE_OF_COST
        return posting.amount if posting.amount is not None else worth.entry_amount(posting.quantity)

    def _issue(self, posting: Posting, wanted: Quantity) -> list[Moved]:
        key = (posting.variant_id, posting.warehouse_id)
        item = self.items[key]
        available = item.to_ship if posting.claimed else item.held if posting.held else item.unpromised()
        if wanted > available and posting.override and not (posting.names_place() or item.promised()):
            return self._overdraw(posting, wanted, posting.override)
        if wanted > available:
            raise _negative(posting, available)
        shares = self._shares(posting, wanted)
        if not (posting.claimed or posting.held):
            self._leave_what_is_promised(posting, item.unpromised() - self.blocked(key), shares)
        item.on_hand -= wanted
        if posting.claimed:
            item.to_ship -= wanted
        if posting.held:
            item.held -= wanted
        moved, before = [], NOTHING
        for lot, share in shares:
            moved.append(self._take(posting, key, lot, share, _stated(posting, before, share)))
            before += share
        return moved

    def _overdraw(self, posting: Posting, wanted: Quantity, override: Override) -> list[Moved]:
        """Take all that may be taken, and what is missing in no bin and of no lot, at what one cost before."""
        key = (posting.variant_id, posting.warehouse_id)
        lots, worth = self.lots.setdefault(key, {}), self.worth(key)
        known = worth.fixed or worth.average() or override.unit_cost
        unit_cost = known if known is not None and self.items[key].valued else UnitPrice(0)
        eligible = [lot for lot in lots.values() if posting.may_take(lot) and posting.may_take_of(lot)]
        moved, before, there = [], NOTHING, self.items[key].on_hand
        for lot, share in first_expired_first_out(eligible, wanted):
            taken = self._take(posting, key, lot, share, _stated(posting, before, share), unit_cost)
            before += share
            # Beside what is in the lots more may be missing already: then this, too, is below zero.
            moved.append(replace(taken, overdrawn=before > there))
        self.items[key].on_hand -= wanted
        gap, rest = self._slot(lots, None, None), wanted - before
        if not rest:
            return moved
        stated = _stated(posting, before, rest)
        amount = self.worth(key).taken_amount(rest, unit_cost) if stated is None else stated
        amount = amount if self.items[key].valued else FREE_OF_COST
        gap.on_hand, gap.changed = gap.on_hand - rest, True
        self.worths[self.scope(key)] = self.worth(key).after_issue(rest, amount)
        return [*moved, replace(self._moved(posting, gap, -rest, -amount), overdrawn=True)]

    def _shares(self, posting: Posting, wanted: Quantity) -> list[tuple[LotStock, Quantity]]:
        lots = self.lots.get((posting.variant_id, posting.warehouse_id), {})
        eligible = [
            lot
            for lot in lots.values()
            if posting.may_take(lot) and not (posting.kind in NEVER_EXPIRED and lot.over(self.today))
        ]
        shares = first_expired_first_out([lot for lot in eligible if posting.may_take_of(lot)], wanted)
        given = Quantity.total(share for _, share in shares)
        if given < wanted <= Quantity.total(lot.on_hand for lot in eligible):
            blocked = LotsBlocked(variant_id=posting.variant_id, wanted=wanted, available=given)
            raise blocked.at("input", "lines", str(posting.line - 1), "quantity")
        if given < wanted and posting.kind in NEVER_EXPIRED:
            expired = LotsExpired(variant_id=posting.variant_id, wanted=wanted, available=given)
            raise expired.at("input", "lines", str(posting.line - 1), "quantity")
        if given < wanted:
            raise _negative(posting, given)
        return shares

    def _leave_what_is_promised(
        self, posting: Posting, free: Quantity, shares: Sequence[tuple[LotStock, Quantity]]
    ) -> None:
        """Refuse to take of good lots what is promised; what may not be sold is promised to nobody."""
        good = Quantity.total(share for lot, share in shares if not lot.blocked)
        if good > max(free, NOTHING):
            raise _negative(posting, max(free, NOTHING))

    def _take(
        self,
        posting: Posting,
        key: Key,
        lot: LotStock,
        share: Quantity,
        stated: Money | None,
        unit_cost: UnitPrice | None = None,
    ) -> Moved:
        worth = self.worth(key)
        amount = worth.taken_amount(share, unit_cost)
        if stated is not None and posting.kind is MovementKind.SUPPLIER_RETURN and self.items[key].valued:
            amount = stated  # To the cent what it had cost; what that leaves of the rest is a variance.
        elif stated is not None and share < worth.quantity:
            amount = min(stated, worth.value)
        lot.on_hand -= share
        lot.changed = True
        self.worths[self.scope(key)] = worth.after_issue(share, amount)
        return self._moved(posting, lot, -share, -amount)

    def _moved(self, posting: Posting, lot: LotStock, quantity: Quantity, amount: Money) -> Moved:
        leg = self._next_leg(posting.line)
        return Moved(posting=posting, lot_id=lot.lot_id, bin_id=lot.bin_id, quantity=quantity, amount=amount, leg=leg)

    def _next_leg(self, line: int) -> int:
        self.legs[line] = self.legs.get(line, 0) + 1
        return self.legs[line]


def _negative(posting: Posting, available: Quantity) -> Refusal:
    refusal = NegativeStock(
        variant_id=posting.variant_id,
        warehouse_id=posting.warehouse_id,
        wanted=max(posting.quantity, -posting.quantity),
        available=available,
    )
    return refusal.at("input", "lines", str(posting.line - 1), "quantity")


def _stated(posting: Posting, before: Quantity, share: Quantity) -> Money | None:
    """Cut the stated value of a line for one of its shares, so that the parts add up to the cent."""
    return None if posting.amount is None else _cut(posting.amount, -posting.quantity, before, share)


def _cut(amount: Money, quantity: Quantity, before: Quantity, share: Quantity) -> Money:
    per_unit = amount.value / quantity.value
    return Money.rounded(per_unit * (before + share).value) - Money.rounded(per_unit * before.value)
