"""Courier choice (选快递): which carrier takes a parcel, decided from facts alone and explained.

Who asks to pay on delivery gets a carrier that takes cash. Else what the seller noted decides, then the shop's own
carrier, then the rule of the shop, the warehouse or everybody; last the carriers in their order. A carrier that
does not go there takes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.kernel import Money, Tried
from domain.shipping.divisions import Path_, name_of
from domain.shipping.rulebook import KnownCarrier, KnownRule, Rulebook


@dataclass(frozen=True, kw_only=True)
class ParcelFacts:
    """What decides about a parcel: who sends it from where to where, what was paid, its weight and what was noted."""

    channel_id: UUID
    warehouse_id: UUID | None
    path: Path_
    address: str
    cash_on_delivery: bool
    paid: Money
    grams: int
    memo: str


@dataclass(frozen=True)
class CarrierChoice:
    """The carrier chosen, or none when nobody goes there; what was tried, the last one decided."""

    carrier_code: str | None
    tried: Sequence[Tried]

    @property
    def outcome(self) -> str:
        won = next((each for each in self.tried if each.won), None)
        return f"{self.carrier_code}: {won.rule}" if won else "no carrier goes there"


@dataclass
class Trial:
    """Candidates, tried one after the other until one goes there."""

    book: Rulebook
    parcel: ParcelFacts
    tried: list[Tried] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def takes(self, code: str | None, rule: str, words: Sequence[str] = ()) -> bool:
        """Whether a carrier takes the parcel; either way it is written down why."""
        if code is None:
            return False
        self.seen.add(code)
        carrier = self.book.carriers.get(code)
        problem = obstacle(carrier, self.parcel, words)
        self.tried.append(Tried(rule, f"{code} {problem or 'takes it'}", won=not problem))
        return not problem

    def chosen(self, code: str | None) -> CarrierChoice:
        return CarrierChoice(code, tuple(self.tried))


def obstacle(carrier: KnownCarrier | None, parcel: ParcelFacts, words: Sequence[str] = ()) -> str:
    """Say why a carrier cannot take a parcel; empty when it can. An address nobody can place is no obstacle."""
    if carrier is None:
        return "is not active"
    if parcel.cash_on_delivery and not carrier.cash_on_delivery:
        return "takes no cash on delivery"
    if carrier.areas and parcel.path and carrier.areas.isdisjoint(parcel.path):
        return f"does not go to {name_of(parcel.path[-1])}"
    word = next((each for each in (*carrier.unreached_words, *words) if each and each in parcel.address), None)
    return f"does not go to {word}" if word else ""


def carrier_for(book: Rulebook, parcel: ParcelFacts) -> CarrierChoice:
    """Choose the carrier of a parcel."""
    trial = Trial(book, parcel)
    for candidates in (_noted, _preferred, _by_rule, _in_turn):
        for code, rule, words in candidates(trial):
            if trial.takes(code, rule, words):
                return trial.chosen(code)
    return trial.chosen(None)


Candidates = Iterator[tuple[str | None, str, Sequence[str]]]


def _noted(trial: Trial) -> Candidates:
    """Find the carrier that the seller's note names."""
    for code, carrier in trial.book.carriers.items():
        word = next((each for each in carrier.memo_words if each and each in trial.parcel.memo), None)
        if word:
            yield code, f"the memo says {word}", ()


def _preferred(trial: Trial) -> Candidates:
    """Find whom the warehouse or the shop insists on, for cash on delivery or in general."""
    parcel = trial.parcel
    fitting = [
        each
        for each in trial.book.preferences
        if each.place.covers(parcel.channel_id, parcel.warehouse_id, parcel.path)
    ]
    # A warehouse goes before a shop, and both before everybody.
    fitting.sort(key=lambda each: (each.place.warehouse_id is None, each.place.channel_id is None))
    for each in fitting:
        if parcel.cash_on_delivery:
            yield each.cash_on_delivery_code, f"cash on delivery {each.place}", ()
        else:
            yield each.fixed_code, f"fixed carrier {each.place}", ()


def _by_rule(trial: Trial) -> Candidates:
    """Follow the rule that fits best, and its terms; cash on delivery asks no rule."""
    parcel = trial.parcel
    fitting = [
        each for each in trial.book.rules if each.place.covers(parcel.channel_id, parcel.warehouse_id, parcel.path)
    ]
    if parcel.cash_on_delivery or not fitting:
        return
    rule = min(fitting, key=lambda each: each.place.general(parcel.path))
    own = trial.book.carriers.get(rule.carrier_code)
    if obstacle(own, parcel, rule.terms.unreached_words):
        yield rule.carrier_code, f"rule {rule.place}", rule.terms.unreached_words
        for number, code in enumerate(rule.terms.fallbacks, 1):
            yield code, f"fallback {number} of the rule {rule.place}", ()
        return
    yield from _by_amount(rule, parcel)
    yield from _by_weight(rule, parcel)
    yield rule.carrier_code, f"rule {rule.place}", ()


def _by_amount(rule: KnownRule, parcel: ParcelFacts) -> Candidates:
    for amount, code in sorted(rule.terms.from_amounts, key=lambda each: each[0], reverse=True):
        if parcel.paid >= amount:
            yield code, f"paid at least {amount}, by the rule {rule.place}", ()


def _by_weight(rule: KnownRule, parcel: ParcelFacts) -> Candidates:
    if any(each and each in parcel.address for each in rule.terms.not_by_weight):
        return
    for grams, code in sorted(rule.terms.up_to_grams, key=lambda each: each[0]):
        if parcel.grams <= grams:
            yield code, f"at most {grams} g, by the rule {rule.place}", ()


def _in_turn(trial: Trial) -> Candidates:
    what = "the first that takes cash on delivery" if trial.parcel.cash_on_delivery else "the first in order"
    for code, carrier in trial.book.carriers.items():
        if carrier.automatic and code not in trial.seen:
            yield code, what, ()
