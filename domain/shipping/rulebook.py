"""The rulebook of shipping (物流规则): carriers, rules and tariffs that may concern parcels, read in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from domain.kernel import Money, Read, Work
from domain.shipping.divisions import Path_, name_of
from domain.shipping.freight import Tariff, freight_of, read_tariff

# Numbers stand as texts within the JSON: what is read of it is exact.
RULES_READ = """
    SELECT 'carrier' AS kind, to_jsonb(carrier) AS stored FROM carriers AS carrier WHERE active
    UNION ALL SELECT 'rule', to_jsonb(rule) FROM carrier_rules AS rule
    WHERE (channel_id IS NULL OR channel_id = ANY (:channel_ids)) AND (area IS NULL OR area = ANY (:areas))
    UNION ALL SELECT 'preference', to_jsonb(preference) FROM carrier_preferences AS preference
    WHERE channel_id IS NULL OR channel_id = ANY (:channel_ids)
    UNION ALL SELECT 'tariff', to_jsonb(template) FROM freight_templates AS template
    WHERE (channel_id IS NULL OR channel_id = ANY (:channel_ids)) AND (area IS NULL OR area = ANY (:areas))
"""
"""Kinds and rows, also as a part of statements that read more than the rules of shipping."""
RULES = (
    text(RULES_READ)
    .bindparams(bindparam("channel_ids", type_=ARRAY(Uuid)), bindparam("areas", type_=ARRAY(Text)))
    .columns(kind=Text, stored=JSONB)
)


@dataclass(frozen=True, kw_only=True)
class KnownCarrier:
    """A carrier as decisions see it."""

    code: str
    name: str = ""
    cash_on_delivery: bool = False
    automatic: bool = True
    priority: int = 0
    areas: frozenset[str] = frozenset()
    unreached_words: Sequence[str] = ()
    memo_words: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """For whom and whereto something holds: a shop, a warehouse or everybody, in an area or everywhere."""

    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    area: str | None = None

    def covers(self, channel_id: UUID, warehouse_id: UUID | None, path: Path_) -> bool:
        return (
            self.channel_id in (None, channel_id)
            and (self.warehouse_id is None or self.warehouse_id == warehouse_id)
            and (self.area is None or self.area in path)
        )

    def general(self, path: Path_) -> tuple[int, int]:
        """Order places: those of a shop or a warehouse first, the most specific area first."""
        depth = 0 if self.area is None else path.index(self.area) + 1
        return int(self.channel_id is None and self.warehouse_id is None), -depth

    def __str__(self) -> str:
        whose = "of the shop" if self.channel_id else "of the warehouse" if self.warehouse_id else "for everybody"
        return f"{whose}, {'everywhere' if self.area is None else name_of(self.area)}"


EVERYWHERE = Place()


@dataclass(frozen=True, kw_only=True)
class CarrierTerms:
    """When another carrier than the rule's takes a parcel: fallbacks, amounts from the highest, weights from the least.

    A word of `unreached_words` in the address is a place the rule's carrier does not go to; one of `not_by_weight` lets
    the weight decide nothing.
    """

    fallbacks: Sequence[str] = ()
    unreached_words: Sequence[str] = ()
    from_amounts: Sequence[tuple[Money, str]] = ()
    up_to_grams: Sequence[tuple[int, str]] = ()
    not_by_weight: Sequence[str] = ()

    def stored(self) -> dict[str, Any]:
        return {
            "fallbacks": list(self.fallbacks),
            "unreached_words": list(self.unreached_words),
            "from_amounts": [[str(amount), code] for amount, code in self.from_amounts],
            "up_to_grams": [[grams, code] for grams, code in self.up_to_grams],
            "not_by_weight": list(self.not_by_weight),
        }

    def codes(self) -> list[str]:
        """List every carrier it names."""
        return [*self.fallbacks, *(code for _, code in self.from_amounts), *(code for _, code in self.up_to_grams)]


NO_TERMS = CarrierTerms()


def read_terms(stored: Mapping[str, Any]) -> CarrierTerms:
    return CarrierTerms(
        fallbacks=stored["fallbacks"],
        unreached_words=stored["unreached_words"],
        from_amounts=[(Money(amount), code) for amount, code in stored["from_amounts"]],
        up_to_grams=[(grams, code) for grams, code in stored["up_to_grams"]],
        not_by_weight=stored["not_by_weight"],
    )


@dataclass(frozen=True, kw_only=True)
class KnownRule:
    """A rule as decisions see it."""

    place: Place = EVERYWHERE
    carrier_code: str
    terms: CarrierTerms = NO_TERMS


@dataclass(frozen=True, kw_only=True)
class Preference:
    """Which carriers a shop or a warehouse insists on."""

    place: Place
    fixed_code: str | None = None
    cash_on_delivery_code: str | None = None


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides about some parcels; carriers stand in the order of their priority."""

    carriers: Mapping[str, KnownCarrier]
    rules: Sequence[KnownRule] = ()
    preferences: Sequence[Preference] = ()
    tariffs: Sequence[tuple[str, Place, Tariff]] = field(default=())

    def tariff_of(self, code: str, channel_id: UUID, warehouse_id: UUID | None, path: Path_) -> Tariff | None:
        """Find the tariff of a carrier for a place: the shop's or the warehouse's first, of the smallest area first."""
        fitting = [
            (place, tariff)
            for of, place, tariff in self.tariffs
            if of == code and place.covers(channel_id, warehouse_id, path)
        ]
        return min(fitting, key=lambda each: each[0].general(path))[1] if fitting else None

    def cheapest(self, channel_id: UUID, warehouse_id: UUID, path: Path_, grams: int) -> Money | None:
        """Say what the cheapest carrier that has a tariff takes from a warehouse; None when none has one."""
        found = [self.tariff_of(code, channel_id, warehouse_id, path) for code in self.carriers]
        return min((freight_of(each, grams) for each in found if each is not None), default=None)


