"""Goods that are not there (盘亏): what is lost of them was perhaps promised, and then somebody's promise must go.

A count says what is there, and nobody can ship what is not. So before a loss is posted whoever makes promises is told
how much of them is beyond what is left; a paper of staff, which takes goods that are there, never takes what is
promised.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.averages import NOTHING
from domain.inventory.books import Books
from domain.inventory.document_lines import Line
from domain.inventory.models import WarehouseId
from domain.inventory.postings import Key
from domain.inventory.statements import COMPANY_FIRST, COMPANY_HELD, statement
from domain.kernel import Quantity, Refusal, Work

HOLD = statement(f"""
    {COMPANY_FIRST}
    SELECT variant_id FROM stock_items
    WHERE warehouse_id = :warehouse_id AND variant_id = ANY (:variant_ids) AND {COMPANY_HELD}
    ORDER BY variant_id FOR NO KEY UPDATE OF stock_items
""")  # noqa: S608 — The formula is ours.


class CountedSince(Refusal):
    """What was there of {sku} was counted at {counted_at} by {stocktake}; date this later, and correct what it found.

    What the goods of a late paper brought was found by the count already, and would be found twice.
    """

    sku: str
    stocktake: str
    counted_at: str
    chinese = "{sku} 已于 {counted_at} 由盘点单 {stocktake} 盘点，请改用其后的日期，并更正该盘点已计入的数量"


NOTE = statement("""
    INSERT INTO stock_counts (variant_id, warehouse_id, counted_at, stocktake)
    SELECT variant_id, :warehouse_id, counted_at, :number
    FROM unnest(:variant_ids, :moments) AS given (variant_id, counted_at)
    ON CONFLICT (variant_id, warehouse_id) DO UPDATE SET
        counted_at = excluded.counted_at, stocktake = excluded.stocktake
    WHERE stock_counts.counted_at < excluded.counted_at
""")
COUNTED = statement("""
    SELECT variants.sku, stock_counts.stocktake, stock_counts.counted_at FROM stock_counts
    JOIN unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
      ON key.variant_id = stock_counts.variant_id AND key.warehouse_id = stock_counts.warehouse_id
    JOIN variants ON variants.id = stock_counts.variant_id
    WHERE stock_counts.counted_at >= :moment ORDER BY sku, stocktake LIMIT 1
""")


async def hold_counted(work: Work, warehouse_id: WarehouseId, variant_ids: Sequence[UUID]) -> None:
    """Let whoever is just moving these goods end first, so that balances and movements tell the same story."""
    await work.execute(HOLD, {"warehouse_id": warehouse_id, "variant_ids": sorted(variant_ids)})


async def promised_beyond(work: Work, warehouse_id: WarehouseId, lost: Sequence[Line]) -> dict[UUID, Quantity]:
    """Say how much of what is lost is promised to somebody, by variant; from now on nobody is promised more."""
    books = await ledger.open_books(work, {(line.variant_id, warehouse_id) for line in lost})
    by_key = defaultdict[Key, list[Line]](list)
    for line in lost:
        by_key[line.variant_id, warehouse_id].append(line)
    beyond = {key[0]: _beyond(books, key, lines) for key, lines in sorted(by_key.items())}
    return {variant_id: quantity for variant_id, quantity in beyond.items() if quantity > NOTHING}


def _beyond(books: Books, key: Key, lost: Sequence[Line]) -> Quantity:
    """Say what is missing of what is promised; what may not be sold is promised to nobody."""
    there, lots = books.items[key].unpromised(), books.lots.get(key, {})
    blocked = {slot for slot, lot in lots.items() if lot.blocked}
    good = Quantity.total(line.quantity for line in lost if (line.lot_id, line.bin_id) not in blocked)
    of_good = good - (there - books.blocked(key)) if good > NOTHING else NOTHING
    return max(Quantity.total(line.quantity for line in lost) - there, of_good)


async def note_counted(
    work: Work, warehouse_id: WarehouseId, counted: Sequence[tuple[UUID, datetime]], stocktake: str
) -> None:
    """Note until when what was there of variants is settled by a count."""
    given = {"variant_ids": [each[0] for each in counted], "moments": [each[1] for each in counted]}
    await work.execute(NOTE, given | {"warehouse_id": warehouse_id, "number": stocktake})


async def check_counted(work: Work, moment: datetime, keys: Sequence[Key]) -> None:
    """Refuse a moment that lies before a count of the same goods in the same place; the caller holds them."""
    given = {"variant_ids": [key[0] for key in keys], "warehouse_ids": [key[1] for key in keys], "moment": moment}
    for row in await work.rows(COUNTED, given):
        at = row.counted_at.isoformat(timespec="seconds")
        raise CountedSince(sku=row.sku, stocktake=row.stocktake, counted_at=at).at("input", "effectiveAt")
