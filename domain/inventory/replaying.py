"""Costing anew (成本重算): a variant's movements from a moment on, in the order of their effect, with some put between.

Pure: what stood before goes in, and what each movement should have cost comes out. What enters keeps its own price.
What leaves costs the average of that moment. What carries the cost of another, or takes it back, follows that one;
what was made of others is worth what went into it.
Where the company is one cost scope, what leaves a place on the way costs the average too, and carries none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.making import Workshop
from domain.inventory.models import COMPANY, IN_TRANSIT, SHIFTS, LotId, MovementId, MovementKind
from domain.kernel import Money, Quantity, Refusal


class NegativeThen(Refusal):
    """At {moment} only {available} would have been there, {wanted} were to leave; date it later."""

    variant_id: UUID
    warehouse_id: UUID
    moment: str
    wanted: Quantity
    available: Quantity
    chinese = "在 {moment} 仅有 {available}，却需出库 {wanted}，请改用更晚的日期"


class NotCostedAnew(Refusal):
    """What happened at {moment} cannot be costed anew; date this later than that."""

    variant_id: UUID
    moment: str
    chinese = "{moment} 的变动无法重算成本，请改用其后的日期"


@dataclass(kw_only=True, slots=True)
class Happened:
    """A movement as it was booked, corrections included; a new one says whether its amount was stated."""

    id: MovementId
    warehouse_id: UUID
    lot_id: LotId | None
    quantity: Quantity
    amount: Money
    kind: MovementKind
    effective_at: datetime
    carries_id: MovementId | None = None
    reverses_id: MovementId | None = None
    stated: bool = True


@dataclass(slots=True)
class Carried:
    """What of a movement others carry on: how much is left of it, and of its cost."""

    quantity: Quantity
    amount: Money

    def share(self, quantity: Quantity) -> Money:
        """Cut off what goes on; the last takes the residual cent."""
        whole = quantity >= self.quantity
        amount = self.amount if whole else Money.rounded(self.amount.value * quantity.value / self.quantity.value)
        self.quantity, self.amount = self.quantity - quantity, self.amount - amount
        return amount

    def give_back(self, quantity: Quantity, amount: Money) -> None:
        """Put on again what had gone on."""
        self.quantity, self.amount = self.quantity + quantity, self.amount + amount


@dataclass(slots=True)
class Replay:
    """A variant passing through its history: what is there by place and lot, what it is worth by cost scope."""

    variant_id: UUID
    worths: dict[UUID, Worth]
    there: dict[tuple[UUID, LotId | None], Quantity]
    valued: Mapping[UUID, bool]
    costed: bool = True
    company_wide: bool = False
    costs: dict[MovementId, Money] = field(default_factory=dict)
    carried: dict[MovementId, Carried] = field(default_factory=dict)
    carriers: dict[MovementId, MovementId] = field(default_factory=dict)
    workshop: Workshop = field(default_factory=Workshop)
    carrying: frozenset[MovementId | None] = frozenset()
    last: MovementId | None = None

    def run(self, events: Sequence[Happened], watched: frozenset[tuple[UUID, LotId | None]]) -> None:
        """Let everything happen again; what is watched must never have been negative."""
        self.begin(events)
        for event in events:
            self.step(event, watched)

    def begin(self, events: Sequence[Happened]) -> None:
        """Get ready for these events; nothing may have been missing before them."""
        self.carrying, self.last = frozenset(event.carries_id for event in events), events[-1].id
        if self.costed and any(worth.quantity < NOTHING for worth in self.worths.values()):
            raise NotCostedAnew(variant_id=self.variant_id, moment=_said(events[0].effective_at))

    def step(self, event: Happened, watched: frozenset[tuple[UUID, LotId | None]]) -> None:
        """Let one event happen again, after all that went before it, also of other variants."""
        self._move(event, watched)
        if not self.costed or event.kind in SHIFTS:
            return
        cost = self._cost(event)
        self.costs[event.id] = cost
        self.workshop.note(event.id, cost)
        if event.id in self.carrying:
            self.carried[event.id] = Carried(max(event.quantity, -event.quantity), max(cost, -cost))
        worth = self._worth(event.warehouse_id).after_entry(event.quantity, cost)
        self.worths[self.scope(event.warehouse_id)] = worth
        # What the company is worth may be so until the other side of a transfer is taken back too.
        halfway = self.company_wide and event.reverses_id is not None and event.id != self.last
        if worth.quantity < NOTHING or (worth.misfit() and not halfway):
            raise NotCostedAnew(variant_id=self.variant_id, moment=_said(event.effective_at))

    def scope(self, warehouse_id: UUID) -> UUID:
        """Say in which cost scope a place is."""
        return COMPANY if self.company_wide and self.valued[warehouse_id] else warehouse_id

    def _worth(self, warehouse_id: UUID) -> Worth:
        return self.worths.get(self.scope(warehouse_id), Worth())

    def _move(self, event: Happened, watched: frozenset[tuple[UUID, LotId | None]]) -> None:
        key = (event.warehouse_id, event.lot_id)
        before = self.there.get(key, NOTHING)
        self.there[key] = before + event.quantity
        if event.quantity < NOTHING and self.there[key] < NOTHING and key in watched:
            raise NegativeThen(
                variant_id=self.variant_id,
                warehouse_id=event.warehouse_id,
                moment=_said(event.effective_at),
                wanted=-event.quantity,
                available=max(before, NOTHING),
            )

    def _cost(self, event: Happened) -> Money:
        """Say what a movement costs, signed, in the light of what happened before it."""
        worth = self._worth(event.warehouse_id)
        if not self.valued[event.warehouse_id]:
            return FREE_OF_COST
        carries = event.carries_id is not None and not (self.company_wide and event.quantity < NOTHING)
        if event.reverses_id is not None or carries:
            return self._followed(event)
        if event.quantity < NOTHING:
            return -self._issue(event, worth)
        if (made := self.workshop.worth_of(event.id)) is not None:
            return made
        if not event.quantity:
            return event.amount if worth.quantity else FREE_OF_COST
        unstated = None if event.stated else worth.entry_amount(event.quantity)
        return event.amount if unstated is None else unstated

    def _followed(self, event: Happened) -> Money:
        """Cost what follows another movement; of one before all this, as it was."""
        if event.reverses_id is not None:
            return self._reversed(event, event.reverses_id)
        carried = self.carried.get(event.carries_id) if event.carries_id is not None else None
        if carried is None:
            return event.amount
        if event.carries_id is not None:
            self.carriers[event.id] = event.carries_id
        share = carried.share(max(event.quantity, -event.quantity))
        return share if event.quantity > NOTHING else -share

    def _reversed(self, event: Happened, reverses_id: MovementId) -> Money:
        """Take back what a movement cost; what it carried on may be carried on again."""
        if reverses_id not in self.costs:
            return event.amount
        cost = self.costs[reverses_id]
        if reverses_id in self.carriers:
            self.carried[self.carriers[reverses_id]].give_back(max(event.quantity, -event.quantity), max(cost, -cost))
        return -cost

    def _issue(self, event: Happened, worth: Worth) -> Money:
        """Cost what leaves: at the average, but what goes back to a supplier keeps a price that was stated."""
        wanted = -event.quantity
        under_way = event.warehouse_id == IN_TRANSIT and not self.company_wide
        kept = under_way or (event.kind is MovementKind.SUPPLIER_RETURN and event.stated)
        return min(-event.amount, worth.value) if kept and wanted < worth.quantity else worth.issue_amount(wanted)


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
