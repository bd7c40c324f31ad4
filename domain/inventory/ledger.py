"""The stock ledger (库存流水): the only way stock changes. A document is posted whole, in a fixed number of statements.

The stock items of a document are locked in sorted order first. They guard the balances and the cost of their key, so
what is read after the lock may be computed here and written back as it then stands. Where the company is one cost scope
the costs that all warehouses share are locked before the items, also in sorted order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.inventory.averages import Worth
from domain.inventory.bin_rules import check_bins
from domain.inventory.books import Books
from domain.inventory.buckets import gather
from domain.inventory.events import touch
from domain.inventory.items import Item
from domain.inventory.lots import NOT_PUT_AWAY, LotStock, today
from domain.inventory.models import COMPANY, IN_TRANSIT, LotId
from domain.inventory.postings import Key, Moved, Posting, Slot
from domain.inventory.statements import COMPANY_FIRST, COMPANY_HELD, COMPANY_WIDE, UNSOLD, statement
from domain.kernel import Money, Quantity, UnitPrice, Work, identifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Where movements come from: a receipt, an adjustment, a shipment."""

    type: str
    id: UUID
    reason: str | None = None


async def post(work: Work, document: Document, postings: Sequence[Posting]) -> list[Moved]:
    """Post all lines of a document, or refuse it whole; returns its movements in the order of the lines."""
    books = await open_books(work, {(each.variant_id, each.warehouse_id) for each in postings})
    moved = [movement for posting in postings for movement in books.post(posting)]
    await write(work, document, books, moved)
    return moved


LOCK = statement(f"""
    {COMPANY_FIRST}
    SELECT item.variant_id, item.warehouse_id, item.on_hand, item.unpaid, item.to_review, item.to_ship,
        item.held, item.in_transit, warehouses.valued, item.buckets, {COMPANY_WIDE} AS company_wide
    FROM stock_items AS item
    JOIN unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
      ON key.variant_id = item.variant_id AND key.warehouse_id = item.warehouse_id
    JOIN warehouses ON warehouses.id = item.warehouse_id
    WHERE {COMPANY_HELD}
    ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
""")  # noqa: S608 — The formula is ours.

# Somebody else may have made the row since we looked: then it is locked and told as it is.
# How the variant is costed is held meanwhile: whoever changes that locks all items there are, and no others.
MAKE = statement(f"""
    WITH costed AS MATERIALIZED (
        SELECT id FROM variants WHERE id = ANY (:variant_ids) ORDER BY id FOR KEY SHARE
    )
    INSERT INTO stock_items AS item (id, variant_id, warehouse_id, on_hand, unpaid, to_review, to_ship, preorder)
    SELECT key.id, key.variant_id, key.warehouse_id, 0, 0, 0, 0, 0
    FROM unnest(:ids, :variant_ids, :warehouse_ids) AS key (id, variant_id, warehouse_id)
    JOIN costed ON costed.id = key.variant_id
    ON CONFLICT (variant_id, warehouse_id) DO UPDATE SET on_hand = item.on_hand
    RETURNING variant_id, warehouse_id, on_hand, unpaid, to_review, to_ship, held, in_transit,
        (SELECT valued FROM warehouses WHERE warehouses.id = item.warehouse_id) AS valued, item.buckets,
        {COMPANY_WIDE} AS company_wide
""")  # noqa: S608 — The formula is ours.

# What was there is locked by now, with the items; the first of a variant makes it.
HOLD_COMPANY = statement(f"""
    INSERT INTO stock_costs AS cost (variant_id, scope_id, quantity, value)
    SELECT DISTINCT variant_id, CAST('{COMPANY}' AS uuid), 0, 0 FROM unnest(:variant_ids) AS key (variant_id)
    ORDER BY variant_id
    ON CONFLICT (variant_id, scope_id) DO UPDATE SET quantity = cost.quantity
""")  # noqa: S608 — As above.

