"""Why a cost is what it is (成本溯源): what changed the average of a variant in a warehouse, the last first.

What leaves at the average changes none and is left out; a correction of what it cost does, and names its paper. The
sums before each row are made over all movements of the variant there: its trail costs as much as it ever moved.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from domain import inventory
from domain.kernel import Ordering, Page, PageRequest, Quantity, Read, page, visible
from domain.reporting.card import MOVED, CardLine, card_columns, with_variant


@dataclass(frozen=True, kw_only=True)
class TrailOf:
    """Whose cost, and as of which moment: what took effect later is not asked about."""

    variant_id: UUID
    warehouse_id: UUID
    as_of: datetime | None = None


async def cost_trail(read: Read, trail: TrailOf, request: PageRequest) -> Page:
    """Read one page of what changed an average, the last first."""
    statement, ordering = cost_trail_of(read, trail)
    found = await page(read, statement, ordering, request)
    return dataclasses.replace(found, rows=[_line(row) for row in found.rows])


def cost_trail_of(read: Read, trail: TrailOf) -> tuple[Select[Any], Ordering]:
    """Build the whole trail and its order."""
    until: dict[str, Any] = {"order_by": (MOVED.effective_at, MOVED.position)}
    moved = with_variant(
        select(
            *card_columns(),
            func.sum(MOVED.quantity, type_=MOVED.quantity.type).over(**until).label("there_after"),
            func.sum(MOVED.cost_amount, type_=MOVED.cost_amount.type).over(**until).label("worth_after"),
        )
    ).where(MOVED.variant_id == trail.variant_id, MOVED.warehouse_id == trail.warehouse_id, inventory.crosses(MOVED))
    if trail.as_of is not None:
        moved = moved.where(MOVED.effective_at <= trail.as_of)
    rows = visible(moved, read.actor, warehouse=MOVED.warehouse_id).subquery("moved").c
    changed = or_(
        rows.quantity >= Quantity(0),
        rows.kind == inventory.MovementKind.SUPPLIER_RETURN,
        rows.reverses_id.is_not(None),
        rows.carries_id.is_not(None),
    )
    ordering = Ordering(
        name="cost-trail",
        columns=(rows.effective_at, rows.position),
        keys=("effective_at", "position"),
        parsers=(datetime.fromisoformat, int),
        descending=True,
    )
    return select(*rows).where(changed), ordering


def _line(row: Any) -> CardLine:
    after = inventory.Worth(row.there_after, row.worth_after)
    return CardLine(row, after.after_issue(row.quantity, row.cost_amount), after)
