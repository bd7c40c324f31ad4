"""Claims (占用): stock is promised to order lines, all of an order or nothing, and never more than is there.

A claim is one row per order line; its quantity also stands in the stock item, in the column of its class. Both change
in the same statement, with the stock items locked in sorted order. The caller holds the order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, func, literal, select

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.choosing import Choice, ShortLine, WantedLine, choose_warehouse
from domain.inventory.events import StockRanShort, touch
from domain.inventory.models import ClaimClass, StockItem, Warehouse, WarehouseId
from domain.inventory.statements import FREE, FREE_OF_ITEM, UUIDS, statement
from domain.kernel import Quantity, Refusal, Work

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
        func.greatest(FREE, literal(NOTHING, FREE.type), type_=FREE.type).label("free"),
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
# is taken unless every variant was locked with enough.
CLAIM = statement(f"""
    WITH wanted AS (
        SELECT variant_id, sum(quantity) AS quantity
        FROM unnest(:variant_ids, :quantities) AS line (variant_id, quantity) GROUP BY variant_id
    ), locked AS (
        SELECT item.variant_id, wanted.quantity
        FROM stock_items AS item JOIN wanted ON wanted.variant_id = item.variant_id
        WHERE item.warehouse_id = :warehouse_id
          AND {FREE_OF_ITEM} >= wanted.quantity
          AND EXISTS (SELECT FROM warehouses WHERE id = :warehouse_id AND active AND sellable)
        ORDER BY item.variant_id FOR NO KEY UPDATE OF item
    ), taken AS (
        UPDATE stock_items AS item SET
            unpaid = item.unpaid + locked.quantity * (:claim_class = 'UNPAID')::int,
            to_review = item.to_review + locked.quantity * (:claim_class = 'TO_REVIEW')::int,
            to_ship = item.to_ship + locked.quantity * (:claim_class = 'TO_SHIP')::int
        FROM locked
        WHERE item.variant_id = locked.variant_id AND item.warehouse_id = :warehouse_id
          AND (SELECT count(*) FROM locked) = (SELECT count(*) FROM wanted)
        RETURNING item.variant_id
    )
    INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
    SELECT line.id, :order_id, line.variant_id, :warehouse_id, :claim_class, line.quantity, :now
    FROM unnest(:line_ids, :variant_ids, :quantities) AS line (id, variant_id, quantity)
    WHERE EXISTS (SELECT FROM taken)
""")  # noqa: S608 — The formula is ours.


async def claim(
    work: Work, order_id: UUID, warehouses: Sequence[UUID], lines: Sequence[WantedLine], claim_class: ClaimClass
) -> WarehouseId:
    """Promise all lines from one of the warehouses, the first among equals, or refuse and change nothing."""
    if len(warehouses) == 1 and await _take(work, order_id, warehouses[0], lines, claim_class):
        return WarehouseId(warehouses[0])
    for _ in range(LOST_RACES_MAX):
        choice = await _look(work, warehouses, lines)
        if choice.short or choice.warehouse_id is None:
            raise await _refusal(work, choice.short[0])
        if await _take(work, order_id, choice.warehouse_id, lines, claim_class):
            return choice.warehouse_id
    raise await _refusal(work, ShortLine(lines[0].order_line_id, lines[0].variant_id, lines[0].quantity, NOTHING))


async def _look(work: Work, warehouses: Sequence[UUID], lines: Sequence[WantedLine]) -> Choice:
    variants = sorted({line.variant_id for line in lines})
    rows = await work.rows(LOOK, {"variant_ids": variants, "warehouse_ids": list(warehouses)})
    return choose_warehouse(_free(rows), warehouses, lines)


def _free(rows: Iterable[Any]) -> dict[tuple[UUID, UUID], Quantity]:
    return {(row.variant_id, row.warehouse_id): row.free for row in rows}


async def _take(
    work: Work, order_id: UUID, warehouse_id: UUID, lines: Sequence[WantedLine], claim_class: ClaimClass
) -> bool:
    taken = await work.change(
        CLAIM,
        {
            "order_id": order_id,
            "warehouse_id": warehouse_id,
            "claim_class": claim_class.value,
            "line_ids": [line.order_line_id for line in lines],
            "variant_ids": [line.variant_id for line in lines],
            "quantities": [line.quantity.value for line in lines],
            "now": work.now,
        },
    )
    if taken:
        touch(work, {line.variant_id for line in lines})
    return taken > 0


async def _refusal(work: Work, short: ShortLine) -> StockShort:
    sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == short.variant_id))
    return StockShort(
        sku=sku or str(short.variant_id),
        variant_id=short.variant_id,
        wanted=short.wanted,
        available=short.available,
    )


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What one order of many wants, and from where, the first choice first."""

    order_id: UUID
    warehouses: Sequence[UUID]
    lines: Sequence[WantedLine]


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """Where an order of many got its stock, or which lines are short; then it claimed nothing."""

    warehouse_id: WarehouseId | None
    short: tuple[ShortLine, ...]


