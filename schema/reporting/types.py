"""Reports (报表) as clients see them; their rows are computed and have no id of their own."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import strawberry

from domain import catalogue, channels, inventory, partners, reporting
from schema.base import Info, edge, field_of, id_of
from schema.catalogue.types import Brand, Category, Variant
from schema.channels.types import Channel
from schema.inventory.costs import CostChange
from schema.inventory.documents import StockDocument
from schema.inventory.types import COMPANY_CURRENCY, SEE_COST, Lot, MovementKind, Warehouse
from schema.measures import Money, money
from schema.partners.types import Partner
from schema.scalars import QuantityValue, global_id

CostEffect = reporting.CostEffect
GOODS = "catalogue.view"
PARTNERS = "partners.view"


def cost(read: Callable[[Any], Any], description: str) -> Any:
    """Declare an amount that only those see who may see cost."""

    def resolver(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG001 — `info` carries the permission.
        return money(read(root), COMPANY_CURRENCY)

    return field_of(Money | None, f"{description} Requires `{SEE_COST}`.", needs=SEE_COST)(resolver)


@strawberry.type(description="What a variant did in a warehouse in a period (进销存): opening + in − out = closing.")
class ReceiptsAndIssues:
    """In is received + returned + transferred in + other in; out is sold + transferred out + other out."""

    period: date = strawberry.field(description="The first day of the period.")
    sku: str = strawberry.field(description="The variant's SKU.")
    product_name: str = strawberry.field(description="The product's name.")
    opening_quantity: QuantityValue = strawberry.field(description="What was there as the period began (期初).")
    in_quantity: QuantityValue = strawberry.field(description="What came in (入库).")
    out_quantity: QuantityValue = strawberry.field(description="What went out (出库).")
    closing_quantity: QuantityValue = strawberry.field(description="What was there as the period ended (期末).")
    received: QuantityValue = strawberry.field(description="Of what came in: goods received (采购入库).")
    returned: QuantityValue = strawberry.field(description="Of what came in: from buyers (销售退货).")
    transferred_in: QuantityValue = strawberry.field(description="Of what came in: from other warehouses (调入).")
    other_in: QuantityValue = strawberry.field(description="Of what came in: everything else (其他入库).")
    sold: QuantityValue = strawberry.field(description="Of what went out: to buyers (销售出库).")
    transferred_out: QuantityValue = strawberry.field(description="Of what went out: to other warehouses (调出).")
    other_out: QuantityValue = strawberry.field(description="Of what went out: everything else (其他出库).")
    opening_value: Money | None = cost(lambda row: row.opening_value, "What the opening stock was worth.")
    in_value: Money | None = cost(lambda row: row.in_value, "What came in, at its cost.")
    out_value: Money | None = cost(lambda row: row.out_value, "What went out, at its cost.")
    sold_value: Money | None = cost(lambda row: row.sold_value, "What was sold, at its cost.")
    closing_value: Money | None = cost(lambda row: row.closing_value, "What the closing stock was worth.")
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where.")
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)

    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")


@strawberry.type(description="A movement on the card of a variant in a warehouse (账页), with what was there after it.")
class StockCardLine:
    """The trail of a cost: each line states the average before and after it."""

    sku: str = strawberry.field(description="The variant's SKU.")
    quantity: QuantityValue = strawberry.field(description="How much came in, or negative how much went out.")
    quantity_after: QuantityValue = strawberry.field(description="What was there after it (结存数量).")
    kind: MovementKind = strawberry.field(description="Why it moved.")
    effect: CostEffect = strawberry.field(description="What it does to the average cost.")
    reason: str | None = strawberry.field(description="The reason that was stated.")
    actor_name: str = strawberry.field(description="Who moved it.")
    effective_at: datetime = strawberry.field(description="When it took effect, in UTC.")
    posted_at: datetime = strawberry.field(description="When it was posted, in UTC.")
    document_line: int = strawberry.field(description="The line of the document it comes from, from 1.")
    cost_amount: Money | None = cost(lambda line: line.cost_amount, "Its signed cost.")
    unit_cost: Money | None = cost(lambda line: line.unit_cost, "What one cost; null when only the value changed.")
    value_after: Money | None = cost(lambda line: line.after.value, "What was there after it was worth (结存金额).")
    average_cost_before: Money | None = cost(
        lambda line: line.scope_before.average(), "What one cost on average before it; null if none was there."
    )
    average_cost_after: Money | None = cost(
        lambda line: line.scope_after.average(), "What one costs on average after it; null if none is there."
    )
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot it was of, if any.")

    @strawberry.field(description="The id of the document it comes from.")
    def document_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id(root.document_type, root.document_id))

    movement_id: strawberry.ID = id_of("StockMovement", "id", "The id of the movement.")
    corrects_id: strawberry.ID | None = id_of(
        "StockMovement", "adjusts_id", "The movement whose cost it corrects, if any.", optional=True
    )
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "paper_id",
        "The stock document it comes from, if it comes from one.",
    )
    change: CostChange | None = edge(
        CostChange | None,
        inventory.cost_changes_by_id,
        "change_id",
        "The paper that changed what stock is worth, and why; null if goods moved.",
        needs=SEE_COST,
    )


@strawberry.type(description="What came in and went out, of one combination of what it is told apart by (出入库汇总).")
class StockFlow:
    """Only what it is told apart by is given."""

    day: date | None = strawberry.field(description="On which day.")
    month: date | None = strawberry.field(description="In which month, as its first day.")
    sku: str | None = strawberry.field(description="The variant's SKU.")
    kind: MovementKind | None = strawberry.field(description="Why it moved.")
    person: str | None = strawberry.field(description="Who moved it.")
    in_quantity: QuantityValue = strawberry.field(description="How much came in.")
    out_quantity: QuantityValue = strawberry.field(description="How much went out.")
    movements: int = strawberry.field(description="In how many movements.")
    in_value: Money | None = cost(lambda row: row.in_value, "What came in, at its cost.")
    out_value: Money | None = cost(lambda row: row.out_value, "What went out, at its cost.")
    warehouse: Warehouse | None = edge(Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Where.")
    partner: Partner | None = edge(
        Partner | None, partners.partners_by_id, "partner_id", "The other side, if it is a partner.", needs=PARTNERS
    )
    other_place: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "partner_id", "The other side, if it is a place of the house."
    )
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)
    category: Category | None = edge(
        Category | None, catalogue.categories_by_id, "category_id", "Of goods of which category.", needs=GOODS
    )
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Sold on which channel.", needs="channels.view"
    )


@strawberry.type(description="How much stock of one warehouse, category or brand is there, and what it is worth.")
class StockWorth:
    """One of warehouse, category and brand is given; none stands for goods without one."""

    quantity: QuantityValue = strawberry.field(description="How much is there, all units added.")
    value: Money | None = cost(lambda row: row.value, "What it is worth, at its cost.")
    warehouse: Warehouse | None = edge(Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Of which one.")
    category: Category | None = edge(
        Category | None, catalogue.categories_by_id, "category_id", "Of which one, without those below.", needs=GOODS
    )
    brand: Brand | None = edge(Brand | None, catalogue.brands_by_id, "brand_id", "Of which one.", needs=GOODS)
