"""Stock (库存) as clients see it: places, what is there, how it moved, and the documents that moved it."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import catalogue, inventory
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.measures import Currency, Money, money
from schema.scalars import QuantityValue, global_id

WarehouseKind = inventory.WarehouseKind
MovementKind = inventory.MovementKind
LotStatus = inventory.LotStatus
AdjustmentKind = inventory.AdjustmentKind

VIEW = "inventory.view"
SEE_COST = "finance.see_cost"
COMPANY_CURRENCY = Currency.CNY.value


@entity(reader=inventory.zones_by_id, needs=VIEW, description="A part of a warehouse (库区).")
class Zone(Node):
    """A lower walking order is walked through earlier."""

    code: str = strawberry.field(description="Its code, unique in the warehouse.")
    name: str = strawberry.field(description="Its name.")
    walking_order: int = strawberry.field(description="When people walk through it.")
    created_at: datetime = strawberry.field(description="Since when, in UTC.")


@entity(
    reader=inventory.warehouses_by_id,
    needs=VIEW,
    description="A place with stock, or one of the four places of the house that movements come from or go to.",
)
class Warehouse(Node):
    """Only a sellable one is promised to buyers."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    kind: WarehouseKind = strawberry.field(description="What it is for.")
    sellable: bool = strawberry.field(description="Whether its stock is promised to buyers.")
    valued: bool = strawberry.field(description="Whether what lies there is worth its cost, or nothing.")
    province: str | None = strawberry.field(description="Where it stands, as a GB/T 2260 code.")
    areas: list[str] = strawberry.field(description="The areas it serves, as GB/T 2260 codes; none means all.")
    active: bool = strawberry.field(description="Whether it is in use.")
    created_at: datetime = strawberry.field(description="Since when, in UTC.")
    supplied_by_id: strawberry.ID | None = id_of(
        "Warehouse", "supplied_by_id", "The warehouse it is replenished from (补货来源).", optional=True
    )
    zones: list[Zone] = edge(
        list[Zone], inventory.zones_of_warehouses, "id", "Its zones, in the order in which people walk through them."
    )


@entity(reader=inventory.lots_by_id, needs=VIEW, description="A batch of a variant (批号) with its expiry date.")
class Lot(Node):
    """What expires first goes out first; what has expired, is too near to it, frozen or recalled is never sold."""

    code: str = strawberry.field(description="Its code, unique for the variant.")
    produced_on: date | None = strawberry.field(description="When it was made.")
    expires_on: date | None = strawberry.field(description="The last day before it has expired.")
    sold_until: date | None = strawberry.field(
        description="The last day on which it may be sold: so many days before it expires as `WatchPolicy` says."
    )
    sale_ended: bool = strawberry.field(description="Whether that day is over and nothing of it is for sale.")
    status: LotStatus = strawberry.field(description="Whether it may be sold.")
    status_reason: str | None = strawberry.field(description="Why it was frozen, recalled or released.")
    stopped_with_id: strawberry.ID | None = id_of(
        "Lot",
        "stopped_with_id",
        "The id of the lot it was made of and stopped with; null if it was stopped by itself.",
        optional=True,
    )


@entity(
    reader=inventory.stock_balances_by_id,
    needs=VIEW,
    description="What of a variant lies in one bin of a warehouse (or is not put away yet), of one lot (or of none).",
)
class StockBalance(Node):
    """The sum of its movements."""

    sku: str = strawberry.field(description="The variant's SKU.")
    on_hand: QuantityValue = strawberry.field(description="How much lies there.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    bin_id: strawberry.ID | None = id_of("Bin", "bin_id", "The id of the bin; null if not put away.", optional=True)
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where it is.")
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot it is of, if any.")


@entity(reader=inventory.bins_by_id, needs=VIEW, description="A shelf place (库位) in a zone of a warehouse.")
class Bin(Node):
    """People walk by the zone's order first, then by the bin's."""

    code: str = strawberry.field(description="Its code, unique in the warehouse.")
    walking_order: int = strawberry.field(description="When people come to it within its zone.")
    capacity: QuantityValue | None = strawberry.field(description="How much it holds at most; null is no limit.")
    one_sku: bool = strawberry.field(description="Whether it holds one variant only (一位一品).")
    active: bool = strawberry.field(description="Whether it is in use.")
    staging: bool = strawberry.field(description="Whether it holds what was picked; the house's own (拣货暂存).")
    zone: Zone = edge(Zone, inventory.zones_by_id, "zone_id", "The zone it stands in.")
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "The warehouse it stands in.")
    contents: list[StockBalance] = edge(
        list[StockBalance], inventory.balances_of_bins, "id", "What lies in it, by SKU and lot."
    )


