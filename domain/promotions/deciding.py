"""Which gifts an order gets (选赠品): of each group at most one rule, decided from facts alone and explained."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from domain.kernel import Quantity, Tried
from domain.promotions.conditions import GiftChoice, GiftConditions, GiftFacts, GiftPick, multiple_of

NOTHING = Quantity(0)


@dataclass(frozen=True, kw_only=True)
class KnownGiftRule:
    """A rule as decisions see it."""

    id: UUID
    name: str
    group: str
    priority: int
    conditions: GiftConditions
    total_max: int | None = None
    per_customer_max: int | None = None

    @property
    def limited(self) -> bool:
        return self.total_max is not None or self.per_customer_max is not None


@dataclass(frozen=True)
class Award:
    """A gift an order gets by a rule."""

    rule: KnownGiftRule
    gift: GiftChoice
    multiple: int

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.gift.quantity.value * self.multiple)


@dataclass(frozen=True)
class GiftDecision:
    """The gifts of an order, and every rule that was tried."""

    awards: Sequence[Award]
    tried: Sequence[Tried]

    @property
    def outcome(self) -> str:
        return ", ".join(f"{each.rule.name} × {each.multiple}" for each in self.awards) or "no gift"


Limits = dict[UUID, tuple[int | None, int | None]]
"""Of rules how often in all and per customer they may be used at most."""


@dataclass
class Room:
    """How often limited rules were used, and what is free of gifts by variant and warehouse; it shrinks as gifts go."""

    free: dict[tuple[UUID, UUID], Quantity]
    sends: dict[UUID, int] = field(default_factory=dict)
    of_customers: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    limits: Limits = field(default_factory=dict)

    def refusal(self, rule: KnownGiftRule, customer_id: UUID | None) -> str:
        """Say why a rule may not be used once more."""
        total_max, per_customer_max = self.limits.get(rule.id, (rule.total_max, rule.per_customer_max))
        if total_max is not None and self.sends.get(rule.id, 0) >= total_max:
            return f"given {total_max} times, that is all there are"
        if per_customer_max is None:
            return ""
        if customer_id is None:
            return "limited per customer, and this buyer is not known"
        used = self.of_customers.get((rule.id, customer_id), 0)
        return f"this buyer got it {used} times already" if used >= per_customer_max else ""

    def count(self, awards: Sequence[Award], order: GiftFacts, step: int) -> None:
        """Use up what some gifts need, or give it back."""
        for each in awards:
            key = (each.gift.variant_id, order.warehouse_id)
            left = self.free.get(key, NOTHING)
            self.free[key] = left - each.quantity if step > 0 else left + each.quantity
            self.sends[each.rule.id] = self.sends.get(each.rule.id, 0) + step
            if order.customer_id is not None:
                mine = (each.rule.id, order.customer_id)
                self.of_customers[mine] = self.of_customers.get(mine, 0) + step


def decide_gifts(rules: Sequence[KnownGiftRule], order: GiftFacts, room: Room) -> GiftDecision:
    """Choose the gifts of an order and use up their room: of each group the first rule that can give one."""
    awards, tried = list[Award](), list[Tried]()
    ranked = sorted(rules, key=lambda each: (each.group, -each.priority, each.id))
    for _, group in groupby(ranked, key=lambda each: each.group):
        for rule in group:
            award, said = _try(rule, order, room, awards)
            tried.append(Tried(f"{rule.group}: {rule.name}", said, won=award is not None))
            if award is not None:
                awards.append(award)
                break
    room.count(awards, order, 1)
    return GiftDecision(tuple(awards), tuple(tried))


def _try(rule: KnownGiftRule, order: GiftFacts, room: Room, before: Sequence[Award]) -> tuple[Award | None, str]:
    multiple, problem = multiple_of(rule.conditions, order)
    problem = problem or room.refusal(rule, order.customer_id)
    if problem:
        return None, problem
    for gift in in_turn(rule, order, room):
        award = Award(rule, gift, multiple)
        promised = Quantity.total(each.quantity for each in before if each.gift.variant_id == gift.variant_id)
        if award.quantity + promised <= room.free.get((gift.variant_id, order.warehouse_id), NOTHING):
            return award, f"gives {award.quantity.value.normalize() + 0:f}{_picked(rule, gift)}"
    return None, "none of its gifts is in stock there"


def in_turn(rule: KnownGiftRule, order: GiftFacts, room: Room) -> list[GiftChoice]:
    """Say in which turn the gifts of a rule are tried; at random it is drawn from the order, so it is drawn once."""
    gifts, pick = list(rule.conditions.gifts), rule.conditions.pick
    if pick is GiftPick.MOST_STOCK:
        gifts.sort(key=lambda each: room.free.get((each.variant_id, order.warehouse_id), NOTHING), reverse=True)
    elif pick is GiftPick.RANDOM:
        gifts.sort(key=lambda each: _lot(order.order_id, rule.id, each.variant_id))
    return gifts


def _lot(*ids: UUID) -> bytes:
    return hashlib.sha256(b"".join(each.bytes for each in ids)).digest()


def _picked(rule: KnownGiftRule, gift: GiftChoice) -> str:
    """Say which of several gifts it was, unless they are tried as they are listed."""
    if rule.conditions.pick is GiftPick.LISTED or len(rule.conditions.gifts) == 1:
        return ""
    how = "drawn by the number of the order" if rule.conditions.pick is GiftPick.RANDOM else "most in stock"
    return f", gift {rule.conditions.gifts.index(gift) + 1} of {len(rule.conditions.gifts)} ({how})"


def wanted_rules(rules: Sequence[KnownGiftRule], orders: Sequence[GiftFacts]) -> list[KnownGiftRule]:
    """List the limited rules that some of these orders may use: their counters must be held."""
    return [rule for rule in rules if rule.limited and any(multiple_of(rule.conditions, order)[0] for order in orders)]


def stocked(rules: Sequence[KnownGiftRule]) -> list[UUID]:
    """List the variants that may be given."""
    return sorted({gift.variant_id for rule in rules for gift in rule.conditions.gifts})
