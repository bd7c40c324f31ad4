"""What can be asked about costs (成本查询)."""

from typing import Any

import strawberry

from domain import inventory
from schema.base import Info, query
from schema.filters import limited
from schema.inventory.costs import CostChange, CostRule, CostScoping
from schema.inventory.types import SEE_COST
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.type
class CostQuery:
    """Root fields."""

    @query(list[CostRule], "How these variants are costed; those without a rule are left out.", needs=SEE_COST)
    async def cost_rules(self, info: Info, variant_ids: list[strawberry.ID]) -> Any:
        keys = [key for each in limited(variant_ids, "variantIds") if (key := key_of("Variant", each))]
        found = await inventory.cost_rules_of(info.context.read, keys)
        return [found[key] for key in dict.fromkeys(keys) if key in found]

    @query(
        CostScoping | None,
        "Over what costs are averaged; null while nothing was chosen: each warehouse by itself.",
        needs=SEE_COST,
    )
    async def cost_scoping(self, info: Info) -> Any:
        return await inventory.cost_scoping(info.context.read)

    @query(Connection[CostChange], "The papers that changed what stock is worth, the last first.", needs=SEE_COST)
    async def cost_changes(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await inventory.cost_changes(info.context.read, page_request(first, after, last, before))