# The rows without a warehouse are the blocked lots: goods may come into one that is not there yet.
BALANCES = statement(f"""
    SELECT balance.variant_id, balance.warehouse_id, balance.lot_id, balance.bin_id, balance.on_hand,
        lots.expires_on, lots.sold_until, {UNSOLD} AS blocked, lots.status <> 'GOOD' AS frozen,
        zones.walking_order AS zone_order, bins.walking_order AS bin_order, coalesce(bins.staging, false) AS staged
    FROM stock_balances AS balance
    JOIN unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
      ON key.variant_id = balance.variant_id AND key.warehouse_id = balance.warehouse_id
    LEFT JOIN lots ON lots.id = balance.lot_id
    LEFT JOIN bins ON bins.id = balance.bin_id
    LEFT JOIN zones ON zones.id = bins.zone_id
    WHERE balance.on_hand <> 0
    UNION ALL
    SELECT variant_id, NULL, id, NULL, 0, expires_on, sold_until, true, status <> 'GOOD', NULL, NULL, false FROM lots
    WHERE variant_id = ANY (:variant_ids) AND {UNSOLD}
""")  # noqa: S608 — The formula is ours.

# How a variant is costed cannot change while an item of it is locked. Here a warehouse is a cost scope.
WORTHS = statement("""
    SELECT key.variant_id, key.warehouse_id, cost.quantity, cost.value, rule.fixed_cost
    FROM unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
    LEFT JOIN stock_costs AS cost ON cost.variant_id = key.variant_id AND cost.scope_id = key.warehouse_id
    LEFT JOIN cost_rules AS rule ON rule.variant_id = key.variant_id
    WHERE cost.variant_id IS NOT NULL OR rule.fixed_cost IS NOT NULL
""")


async def open_books(work: Work, keys: Iterable[Key]) -> Books:
    """Lock the stock of these variants in these warehouses, and read what is there by lot and worth."""
    ordered = sorted(set(keys))
    items, company_wide = await _hold_items(work, ordered)
    lots: dict[Key, dict[Slot, LotStock]] = {}
    blocked = set[LotId]()
    for row in await work.rows(BALANCES, _arrays(ordered)):
        if row.warehouse_id is None:
            blocked.add(row.lot_id)
            continue
        lot = _lot(row)
        lots.setdefault((row.variant_id, row.warehouse_id), {})[row.lot_id, row.bin_id] = lot
    books = Books(
        items=items,
        lots=lots,
        worths={},
        today=today(work.now),
        blocked_lots=frozenset(blocked),
        company_wide=company_wide,
    )
    scopes = sorted({books.scope(key) for key in ordered})
    books.worths = {
        (row.variant_id, row.warehouse_id): _worth(row, items) for row in await work.rows(WORTHS, _arrays(scopes))
    }
    return books


def _lot(row: Any) -> LotStock:
    return LotStock(
        row.lot_id,
        row.expires_on,
        Quantity(row.on_hand),
        row.bin_id,
        NOT_PUT_AWAY if row.bin_id is None else (row.zone_order, row.bin_order),
        blocked=bool(row.blocked),
        staged=bool(row.staged),
        frozen=bool(row.frozen),
        sold_until=row.sold_until,
    )


async def _hold_items(work: Work, ordered: Sequence[Key]) -> tuple[dict[Key, Item], bool]:
    """Lock the items, make those that were never there, and gather what hot ones have dealt out.

    Says too whether the company is one cost scope; then its costs of these variants are locked.
    """
    rows = await work.rows(LOCK, _arrays(ordered))
    found = {(row[0], row[1]) for row in rows}
    if missing := [key for key in ordered if key not in found]:
        rows += await work.rows(MAKE, _made(missing))
    items = {(row[0], row[1]): _item(row) for row in rows}
    for row in await gather(work, [(row[0], row[1]) for row in rows if row.buckets]):
        items[row[0], row[1]].hold(*(Quantity(each) for each in row[3:6]))
    company_wide = bool(rows) and bool(rows[0].company_wide)
    if company_wide:
        await work.execute(HOLD_COMPANY, {"variant_ids": [key[0] for key in ordered]})
    return items, company_wide


