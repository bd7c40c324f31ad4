"""Counting (点数): scanners send what they found, one by one or after hours offline; what comes twice counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from domain import catalogue, inventory
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, WrongState, action, identifier, sees_warehouse
from domain.stocktaking.models import Stocktake, StocktakeId
from domain.stocktaking.starting import COUNTING, RECOUNTING

SCANS_MAX = 500
CLOCKS_APART_MAX = timedelta(minutes=5)


class CountOver(Refusal):
    """This was scanned before the recount of {stocktake} began, or is not to be counted again."""

    stocktake: str
    chinese = "盘点单 {stocktake} 已进入复盘，此扫描早于复盘或不在复盘范围"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a counter found of a variant in a bin: added to what was found before; 0 says that nothing is there.

    The scanner makes `scan_id` once and keeps it when it sends the scan again. Who counted is who sends it, unless a
    list names somebody else.
    """

    scan_id: UUID
    variant_id: UUID
    quantity: Quantity
    lot_id: inventory.LotId | None = None
    bin_id: inventory.BinId | None = None
    scanned_at: datetime | None = None
    counted_by: str | None = None


# What nobody expected in this bin gets a line of its own.
FOUND = text("""
    INSERT INTO stocktake_lines (id, stocktake_id, variant_id, lot_id, bin_id, recount)
    SELECT DISTINCT ON (variant_id, lot_id, bin_id) id, :stocktake_id, variant_id, lot_id, bin_id, :recount
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:variant_ids AS uuid[]), CAST(:lot_ids AS uuid[]), CAST(:bin_ids AS uuid[])
    ) AS scan (id, variant_id, lot_id, bin_id)
    ORDER BY variant_id, lot_id, bin_id
    ON CONFLICT (stocktake_id, variant_id, lot_id, bin_id) DO NOTHING
""")

# The lines are locked in order, so that two counters of the same lines wait for each other and nobody dies.
LOCK = text("""
    SELECT line.id, line.variant_id, line.lot_id, line.bin_id, line.recount FROM stocktake_lines AS line
    JOIN (
        SELECT DISTINCT variant_id, lot_id, bin_id
        FROM unnest(CAST(:variant_ids AS uuid[]), CAST(:lot_ids AS uuid[]), CAST(:bin_ids AS uuid[]))
            AS scan (variant_id, lot_id, bin_id)
    ) AS scanned ON scanned.variant_id = line.variant_id
        AND scanned.lot_id IS NOT DISTINCT FROM line.lot_id AND scanned.bin_id IS NOT DISTINCT FROM line.bin_id
    WHERE line.stocktake_id = :stocktake_id
    ORDER BY line.id FOR UPDATE OF line
""")

# The moment of a line is that of its first scan: from then on the book is corrected for what moves.
ADD = text("""
    WITH added AS (
        INSERT INTO count_scans (
            stocktake_id, scan_id, line_id, quantity, recount, counted_by, scanned_at, received_at)
        SELECT :stocktake_id, scan_id, line_id, quantity, :recount, counted_by, scanned_at, :now
        FROM unnest(
            CAST(:scan_ids AS uuid[]), CAST(:line_ids AS uuid[]), CAST(:quantities AS numeric[]),
            CAST(:counted_by AS text[]), CAST(:scanned_at AS timestamptz[])
        ) AS scan (scan_id, line_id, quantity, counted_by, scanned_at)
        ON CONFLICT (stocktake_id, scan_id) DO NOTHING
        RETURNING line_id, quantity, scanned_at
    )
    UPDATE stocktake_lines AS line SET
        counted_quantity = coalesce(line.counted_quantity, 0) + more.quantity,
        counted_at = least(line.counted_at, more.scanned_at)
    FROM (
        SELECT line_id, sum(quantity) AS quantity, min(scanned_at) AS scanned_at FROM added GROUP BY line_id
    ) AS more
    WHERE line.id = more.line_id
""")


