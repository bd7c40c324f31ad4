"""What goods cost (成本) as clients see it: how each variant is costed, and what changed the worth of stock."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, inventory
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.inventory.documents import StockDocument
from schema.inventory.types import COMPANY_CURRENCY, SEE_COST, VIEW
from schema.measures import Money, money
from schema.scalars import QuantityValue

CostMethod = catalogue.CostMethod
CostChangeKind = inventory.CostChangeKind
CostScope = inventory.CostScope


@strawberry.type(description="A line of a receipt that was priced anew (发票价差); all amounts are costs.")
class CostChangeLine:
    """What was still there of it took its part of the difference, the rest is a variance."""

    position: int = strawberry.field(description="Its number on the paper, from 1.")
    document_line: int = strawberry.field(description="The line of the receipt.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    quantity: QuantityValue = strawberry.field(description="How much was received.")
    still_there: QuantityValue = strawberry.field(description="How much of it was still there.")

    @strawberry.field(description="What one cost before.", graphql_type=Money)
    def unit_cost_before(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.unit_cost_before, COMPANY_CURRENCY)

    @strawberry.field(description="What one costs.", graphql_type=Money)
    def unit_cost(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.unit_cost, COMPANY_CURRENCY)

    @strawberry.field(description="How much more, or negative less, all of it costs.", graphql_type=Money)
    def difference(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.difference, COMPANY_CURRENCY)

    @strawberry.field(
        description="How much of the difference stock is worth more, or negative less.", graphql_type=Money
    )
    def revalued(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.revalued, COMPANY_CURRENCY)


@entity(
    reader=inventory.cost_changes_by_id,
    needs=SEE_COST,
    description="A paper by which stock became worth more or less although nothing moved (成本调整单).",
)
class CostChange(Node):
    """Its movements have a value and no quantity; `stockMovements` lists them by document."""

    number: str = strawberry.field(description="Its number.")
    kind: CostChangeKind = strawberry.field(description="What it did.")
    reason: str = strawberry.field(description="Why.")
    made_by: str = strawberry.field(description="Who made it.")
    made_at: datetime = strawberry.field(description="When it was made, in UTC.")
    lines: list[CostChangeLine] = edge(
        list[CostChangeLine], inventory.lines_of_cost_changes, "id", "The lines of a receipt it priced anew, if it did."
    )
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "document_id",
        "The document it follows from; null if none, or you may not see it.",
        needs=VIEW,
    )


@entity(
    reader=inventory.cost_scopings_by_id,
    needs=SEE_COST,
    description="Over what the costs of goods are averaged (成本核算范围), chosen before the first posting to stock.",
)
class CostScoping(Node):
    """There is one; before the company chooses there is none, and each warehouse is averaged by itself."""

    cost_scope: CostScope = strawberry.field(description="Each warehouse by itself, or the whole company.")
    reason: str = strawberry.field(description="Why.")
    set_by: str = strawberry.field(description="Who chose it.")
    set_at: datetime = strawberry.field(description="When it was chosen, in UTC.")


@strawberry.type(description="How a variant is costed, in all warehouses (成本核算方式).")
class CostRule:
    """What has none is costed at the moving average."""

    method: CostMethod = strawberry.field(description="By what its issues are costed.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What is costed so.", needs="catalogue.view"
    )
    change: CostChange | None = edge(
        CostChange | None, inventory.cost_changes_by_id, "change_id", "The paper that says so.", needs=SEE_COST
    )

    @field_of(Money | None, f"What one costs; null at the moving average. Requires `{SEE_COST}`.", needs=SEE_COST)
    def fixed_cost(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — `info` carries the permission.
        return money(root.fixed_cost, COMPANY_CURRENCY)
