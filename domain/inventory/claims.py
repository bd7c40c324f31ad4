"""Claims (占用): stock is promised to order lines, all of an order or nothing, and never more than is there.

A claim is one row per order line; its quantity also stands in the stock item, in the column of its class. Both change
in the same statement, with the stock items locked in sorted order; a hot variant's stood there before, as the room of
its buckets. The caller holds the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import TextClause, any_, bindparam, func, literal, select

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.buckets import deal, gather, hold
from domain.inventory.choosing import Choice, ShortLine, WantedLine, choose_warehouse
from domain.inventory.events import told, told_with
from domain.inventory.models import ClaimClass, StockItem, Warehouse, WarehouseId
from domain.inventory.statements import SELLABLE, SELLABLE_OF_ITEM, UUIDS, statement
from domain.kernel import STORED_FACTS, Quantity, Refusal, Work

LOST_RACES_MAX = 1_000
"""Each lost race is somebody else's claim, so this is only reached if stock is forever taken and given back."""


class StockShort(Refusal):
    """Only {available} of {sku} can be promised, {wanted} are wanted."""

    sku: str
    variant_id: UUID
    wanted: Quantity
    available: Quantity
    chinese = "{sku} 可用库存 {available}，需要 {wanted}"


LOOK = (
    select(
        StockItem.variant_id,
        StockItem.warehouse_id,
        func.greatest(SELLABLE, literal(NOTHING, SELLABLE.type), type_=SELLABLE.type).label("free"),
        StockItem.buckets,
    )
    .join(Warehouse, Warehouse.id == StockItem.warehouse_id)
    .where(
        StockItem.variant_id == any_(bindparam("variant_ids", type_=UUIDS)),
        StockItem.warehouse_id == any_(bindparam("warehouse_ids", type_=UUIDS)),
        Warehouse.active,
        Warehouse.sellable,
    )
)

# A row that visibly has too little is not even locked; one that was changed meanwhile is judged as it now is. Nothing
# is taken unless every variant was locked with enough. Of a split variant one bucket with enough room is taken from;
# items are locked before buckets. The fact that stock changed is stored with it, so that the commit can follow at once.
CLAIM_FROM = """
    WITH wanted AS (
        SELECT variant_id, sum(quantity) AS quantity
        FROM unnest(:variant_ids, :quantities) AS line (variant_id, quantity) GROUP BY variant_id
    ), locked AS (
        SELECT item.variant_id, wanted.quantity
        FROM stock_items AS item JOIN wanted ON wanted.variant_id = item.variant_id
        WHERE item.warehouse_id = :warehouse_id AND {whole}
          AND {loose} >= wanted.quantity
          AND EXISTS (SELECT FROM warehouses WHERE id = :warehouse_id AND active AND sellable)
        ORDER BY item.variant_id FOR NO KEY UPDATE OF item
    ), drawn AS (
        SELECT wanted.variant_id, wanted.quantity, bucket.number
        FROM wanted CROSS JOIN LATERAL (
            SELECT number FROM stock_buckets
            WHERE variant_id = wanted.variant_id AND warehouse_id = :warehouse_id AND claim_class = :claim_class
              AND room >= wanted.quantity AND (SELECT count(*) FROM locked) >= 0
            ORDER BY random() LIMIT 1 FOR NO KEY UPDATE {waiting}
        ) AS bucket
        WHERE {dealt} AND EXISTS (SELECT FROM warehouses WHERE id = :warehouse_id AND active AND sellable)
    ), enough AS (
        SELECT (SELECT count(*) FROM locked) + (SELECT count(*) FROM drawn) = (SELECT count(*) FROM wanted) AS there
    ), taken AS (
        UPDATE stock_items AS item SET
            unpaid = item.unpaid + locked.quantity * (:claim_class = 'UNPAID')::int,
            to_review = item.to_review + locked.quantity * (:claim_class = 'TO_REVIEW')::int,
            to_ship = item.to_ship + locked.quantity * (:claim_class = 'TO_SHIP')::int
        FROM locked
        WHERE item.variant_id = locked.variant_id AND item.warehouse_id = :warehouse_id AND (SELECT there FROM enough)
    ), taken_from_buckets AS (
        UPDATE stock_buckets AS bucket SET room = bucket.room - drawn.quantity
        FROM drawn
        WHERE bucket.variant_id = drawn.variant_id AND bucket.warehouse_id = :warehouse_id
          AND bucket.claim_class = :claim_class AND bucket.number = drawn.number AND (SELECT there FROM enough)
    ), told AS (
        {told} WHERE (SELECT there FROM enough)
    )
    INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
    SELECT line.id, :order_id, line.variant_id, :warehouse_id, :claim_class, line.quantity, :now
    FROM unnest(:line_ids, :variant_ids, :quantities) AS line (id, variant_id, quantity)
    WHERE (SELECT there FROM enough)
"""


