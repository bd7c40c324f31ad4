"""Carriers (物流公司), the rules by which one is chosen, and what they charge, as clients see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import strawberry

from domain import channels, inventory, kernel, shipping
from schema.base import Node, edge, entity, field_of
from schema.channels.types import Channel
from schema.inventory.types import COMPANY_CURRENCY, Warehouse
from schema.measures import Money, money

VIEW = "shipping.view"
UnitRounding = shipping.UnitRounding


@entity(reader=shipping.carriers_by_id, needs="fulfilment.view", description="A company that takes parcels (物流公司).")
class Carrier(Node):
    """Named by the code the platforms share."""

    code: str = strawberry.field(description="The code the platforms share, such as SF.")
    name: str = strawberry.field(description="The name in English.")
    name_chinese: str = strawberry.field(description="The name in Chinese.")
    waybill: str = strawberry.field(description="The pattern its waybills match.")
    cash_on_delivery: bool = strawberry.field(description="Whether it takes cash on delivery (货到付款).")
    automatic: bool = strawberry.field(description="Whether it is chosen in order when no rule says otherwise.")
    active: bool = strawberry.field(description="Whether parcels can be handed to it.")
    priority: int = strawberry.field(description="Its place in the order; the lower, the earlier it is chosen.")
    areas: list[str] = strawberry.field(description="Where it goes, as GB/T 2260 codes; empty is everywhere.")
    unreached_words: list[str] = strawberry.field(description="Words of addresses it does not go to (不到).")
    memo_words: list[str] = strawberry.field(description="Words of a seller's memo that name it.")
    updated_at: datetime = strawberry.field(description="When it was last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")


@strawberry.type(description="From which amount paid on another carrier takes the parcel.")
class CarrierByAmount:
    """One of at most three."""

    carrier_code: str = strawberry.field(description="The carrier.")

    @field_of(Money, "The amount paid.")
    def from_amount(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.amount, COMPANY_CURRENCY)


@strawberry.type(description="Up to which weight another carrier takes the parcel.")
class CarrierByWeight:
    """One of at most three."""

    carrier_code: str = strawberry.field(description="The carrier.")
    up_to_grams: int = strawberry.field(description="The weight, in grams.")


class ByAmount(NamedTuple):
    """A row of `CarrierByAmount`."""

    amount: kernel.Money
    carrier_code: str


class ByWeight(NamedTuple):
    """A row of `CarrierByWeight`."""

    up_to_grams: int
    carrier_code: str


@entity(
    reader=shipping.carrier_rules_by_id,
    needs=VIEW,
    description="Which carrier takes parcels of a shop, a warehouse or everybody into an area.",
)
class CarrierRule(Node):
    """The shop's or the warehouse's rule of the smallest area decides, then everybody's."""

    carrier_code: str = strawberry.field(description="The carrier.")
    area: str | None = strawberry.field(description="The area, as a GB/T 2260 code; null is everywhere.")
    updated_at: datetime = strawberry.field(description="When it was last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "The shop it is for.", needs="channels.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it is for.", needs="inventory.view"
    )

    @field_of(str, "What the area is called.")
    def area_name(root: strawberry.Parent[Any]) -> str:  # noqa: N805
        return "" if root.area is None else shipping.name_of(root.area)

    @field_of(list[str], "Who takes what its carrier cannot, in their order.")
    def fallbacks(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return list(shipping.read_terms(root.terms).fallbacks)

    @field_of(list[str], "Words of addresses its carrier does not go to (不到).")
    def unreached_words(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return list(shipping.read_terms(root.terms).unreached_words)

    @field_of(list[CarrierByAmount], "Who takes what was paid well for.")
    def by_amount(root: strawberry.Parent[Any]) -> Sequence[Any]:  # noqa: N805
        return [ByAmount(*each) for each in shipping.read_terms(root.terms).from_amounts]

    @field_of(list[CarrierByWeight], "Who takes what is light.")
    def by_weight(root: strawberry.Parent[Any]) -> Sequence[Any]:  # noqa: N805
        return [ByWeight(*each) for each in shipping.read_terms(root.terms).up_to_grams]

    @field_of(list[str], "Words of addresses for which the weight decides nothing.")
    def not_by_weight(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return list(shipping.read_terms(root.terms).not_by_weight)


@entity(
    reader=shipping.carrier_preferences_by_id,
    needs=VIEW,
    description="Whom a shop or a warehouse insists on, and who takes cash on delivery for it.",
)
class CarrierPreference(Node):
    """One per shop, per warehouse, and for everybody."""

    fixed_code: str | None = strawberry.field(description="The carrier it insists on.")
    cash_on_delivery_code: str | None = strawberry.field(description="Who takes cash on delivery.")
    updated_at: datetime = strawberry.field(description="When it was last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "The shop it is for.", needs="channels.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it is for.", needs="inventory.view"
    )


@strawberry.type(description="The price of a unit for the weight up to a bound.")
class FreightTier:
    """The last tier may have no bound."""

    up_to_grams: int | None = strawberry.field(description="The bound, in grams; null is none.")
    unit_grams: int = strawberry.field(description="How heavy a unit is, in grams.")

    @field_of(Money, "What a unit costs.")
    def price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.price, COMPANY_CURRENCY)


@strawberry.type(description="What any parcel up to a weight costs.")
class FlatFee:
    """It goes before the tiers."""

    up_to_grams: int = strawberry.field(description="The weight, in grams.")

    @field_of(Money, "What it costs.")
    def fee(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.fee, COMPANY_CURRENCY)


@strawberry.type(description="How freight is counted (运费).")
class Tariff:
    """Cut to the cent, never rounded up."""

    first_grams: int = strawberry.field(description="The weight the first price pays for, in grams.")
    rounding: UnitRounding = strawberry.field(description="How a begun unit counts.")
    volume_divisor: int | None = strawberry.field(
        description="Cubic centimetres by this are kilograms; null looks at no volume."
    )

    tiers: list[FreightTier] = strawberry.field(description="What more weight costs.")
    flat_fees: list[FlatFee] = strawberry.field(description="What light parcels cost.")

    @field_of(Money, "What the first weight costs.")
    def first_price(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.first_price, COMPANY_CURRENCY)


@entity(
    reader=shipping.freight_templates_by_id,
    needs=VIEW,
    description="What a carrier charges us for parcels into an area (运费模板).",
)
class FreightTemplate(Node):
    """The shop's or the warehouse's of the smallest area holds, then everybody's."""

    carrier_code: str = strawberry.field(description="The carrier.")
    area: str | None = strawberry.field(description="The area, as a GB/T 2260 code; null is everywhere.")
    updated_at: datetime = strawberry.field(description="When it was last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "The shop it is for.", needs="channels.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it is for.", needs="inventory.view"
    )

    @field_of(Tariff, "How it is counted.")
    def tariff(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return shipping.read_tariff(root.tariff)
