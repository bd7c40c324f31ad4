"""What decides about warehouses and carriers of orders (分单依据): read for many in one statement, then pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from domain import inventory, pricing, shipping
from domain.channels import WarehouseCriterion
from domain.inventory import Candidates, Served, ServingPlace
from domain.kernel import Read, Tried, Work
from domain.orders.importing import NOTHING
from domain.orders.policies import POLICIES_READ, PolicyRules, policies_from
from domain.shipping import CarrierChoice, ParcelFacts, Rulebook

Row = Mapping[str, Any]

FAR = 10**9
"""What is not known ranks last."""

FACTS = (
    text(f"""
    SELECT 'shop' AS kind, jsonb_build_object(
        'id', shop.id, 'criteria', shop.warehouse_criteria, 'warehouses', (
            SELECT coalesce(jsonb_agg(serving.warehouse_id ORDER BY serving.priority, serving.warehouse_id), '[]')
            FROM channel_warehouses AS serving WHERE serving.channel_id = shop.id)) AS fact
    FROM channels AS shop WHERE shop.id = ANY (:channel_ids)
    UNION ALL SELECT 'place', jsonb_build_object('id', id, 'code', code, 'areas', areas, 'province', province)
    FROM warehouses WHERE active AND sellable
    UNION ALL SELECT 'goods', jsonb_build_object(
        'id', variant.id, 'grams', variant.weight_grams, 'warehouses', (
            SELECT coalesce(jsonb_agg(warehouse_id), '[]') FROM designated_warehouses WHERE variant_id = variant.id))
    FROM variants AS variant WHERE variant.id = ANY (:variant_ids)
    UNION ALL SELECT 'gifts', 'true' WHERE EXISTS (SELECT FROM gift_rules WHERE active)
    UNION ALL {POLICIES_READ} UNION ALL {pricing.FLOORS_READ} UNION ALL {shipping.RULES_READ}
