"""From where on stock is abnormal (预警阈值), as clients see and set it."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, inventory
from schema.base import Info, Node, edge, entity, query
from schema.catalogue.types import Category, Product
from schema.inventory.types import VIEW, Warehouse
from schema.measures import rate_of
from schema.mutating import Call, mutation
from schema.paging import Connection, page_request
from schema.scalars import DecimalValue, QuantityValue

GOODS = "catalogue.view"


@entity(
    reader=inventory.watch_policies_by_id,
    needs=VIEW,
    description="From where on stock, movements, lots and bins are abnormal (预警阈值): the nearest counts.",
)
class WatchPolicy(Node):
    """Of a product, else of its nearest category above, else of everything; of two, the warehouse's own."""

    safety: QuantityValue | None = strawberry.field(
        description="Less free is too little, where the stock has no limit of its own; null watches nothing."
    )
    maximum: QuantityValue | None = strawberry.field(
        description="More is too much, where the stock has no limit of its own; null watches nothing."
    )
    deviation_factor: DecimalValue | None = strawberry.field(
        description="A day is unusual beyond so many times the mean, and so many deviations above it."
    )
    stock_out_days: int | None = strawberry.field(description="Sold out within so many days is soon.")
    count_tolerance: DecimalValue | None = strawberry.field(description="How many percent a count may be off.")
    idle_bin_days: int | None = strawberry.field(
        description="A bin is idle after so many days; it counts what is set for all goods of its warehouse."
    )
    frozen_days: int | None = strawberry.field(description="A lot is frozen for too long after so many days.")
    expiry_tiers: list[int] = strawberry.field(
        description="So many days before expiry an alert is raised, each its own; the last one is severe."
    )
    sale_ban_days: int | None = strawberry.field(
        description="Lots are not sold in the last so many days before they expire (效期禁售); null: until they expire."
    )
    updated_at: datetime = strawberry.field(description="Since when, in UTC.")
    updated_by: str = strawberry.field(description="Who set it.")
    category: Category | None = edge(
        Category | None, catalogue.categories_by_id, "category_id", "Of which category.", needs=GOODS
    )
    product: Product | None = edge(
        Product | None, catalogue.products_by_id, "product_id", "Of which product.", needs=GOODS
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "In which warehouse; null is in all."
    )


@strawberry.input(description="From where on stock is abnormal; what is null is not watched.")
class SetWatchPolicyInput:
    """Neither goods nor warehouse means everything that has no figures of its own."""

    category_id: strawberry.ID | None = strawberry.field(default=None, description="Of a category and all below it.")
    product_id: strawberry.ID | None = strawberry.field(default=None, description="Of a product.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="In a warehouse; null is in all.")
    safety: QuantityValue | None = strawberry.field(default=None, description="Less free is too little.")
    maximum: QuantityValue | None = strawberry.field(default=None, description="More on hand is too much.")
    deviation_factor: DecimalValue | None = strawberry.field(
        default=None, description="A day is unusual beyond so many times the mean and so many deviations, 1 to 100."
    )
    stock_out_days: int | None = strawberry.field(default=None, description="Sold out within so many days is soon.")
    count_tolerance: DecimalValue | None = strawberry.field(
        default=None, description="How many percent a count may be off."
    )
    idle_bin_days: int | None = strawberry.field(
        default=None, description="A bin is idle after so many days; only where no goods are named."
    )
    frozen_days: int | None = strawberry.field(
        default=None, description="A lot is frozen for too long after so many days."
    )
    expiry_tiers: list[int] = strawberry.field(
        default_factory=list, description="Days before expiry at which to warn, at most 10; none watches no expiry."
    )
    sale_ban_days: int | None = strawberry.field(
        default=None,
        description="Lots are not sold in the last so many days before they expire; only for all warehouses.",
    )


@strawberry.type
class WatchMutation:
    """Mutations."""

    @mutation(WatchPolicy)
    async def set_watch_policy(self, call: Call, input: SetWatchPolicyInput) -> Any:  # noqa: A002
        rules = inventory.WatchRules(
            category_id=call.key("Category", input.category_id) if input.category_id else None,
            product_id=call.key("Product", input.product_id) if input.product_id else None,
            warehouse_id=call.key("Warehouse", input.warehouse_id) if input.warehouse_id else None,
            safety=input.safety,
            maximum=input.maximum,
            deviation_factor=rate_of(input.deviation_factor, "deviationFactor"),
            stock_out_days=input.stock_out_days,
            count_tolerance=rate_of(input.count_tolerance, "countTolerance"),
            idle_bin_days=input.idle_bin_days,
            frozen_days=input.frozen_days,
            expiry_tiers=input.expiry_tiers,
            sale_ban_days=input.sale_ban_days,
        )
        return await call.perform(inventory.set_watch_policy, rules)


@strawberry.type
class WatchQuery:
    """Root fields."""

    @query(Connection[WatchPolicy], "From where on stock is abnormal, the oldest figures first.", needs=VIEW)
    async def watch_policies(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await inventory.watch_policies(info.context.read, page_request(first, after, last, before))
