"""Work in a warehouse (仓内作业) as clients see it: who did what to an order there, waves and pick lists."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import catalogue, fulfilment, inventory, orders
from schema.base import Node, edge, entity, id_of
from schema.catalogue.types import Variant
from schema.inventory.types import Bin, Warehouse
from schema.orders.types import Order, OrderLine
from schema.scalars import QuantityValue

if TYPE_CHECKING:
    from schema.fulfilment.packages import Package

VIEW = "fulfilment.view"
SEE_STOCK, SEE_ORDERS = "inventory.view", "orders.view"


@strawberry.type(description="How much of an order line the warehouse is to send.")
class ReleaseLine:
    """What was cancelled since is no part of it any more."""

    position: int = strawberry.field(description="The place in the release, from 1.")
    quantity: QuantityValue = strawberry.field(description="How many.")
    order_line_id: strawberry.ID = id_of("OrderLine", "order_line_id", "The id of the order line.")
    order_line: OrderLine | None = edge(
        OrderLine | None, orders.order_lines_by_id, "order_line_id", "The order line.", needs=SEE_ORDERS
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What is to be sent.", needs="catalogue.view"
    )


@entity(
    reader=fulfilment.releases_by_id,
    needs=VIEW,
    description="An order in the hands of its warehouse (下发单), and who did what to it there.",
)
class Release(Node):
    """One that ended stays, with the reason."""

    stage: fulfilment.ReleaseStage = strawberry.field(description="Where it stands.")
    carrier_code: str | None = strawberry.field(description="Who is to take it, by code; null while nobody chose.")
    single: bool = strawberry.field(description="Whether it is one piece of one article.")
    slot: int | None = strawberry.field(description="Its slot in the wave (格口), from 1.")
    released_by: str = strawberry.field(description="Who gave it to the warehouse.")
    released_at: datetime = strawberry.field(description="When it was given to the warehouse, in UTC.")
    picked_by: str | None = strawberry.field(description="Who picked the last of it.")
    picked_at: datetime | None = strawberry.field(description="When all of it was picked, in UTC.")
    packed_by: str | None = strawberry.field(description="Who checked and packed the last of it.")
    packed_at: datetime | None = strawberry.field(description="When all of it was packed, in UTC.")
    ended_by: str | None = strawberry.field(description="Who handed it over, called it back or stopped it.")
    ended_at: datetime | None = strawberry.field(description="When that was, in UTC.")
    end_reason: str | None = strawberry.field(description="Why it was called back or stopped.")
    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order.")
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "The order.", needs=SEE_ORDERS)
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse.", needs=SEE_STOCK
    )
    wave_id: strawberry.ID | None = id_of("Wave", "wave_id", "The id of its wave; null before.", optional=True)
    wave: Annotated["Wave", strawberry.lazy("schema.fulfilment.stages")] | None = edge(
        Annotated["Wave", strawberry.lazy("schema.fulfilment.stages")] | None,
        fulfilment.waves_by_id,
        "wave_id",
        "The wave it is picked in.",
    )
    lines: list[ReleaseLine] = edge(
        list[ReleaseLine], fulfilment.lines_of_releases, "id", "What is to be sent, in the order of the lines."
    )
    packages: list[Annotated["Package", strawberry.lazy("schema.fulfilment.packages")]] = edge(
        list[Annotated["Package", strawberry.lazy("schema.fulfilment.packages")]],
        fulfilment.packages_of_releases,
        "id",
        "Its packages, the first one first, also those taken apart again.",
    )


@strawberry.type(description="What is to be taken from one place on a walk.")
class PickListLine:
    """Sorted by the walking order of zones and bins; what is not put away comes last."""

    sku: str = strawberry.field(description="The variant's SKU.")
    bin_code: str | None = strawberry.field(description="The bin; null is what is not put away.")
    lot_code: str | None = strawberry.field(description="The lot (批号), if it has one.")
    quantity: QuantityValue = strawberry.field(description="How many are to be taken there in all.")
    picked: QuantityValue = strawberry.field(description="How many of them were taken.")
    slots: list[int] = strawberry.field(description="The slots it is for, one for each part of the plan.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    bin_id: strawberry.ID | None = id_of("Bin", "bin_id", "The id of the bin.", optional=True)
    lot_id: strawberry.ID | None = id_of("Lot", "lot_id", "The id of the lot.", optional=True)
    release_id: strawberry.ID | None = id_of(
        "Release", "release_id", "For which release; null when it is summed over the wave.", optional=True
    )
    bin: Bin | None = edge(Bin | None, inventory.bins_by_id, "bin_id", "The bin.", needs=SEE_STOCK)
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What is to be taken.", needs="catalogue.view"
    )


@entity(reader=fulfilment.waves_by_id, needs=VIEW, description="Orders that are picked on one walk (波次).")
class Wave(Node):
    """Made of released orders of one warehouse."""

    number: str = strawberry.field(description="Its number.")
    mode: fulfilment.PickMode = strawberry.field(description="Whether it is picked by order or as a whole.")
    status: fulfilment.WaveStatus = strawberry.field(description="How far it has come.")
    single: bool = strawberry.field(description="Whether all its orders are one piece.")
    carrier_code: str | None = strawberry.field(description="The carrier its orders are for; null is any.")
    picker_name: str | None = strawberry.field(description="Who picks it.")
    made_by: str = strawberry.field(description="Who made it.")
    made_at: datetime = strawberry.field(description="When it was made, in UTC.")
    picked_at: datetime | None = strawberry.field(description="When the walk ended, in UTC.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse.", needs=SEE_STOCK
    )
    releases: list[Release] = edge(list[Release], fulfilment.releases_of_waves, "id", "Its orders, by slot.")
    pick_list: list[PickListLine] = edge(
        list[PickListLine],
        fulfilment.pick_lists_of_waves,
        "id",
        "What is taken from which bin, summed over the wave, in walking order (播种).",
    )
    order_pick_lists: list[PickListLine] = edge(
        list[PickListLine],
        fulfilment.order_picks_of_waves,
        "id",
        "What is taken from which bin for which order, in walking order (摘果).",
    )


@entity(reader=fulfilment.put_backs_by_id, needs=VIEW, description="Picked goods to be put back on a shelf (返架).")
class PutBack(Node):
    """Open until somebody says where they lie again."""

    quantity: QuantityValue = strawberry.field(description="How many.")
    reason: str = strawberry.field(description="Why they are not to go.")
    asked_at: datetime = strawberry.field(description="Since when, in UTC.")
    done_by: str | None = strawberry.field(description="Who put them back.")
    done_at: datetime | None = strawberry.field(description="When they were put back, in UTC.")
    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order they were picked for.")
    from_bin_id: strawberry.ID | None = id_of("Bin", "from_bin_id", "The id of the bin they came from.", optional=True)
    from_bin: Bin | None = edge(
        Bin | None, inventory.bins_by_id, "from_bin_id", "Where they came from.", needs=SEE_STOCK
    )
    bin: Bin | None = edge(Bin | None, inventory.bins_by_id, "bin_id", "Where they lie now.", needs=SEE_STOCK)
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What it is.", needs="catalogue.view"
    )


def key_or_none(call: Any, type_name: str, given: str | None) -> Any:
    """Read an id that may be absent."""
    return None if given is None else call.key(type_name, given)