""")  # noqa: S608 — The statements are ours.
    .bindparams(bindparam("channel_ids", type_=ARRAY(Uuid)), bindparam("variant_ids", type_=ARRAY(Uuid)))
    .bindparams(bindparam("areas", type_=ARRAY(Text)))
    .columns(kind=Text, fact=JSONB)
)


@dataclass(frozen=True)
class ShopServing:
    """The warehouses of a shop, the first choice first, and what else decides between them."""

    warehouses: Sequence[UUID]
    criteria: Sequence[WarehouseCriterion]


@dataclass(frozen=True)
class Goods:
    """What a piece of a variant weighs, and from which warehouses it is sent if not from any."""

    grams: int
    designated: frozenset[UUID]


@dataclass(frozen=True)
class Grounds:
    """Shops with their limits, warehouses, goods with their floors, and rules, as they were when orders were read."""

    shops: Mapping[UUID, ShopServing]
    places: Mapping[UUID, ServingPlace]
    goods: Mapping[UUID, Goods]
    book: Rulebook
    policies: Mapping[UUID, PolicyRules]
    floors: pricing.Floors
    has_gifts: bool

    def candidates(self, head: Row, lines: Sequence[Row]) -> Candidates:
        """List the warehouses that may serve an order, the first choice first."""
        shop, path = self.shops[head["channel_id"]], path_of(head)
        variants = {each["variant_id"] for each in lines if each["variant_id"] in self.goods}
        served = Served(
            shop=shop.warehouses,
            external=head.get("external_warehouse"),
            path=path,
            designated=[self.goods[each].designated for each in sorted(variants)],
        )
        grams = self.grams(lines)

        def rank(warehouse_id: UUID) -> tuple[int, ...]:
            return tuple(self._measure(each, head, path, warehouse_id, grams) for each in shop.criteria)

        return inventory.candidates_for(self.places, served, rank if shop.criteria else None)

    def _measure(
        self, criterion: WarehouseCriterion, head: Row, path: Sequence[str], warehouse_id: UUID, grams: int
    ) -> int:
        if criterion is WarehouseCriterion.DISTANCE:
            away = inventory.kilometres(self.places[warehouse_id].province, path[0] if path else None)
            return FAR if away is None else away
        freight = self.book.cheapest(head["channel_id"], warehouse_id, tuple(path), grams)
        return FAR if freight is None else int(freight.value * 100)

    def grams(self, lines: Sequence[Row]) -> int:
        """Say what an order weighs, as far as its goods are known."""
        weights = [
            self.goods[each["variant_id"]].grams * max(each["quantity"] - each["cancelled_quantity"], NOTHING).value
            for each in lines
            if each["variant_id"] in self.goods
        ]
        return int(sum(weights))

    def carrier(self, head: Row, lines: Sequence[Row], warehouse_id: UUID | None) -> CarrierChoice:
        """Choose the carrier of an order."""
        return shipping.carrier_for(self.book, self.parcel(head, lines, warehouse_id))

    def parcel(self, head: Row, lines: Sequence[Row], warehouse_id: UUID | None) -> ParcelFacts:
        return ParcelFacts(
            channel_id=head["channel_id"],
            warehouse_id=warehouse_id,
            path=path_of(head),
            address="".join(head[each] or "" for each in ADDRESS),
            cash_on_delivery=head["cash_on_delivery"],
            paid=head["paid_amount"],
            grams=self.grams(lines),
            memo=head.get("seller_memo") or "",
        )

    def explained(self, found: Candidates, scores: Sequence[tuple[UUID, Any]], chosen: UUID | None) -> list[Tried]:
        """Say how the warehouses were found and rated."""
        tried = [replace(each, won=each.won and not scores) for each in found.tried]
        for warehouse_id, score in scores:
            place = self.places.get(warehouse_id)
            what = "has everything" if not score else "is short of some"
            rule = f"warehouse {place.code if place else warehouse_id}"
            tried.append(Tried(rule, what, score=f"{score.normalize() + 0:f}", won=warehouse_id == chosen))
        return tried

    def code_of(self, warehouse_id: UUID | None) -> str:
        place = self.places.get(warehouse_id) if warehouse_id else None
        return place.code if place else "none has everything"


ADDRESS = ("province", "city", "district", "town", "address_detail")


def path_of(head: Row) -> tuple[str, ...]:
    """Find the areas the address of an order lies in."""
    return shipping.path_of(head["province"], head["city"], head["district"])


async def read_grounds(work: Work | Read, heads: Sequence[Row], lines: Sequence[Row]) -> Grounds:
    """Read what decides about these orders."""
    channel_ids = sorted({each["channel_id"] for each in heads})
    sold: set[UUID] = {each[key] for each in lines for key in ("variant_id", "bundle_id") if each.get(key)}
    areas = shipping.areas_of({path_of(each) for each in heads})
    given = {"channel_ids": channel_ids, "variant_ids": sorted(sold), "areas": areas}
    found = defaultdict[str, list[Any]](list)
    for row in await work.rows(FACTS, given):
        found[row.kind].append(row.fact)
    return Grounds(
        shops={UUID(each["id"]): _shop(each) for each in found["shop"]},
        places={each.id: each for each in map(_place, sorted(found["place"], key=lambda each: str(each["code"])))},
        goods={UUID(each["id"]): Goods(each["grams"], _keys(each["warehouses"])) for each in found["goods"]},
        book=shipping.rulebook_from(found),
        policies=policies_from(found["policy"], channel_ids),
        floors=pricing.floors_from(found["floor"]),
        has_gifts=bool(found["gifts"]),
    )


def _shop(fact: Row) -> ShopServing:
    return ShopServing(
        [UUID(each) for each in fact["warehouses"]], [WarehouseCriterion(each) for each in fact["criteria"]]
    )


def _place(fact: Row) -> ServingPlace:
    return ServingPlace(
        id=UUID(fact["id"]), code=fact["code"], areas=frozenset(fact["areas"]), province=fact["province"]
    )


def _keys(texts: Sequence[str]) -> frozenset[UUID]:
    return frozenset(UUID(each) for each in texts)
