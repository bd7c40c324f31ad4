"""What reports are asked for (报表条件)."""

from datetime import date
from typing import Any

import strawberry

from domain import reporting
from schema.filters import IdFilter
from schema.inventory.queries import keys_in
from schema.inventory.types import MovementKind
from schema.reporting.reserve_types import DemandClass, ReserveClass, Suggestion, ValueClass
from schema.scalars import key_of


@strawberry.input(description="A period of days of the company (UTC+8); both ends are included.")
class DayPeriod:
    """At most 1,100 days."""

    first_day: date = strawberry.field(description="The first day.")
    last_day: date = strawberry.field(description="The last day.")

    def days(self) -> reporting.Days:
        return reporting.Days(first=self.first_day, last=self.last_day)


@strawberry.input(description="Which stock a report is about; combined by AND.")
class StockScopeFilter:
    """What is not given does not matter."""

    variant: IdFilter | None = strawberry.field(default=None, description="Of these variants.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Of this category and all below it.")
    sku_contains: str | None = strawberry.field(default=None, description="A part of the SKU.")


@strawberry.input(description="What came in and went out, of which stock and kinds.")
class StockFlowFilter:
    """What is not given does not matter."""

    stock: StockScopeFilter | None = strawberry.field(default=None, description="About which stock.")
    kinds: list[MovementKind] | None = strawberry.field(default=None, description="Of these kinds.")
    person: str | None = strawberry.field(default=None, description="Moved by this person.")
    partner: IdFilter | None = strawberry.field(default=None, description="From or to these partners or other places.")


@strawberry.input(description="Which reserves; combined by AND.")
class ReserveWhere:
    """What is not given does not matter."""

    stock: StockScopeFilter | None = strawberry.field(default=None, description="About which stock.")
    classes: list[ReserveClass] | None = strawberry.field(default=None, description="With one of these wrong.")
    value_classes: list[ValueClass] | None = strawberry.field(default=None, description="Of these ABC classes.")
    demand_classes: list[DemandClass] | None = strawberry.field(default=None, description="Of these XYZ classes.")
    suggestions: list[Suggestion] | None = strawberry.field(default=None, description="With one of these suggestions.")

    def wanted(self) -> reporting.ReserveFilter:
        return reporting.ReserveFilter(
            classes=self.classes,
            value_classes=self.value_classes,
            demand_classes=self.demand_classes,
            suggestions=self.suggestions,
        )


def scope_of(given: StockScopeFilter | None) -> reporting.StockScope:
    """Read what a report is about; an id of another type matches nothing."""
    if given is None:
        return reporting.StockScope()
    category: Any = key_of("Category", given.category_id) if given.category_id is not None else None
    return reporting.StockScope(
        variants=[] if given.category_id is not None and category is None else keys_in(given.variant, "Variant"),
        warehouses=keys_in(given.warehouse, "Warehouse"),
        category_id=category,
        sku_contains=given.sku_contains,
    )