@action
async def count_stock(work: Work, stocktake_id: StocktakeId, scans: Sequence[Scan]) -> Stocktake:
    """Add what counters found; a scan that was sent before changes nothing."""
    stocktake = await _open(work, stocktake_id)
    if not 1 <= len(scans) <= SCANS_MAX:
        raise BadInput(field="scans", problem=f"must be 1 to {SCANS_MAX}").at("input", "scans")
    ordered = sorted({each.scan_id: each for each in scans}.values(), key=lambda each: each.scan_id)
    for index, scan in enumerate(scans):
        _check(work, stocktake, index, scan)
    await _check_goods(work, stocktake, scans)
    recount = stocktake.status is RECOUNTING
    given: dict[str, Any] = {
        "stocktake_id": stocktake.id,
        "variant_ids": [each.variant_id for each in ordered],
        "lot_ids": [each.lot_id for each in ordered],
        "bin_ids": [each.bin_id for each in ordered],
    }
    if not recount:
        await work.execute(FOUND, given | {"ids": [identifier() for _ in ordered], "recount": False})
    lines = {(row.variant_id, row.lot_id, row.bin_id): row for row in await work.rows(LOCK, given)}
    found = [lines.get((each.variant_id, each.lot_id, each.bin_id)) for each in ordered]
    late = {each.scan_id for each, line in zip(ordered, found, strict=True) if line is None or not line.recount}
    if recount and late:
        index = next(index for index, each in enumerate(scans) if each.scan_id in late)
        raise CountOver(stocktake=stocktake.number).at("input", "scans", str(index))
    await work.execute(
        ADD,
        {
            "stocktake_id": stocktake.id,
            "recount": recount,
            "counted_by": [each.counted_by or work.actor.name for each in ordered],
            "now": work.now,
            "scan_ids": [each.scan_id for each in ordered],
            "line_ids": [line.id for line in found if line is not None],
            "quantities": [each.quantity.value for each in ordered],
            "scanned_at": [each.scanned_at or work.now for each in ordered],
        },
    )
    return stocktake


async def _open(work: Work, stocktake_id: StocktakeId) -> Stocktake:
    """Hold a stocktake open: many count at once, and who closes it waits for them."""
    read = {"read": True, "key_share": True}
    found = await work.session.get(Stocktake, stocktake_id, with_for_update=read, populate_existing=True)
    if found is None or not sees_warehouse(work.actor, found.warehouse_id):
        raise NotFound(what="stocktake", which=str(stocktake_id)).at("input", "id")
    if found.status not in (COUNTING, RECOUNTING):
        needed = f"{COUNTING} or {RECOUNTING}"
        raise WrongState(what="stocktake", which=found.number, state=found.status.value, needed=needed)
    return found


def _check(work: Work, stocktake: Stocktake, index: int, scan: Scan) -> None:
    where = ("input", "scans", str(index))
    if scan.quantity < Quantity(0):
        raise BadInput(field="quantity", problem="must not be negative").at(*where, "quantity")
    if scan.scanned_at is None:
        return
    if not stocktake.started_at <= scan.scanned_at <= work.now + CLOCKS_APART_MAX:
        raise BadInput(field="scannedAt", problem="must lie between the start and now").at(*where, "scannedAt")
    if scan.scanned_at < stocktake.round_started_at:
        raise CountOver(stocktake=stocktake.number).at(*where, "scannedAt")


async def _check_goods(work: Work, stocktake: Stocktake, scans: Sequence[Scan]) -> None:
    """Refuse scans of what is not there: a variant, a lot of it, or a bin of the warehouse."""
    variant, lot, shelf = catalogue.Variant, inventory.Lot, inventory.Bin
    named = select(variant.id, variant.sku, variant.stocked).where(variant.id.in_(_ids(scans, "variant_id")))
    variants = {row.id: row for row in await work.rows(named)}
    lots = {
        (row.id, row.variant_id)
        for row in await work.rows(select(lot.id, lot.variant_id).where(lot.id.in_(_ids(scans, "lot_id"))))
    }
    # What nothing can be posted to is not counted: a closed bin, the trolley, a bundle that is never in stock itself.
    here = (shelf.warehouse_id == stocktake.warehouse_id, shelf.active, ~shelf.staging)
    bins = {row.id for row in await work.rows(select(shelf.id).where(*here, shelf.id.in_(_ids(scans, "bin_id"))))}
    for index, scan in enumerate(scans):
        missing = {
            "variant": scan.variant_id if scan.variant_id not in variants else None,
            "lot": scan.lot_id if scan.lot_id and (scan.lot_id, scan.variant_id) not in lots else None,
            "bin": scan.bin_id if scan.bin_id and scan.bin_id not in bins else None,
        }
        for what, which in missing.items():
            if which is not None:
                raise NotFound(what=what, which=str(which)).at("input", "scans", str(index), f"{what}Id")
        if not variants[scan.variant_id].stocked:
            raise inventory.NotStocked(sku=variants[scan.variant_id].sku).at("input", "scans", str(index), "variantId")


def _ids(scans: Sequence[Scan], name: str) -> list[UUID]:
    return sorted({key for each in scans if (key := getattr(each, name)) is not None})
