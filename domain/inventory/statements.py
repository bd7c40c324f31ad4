"""Statements over whole sets (批量语句): the lines of a document arrive as arrays and are worked on as one table."""

import re
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    TextClause,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from domain.inventory.models import COMPANY, ClaimClass, StockBucket, StockItem
from domain.kernel import Quantity

UUIDS = ARRAY(Uuid)
QUANTITIES = ARRAY(Numeric)
TEXTS = ARRAY(String)
WHOLE_NUMBERS = ARRAY(Integer)

TYPES: dict[str, Any] = {
    "order_ids": UUIDS,
    "line_ids": UUIDS,
    "variant_ids": UUIDS,
    "warehouse_ids": UUIDS,
    "lot_ids": UUIDS,
    "bin_ids": UUIDS,
    "counterpart_ids": UUIDS,
    "reverses_ids": UUIDS,
    "carries_ids": UUIDS,
    "adjusts_ids": UUIDS,
    "moments": ARRAY(DateTime(timezone=True)),
    "to_order_ids": UUIDS,
    "to_line_ids": UUIDS,
    "quantities": QUANTITIES,
    "amounts": QUANTITIES,
    "promised": QUANTITIES,
    "blocked": QUANTITIES,
    "held": QUANTITIES,
    "overdrawn": QUANTITIES,
    "overrides": TEXTS,
    "in_transit": QUANTITIES,
    "ids": UUIDS,
    "kinds": TEXTS,
    "classes": TEXTS,
    "number": String(),
    "numbers": WHOLE_NUMBERS,
    "lines": WHOLE_NUMBERS,
    "legs": WHOLE_NUMBERS,
    "order_id": Uuid(),
    "lot_id": Uuid(),
    "warehouse_id": Uuid(),
    "document_id": Uuid(),
    "history_max": Integer(),
    "claim_class": String(),
    "reason": String(),
    "document_type": String(),
    "actor_name": String(),
    "now": DateTime(timezone=True),
    "facts": String(),
    "codes": TEXTS,
    "produced": ARRAY(Date),
    "expires": ARRAY(Date),
    "today": Date(),
    "moment": DateTime(timezone=True),
    "company_wide": Boolean(),
    "in_turn": Boolean(),
}

COMPANY_WIDE = "EXISTS (SELECT FROM cost_scoping WHERE cost_scope = 'COMPANY')"
"""Whether the whole company is one cost scope."""

COMPANY_FIRST = f"""
    WITH company AS MATERIALIZED (
        SELECT variant_id FROM stock_costs
        WHERE {COMPANY_WIDE} AND scope_id = '{COMPANY}' AND variant_id = ANY (:variant_ids)
        ORDER BY variant_id FOR NO KEY UPDATE OF stock_costs
    )"""  # noqa: S608 — The names are ours.
COMPANY_HELD = "(SELECT count(*) FROM company) >= 0"
"""Locks what all warehouses share, if they do, before the statement they stand in locks anything of its own."""

UNSOLD = "(lots.status <> 'GOOD' OR lots.sale_ended)"
"""Of which lots nothing is sold: frozen, recalled, or past their last day of sale."""

LOOSE: ColumnElement[Any] = (
    StockItem.on_hand - StockItem.unpaid - StockItem.to_review - StockItem.to_ship - StockItem.blocked - StockItem.held
)
"""What of a stock item may be promised by whoever holds its row: what is free, without the room in its buckets."""

ROOM: ColumnElement[Any] = (
    select(func.coalesce(func.sum(StockBucket.room), literal_column("0")))
    .where(StockBucket.variant_id == StockItem.variant_id, StockBucket.warehouse_id == StockItem.warehouse_id)
    .correlate(StockItem)
    .scalar_subquery()
)
FREE: ColumnElement[Any] = LOOSE + ROOM
"""What of a stock item may be sold and is promised to nobody (可用)."""

SELLABLE: ColumnElement[Any] = FREE - StockItem.preorder
"""What of it may be promised to one more buyer: preorders were first. Less than nothing if more is promised so."""

LOOSE_OF_ITEM = str(LOOSE).replace("stock_items.", "item.")
SELLABLE_OF_ITEM = f"({LOOSE_OF_ITEM} - item.preorder)"
"""What of a stock item itself, without its buckets, may be promised to one more buyer."""
FREE_OF_ITEM = f"""({LOOSE_OF_ITEM} + coalesce((
    SELECT sum(room) FROM stock_buckets AS bucket
    WHERE bucket.variant_id = item.variant_id AND bucket.warehouse_id = item.warehouse_id), 0))"""  # noqa: S608
"""The same in statements that are written as text and call the stock item `item`."""


def claimed(column: InstrumentedAttribute[Quantity], claim_class: ClaimClass) -> ColumnElement[Any]:
    """Say what is really claimed in a class: what stands in the item, without the room that is still in its buckets."""
    room = (
        select(func.coalesce(func.sum(StockBucket.room), literal_column("0")))
        .where(StockBucket.variant_id == StockItem.variant_id, StockBucket.warehouse_id == StockItem.warehouse_id)
        .where(StockBucket.claim_class == claim_class.value)
        .correlate(StockItem)
        .scalar_subquery()
    )
    return column.expression - room


def statement(sql: str) -> TextClause:
    """Prepare a statement whose parameters are named, and so typed, as in `TYPES`."""
    names = set(re.findall(r"(?<!:):([a-z_]+)", sql))
    return text(sql).bindparams(*(bindparam(name, type_=TYPES[name]) for name in names))
