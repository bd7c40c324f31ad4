"""Preorders in the stock (预售占用): promised before it is there, never more than is expected, served when it comes.

What is expected is a limit of a stock item, with the day it is expected on. Of a variant with a limit anywhere nothing
is promised where there is none; without any limit as much as is wanted is promised. Preorders go before new buyers: of
what is there, only what they leave may be promised to others. Who waits is served in turn, by payment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.inventory.averages import NOTHING
from domain.inventory.choosing import ShortLine, WantedLine
from domain.inventory.events import touch
from domain.inventory.lots import today
from domain.inventory.models import StockItem, WarehouseId
from domain.inventory.places import item_to_change, open_place, variant_must_exist
from domain.inventory.statements import statement
from domain.kernel import BadInput, Quantity, Refusal, Work, action, identifier

Key = tuple[UUID, UUID]


class PreordersFull(Refusal):
    """Of {sku}, {available} more can be promised before it is there, {wanted} are wanted."""

    sku: str
    variant_id: UUID
    wanted: Quantity
    available: Quantity
    chinese = "{sku} 预售余量 {available}，需要 {wanted}"


@dataclass(frozen=True, slots=True)
class Promised:
    """What a line was promised before it was there, and from where."""

    order_line_id: UUID
    variant_id: UUID
    warehouse_id: UUID
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class PreorderRequest:
    """Which lines of an order are preordered, and from where they may come, the first choice first."""

    order_id: UUID
    warehouses: Sequence[UUID]
    lines: Sequence[WantedLine]


# The rows without a warehouse are the variants that have a limit somewhere.
ROOM = statement("""
    WITH place AS (
        SELECT id FROM warehouses WHERE id = ANY (:warehouse_ids) AND active AND sellable
    ), locked AS (
        SELECT item.variant_id, item.warehouse_id, item.preorder, item.preorder_limit, item.expected_on
        FROM stock_items AS item
        WHERE item.variant_id = ANY (:variant_ids) AND item.warehouse_id IN (SELECT id FROM place)
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    )
    SELECT variant_id, warehouse_id, preorder, preorder_limit, expected_on FROM locked
    UNION ALL SELECT DISTINCT variant_id, NULL::uuid, 0, 0, NULL::date FROM stock_items
    WHERE variant_id = ANY (:variant_ids) AND preorder_limit IS NOT NULL
""")
MAKE = statement("""
    WITH costed AS MATERIALIZED (
        SELECT id FROM variants WHERE id = ANY (:variant_ids) ORDER BY id FOR KEY SHARE
    )
    INSERT INTO stock_items (id, variant_id, warehouse_id, on_hand, unpaid, to_review, to_ship, preorder)
    SELECT key.id, key.variant_id, key.warehouse_id, 0, 0, 0, 0, 0
    FROM unnest(:ids, :variant_ids, :warehouse_ids) AS key (id, variant_id, warehouse_id)
    JOIN costed ON costed.id = key.variant_id
    ON CONFLICT (variant_id, warehouse_id) DO NOTHING
""")
# That no more is promised than the limit says is a constraint of the table, too.
PROMISE = statement("""
    WITH line AS (
        SELECT * FROM unnest(:line_ids, :order_ids, :variant_ids, :warehouse_ids, :quantities)
            AS line (id, order_id, variant_id, warehouse_id, quantity)
    ), made AS (
        INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
        SELECT id, order_id, variant_id, warehouse_id, 'PREORDER', quantity, :now FROM line
    ), taken AS (
        SELECT variant_id, warehouse_id, sum(quantity) AS quantity FROM line GROUP BY 1, 2
    )
    UPDATE stock_items AS item SET preorder = item.preorder + taken.quantity FROM taken
    WHERE item.variant_id = taken.variant_id AND item.warehouse_id = taken.warehouse_id
""")
# What came from where it was expected is expected no more.
SERVE = statement("""
    WITH given AS (
        SELECT * FROM unnest(:line_ids, :warehouse_ids) AS line (id, served_from)
    ), held AS (
        SELECT claims.order_line_id, variant_id, warehouse_id, quantity, served_from FROM claims
        JOIN given ON given.id = claims.order_line_id
        WHERE claim_class = 'PREORDER' ORDER BY claims.order_line_id FOR UPDATE OF claims
    ), gone AS (
        DELETE FROM claims USING held WHERE claims.order_line_id = held.order_line_id
    ), freed AS (
        SELECT variant_id, warehouse_id, sum(quantity) AS quantity,
            coalesce(sum(quantity) FILTER (WHERE served_from = warehouse_id), 0) AS came
        FROM held GROUP BY variant_id, warehouse_id
    ), locked AS (
        SELECT freed.* FROM stock_items AS item
        JOIN freed ON freed.variant_id = item.variant_id AND freed.warehouse_id = item.warehouse_id
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    )
    UPDATE stock_items AS item SET
        preorder = item.preorder - locked.quantity, preorder_limit = item.preorder_limit - locked.came
    FROM locked
    WHERE item.variant_id = locked.variant_id AND item.warehouse_id = locked.warehouse_id
