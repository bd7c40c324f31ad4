"""What a bin may hold (库位规则): no more than its capacity, and where it says so one variant only.

Whoever puts something into a bin with a rule locks the bin first; whoever takes something out need not.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.inventory.averages import NOTHING
from domain.inventory.models import BinId, MovementKind
from domain.inventory.postings import Moved
from domain.inventory.statements import statement
from domain.kernel import Quantity, Refusal, Work


class BinFull(Refusal):
    """Bin {bin_code} holds {capacity} at most, not {wanted}."""

    bin_code: str
    capacity: Quantity
    wanted: Quantity
    chinese = "库位 {bin_code} 容量为 {capacity}，放不下 {wanted}"


class BinOfAnotherVariant(Refusal):
    """Bin {bin_code} holds one variant only, and there is another in it."""

    bin_code: str
    chinese = "库位 {bin_code} 只能存放一种货品，其中已有其他货品"


LOCK = statement("""
    SELECT id, code, capacity, one_sku FROM bins
    WHERE id = ANY (:bin_ids) AND (capacity IS NOT NULL OR one_sku) ORDER BY id FOR NO KEY UPDATE
""")

# Read after the lock: by then everybody who was putting something in is done.
CONTENTS = statement("""
    SELECT bin_id, variant_id, sum(on_hand) AS quantity FROM stock_balances
    WHERE bin_id = ANY (:bin_ids) AND on_hand > 0 GROUP BY bin_id, variant_id
""")

Contents = defaultdict[BinId, defaultdict[UUID, Quantity]]


async def check_bins(work: Work, moved: Sequence[Moved]) -> None:
    """Refuse movements that would put into a bin what it may not hold; call it before they are written."""
    entered = {each.bin_id for each in moved if each.bin_id is not None and each.quantity > NOTHING}
    ruled = await work.rows(LOCK, {"bin_ids": sorted(entered)}) if entered else []
    if not ruled:
        return
    contents = _after(await work.rows(CONTENTS, {"bin_ids": [row.id for row in ruled]}), moved)
    for row in ruled:
        if refusal := _refused(row, contents[row.id]):
            raise refusal.at("input", "lines", *_field_of(next(each for each in moved if _fills(each, row.id))))


def _after(rows: Sequence[Any], moved: Sequence[Moved]) -> Contents:
    contents: Contents = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for row in rows:
        contents[row.bin_id][row.variant_id] = Quantity(row.quantity)
    for each in moved:
        if each.bin_id is not None:
            contents[each.bin_id][each.posting.variant_id] += each.quantity
    return contents


def _fills(moved: Moved, bin_id: BinId) -> bool:
    return moved.bin_id == bin_id and moved.quantity > NOTHING


def _field_of(moved: Moved) -> tuple[str, str]:
    """Name the field of a document by which goods get into a bin."""
    elsewhere = moved.posting.kind in (MovementKind.BIN_MOVE, MovementKind.TRANSFER_IN)
    return str(moved.posting.line - 1), "toBinId" if elsewhere else "binId"


def _refused(row: Any, held: defaultdict[UUID, Quantity]) -> Refusal | None:
    variants = [each for each in held.values() if each > NOTHING]
    wanted = Quantity.total(variants)
    if row.one_sku and len(variants) > 1:
        return BinOfAnotherVariant(bin_code=row.code)
    if row.capacity is not None and wanted > Quantity(row.capacity):
        return BinFull(bin_code=row.code, capacity=Quantity(row.capacity), wanted=wanted)
    return None