def _item(row: Sequence[object]) -> Item:
    on_hand, unpaid, to_review, to_ship, held, in_transit = (Quantity(str(each)) for each in row[2:8])
    return Item(on_hand, unpaid, to_review, to_ship, held, in_transit, valued=bool(row[8]))


def _worth(row: Any, items: dict[Key, Item]) -> Worth:
    """Say what is there; a fixed cost is not that of goods on the way that are a scope, nor of goods worth nothing."""
    place = row.warehouse_id
    fits = place == COMPANY or (place != IN_TRANSIT and items[row.variant_id, place].valued)
    fixed = UnitPrice(row.fixed_cost) if fits and row.fixed_cost is not None else None
    return Worth(Quantity(row.quantity or 0), Money(row.value or 0), fixed)


def _arrays(keys: Sequence[Key]) -> dict[str, object]:
    return {"variant_ids": [key[0] for key in keys], "warehouse_ids": [key[1] for key in keys]}


def _made(keys: Sequence[Key]) -> dict[str, object]:
    return _arrays(keys) | {"ids": [identifier() for _ in keys]}


SET_ITEMS = statement("""
    UPDATE stock_items AS item SET
        on_hand = given.on_hand, to_ship = given.to_ship, blocked = given.blocked, held = given.held,
        in_transit = given.in_transit, overdrawn = given.overdrawn
    FROM unnest(:variant_ids, :warehouse_ids, :quantities, :promised, :blocked, :held, :in_transit, :overdrawn)
        AS given (variant_id, warehouse_id, on_hand, to_ship, blocked, held, in_transit, overdrawn)
    WHERE item.variant_id = given.variant_id AND item.warehouse_id = given.warehouse_id
""")

SET_BALANCES = statement("""
    INSERT INTO stock_balances AS balance (id, variant_id, warehouse_id, lot_id, bin_id, on_hand, moved_at)
    SELECT *, :now FROM unnest(:ids, :variant_ids, :warehouse_ids, :lot_ids, :bin_ids, :quantities)
    ON CONFLICT (variant_id, warehouse_id, lot_id, bin_id) DO UPDATE SET
        on_hand = excluded.on_hand, moved_at = greatest(balance.moved_at, excluded.moved_at)
""")

SET_WORTHS = statement("""
    INSERT INTO stock_costs (variant_id, scope_id, quantity, value)
    SELECT * FROM unnest(:variant_ids, :warehouse_ids, :quantities, :amounts)
    ON CONFLICT (variant_id, scope_id) DO UPDATE SET quantity = excluded.quantity, value = excluded.value
""")


# Whoever waited for the stock of another takes effect after him, also when he began before: otherwise what he took
# would be gone before it was there. Beyond a minute it is not waiting but somebody's intent, or another clock.
# Where the company is one cost scope, one waits for the stock of all its places.
APPEND = statement("""
    WITH turn AS (
        SELECT greatest(:now, max(before.effective_at)) AS effective_at
        FROM (
            SELECT * FROM unnest(:variant_ids, :warehouse_ids) AS key (variant_id, warehouse_id)
            UNION SELECT variant_id, warehouse_id FROM stock_items
            WHERE :company_wide AND variant_id = ANY (:variant_ids)
        ) AS key
        LEFT JOIN LATERAL (
            SELECT earlier.effective_at FROM stock_ledger AS earlier
            WHERE earlier.variant_id = key.variant_id AND earlier.warehouse_id = key.warehouse_id
              AND earlier.effective_at > :now AND earlier.effective_at <= :now + interval '1 minute'
            ORDER BY earlier.effective_at DESC LIMIT 1
        ) AS before ON true
    )
    INSERT INTO stock_ledger (
        id, variant_id, warehouse_id, lot_id, bin_id, counterpart_id, quantity, cost_amount, kind, document_line, leg,
        reverses_id, carries_id, adjusts_id, override_reason, reason, document_type, document_id, actor_name,
        effective_at, posted_at)
    SELECT id, variant_id, warehouse_id, lot_id, bin_id, counterpart_id, quantity, cost_amount, kind, document_line,
        leg, reverses_id, carries_id, adjusts_id, override_reason, :reason, :document_type, :document_id, :actor_name,
        coalesce(row.effective_at, (SELECT effective_at FROM turn)), :now
    FROM unnest(
        :ids, :variant_ids, :warehouse_ids, :lot_ids, :bin_ids, :counterpart_ids, :quantities, :amounts, :kinds,
        :lines, :legs, :reverses_ids, :carries_ids, :adjusts_ids, :overrides, :moments
    ) WITH ORDINALITY AS row (
        id, variant_id, warehouse_id, lot_id, bin_id, counterpart_id, quantity, cost_amount, kind, document_line, leg,
        reverses_id, carries_id, adjusts_id, override_reason, effective_at, ordinality)
    ORDER BY row.ordinality
""")


