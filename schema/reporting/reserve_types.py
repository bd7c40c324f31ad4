"""The reserve analysis (储备分析) as clients see it, and the rules it judges by."""

from datetime import date, datetime

import strawberry

from domain import catalogue, inventory, partners, reporting
from schema.base import Node, edge, entity, id_of
from schema.catalogue.types import Category, Product, Variant
from schema.inventory.types import VIEW, Warehouse
from schema.measures import Money
from schema.partners.types import Partner
from schema.reporting.types import GOODS, PARTNERS, cost
from schema.scalars import DecimalValue, QuantityValue

ReserveClass = reporting.ReserveClass
ValueClass = inventory.ValueClass
DemandClass = reporting.DemandClass
Suggestion = reporting.Suggestion


@strawberry.type(description="How the stock of a variant in a warehouse stands by its rules (储备分析).")
class Reserve:
    """As the last analysis found it; demand is what was sold."""

    sku: str = strawberry.field(description="The variant's SKU.")
    product_name: str = strawberry.field(description="The product's name.")
    on_hand: QuantityValue = strawberry.field(description="How much was there.")
    available: QuantityValue = strawberry.field(description="How much of it was promised to nobody.")
    overstock: bool = strawberry.field(description="More available than the maximum (超储).")
    shortage: bool = strawberry.field(description="Less available than the minimum (短缺).")
    slow: bool = strawberry.field(description="Not sold for as many days as its rules allow (呆滞).")
    backlog: bool = strawberry.field(description="Sold too slowly for how much there is, and not slow (积压).")
    excess: QuantityValue = strawberry.field(description="How much above the maximum.")
    lack: QuantityValue = strawberry.field(description="How much below the minimum.")
    minimum: QuantityValue = strawberry.field(description="The limit that was set, else the safety stock z·σ·√lead.")
    maximum: QuantityValue | None = strawberry.field(description="The limit that was set, else by the rules, if any.")
    reorder_point: QuantityValue = strawberry.field(description="Daily sales × lead time + minimum.")
    in_transit: QuantityValue = strawberry.field(description="How much more was under way to it.")
    daily_sales: QuantityValue = strawberry.field(description="How many are sold a day on average.")
    daily_deviation: QuantityValue = strawberry.field(description="The standard deviation of daily sales.")
    days_of_stock: DecimalValue | None = strawberry.field(description="How many days of sales are there; null if none.")
    turnover: DecimalValue | None = strawberry.field(description="What went out by what was there on average.")
    average_on_hand: QuantityValue = strawberry.field(description="What was there on average as days ended.")
    last_sold_on: date | None = strawberry.field(description="The last day on which one was sold.")
    in_stock_rate: DecimalValue | None = strawberry.field(
        description="On what part of the days something was there: the service level that was reached."
    )
    value_class: ValueClass = strawberry.field(description="How much of all sales it makes up.")
    demand_class: DemandClass = strawberry.field(description="How evenly it is sold.")
    suggestion: Suggestion = strawberry.field(description="What to do.")
    suggested_quantity: QuantityValue = strawberry.field(description="With how many.")
    analysed_at: datetime = strawberry.field(description="When this was found, in UTC.")
    value: Money | None = cost(lambda row: row.value, "What the stock was worth.")
    tied_up: Money | None = cost(lambda row: row.tied_up, "How much money of it is there in vain.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where.")
    other_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "other_warehouse_id", "From or to where it should be transferred."
    )
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)
    supplier: Partner | None = edge(
        Partner | None,
        partners.partners_by_id,
        "supplier_id",
        "Who delivered such goods last, where they should be purchased or returned.",
        needs=PARTNERS,
    )


@strawberry.type(description="What a warehouse should ask of the one that supplies it (补货建议), and why.")
class ReplenishmentProposal:
    """Sales, deviation and rules are those of the last reserve analysis; stock is what is there now."""

    sku: str = strawberry.field(description="The variant's SKU.")
    product_name: str = strawberry.field(description="The product's name.")
    daily_sales: QuantityValue = strawberry.field(description="How many are sold a day on average.")
    daily_deviation: QuantityValue = strawberry.field(description="The standard deviation of daily sales, σ.")
    lead_days: int = strawberry.field(description="How many days goods take to arrive.")
    cover_days: int = strawberry.field(description="For how many days they should last.")
    z: DecimalValue = strawberry.field(description="How many deviations the safety stock covers.")
    minimum: QuantityValue = strawberry.field(description="The safety stock: the limit that was set, else z·σ·√lead.")
    safety_set: bool = strawberry.field(description="Whether it is a limit that was set.")
    target: DecimalValue = strawberry.field(description="Daily sales × (lead + cover) + minimum.")
    available: DecimalValue = strawberry.field(description="What is there and promised to nobody, now.")
    in_transit: DecimalValue = strawberry.field(description="What is under way to it.")
    asked_for: DecimalValue = strawberry.field(description="What was asked for by transfers and has not left yet.")
    wanted: DecimalValue = strawberry.field(description="What the target lacks, in whole pieces.")
    offered: DecimalValue = strawberry.field(
        description="What the supplying warehouse could send, to all whom it supplies."
    )
    proposed: DecimalValue = strawberry.field(
        description="What to ask for: what is wanted, or its share when the supplying warehouse has too little."
    )
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Who should ask.")
    from_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "from_warehouse_id", "Who supplies it, if you may see it."
    )
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)


@strawberry.type(description="How many reserves have something wrong with them, and what they tie up.")
class ReserveTotal:
    """One reserve may be in several classes."""

    reserve_class: ReserveClass = strawberry.field(description="What is wrong.")
    reserves: int = strawberry.field(description="With how many.")
    tied_up: Money | None = cost(lambda row: row.tied_up, "How much money they tie up; null if none.")


@entity(reader=reporting.reserve_policies_by_id, needs=VIEW, description="By what rules stock is judged.")
class ReservePolicy(Node):
    """Of a product, else of its nearest category above, else of everything."""

    slow_days: int = strawberry.field(description="Not sold for so many days is slow (呆滞).")
    days_max: int = strawberry.field(description="More than so many days of stock is a backlog (积压).")
    overstock_days: int | None = strawberry.field(
        description="Without a limit of its own, stock beyond so many days of sales is overstock (超储)."
    )
    turnover_days: int = strawberry.field(description="Over how many days turnover is looked at.")
    turnover_min: DecimalValue | None = strawberry.field(description="Less turnover than this is a backlog.")
    sales_days: int = strawberry.field(description="Over how many days sales are averaged.")
    lead_days: int = strawberry.field(description="How many days goods take to arrive.")
    cover_days: int = strawberry.field(description="For how many days a purchase should last.")
    service_level: DecimalValue = strawberry.field(description="How often the safety stock shall suffice.")
    z: DecimalValue = strawberry.field(description="How many deviations that is.")
    updated_at: datetime = strawberry.field(description="Since when, in UTC.")
    updated_by: str = strawberry.field(description="Who set it.")
    category: Category | None = edge(
        Category | None, catalogue.categories_by_id, "category_id", "Of which category.", needs=GOODS
    )
    product: Product | None = edge(
        Product | None, catalogue.products_by_id, "product_id", "Of which product.", needs=GOODS
    )