async def rulebook(work: Work | Read, channel_ids: Iterable[UUID], paths: Iterable[Path_]) -> Rulebook:
    """Read what may decide about parcels of these shops into these areas."""
    rows = await work.rows(RULES, {"channel_ids": sorted(set(channel_ids)), "areas": areas_of(paths)})
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.stored)
    return rulebook_from(found)


def areas_of(paths: Iterable[Path_]) -> list[str]:
    """List the areas that parcels go to."""
    return sorted({code for path in paths for code in path})


def rulebook_from(read: Mapping[str, Sequence[dict[str, Any]]]) -> Rulebook:
    """Make the rulebook of rows that were read, by their kind."""
    found = {kind: read.get(kind, []) for kind in ("carrier", "rule", "preference", "tariff")}
    in_turn = sorted(found["carrier"], key=lambda each: (each["priority"], each["code"]))
    return Rulebook(
        carriers={each["code"]: _carrier(each) for each in in_turn},
        rules=[
            KnownRule(place=_place(each), carrier_code=each["carrier_code"], terms=read_terms(each["terms"]))
            for each in found["rule"]
        ],
        preferences=[
            Preference(
                place=_place(each),
                fixed_code=each["fixed_code"],
                cash_on_delivery_code=each["cash_on_delivery_code"],
            )
            for each in found["preference"]
        ],
        tariffs=[(each["carrier_code"], _place(each), read_tariff(each["tariff"])) for each in found["tariff"]],
    )


def _carrier(stored: Mapping[str, Any]) -> KnownCarrier:
    return KnownCarrier(
        code=stored["code"],
        name=stored["name"],
        cash_on_delivery=stored["cash_on_delivery"],
        automatic=stored["automatic"],
        priority=stored["priority"],
        areas=frozenset(stored["areas"]),
        unreached_words=stored["unreached_words"],
        memo_words=stored["memo_words"],
    )


def _place(stored: Mapping[str, Any]) -> Place:
    channel_id, warehouse_id = stored["channel_id"], stored["warehouse_id"]
    return Place(
        channel_id=UUID(channel_id) if channel_id else None,
        warehouse_id=UUID(warehouse_id) if warehouse_id else None,
        area=stored.get("area"),
    )
