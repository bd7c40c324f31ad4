"""Planning picks (拣货计划): where the goods of released orders are to be taken from, and nothing twice.

Whoever plans in a warehouse takes turns with others who do. What earlier plans still have to take counts as taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain import inventory
from domain.fulfilment.stages import NONE, PickLine, Release, ReleaseLine, WaveId
from domain.inventory import BinId, LotId, PickableGoods, WarehouseId
from domain.kernel import Quantity, Work

Place = tuple[UUID, BinId | None, LotId | None]
"""A variant, and where it lies: the bin and the lot, if there are any."""


@dataclass(frozen=True)
class Share:
    """So much of a released line from one place."""

    line: Any
    place: Place
    quantity: Quantity


@dataclass(frozen=True)
class Plan:
    """Where everything is taken from, and what is not there, by released line."""

    shares: Sequence[Share]
    missing: dict[UUID, Quantity]


async def take_turn(work: Work, warehouse_id: WarehouseId) -> None:
    """Wait until nobody else plans in this warehouse."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"picks of {warehouse_id}", 0))))


async def plan(
    work: Work, warehouse_id: WarehouseId, lines: Sequence[Any], without: frozenset[Place] = frozenset()
) -> Plan:
    """Share the goods that can be picked out over released lines, in their order; take your turn first.

    `without` are places somebody stood before and found empty.
    """
    variants = {line.variant_id for line in lines}
    there = await inventory.pickable_goods(work, warehouse_id, sorted(variants))
    planned = await _planned(work, warehouse_id, variants)
    free = defaultdict[UUID, list[tuple[Place, Quantity]]](list)
    for goods in there:
        place = _place(goods)
        rest = goods.quantity - planned.get(place, NONE)
        if rest > NONE and place not in without:
            free[goods.variant_id].append((place, rest))
    return share_out(lines, free)


def share_out(lines: Iterable[Any], free: dict[UUID, list[tuple[Place, Quantity]]]) -> Plan:
    """Give each line what it wants from the first places that have it, and say what is missing."""
    shares, missing = [], {}
    for line in lines:
        wanted, places = line.quantity, free.get(line.variant_id, [])
        while wanted > NONE and places:
            place, rest = places[0]
            part = min(rest, wanted)
            shares.append(Share(line, place, part))
            wanted -= part
            if part < rest:
                places[0] = (place, rest - part)
            else:
                places.pop(0)
        if wanted > NONE:
            missing[line.id] = wanted
    return Plan(shares, missing)


def pick_line(wave_id: WaveId, release: Release, share: Share) -> PickLine:
    """Write a share down as a line of a wave."""
    variant_id, bin_id, lot_id = share.place
    return PickLine(
        wave_id=wave_id,
        release_id=release.id,
        release_line_id=share.line.id,
        warehouse_id=release.warehouse_id,
        variant_id=variant_id,
        bin_id=bin_id,
        lot_id=lot_id,
        quantity=share.quantity,
    )


async def released_lines(work: Work, releases: Sequence[Release]) -> list[Any]:
    """Find the lines of releases, in the order of these, each in its own order."""
    turn = {each.id: number for number, each in enumerate(releases)}
    line = ReleaseLine
    rows = await work.rows(select(*line.__table__.columns).where(line.release_id.in_(turn), line.quantity > NONE))
    return sorted(rows, key=lambda row: (turn[row.release_id], row.position))


async def _planned(work: Work, warehouse_id: WarehouseId, variants: Iterable[UUID]) -> dict[Place, Quantity]:
    """Add up what is planned and not picked yet, by place."""
    line = PickLine
    rest = func.sum(line.quantity - line.picked, type_=PickLine.__table__.c.quantity.type).label("rest")
    rows = await work.rows(
        select(line.variant_id, line.bin_id, line.lot_id, rest)
        .where(line.warehouse_id == warehouse_id, line.variant_id.in_(sorted(variants)), line.picked < line.quantity)
        .group_by(line.variant_id, line.bin_id, line.lot_id)
    )
    return {(row.variant_id, row.bin_id, row.lot_id): row.rest for row in rows}


def _place(goods: PickableGoods) -> Place:
    return goods.variant_id, goods.bin_id, goods.lot_id
