"""Why a cost is what it is (成本溯源): what changed the average of a variant in a warehouse, the last first.

What leaves at the average changes none and is left out; a correction of what it cost does, and names its paper. The
sums before each row are made over all movements of the variant there: its trail costs as much as it ever moved. Where
the company is one cost scope it is the company's average and trail; what goes from place to place changes none.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

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
    whole = await inventory.in_company(read, trail.warehouse_id)
    statement, ordering = cost_trail_of(read, trail, whole=whole)
    found = await page(read, statement, ordering, request)
    return dataclasses.replace(found, rows=[_line(row) for row in found.rows])


def cost_trail_of(read: Read, trail: TrailOf, *, whole: bool) -> tuple[Select[Any], Ordering]:
    """Build the whole trail and its order; `whole` says that the cost is the company's."""
    until: dict[str, Any] = {"order_by": (MOVED.effective_at, MOVED.position)}
    moved = with_variant(
        select(
            *card_columns(),
            func.sum(MOVED.quantity, type_=MOVED.quantity.type).over(**until).label("there_after"),
            func.sum(MOVED.cost_amount, type_=MOVED.cost_amount.type).over(**until).label("worth_after"),
        )
    ).where(MOVED.variant_id == trail.variant_id, inventory.crosses(MOVED), _in_scope(trail, whole))
    if trail.as_of is not None:
        moved = moved.where(MOVED.effective_at <= trail.as_of)
    rows = moved.subquery("moved").c
    changed = or_(
        rows.quantity >= Quantity(0),
        rows.kind == inventory.MovementKind.SUPPLIER_RETURN,
        rows.reverses_id.is_not(None),
        rows.carries_id.is_not(None),
    )
    if whole:
        transfers = (inventory.MovementKind.TRANSFER_OUT, inventory.MovementKind.TRANSFER_IN)
        changed = and_(changed, not_(rows.kind.in_(transfers) & rows.counterpart_id.in_(inventory.VALUED_PLACES)))
    ordering = Ordering(
        name="cost-trail",
        columns=(rows.effective_at, rows.position),
        keys=("effective_at", "position"),
        parsers=(datetime.fromisoformat, int),
        descending=True,
    )
    # The sums are over all of the scope, whatever of it the actor may see.
    return visible(select(*rows).where(changed), read.actor, warehouse=rows.warehouse_id), ordering


def _in_scope(trail: TrailOf, whole: bool) -> ColumnElement[bool]:
    here: ColumnElement[bool] = MOVED.warehouse_id == trail.warehouse_id
    return MOVED.warehouse_id.in_(inventory.VALUED_PLACES) if whole else here


def _line(row: Any) -> CardLine:
    after = inventory.Worth(row.there_after, row.worth_after)
    before = after.after_issue(row.quantity, row.cost_amount)
    return CardLine(row, before, after, before, after)
