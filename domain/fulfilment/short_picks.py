"""Short picks (拣货缺货): a bin that is emptier than the books say. Another one serves, or the order goes back.

Somebody is told to count the bin: the books are wrong, and only a stocktake may correct them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from domain import alerts, catalogue, inventory, orders, stocktaking
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.fulfilment import planning, withdrawing
from domain.fulfilment.stages import PickLine, Release, ReleaseId, ReleaseLineId, ReleaseStage, Wave
from domain.kernel import Quantity, Work
from domain.orders import HoldReason, OrderStatus

NONE = Quantity(0)


@dataclass(frozen=True)
class Wanted:
    """What of a released line was not found."""

    id: ReleaseLineId
    release_id: ReleaseId
    variant_id: UUID
    quantity: Quantity


async def look_elsewhere(
    work: Work, wave: Wave, short: Sequence[PickLine], releases: dict[ReleaseId, Release]
) -> list[Release]:
    """Plan what was not found from other bins; returns the releases for which there is no other one."""
    empty = frozenset((each.variant_id, each.bin_id, each.lot_id) for each in short)
    wanted = _wanted(short)
    for line in short:
        line.quantity = line.picked
    await work.session.flush()
    await planning.take_turn(work, wave.warehouse_id)
    plan = await planning.plan(work, wave.warehouse_id, wanted, empty)
    work.session.add_all(planning.pick_line(wave.id, releases[share.line.release_id], share) for share in plan.shares)
    await work.session.flush()
    await _tell(work, wave, empty)
    return [releases[each] for each in dict.fromkeys(line.release_id for line in wanted if line.id in plan.missing)]


async def send_back(work: Work, release: Release, order: orders.Order, wave: Wave) -> None:
    """Send an order whose goods cannot be found back to those who reviewed it; it waits until somebody has looked."""
    evidence = f"not all of it was found when wave {wave.number} was picked"
    await withdrawing.withdraw(work, release, evidence, ReleaseStage.RECALLED)
    orders.move_on(work, [order], OrderStatus.REVIEWED)
    await orders.hold_for(work, order, HoldReason.SHORT_PICKED, evidence)


async def end_short_alerts(work: Work, fact: inventory.StockAdjusted) -> None:
    """Let the alerts of bins go whose goods were counted and corrected."""
    moved = inventory.Movement
    rows = await work.rows(select(moved.variant_id).where(moved.document_id == fact.document_id).distinct())
    await alerts.resolve_alerts(work, [row.variant_id for row in rows], [AlertKind.SHORT_PICKED])


async def end_counted_alerts(work: Work, fact: stocktaking.StocktakeEnded) -> None:
    """Let the alerts of bins go that a posted stocktake counted, also where it found what the book says."""
    alert, line, count = alerts.Alert, stocktaking.StocktakeLine, stocktaking.Stocktake
    counted = (
        exists()
        .where(line.stocktake_id == fact.stocktake_id, line.variant_id == alert.subject_id)
        .where(line.counted_quantity.is_not(None), func.coalesce(line.bin_id, count.warehouse_id) == alert.place_id)
        .where(count.id == line.stocktake_id, count.status == stocktaking.StocktakeStatus.POSTED)
    )
    found = select(alert.id).where(
        alert.kind == AlertKind.SHORT_PICKED,
        alert.warehouse_id == fact.warehouse_id,
        alert.resolved_at.is_(None),
        counted,
    )
    await alerts.resolve_alerts_by_id(work, [row.id for row in await work.rows(found)])


def _wanted(short: Sequence[PickLine]) -> list[Wanted]:
    """Add up what is missing of each released line, in the order of the slots."""
    rest = defaultdict[ReleaseLineId, Quantity](lambda: NONE)
    for line in short:
        rest[line.release_line_id] += line.quantity - line.picked
    first = {line.release_line_id: line for line in reversed(short)}
    return [
        Wanted(line_id, first[line_id].release_id, first[line_id].variant_id, quantity)
        for line_id, quantity in rest.items()
        if quantity > NONE
    ]


async def _tell(work: Work, wave: Wave, empty: frozenset[planning.Place]) -> None:
    variant, shelf = catalogue.Variant, inventory.Bin
    skus = await work.rows(select(variant.id, variant.sku).where(variant.id.in_({each[0] for each in empty})))
    bins = await work.rows(select(shelf.id, shelf.code).where(shelf.id.in_({each[1] for each in empty if each[1]})))
    sku_of: dict[Any, str] = {row.id: row.sku for row in skus}
    code_of: dict[Any, str] = {row.id: row.code for row in bins}
    await alerts.open_alerts(
        work,
        [
            NewAlert(
                subject=AlertSubject.STOCK,
                subject_id=variant_id,
                place_id=bin_id or wave.warehouse_id,
                kind=AlertKind.SHORT_PICKED,
                level=AlertLevel.WARN,
                warehouse_id=wave.warehouse_id,
                message=f"{sku_of[variant_id]} was not found in bin {code_of.get(bin_id, '—')}: count it.",
                message_chinese=f"库位 {code_of.get(bin_id, '—')} 找不到 {sku_of[variant_id]}，请盘点",
                evidence={
                    "wave": wave.number,
                    "variantId": str(variant_id),
                    "sku": sku_of[variant_id],
                    "binId": str(bin_id or ""),
                    "binCode": code_of.get(bin_id, ""),
                },
            )
            for variant_id, bin_id, _ in sorted(empty, key=str)
        ],
    )