""")


@dataclass(frozen=True, slots=True)
class Room:
    """How much more of each may be promised where; what has no limit anywhere has room without end."""

    left: Mapping[Key, Quantity]
    limited: frozenset[UUID]
    known: frozenset[Key]

    def of(self, variant_id: UUID, warehouse_id: UUID) -> Quantity | None:
        """Say how much more may be promised; None is without end."""
        if variant_id not in self.limited:
            return None
        return max(self.left.get((variant_id, warehouse_id), NOTHING), NOTHING)


async def promise_preorders(work: Work, requests: Sequence[PreorderRequest]) -> dict[UUID, ShortLine | None]:
    """Promise orders what is not there yet, one after the other, each whole or not at all.

    Says for each what there is too little room for; nothing that is short takes nothing.
    """
    variants = sorted({line.variant_id for each in requests for line in each.lines})
    room = await _room(work, variants, sorted({place for each in requests for place in each.warehouses}))
    left, outcomes = dict(room.left), dict[UUID, ShortLine | None]()
    taken = list[tuple[UUID, UUID, WantedLine]]()
    for request in requests:
        now = Room(left, room.limited, room.known)
        place = next((each for each in request.warehouses if _fits(now, each, request.lines)), None)
        outcomes[request.order_id] = None if place else _short(now, request)
        if place is None:
            continue
        for line in request.lines:
            key = (line.variant_id, place)
            left[key] = left.get(key, NOTHING) - line.quantity
            taken.append((request.order_id, place, line))
    await _write(work, taken, room)
    return outcomes


def _fits(room: Room, warehouse_id: UUID, lines: Sequence[WantedLine]) -> bool:
    wanted = dict[UUID, Quantity]()
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, NOTHING) + line.quantity
    rooms = {variant: room.of(variant, warehouse_id) for variant in wanted}
    return all(there is None or wanted[variant] <= there for variant, there in rooms.items())


def _short(room: Room, request: PreorderRequest) -> ShortLine:
    """Name the line with the least room for it, where there is most of it."""
    shorts = []
    for line in request.lines:
        found = [room.of(line.variant_id, each) for each in request.warehouses]
        most = max((each for each in found if each is not None), default=NOTHING)
        if None not in found:
            shorts.append(ShortLine(line.order_line_id, line.variant_id, line.quantity, most))
    return min(shorts, key=lambda each: each.available - each.wanted)


async def _room(work: Work, variants: Sequence[UUID], warehouses: Sequence[UUID]) -> Room:
    rows = await work.rows(ROOM, {"variant_ids": variants, "warehouse_ids": warehouses})
    day, items = today(work.now), [row for row in rows if row.warehouse_id is not None]
    return Room(
        left={(row.variant_id, row.warehouse_id): _left(row, day) for row in items},
        limited=frozenset(row.variant_id for row in rows if row.preorder_limit is not None),
        known=frozenset((row.variant_id, row.warehouse_id) for row in items),
    )


def _left(row: Any, day: date) -> Quantity:
    """Say how much of what is expected is promised to nobody; what is overdue is expected no more."""
    overdue = row.expected_on is not None and row.expected_on < day
    return NOTHING if row.preorder_limit is None or overdue else Quantity(row.preorder_limit - row.preorder)


async def _write(work: Work, taken: Sequence[tuple[UUID, UUID, WantedLine]], room: Room) -> None:
    if not taken:
        return
    keys = sorted({(line.variant_id, place) for _, place, line in taken} - room.known)
    if keys:
        await work.execute(MAKE, _columns(keys) | {"ids": [identifier() for _ in keys]})
    given = _columns([(line.variant_id, place) for _, place, line in taken])
    given |= {
        "line_ids": [line.order_line_id for _, _, line in taken],
        "order_ids": [order_id for order_id, _, _ in taken],
        "quantities": [line.quantity.value for _, _, line in taken],
        "now": work.now,
    }
    await work.execute(PROMISE, given)
    touch(work, {line.variant_id for _, _, line in taken})


def _columns(keys: Sequence[Key]) -> dict[str, object]:
    return {"variant_ids": [key[0] for key in keys], "warehouse_ids": [key[1] for key in keys]}


async def serve(work: Work, served: Sequence[tuple[Promised, UUID]]) -> None:
    """End what was promised before it was there, of lines that are served now from these warehouses."""
    if served:
        columns = {"line_ids": [each.order_line_id for each, _ in served], "warehouse_ids": [at for _, at in served]}
        await work.execute(SERVE, columns)


@action
async def set_preorder_limit(
    work: Work, variant_id: UUID, warehouse_id: WarehouseId, limit: Quantity | None, expected_on: date | None = None
) -> StockItem:
    """Say how much of a variant may be promised before it is there, and when it is expected; null is no limit.

    What preorders are served with is taken off it. Once a variant has a limit somewhere, it is promised nowhere else.
    """
    await open_place(work, warehouse_id)
    await variant_must_exist(work, variant_id)
    if expected_on is not None and (limit is None or expected_on < today(work.now)):
        problem = "needs a limit" if limit is None else f"must not be before {today(work.now)}, not {expected_on}"
        raise BadInput(field="expectedOn", problem=problem).at("input", "expectedOn")
    item = await item_to_change(work, variant_id, warehouse_id)
    if limit is not None and limit < item.preorder:
        problem = f"must not be less than the {item.preorder} that are promised already, not {limit}"
        raise BadInput(field="limit", problem=problem).at("input", "limit")
    item.preorder_limit, item.expected_on = limit, expected_on
    touch(work, {variant_id})
    return item
