"""Choosing over what costs are averaged (成本核算范围): each warehouse by itself, or the whole company at once.

It is chosen before anything is posted: afterwards every movement has a cost that was averaged one way. Goods in places
that are not valued are worth nothing and in no average; those on the way are in the company's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from domain.inventory.cost_methods import REASON_LENGTH_MAX, WholeCompanyOnly
from domain.inventory.models import COMPANY, CostScope, CostScoping, Movement, Warehouse
from domain.kernel import Read, Reading, Refusal, Work, action, constant, short_text

SCOPINGS = constant(select(*CostScoping.__table__.columns))
cost_scopings_by_id = Reading(SCOPINGS, CostScoping.id)
# Whoever posts locks stock items first, and is waited for; whoever would begin to, waits.
KEEP_OUT = text("LOCK TABLE stock_items IN EXCLUSIVE MODE")
FIRST_POSTED = select(func.min(Movement.posted_at)).where(
    Movement.position == select(func.min(Movement.position)).scalar_subquery()
)


class CostScopeInUse(Refusal):
    """Stock was posted at costs averaged by {scope} since {since}, so that stays; choose before the first posting."""

    scope: str
    since: str
    chinese = "自 {since} 起已按 {scope} 核算库存成本，不能再更改；须在首次过账之前选择"


@action
async def set_cost_scope(work: Work, cost_scope: CostScope, reason: str) -> CostScoping:
    """Choose over what costs are averaged; only before anything was posted to stock."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    if work.actor.warehouses is not None:
        raise WholeCompanyOnly
    await work.execute(KEEP_OUT)
    chosen = await work.session.get(CostScoping, COMPANY, populate_existing=True)
    since: datetime | None = await work.session.scalar(FIRST_POSTED)
    if since is not None:
        scope = CostScope.WAREHOUSE if chosen is None else chosen.cost_scope
        raise CostScopeInUse(scope=scope.value, since=since.isoformat(timespec="seconds")).at("input", "costScope")
    if chosen is None:
        chosen = CostScoping(cost_scope=cost_scope, reason=stated, set_by=work.actor.name, set_at=work.now)
        work.session.add(chosen)
    chosen.cost_scope, chosen.reason = cost_scope, stated
    chosen.set_by, chosen.set_at = work.actor.name, work.now
    await work.session.flush()
    return chosen


async def cost_scoping(read: Read) -> Any:
    """Read what the company chose; nothing before it does, and then each warehouse is a scope."""
    return await read.one(SCOPINGS)


async def company_wide(read: Read) -> bool:
    """Say whether the whole company is one cost scope."""
    chosen = await cost_scoping(read)
    return chosen is not None and chosen.cost_scope is CostScope.COMPANY


async def in_company(read: Read, warehouse_id: Any) -> bool:
    """Say whether the cost of what is in a place is that of the company."""
    if not await company_wide(read):
        return False
    return bool(await read.value(select(Warehouse.valued).where(Warehouse.id == warehouse_id)))
