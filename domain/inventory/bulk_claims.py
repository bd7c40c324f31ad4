"""Claims of many orders at once (批量占用): one order after the other, each whole or not at all, in two statements.

Where each has one warehouse to come from and there is enough for all of them, one statement is enough, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.inventory import preordering
from domain.inventory.averages import NOTHING
from domain.inventory.buckets import deal, gather, hold
from domain.inventory.choosing import Choice, ShortLine, WantedLine, choose_warehouse
from domain.inventory.events import StockRanShort, told, told_with
from domain.inventory.models import ClaimClass, WarehouseId
from domain.inventory.preordering import Promised
from domain.inventory.statements import SELLABLE_OF_ITEM, statement
from domain.kernel import STORED_FACTS, Quantity, Work

Key = tuple[UUID, UUID]
Taken = tuple[UUID, WarehouseId, WantedLine]


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What one order of many wants, and from where, the first choice first; some of it was promised before."""

    order_id: UUID
    warehouses: Sequence[UUID]
    lines: Sequence[WantedLine]
    promised: Sequence[Promised] = ()


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """Where an order of many got its stock, or which lines are short; then it claimed nothing."""

    warehouse_id: WarehouseId | None
    short: tuple[ShortLine, ...]
    scores: tuple[tuple[UUID, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What is free in a stock item, or of a split one in one of its buckets; both are held."""

    free: Quantity
    bucket: int | None


# Of a split variant one bucket is held that has room for all of them; without one it is told with nothing free, and so
# is what was split while this waited for it.
LOOK_AND_LOCK = statement(f"""
    WITH wanted AS (
        SELECT variant_id, quantity FROM unnest(:variant_ids, :quantities) AS line (variant_id, quantity)
    ), place AS (
        SELECT id FROM warehouses WHERE id = ANY (:warehouse_ids) AND active AND sellable
    ), seen AS MATERIALIZED (
        SELECT item.variant_id, item.warehouse_id, item.buckets, wanted.quantity
        FROM stock_items AS item JOIN wanted ON wanted.variant_id = item.variant_id
        WHERE item.warehouse_id IN (SELECT id FROM place) ORDER BY item.variant_id, item.warehouse_id
    ), locked AS (
        SELECT item.variant_id, item.warehouse_id, {SELLABLE_OF_ITEM} + (:in_turn)::int * item.preorder AS free
        FROM stock_items AS item
        WHERE item.variant_id = ANY (:variant_ids) AND item.warehouse_id IN (SELECT id FROM place) AND item.buckets = 0
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    ), drawn AS (
        SELECT seen.variant_id, seen.warehouse_id, bucket.room, bucket.number
        FROM seen JOIN LATERAL (
            SELECT room, number FROM stock_buckets
            WHERE variant_id = seen.variant_id AND warehouse_id = seen.warehouse_id AND claim_class = :claim_class
              AND room >= seen.quantity AND (SELECT count(*) FROM locked) >= 0
            ORDER BY random() LIMIT 1 FOR NO KEY UPDATE
        ) AS bucket ON true
        WHERE seen.buckets > 0
    )
    SELECT variant_id, warehouse_id, coalesce(locked.free, drawn.room) AS free, drawn.number AS bucket
    FROM seen LEFT JOIN locked USING (variant_id, warehouse_id) LEFT JOIN drawn USING (variant_id, warehouse_id)
""")  # noqa: S608 — The formula is ours.

# Whoever finds no bucket with room lets go of what was locked on the way: what follows is locked in another order.
BEFORE = text("SAVEPOINT before_claims")
LET_GO = text("ROLLBACK TO SAVEPOINT before_claims")

# What is short at a glance is not locked at all, as what follows a failure locks in another order, too.
CLAIM_AT_ONCE = statement(f"""
    WITH line AS (
        SELECT * FROM unnest(:line_ids, :order_ids, :variant_ids, :warehouse_ids, :quantities)
            AS line (id, order_id, variant_id, warehouse_id, quantity)
    ), wanted AS MATERIALIZED (
        SELECT variant_id, warehouse_id, sum(quantity) AS quantity FROM line
        GROUP BY variant_id, warehouse_id ORDER BY variant_id, warehouse_id
    ), place AS (
        SELECT id FROM warehouses WHERE id = ANY (:warehouse_ids) AND active AND sellable
    ), possible AS (
        SELECT NOT EXISTS (
            SELECT FROM wanted WHERE NOT EXISTS (
                SELECT FROM stock_items AS item
                WHERE item.variant_id = wanted.variant_id AND item.warehouse_id = wanted.warehouse_id
                  AND (item.buckets > 0 OR {SELLABLE_OF_ITEM} >= wanted.quantity)
            )
        ) AS there
    ), locked AS (
        SELECT item.variant_id, item.warehouse_id, wanted.quantity, {SELLABLE_OF_ITEM} AS free
        FROM stock_items AS item
        JOIN wanted ON wanted.variant_id = item.variant_id AND wanted.warehouse_id = item.warehouse_id
        WHERE item.buckets = 0 AND item.warehouse_id IN (SELECT id FROM place) AND (SELECT there FROM possible)
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    ), drawn AS (
        SELECT wanted.variant_id, wanted.warehouse_id, wanted.quantity, bucket.number
        FROM wanted CROSS JOIN LATERAL (
            SELECT number FROM stock_buckets
            WHERE variant_id = wanted.variant_id AND warehouse_id = wanted.warehouse_id AND claim_class = :claim_class
              AND room >= wanted.quantity AND (SELECT count(*) FROM locked) >= 0
            ORDER BY random() LIMIT 1 FOR NO KEY UPDATE
        ) AS bucket
        WHERE wanted.warehouse_id IN (SELECT id FROM place) AND (SELECT there FROM possible)
    ), enough AS (
        SELECT (SELECT count(*) FROM locked WHERE free >= quantity) + (SELECT count(*) FROM drawn)
            = (SELECT count(*) FROM wanted) AS there
    ), taken AS (
        UPDATE stock_items AS item SET
            unpaid = item.unpaid + locked.quantity * (:claim_class = 'UNPAID')::int,
            to_review = item.to_review + locked.quantity * (:claim_class = 'TO_REVIEW')::int,
            to_ship = item.to_ship + locked.quantity * (:claim_class = 'TO_SHIP')::int
        FROM locked
        WHERE item.variant_id = locked.variant_id AND item.warehouse_id = locked.warehouse_id
          AND (SELECT there FROM enough)
    ), taken_from_buckets AS (
        UPDATE stock_buckets AS bucket SET room = bucket.room - drawn.quantity FROM drawn
        WHERE bucket.variant_id = drawn.variant_id AND bucket.warehouse_id = drawn.warehouse_id
          AND bucket.claim_class = :claim_class AND bucket.number = drawn.number AND (SELECT there FROM enough)
    ), told AS (
        {STORED_FACTS} WHERE (SELECT there FROM enough)
    )
    INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
    SELECT id, order_id, variant_id, warehouse_id, :claim_class, quantity, :now FROM line
    WHERE (SELECT there FROM enough)
""")  # noqa: S608 — The formula is ours.

LOOSE_NOW = statement(f"""
    SELECT item.variant_id, item.warehouse_id, {SELLABLE_OF_ITEM} + (:in_turn)::int * item.preorder AS free,
        NULL::int AS bucket
    FROM stock_items AS item
    JOIN unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
      ON key.variant_id = item.variant_id AND key.warehouse_id = item.warehouse_id
""")  # noqa: S608 — As above.

CLAIM_MANY = statement(f"""
    WITH line AS (
        SELECT * FROM unnest(:line_ids, :order_ids, :variant_ids, :warehouse_ids, :quantities, :numbers)
            AS line (id, order_id, variant_id, warehouse_id, quantity, number)
    ), made AS (
        INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
        SELECT id, order_id, variant_id, warehouse_id, :claim_class, quantity, :now FROM line
    ), taken AS (
        SELECT variant_id, warehouse_id, number, sum(quantity) AS quantity FROM line GROUP BY 1, 2, 3
    ), taken_from_buckets AS (
        UPDATE stock_buckets AS bucket SET room = bucket.room - taken.quantity FROM taken
        WHERE bucket.variant_id = taken.variant_id AND bucket.warehouse_id = taken.warehouse_id
          AND bucket.claim_class = :claim_class AND bucket.number = taken.number
    ), told AS ({STORED_FACTS})
    UPDATE stock_items AS item SET
        unpaid = item.unpaid + taken.quantity * (:claim_class = 'UNPAID')::int,
        to_review = item.to_review + taken.quantity * (:claim_class = 'TO_REVIEW')::int,
        to_ship = item.to_ship + taken.quantity * (:claim_class = 'TO_SHIP')::int
    FROM taken
    WHERE item.variant_id = taken.variant_id AND item.warehouse_id = taken.warehouse_id AND taken.number IS NULL
""")  # noqa: S608 — As above.


async def claim_in_bulk(
    work: Work, requests: Sequence[ClaimRequest], claim_class: ClaimClass, *, in_turn: bool = False
) -> dict[UUID, ClaimOutcome]:
    """Promise stock to many orders, one after the other, in two statements; records what ran short.

    What is there goes to preorders before it goes to these orders, unless they waited and it is their turn.
    """
    at_once = [] if in_turn else _of_one_warehouse_each(requests)
    if at_once and await _take_at_once(work, at_once, claim_class):
        return {order: ClaimOutcome(place, (), ((place, Decimal(0)),)) for order, place, _ in at_once}
    sources, gathered = await _look(work, requests, claim_class, in_turn=in_turn)
    free = {key: source.free for key, source in sources.items()}
    outcomes, taken = dict[UUID, ClaimOutcome](), list[Taken]()
    for request in requests:
        choice = choose_warehouse(free, request.warehouses, request.lines)
        chosen = None if choice.short else choice.warehouse_id
        outcomes[request.order_id] = ClaimOutcome(chosen, choice.short, choice.scores)
        if choice.short or choice.warehouse_id is None:
            work.record(*(_ran_short(request.order_id, choice, each) for each in choice.short))
            continue
        for line in request.lines:
            key = (line.variant_id, choice.warehouse_id)
            free[key] = free[key] - line.quantity
            taken.append((request.order_id, choice.warehouse_id, line))
    await preordering.serve(work, _served(requests, outcomes))
    await _take_many(work, taken, sources, claim_class)
    for warehouse_id in sorted({warehouse for _, warehouse in gathered}):
        await deal(work, sorted({variant for variant, _ in gathered}), warehouse_id, claim_class)
    return outcomes


async def _look(
    work: Work, requests: Sequence[ClaimRequest], claim_class: ClaimClass, *, in_turn: bool
) -> tuple[dict[Key, Source], list[Key]]:
    """Hold what these orders want, and say what is free of it, and which split items had to be gathered."""
    wanted = dict[UUID, Quantity]()
    for line in (line for each in requests for line in each.lines):
        wanted[line.variant_id] = wanted.get(line.variant_id, NOTHING) + line.quantity
    variants = sorted(wanted)
    warehouses = sorted({warehouse for each in requests for warehouse in each.warehouses})
    given = {
        "variant_ids": variants,
        "quantities": [wanted[each].value for each in variants],
        "warehouse_ids": warehouses,
        "claim_class": claim_class.value,
        "in_turn": in_turn,
    }
    await work.execute(BEFORE)
    rows = await work.rows(LOOK_AND_LOCK, given)
    gathered = sorted((row.variant_id, row.warehouse_id) for row in rows)
    if all(row.free is not None for row in rows):
        gathered = []
    else:
        rows = await _gather(work, gathered, in_turn=in_turn)
    own = {} if in_turn else _promised_to(requests)
    return {(row.variant_id, row.warehouse_id): _source(row, own) for row in rows}, gathered


async def _gather(work: Work, keys: list[Key], *, in_turn: bool) -> list[Any]:
    """Put split items without a bucket with room together; who does so holds nothing else, so that two never cross."""
    await work.execute(LET_GO)
    await hold(work, [variant for variant, _ in keys], [warehouse for _, warehouse in keys])
    await gather(work, keys)
    columns = {"variant_ids": [key[0] for key in keys], "warehouse_ids": [key[1] for key in keys]}
    return await work.rows(LOOSE_NOW, {**columns, "in_turn": in_turn})


def _source(row: Any, own: Mapping[Key, Quantity]) -> Source:
    """Say what is free to these orders; what is promised to themselves before it was there is free to them."""
    free = Quantity(row.free)
    if row.bucket is None:
        free += own.get((row.variant_id, row.warehouse_id), NOTHING)
    return Source(max(free, NOTHING), row.bucket)


def _promised_to(requests: Sequence[ClaimRequest]) -> dict[Key, Quantity]:
    own = dict[Key, Quantity]()
    for each in (each for request in requests for each in request.promised):
        key = (each.variant_id, each.warehouse_id)
        own[key] = own.get(key, NOTHING) + each.quantity
    return own


def _served(requests: Sequence[ClaimRequest], outcomes: Mapping[UUID, ClaimOutcome]) -> list[tuple[Promised, UUID]]:
    """List what was promised of orders that are served now, and from where."""
    return [
        (each, warehouse_id)
        for request in requests
        if request.promised and (warehouse_id := outcomes[request.order_id].warehouse_id) is not None
        for each in request.promised
    ]


def _ran_short(order_id: UUID, choice: Choice, line: ShortLine) -> StockRanShort:
    return StockRanShort(
        variant_id=line.variant_id,
        order_id=order_id,
        warehouse_id=choice.warehouse_id,
        wanted=line.wanted,
        available=line.available,
    )


def _of_one_warehouse_each(requests: Sequence[ClaimRequest]) -> list[Taken]:
    """List the lines of new orders that each have one warehouse to come from; nothing if any has more, or none."""
    if any(len(each.warehouses) != 1 or not each.lines or each.promised for each in requests):
        return []
    return [(each.order_id, WarehouseId(each.warehouses[0]), line) for each in requests for line in each.lines]


def _given(work: Work, taken: Sequence[Taken], claim_class: ClaimClass) -> dict[str, object]:
    return {
        "line_ids": [line.order_line_id for _, _, line in taken],
        "order_ids": [order_id for order_id, _, _ in taken],
        "variant_ids": [line.variant_id for _, _, line in taken],
        "warehouse_ids": [warehouse_id for _, warehouse_id, _ in taken],
        "quantities": [line.quantity.value for _, _, line in taken],
        "claim_class": claim_class.value,
        "now": work.now,
        "facts": told_with(work, {line.variant_id for _, _, line in taken}),
    }


async def _take_at_once(work: Work, taken: Sequence[Taken], claim_class: ClaimClass) -> bool:
    """Take all of it if there is enough, or nothing."""
    if not await work.change(CLAIM_AT_ONCE, _given(work, taken, claim_class)):
        return False
    told(work, {line.variant_id for _, _, line in taken})
    return True


async def _take_many(work: Work, taken: Sequence[Taken], sources: dict[Key, Source], claim_class: ClaimClass) -> None:
    if not taken:
        return
    numbers = [sources[line.variant_id, warehouse_id].bucket for _, warehouse_id, line in taken]
    await work.execute(CLAIM_MANY, _given(work, taken, claim_class) | {"numbers": numbers})
    told(work, {line.variant_id for _, _, line in taken})
