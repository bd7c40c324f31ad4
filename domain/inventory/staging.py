"""Goods on the trolley (拣货暂存): what was picked lies in a bin of the house, where only its own parcel takes it from.

Picking is a move between bins: the shelf holds less, the trolley more, nothing is worth or promised more or less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.inventory import ledger
from domain.inventory.bins import WALKING_ORDER_MAX
from domain.inventory.lots import LotStock
from domain.inventory.models import Bin, BinId, LotId, MovementKind, WarehouseId, Zone
from domain.inventory.postings import Posting, Slot
from domain.inventory.statements import UNSOLD, statement
from domain.kernel import Quantity, Work, identifier

CODE = "PICKED"


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedGoods:
    """So much of a variant of one lot (or of none), taken from one bin (or from what is not put away)."""

    variant_id: UUID
    lot_id: LotId | None
    bin_id: BinId | None
    quantity: Quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class PickableGoods:
    """What of a variant can be picked in one place, in the order in which it should be."""

    variant_id: UUID
    lot_id: LotId | None
    bin_id: BinId | None
    quantity: Quantity


# What expires first goes first, then along the way; what lies on a trolley, is expired or blocked is not there.
PICKABLE = statement(f"""
    SELECT balance.variant_id, balance.lot_id, balance.bin_id, balance.on_hand
    FROM stock_balances AS balance
    LEFT JOIN lots ON lots.id = balance.lot_id
    LEFT JOIN bins ON bins.id = balance.bin_id
    LEFT JOIN zones ON zones.id = bins.zone_id
    WHERE balance.variant_id = ANY (:variant_ids) AND balance.warehouse_id = :warehouse_id AND balance.on_hand > 0
      AND NOT coalesce({UNSOLD}, false) AND NOT coalesce(bins.staging, false)
      AND (lots.sold_until IS NULL OR lots.sold_until >= (:now AT TIME ZONE interval '8 hours')::date)
    ORDER BY lots.expires_on NULLS LAST, balance.lot_id, zones.walking_order NULLS LAST, bins.walking_order,
        balance.bin_id
""")  # noqa: S608 — The formula is ours.


async def pickable_goods(work: Work, warehouse_id: WarehouseId, variant_ids: Sequence[UUID]) -> list[PickableGoods]:
    """List where these variants lie in a warehouse and may be sold from, in the order in which they are to be taken."""
    given = {"variant_ids": sorted(set(variant_ids)), "warehouse_id": warehouse_id, "now": work.now}
    return [
        PickableGoods(variant_id=row.variant_id, lot_id=row.lot_id, bin_id=row.bin_id, quantity=Quantity(row.on_hand))
        for row in await work.rows(PICKABLE, given)
    ]


async def staging_bin(work: Work, warehouse_id: WarehouseId) -> BinId:
    """Find the bin of what is picked in a warehouse; the first time it is opened."""
    known = select(Bin.id).where(Bin.warehouse_id == warehouse_id, Bin.staging)
    if rows := await work.rows(known):
        found: BinId = rows[0].id
        return found
    place = {"warehouse_id": warehouse_id, "code": CODE, "walking_order": WALKING_ORDER_MAX}
    zone = insert(Zone).values(id=identifier(), name="拣货暂存", created_at=work.now, **place)
    await work.execute(zone.on_conflict_do_nothing(index_elements=["warehouse_id", "code"]))
    zone_id = select(Zone.id).where(Zone.warehouse_id == warehouse_id, Zone.code == CODE).scalar_subquery()
    made = insert(Bin).values(id=identifier(), zone_id=zone_id, one_sku=False, active=True, staging=True, **place)
    # Of two who pick first in a warehouse, one opens the bin.
    same = made.on_conflict_do_update(index_elements=["warehouse_id", "code"], set_={"staging": True})
    opened: BinId = (await work.rows(same.returning(Bin.id)))[0].id
    return opened


async def stage_goods(
    work: Work, document: ledger.Document, warehouse_id: WarehouseId, goods: Sequence[StagedGoods]
) -> None:
    """Move goods from where they lie onto the trolley, all of them, or refuse for the first that is not there."""
    await _move(work, document, warehouse_id, goods, (None, await staging_bin(work, warehouse_id)))


async def unstage_goods(
    work: Work, document: ledger.Document, warehouse_id: WarehouseId, goods: Sequence[StagedGoods]
) -> None:
    """Put goods from the trolley back into the bins they name (none: not put away)."""
    await _move(work, document, warehouse_id, goods, (await staging_bin(work, warehouse_id), None))


async def _move(
    work: Work,
    document: ledger.Document,
    warehouse_id: WarehouseId,
    goods: Sequence[StagedGoods],
    trolley: tuple[BinId | None, BinId | None],
) -> None:
    source, target = trolley
    books = await ledger.open_books(work, {(each.variant_id, warehouse_id) for each in goods})
    moved = []
    for line, each in enumerate(goods, 1):
        posting = Posting(
            variant_id=each.variant_id,
            warehouse_id=warehouse_id,
            quantity=each.quantity,
            kind=MovementKind.BIN_MOVE,
            line=line,
            lot_id=each.lot_id,
            bin_id=source or each.bin_id,
            exact=True,
        )
        moved += books.shift(posting, posting.may_take, _into((each.lot_id, target or each.bin_id)))
    await ledger.write(work, document, books, moved)


def _into(slot: Slot) -> Callable[[LotStock], Slot]:
    return lambda _: slot