def _claim_from(*, items_only: bool = False, waiting: bool = False) -> TextClause:
    return statement(
        CLAIM_FROM.format(
            whole="true" if items_only else "item.buckets = 0",
            dealt="false" if items_only else "true",
            waiting="" if waiting else "SKIP LOCKED",
            loose=SELLABLE_OF_ITEM,
            told=STORED_FACTS,
        )
    )


CLAIM, CLAIM_WAITING, CLAIM_FROM_ITEMS = _claim_from(), _claim_from(waiting=True), _claim_from(items_only=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order wants to be promised."""

    order_id: UUID
    lines: Sequence[WantedLine]
    claim_class: ClaimClass


async def claim(
    work: Work, order_id: UUID, warehouses: Sequence[UUID], lines: Sequence[WantedLine], claim_class: ClaimClass
) -> WarehouseId:
    """Promise all lines from one of the warehouses, the first among equals, or refuse and change nothing."""
    chosen = (await claim_explained(work, order_id, warehouses, lines, claim_class)).warehouse_id
    assert chosen is not None  # noqa: S101 — Without one it was refused.
    return chosen


async def claim_explained(
    work: Work, order_id: UUID, warehouses: Sequence[UUID], lines: Sequence[WantedLine], claim_class: ClaimClass
) -> Choice:
    """Promise as `claim` does, and say how the warehouses were rated; a single one that has all of it is not."""
    wanted = Wanted(order_id, lines, claim_class)
    if len(warehouses) == 1 and await _take(work, CLAIM, wanted, warehouses[0]):
        return Choice(WarehouseId(warehouses[0]), Decimal(0), ())
    for _ in range(LOST_RACES_MAX):
        choice, split = await _look(work, warehouses, lines)
        if choice.short or choice.warehouse_id is None:
            raise await _refusal(work, choice.short[0])
        take = _take_split if choice.warehouse_id in split else _take_whole
        if await take(work, wanted, choice.warehouse_id):
            return choice
    raise await _refusal(work, ShortLine(lines[0].order_line_id, lines[0].variant_id, lines[0].quantity, NOTHING))


async def _look(work: Work, warehouses: Sequence[UUID], lines: Sequence[WantedLine]) -> tuple[Choice, set[WarehouseId]]:
    """Choose a warehouse, and say in which of them a variant is split into buckets."""
    variants = sorted({line.variant_id for line in lines})
    rows = await work.rows(LOOK, {"variant_ids": variants, "warehouse_ids": list(warehouses)})
    free = {(row.variant_id, row.warehouse_id): row.free for row in rows}
    return choose_warehouse(free, warehouses, lines), {row.warehouse_id for row in rows if row.buckets}


async def _take_whole(work: Work, wanted: Wanted, warehouse_id: UUID) -> bool:
    return await _take(work, CLAIM, wanted, warehouse_id)


async def _take_split(work: Work, wanted: Wanted, warehouse_id: UUID) -> bool:
    """Take from a bucket nobody holds, else from one it is worth to wait for, else gather and deal out anew."""
    for take in (CLAIM, CLAIM_WAITING):
        if await _take(work, take, wanted, warehouse_id):
            return True
    variants = sorted({line.variant_id for line in wanted.lines})
    await hold(work, variants, [warehouse_id])
    for classes in ((wanted.claim_class,), tuple(ClaimClass)):
        await gather(work, [(each, warehouse_id) for each in variants], classes)
        if await _take(work, CLAIM_FROM_ITEMS, wanted, warehouse_id):
            await deal(work, variants, warehouse_id, wanted.claim_class)
            return True
    return False


async def _take(work: Work, take: TextClause, wanted: Wanted, warehouse_id: UUID) -> bool:
    touched = {line.variant_id for line in wanted.lines}
    taken = await work.change(
        take,
        {
            "order_id": wanted.order_id,
            "warehouse_id": warehouse_id,
            "claim_class": wanted.claim_class.value,
            "line_ids": [line.order_line_id for line in wanted.lines],
            "variant_ids": [line.variant_id for line in wanted.lines],
            "quantities": [line.quantity.value for line in wanted.lines],
            "now": work.now,
            "facts": told_with(work, touched),
        },
    )
    if taken:
        told(work, touched)
    return taken > 0


async def _refusal(work: Work, short: ShortLine) -> StockShort:
    sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == short.variant_id))
    return StockShort(
        sku=sku or str(short.variant_id),
        variant_id=short.variant_id,
        wanted=short.wanted,
        available=short.available,
    )
