"""Buckets of a hot variant (热点分桶): its free stock is dealt out in several rows, so that few buyers wait for one.

Room for claims of a class is taken from the stock item beforehand and stands there as claimed; a claim then takes from
one bucket and never touches the item. Whoever must know the item exactly locks it and gathers the room first. What is
shown to anybody is the truth: item and buckets are added up in one statement.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text

from domain.inventory.models import ClaimClass, HotStock, StockBucket, StockItem, WarehouseId
from domain.inventory.places import item_to_change, open_place, variant_must_exist
from domain.inventory.statements import SELLABLE_OF_ITEM, statement
from domain.kernel import BadInput, Work, action

BUCKETS_MAX = 64

# The caller holds the items. Buckets are locked one after the other, so that two who gather do not cross.
GATHER = statement("""
    WITH held AS (
        SELECT bucket.* FROM stock_buckets AS bucket
        JOIN unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
          ON key.variant_id = bucket.variant_id AND key.warehouse_id = bucket.warehouse_id
        WHERE bucket.room > 0 AND bucket.claim_class = ANY (:classes)
        ORDER BY bucket.variant_id, bucket.warehouse_id, bucket.claim_class, bucket.number FOR NO KEY UPDATE OF bucket
    ), emptied AS (
        UPDATE stock_buckets AS bucket SET room = 0 FROM held
        WHERE bucket.variant_id = held.variant_id AND bucket.warehouse_id = held.warehouse_id
          AND bucket.claim_class = held.claim_class AND bucket.number = held.number
    ), back AS (
        SELECT variant_id, warehouse_id,
            coalesce(sum(room) FILTER (WHERE claim_class = 'UNPAID'), 0) AS unpaid,
            coalesce(sum(room) FILTER (WHERE claim_class = 'TO_REVIEW'), 0) AS to_review,
            coalesce(sum(room) FILTER (WHERE claim_class = 'TO_SHIP'), 0) AS to_ship
        FROM held GROUP BY variant_id, warehouse_id
    )
    UPDATE stock_items AS item SET
        unpaid = item.unpaid - back.unpaid, to_review = item.to_review - back.to_review,
        to_ship = item.to_ship - back.to_ship
    FROM back WHERE item.variant_id = back.variant_id AND item.warehouse_id = back.warehouse_id
    RETURNING item.variant_id, item.warehouse_id, item.on_hand, item.unpaid, item.to_review, item.to_ship
""")

# Half of what is loose is dealt out, so that something is left for claims of other classes.
DEAL = statement(f"""
    WITH dealt AS (
        SELECT item.variant_id, item.warehouse_id, item.buckets,
            floor({SELLABLE_OF_ITEM} / 2 / item.buckets) AS room
        FROM stock_items AS item
        WHERE item.variant_id = ANY (:variant_ids) AND item.warehouse_id = :warehouse_id
          AND item.buckets > 0 AND {SELLABLE_OF_ITEM} >= 2 * item.buckets
    ), filled AS (
        INSERT INTO stock_buckets AS bucket (variant_id, warehouse_id, claim_class, number, room)
        SELECT variant_id, warehouse_id, :claim_class, number, room FROM dealt, generate_series(1, buckets) AS number
        ON CONFLICT (variant_id, warehouse_id, claim_class, number) DO UPDATE SET room = bucket.room + excluded.room
    )
    UPDATE stock_items AS item SET
        unpaid = item.unpaid + dealt.room * dealt.buckets * (:claim_class = 'UNPAID')::int,
        to_review = item.to_review + dealt.room * dealt.buckets * (:claim_class = 'TO_REVIEW')::int,
        to_ship = item.to_ship + dealt.room * dealt.buckets * (:claim_class = 'TO_SHIP')::int
    FROM dealt WHERE item.variant_id = dealt.variant_id AND item.warehouse_id = dealt.warehouse_id
""")  # noqa: S608 — The formula is ours.

HOLD = statement("""
    SELECT variant_id, warehouse_id FROM stock_items
    WHERE variant_id = ANY (:variant_ids) AND warehouse_id = ANY (:warehouse_ids)
    ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
""")
SPLIT = text("SELECT variant_id, warehouse_id FROM stock_items WHERE variant_id = ANY (:variant_ids) AND buckets > 0")


async def hold(work: Work, variant_ids: Iterable[UUID], warehouse_ids: Iterable[UUID]) -> None:
    """Lock stock items in order: first all of them, only then their buckets."""
    await work.execute(HOLD, {"variant_ids": sorted(set(variant_ids)), "warehouse_ids": sorted(set(warehouse_ids))})


async def gather(
    work: Work, keys: Collection[tuple[UUID, UUID]], classes: Sequence[ClaimClass] = tuple(ClaimClass)
) -> list[Any]:
    """Put the room of these items' buckets back into the items, which the caller holds; returns those that changed."""
    if not keys:
        return []
    given = {"variant_ids": [key[0] for key in keys], "warehouse_ids": [key[1] for key in keys]}
    return await work.rows(GATHER, given | {"classes": [each.value for each in classes]})


async def gather_all(work: Work, variant_ids: Sequence[UUID]) -> None:
    """Put the room of these variants' buckets back, in every warehouse; the caller holds their items."""
    split = await work.rows(SPLIT, {"variant_ids": list(variant_ids)})
    await gather(work, [(row.variant_id, row.warehouse_id) for row in split])


async def deal(work: Work, variant_ids: Sequence[UUID], warehouse_id: UUID, claim_class: ClaimClass) -> None:
    """Deal out what is loose of split variants in room for claims of a class; the caller holds their items."""
    given = {"variant_ids": list(variant_ids), "warehouse_id": warehouse_id, "claim_class": claim_class.value}
    await work.execute(DEAL, given)


@action
async def split_stock(work: Work, variant_id: UUID, warehouse_id: WarehouseId, buckets: int) -> StockItem:
    """Split the claims of a hot variant in a warehouse over so many rows, or 0 to put them together again.

    Nothing that anybody sees changes by it: only those who buy it at the same moment wait less for each other.
    """
    if not 0 <= buckets <= BUCKETS_MAX:
        raise BadInput(field="buckets", problem=f"must be 0 to {BUCKETS_MAX}").at("input", "buckets")
    await open_place(work, warehouse_id)
    await variant_must_exist(work, variant_id)
    item = await item_to_change(work, variant_id, warehouse_id)
    await gather(work, [(variant_id, warehouse_id)])
    await work.session.refresh(item)
    await work.execute(
        delete(StockBucket).where(
            StockBucket.variant_id == variant_id,
            StockBucket.warehouse_id == warehouse_id,
            StockBucket.number > buckets,
        )
    )
    # What a person says counts: the house only joins what it has split itself.
    await work.execute(delete(HotStock).where(HotStock.variant_id == variant_id, HotStock.warehouse_id == warehouse_id))
    item.buckets = buckets
    return item
