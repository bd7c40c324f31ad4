"""Readers of what goods cost (成本查询): how each is costed, and the papers that changed what stock is worth."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.inventory.models import CostChange, CostChangeLine, CostRule
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page

CHANGES = constant(select(*CostChange.__table__.columns))
cost_changes_by_id = Reading(CHANGES, CostChange.id)
# The lines of receipts a paper priced anew, at most 500.
lines_of_cost_changes = Reading(
    select(*CostChangeLine.__table__.columns).order_by(CostChangeLine.change_id, CostChangeLine.position),
    CostChangeLine.change_id,
    many=True,
)
# How variants are costed; none: at the moving average.
cost_rules_of = Reading(select(*CostRule.__table__.columns), CostRule.variant_id)
NEWEST_FIRST = Ordering(
    name="cost-changes.made",
    columns=(CostChange.made_at, CostChange.id),
    keys=("made_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def cost_changes(read: Read, request: PageRequest) -> Page:
    """Read one page of the papers that changed what stock is worth, the last first."""
    return await page(read, CHANGES, NEWEST_FIRST, request)