LOOK_AND_LOCK = LOOK.order_by(StockItem.variant_id, StockItem.warehouse_id).with_for_update(
    key_share=True, of=StockItem
)

CLAIM_MANY = statement("""
    WITH line AS (
        SELECT * FROM unnest(:line_ids, :order_ids, :variant_ids, :warehouse_ids, :quantities)
            AS line (id, order_id, variant_id, warehouse_id, quantity)
    ), made AS (
        INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
        SELECT id, order_id, variant_id, warehouse_id, :claim_class, quantity, :now FROM line
    )
    UPDATE stock_items AS item SET
        unpaid = item.unpaid + taken.quantity * (:claim_class = 'UNPAID')::int,
        to_review = item.to_review + taken.quantity * (:claim_class = 'TO_REVIEW')::int,
        to_ship = item.to_ship + taken.quantity * (:claim_class = 'TO_SHIP')::int
    FROM (SELECT variant_id, warehouse_id, sum(quantity) AS quantity FROM line GROUP BY 1, 2) AS taken
    WHERE item.variant_id = taken.variant_id AND item.warehouse_id = taken.warehouse_id
""")


async def claim_in_bulk(
    work: Work, requests: Sequence[ClaimRequest], claim_class: ClaimClass
) -> dict[UUID, ClaimOutcome]:
    """Promise stock to many orders, one after the other, in two statements; records what ran short."""
    free = _free(await work.rows(LOOK_AND_LOCK, _keys(requests)))
    outcomes, taken = dict[UUID, ClaimOutcome](), list[tuple[UUID, WarehouseId, WantedLine]]()
    for request in requests:
        choice = choose_warehouse(free, request.warehouses, request.lines)
        outcomes[request.order_id] = ClaimOutcome(None if choice.short else choice.warehouse_id, choice.short)
        if choice.short or choice.warehouse_id is None:
            work.record(*(_ran_short(request.order_id, choice, each) for each in choice.short))
            continue
        for line in request.lines:
            key = (line.variant_id, choice.warehouse_id)
            free[key] = free[key] - line.quantity
            taken.append((request.order_id, choice.warehouse_id, line))
    await _take_many(work, taken, claim_class)
    return outcomes


def _keys(requests: Sequence[ClaimRequest]) -> dict[str, Any]:
    return {
        "variant_ids": sorted({line.variant_id for each in requests for line in each.lines}),
        "warehouse_ids": sorted({warehouse for each in requests for warehouse in each.warehouses}),
    }


def _ran_short(order_id: UUID, choice: Choice, line: ShortLine) -> StockRanShort:
    return StockRanShort(
        variant_id=line.variant_id,
        order_id=order_id,
        warehouse_id=choice.warehouse_id,
        wanted=line.wanted,
        available=line.available,
    )


async def _take_many(
    work: Work, taken: Sequence[tuple[UUID, WarehouseId, WantedLine]], claim_class: ClaimClass
) -> None:
    if not taken:
        return
    await work.execute(
        CLAIM_MANY,
        {
            "line_ids": [line.order_line_id for _, _, line in taken],
            "order_ids": [order_id for order_id, _, _ in taken],
            "variant_ids": [line.variant_id for _, _, line in taken],
            "warehouse_ids": [warehouse_id for _, warehouse_id, _ in taken],
            "quantities": [line.quantity.value for _, _, line in taken],
            "claim_class": claim_class.value,
            "now": work.now,
        },
    )
    touch(work, {line.variant_id for _, _, line in taken})