@entity(
    reader=inventory.stock_levels_by_id,
    needs=VIEW,
    description="What of a variant is in a warehouse, what of it is promised, and what it is worth.",
)
class StockLevel(Node):
    """As of a past moment only what was there and its value are known; promises are not kept."""

    sku: str = strawberry.field(description="The variant's SKU.")
    on_hand: QuantityValue = strawberry.field(description="How much is there.")
    unpaid: QuantityValue | None = strawberry.field(description="Promised to orders that are not paid.")
    to_review: QuantityValue | None = strawberry.field(description="Promised to orders that wait for review.")
    to_ship: QuantityValue | None = strawberry.field(description="Promised to orders that passed review.")
    preorder: QuantityValue | None = strawberry.field(
        description="Promised to orders before it is there (预售占用); what is there goes to them first."
    )
    preorder_limit: QuantityValue | None = strawberry.field(
        description="How much may be promised before it is there, in all; null is no limit of this warehouse."
    )
    expected_on: date | None = strawberry.field(
        description="When what may be promised is expected; after that day nothing more is promised."
    )
    blocked: QuantityValue | None = strawberry.field(
        description="How much is of lots that are frozen, recalled, expired or too near to it."
    )
    held: QuantityValue | None = strawberry.field(
        description="Held for approved transfers and what partners shall let out, until it has left."
    )
    in_transit: QuantityValue | None = strawberry.field(description="Under way to here from other warehouses (在途).")
    available: QuantityValue | None = strawberry.field(
        description="How much may be sold and is promised to nobody; negative if what was promised has been frozen."
    )
    overdrawn: QuantityValue | None = strawberry.field(
        description="How much more was taken than was there, by a right with a reason; it is missing in no bin."
    )
    safety: QuantityValue | None = strawberry.field(description="With less available than this an alert is raised.")
    maximum: QuantityValue | None = strawberry.field(description="With more on hand than this an alert is raised.")
    buckets: int = strawberry.field(
        description="Over how many rows its claims are split, because many buy it at once; 0 is not split."
    )
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where it is.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs="catalogue.view"
    )

    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")

    @field_of(
        Money | None,
        f"What it is worth: its quantity at the average of its cost scope. Requires `{SEE_COST}`.",
        needs=SEE_COST,
    )
    def value(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — `info` carries the permission.
        return money(root.value, COMPANY_CURRENCY)

    @field_of(
        Money | None,
        f"What one costs on average in its cost scope; null if none is there. Requires `{SEE_COST}`.",
        needs=SEE_COST,
    )
    def average_cost(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — as above.
        there = root.on_hand and root.scope_value is not None
        average = inventory.Worth(root.scope_quantity, root.scope_value).average() if there else None
        return money(average, COMPANY_CURRENCY)


@entity(
    reader=inventory.stock_movements_by_id,
    needs=VIEW,
    description="One row of the stock ledger: a signed quantity and the document it comes from. Never edited.",
)
class StockMovement(Node):
    """What is there is the sum of these."""

    sku: str = strawberry.field(description="The variant's SKU.")
    quantity: QuantityValue = strawberry.field(description="How much came in, or negative how much went out.")
    kind: MovementKind = strawberry.field(description="Why it moved.")
    reason: str | None = strawberry.field(description="The reason that was stated.")
    override_reason: str | None = strawberry.field(description="Why it took what was not there, if it did.")
    document_type: str = strawberry.field(description="The type of the document it comes from.")
    document_line: int = strawberry.field(description="The line of that document, from 1.")
    leg: int = strawberry.field(description="The part of that line: one per lot and side, from 1.")
    actor_name: str = strawberry.field(description="Who moved it.")
    effective_at: datetime = strawberry.field(description="When it took effect, in UTC.")
    posted_at: datetime = strawberry.field(description="When it was posted, in UTC.")
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where it moved.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What moved.", needs="catalogue.view"
    )
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot it was of, if any.")
    bin: Bin | None = edge(Bin | None, inventory.bins_by_id, "bin_id", "Which bin it went into or came out of, if any.")
    counterpart: Warehouse | None = edge(
        Warehouse | None,
        inventory.warehouses_by_id,
        "counterpart_id",
        "Where it came from, or went to; null when you may not see that place.",
    )

    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    adjusts_id: strawberry.ID | None = id_of(
        "StockMovement", "adjusts_id", "The movement whose cost it corrects, if any.", optional=True
    )
    carries_id: strawberry.ID | None = id_of(
        "StockMovement", "carries_id", "The movement that gave it its cost, such as the other side.", optional=True
    )

    @strawberry.field(description="The id of the document it comes from.")
    def document_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id(root.document_type, root.document_id))

    @field_of(Money | None, f"Its signed cost. Requires `{SEE_COST}`.", needs=SEE_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — `info` as above.
        return money(root.cost_amount, COMPANY_CURRENCY)