async def write(work: Work, document: Document, books: Books, moved: Sequence[Moved]) -> None:
    """Append the movements to the ledger and set balances, items and costs to what the books say."""
    await check_bins(work, moved)
    await work.execute(APPEND, _rows(work, document, moved) | {"company_wide": books.company_wide})
    keys = sorted({(each.posting.variant_id, each.posting.warehouse_id) for each in moved})
    lots = [(key, lot) for key in keys for lot in books.lots.get(key, {}).values() if lot.changed]
    await work.execute(
        SET_BALANCES,
        _arrays([key for key, _ in lots])
        | {
            "ids": [identifier() for _ in lots],
            "lot_ids": [lot.lot_id for _, lot in lots],
            "bin_ids": [lot.bin_id for _, lot in lots],
            "quantities": [lot.on_hand.value for _, lot in lots],
            "now": work.now,
        },
    )
    await work.execute(SET_ITEMS, _item_columns(books, sorted({*keys, *books.expecting})))
    scopes = sorted({books.scope(key) for key in keys})
    worths = [books.worths[scope] for scope in scopes]
    quantities, amounts = [each.quantity.value for each in worths], [each.value.value for each in worths]
    await work.execute(SET_WORTHS, _arrays(scopes) | {"quantities": quantities, "amounts": amounts})
    touch(work, {variant_id for variant_id, _ in keys})


def _item_columns(books: Books, keys: Sequence[Key]) -> dict[str, object]:
    items = [books.items[key] for key in keys]
    return _arrays(keys) | {
        "quantities": [each.on_hand.value for each in items],
        "promised": [each.to_ship.value for each in items],
        "blocked": [books.blocked(key).value for key in keys],
        "held": [each.held.value for each in items],
        "in_transit": [each.in_transit.value for each in items],
        "overdrawn": [books.overdrawn(key).value for key in keys],
    }


def _rows(work: Work, document: Document, moved: Sequence[Moved]) -> dict[str, object]:
    """Make the columns of the movements, and what all of them share."""
    postings = [each.posting for each in moved]
    return {
        "ids": [each.id for each in moved],
        "variant_ids": [each.variant_id for each in postings],
        "warehouse_ids": [each.warehouse_id for each in postings],
        "lot_ids": [each.lot_id for each in moved],
        "bin_ids": [each.bin_id for each in moved],
        "counterpart_ids": [each.other_side() for each in postings],
        "quantities": [each.quantity.value for each in moved],
        "amounts": [each.amount.value for each in moved],
        "kinds": [each.kind.value for each in postings],
        "lines": [each.line for each in postings],
        "legs": [each.leg for each in moved],
        "reverses_ids": [each.reverses_id for each in postings],
        "carries_ids": [each.carries_id for each in postings],
        "adjusts_ids": [each.adjusts_id for each in moved],
        "overrides": [each.override_reason() for each in moved],
        "moments": [each.effective_at for each in moved],
        "reason": document.reason,
        "document_type": document.type,
        "document_id": document.id,
        "actor_name": work.actor.name,
        "now": work.now,
    }
