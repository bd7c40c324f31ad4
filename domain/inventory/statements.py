"""Statements over whole sets (批量语句): the lines of a document arrive as arrays and are worked on as one table."""

import re
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, Numeric, String, TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.inventory.models import StockItem

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
    "to_order_ids": UUIDS,
    "to_line_ids": UUIDS,
    "quantities": QUANTITIES,
    "amounts": QUANTITIES,
    "promised": QUANTITIES,
    "blocked": QUANTITIES,
    "ids": UUIDS,
    "kinds": TEXTS,
    "lines": WHOLE_NUMBERS,
    "legs": WHOLE_NUMBERS,
    "order_id": Uuid(),
    "warehouse_id": Uuid(),
    "document_id": Uuid(),
    "history_max": Integer(),
    "claim_class": String(),
    "reason": String(),
    "document_type": String(),
    "actor_name": String(),
    "now": DateTime(timezone=True),
}

FREE: ColumnElement[Any] = (
    StockItem.on_hand - StockItem.unpaid - StockItem.to_review - StockItem.to_ship - StockItem.blocked
)
"""What of a stock item may be sold and is promised to nobody (可用)."""

FREE_OF_ITEM = str(FREE).replace("stock_items.", "item.")
"""The same in statements that are written as text and call the stock item `item`."""


def statement(sql: str) -> TextClause:
    """Prepare a statement whose parameters are named, and so typed, as in `TYPES`."""
    names = set(re.findall(r"(?<!:):([a-z_]+)", sql))
    return text(sql).bindparams(*(bindparam(name, type_=TYPES[name]) for name in names))
