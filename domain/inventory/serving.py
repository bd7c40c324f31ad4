"""Which warehouses may serve an order (候选仓): pure, in the order in which they are preferred, and explained.

The order's own number of a warehouse, then the goods' designated warehouses, then those of the shop: none (the first
there is), one, or of several those that cover the address. Stock then decides among them, see `choosing`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kernel import Tried

Rank = Callable[[UUID], tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class ServingPlace:
    """A warehouse that is open and promised to buyers; no areas means it serves all of them."""

    id: UUID
    code: str
    areas: frozenset[str] = frozenset()
    province: str | None = None


@dataclass(frozen=True, kw_only=True)
class Served:
    """What decides about an order's warehouses: its shop's, in their order, its own number, its areas and its goods."""

    shop: Sequence[UUID]
    external: str | None
    path: Sequence[str]
    designated: Sequence[frozenset[UUID]] = ()


@dataclass(frozen=True)
class Candidates:
    """The warehouses that may serve, the first choice first, and what was tried to find them."""

    warehouses: tuple[UUID, ...]
    tried: tuple[Tried, ...]


def candidates_for(places: Mapping[UUID, ServingPlace], order: Served, rank: Rank | None = None) -> Candidates:
    """List the warehouses that may serve an order; `places` are all there are, by their codes."""
    tried: list[Tried] = []
    for step in (_locked, _designated):
        if found := step(places, order, tried):
            return Candidates(_ranked(found, rank), tuple(tried))
    shop = [each for each in order.shop if each in places]
    if not order.shop:
        first = tuple(places)[:1]
        tried.append(
            Tried("the shop has no warehouse", f"the first there is: {_codes(places, first)}", won=bool(first))
        )
        return Candidates(first, tuple(tried))
    if len(shop) < 2:  # noqa: PLR2004 — There is nothing to choose.
        tried.append(Tried("the shop has one open warehouse", _codes(places, shop), won=bool(shop)))
        return Candidates(tuple(shop), tuple(tried))
    covering = [each for each in shop if not order.path or _covers(places[each], order.path)]
    said = f"{_codes(places, covering)}" if covering else "none does; all warehouses of the shop are asked"
    tried.append(Tried("warehouses of the shop that cover the address", said))
    return Candidates(_ranked(covering or shop, rank), tuple(tried))


def _locked(places: Mapping[UUID, ServingPlace], order: Served, tried: list[Tried]) -> list[UUID]:
    if not order.external:
        return []
    found = [each.id for each in places.values() if each.code == order.external]
    said = "is the only one asked" if found else "is none of ours that is open"
    tried.append(Tried(f"the order names warehouse {order.external}", said, won=bool(found)))
    return found


def _designated(places: Mapping[UUID, ServingPlace], order: Served, tried: list[Tried]) -> list[UUID]:
    """Find the warehouses designated for all goods that have any; the shop's own go before others."""
    named = [each & places.keys() for each in order.designated if each]
    if not named:
        return []
    common = frozenset.intersection(*(frozenset(each) for each in named))
    found = [each for each in order.shop if each in common]
    found += [each for each in places if each in common and each not in found]
    said = _codes(places, found) if found else "no warehouse is named for all of the goods"
    tried.append(Tried("warehouses designated for the goods", said))
    return found


def _covers(place: ServingPlace, path: Sequence[str]) -> bool:
    return not place.areas or not place.areas.isdisjoint(path)


def _ranked(found: Sequence[UUID], rank: Rank | None) -> tuple[UUID, ...]:
    return tuple(found if rank is None else sorted(found, key=rank))


def _codes(places: Mapping[UUID, ServingPlace], found: Sequence[UUID]) -> str:
    return ", ".join(places[each].code for each in found)
