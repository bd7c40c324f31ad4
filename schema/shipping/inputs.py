"""What the mutations of shipping are given (物流输入)."""

import strawberry

from schema.measures import MoneyInput
from schema.shipping.types import UnitRounding

CHANNEL = "The shop it is for; without shop and warehouse it is for everybody."
WAREHOUSE = "The warehouse it is for; give a shop or a warehouse, not both."
AREA = "The area, as a GB/T 2260 code of 6 digits; without it, everywhere."


@strawberry.input(description="What a carrier shall be.")
class DefineCarrierInput:
    """A new carrier, or one there is."""

    code: str = strawberry.field(description="The code the platforms share, in capitals.")
    name: str = strawberry.field(description="The name in English.")
    name_chinese: str = strawberry.field(description="The name in Chinese.")
    waybill: str = strawberry.field(description="The pattern its waybills match, such as YT[0-9]{13}.")
    priority: int = strawberry.field(description="Its place in the order, 0 to 10,000; the lower, the earlier.")
    cash_on_delivery: bool = strawberry.field(default=False, description="Whether it takes cash on delivery.")
    automatic: bool = strawberry.field(default=True, description="Whether it is chosen when no rule says otherwise.")
    active: bool = strawberry.field(default=True, description="Whether parcels can be handed to it.")
    areas: list[str] | None = strawberry.field(
        default=None, description="Where it goes, as GB/T 2260 codes; without any, everywhere."
    )
    unreached_words: list[str] | None = strawberry.field(
        default=None, description="Words of addresses it does not go to (不到)."
    )
    memo_words: list[str] | None = strawberry.field(
        default=None, description="Words of a seller's memo that name it, such as 发顺丰."
    )


@strawberry.input(description="From which amount paid on another carrier takes the parcel.")
class CarrierByAmountInput:
    """The highest amount is looked at first."""

    from_amount: MoneyInput = strawberry.field(description="The amount paid.")
    carrier_code: str = strawberry.field(description="The carrier.")


@strawberry.input(description="Up to which weight another carrier takes the parcel.")
class CarrierByWeightInput:
    """The smallest weight is looked at first."""

    up_to_grams: int = strawberry.field(description="The weight, in grams.")
    carrier_code: str = strawberry.field(description="The carrier.")


@strawberry.input(
    description="Which carrier takes parcels of a shop or a warehouse into an area, and who else does when."
)
class DefineCarrierRuleInput:
    """It replaces the rule of the same shop or warehouse and area."""

    carrier_code: str = strawberry.field(description="The carrier.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description=CHANNEL)
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description=WAREHOUSE)
    area: str | None = strawberry.field(default=None, description=AREA)
    fallbacks: list[str] | None = strawberry.field(
        default=None, description="Who takes what the carrier cannot, at most 2, in their order."
    )
    unreached_words: list[str] | None = strawberry.field(
        default=None, description="Words of addresses the carrier does not go to (不到)."
    )
    by_amount: list[CarrierByAmountInput] | None = strawberry.field(
        default=None, description="Who takes what was paid well for, at most 3."
    )
    by_weight: list[CarrierByWeightInput] | None = strawberry.field(
        default=None, description="Who takes what is light, at most 3."
    )
    not_by_weight: list[str] | None = strawberry.field(
        default=None, description="Words of addresses for which the weight decides nothing."
    )


@strawberry.input(description="A carrier rule.")
class RemoveCarrierRuleInput:
    """Named by its id."""

    id: strawberry.ID = strawberry.field(description="The rule.")


@strawberry.input(description="Whom a shop or a warehouse insists on.")
class PreferCarriersInput:
    """It replaces what it insisted on before."""

    channel_id: strawberry.ID | None = strawberry.field(default=None, description=CHANNEL)
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description=WAREHOUSE)
    fixed_code: str | None = strawberry.field(default=None, description="The carrier it insists on.")
    cash_on_delivery_code: str | None = strawberry.field(default=None, description="Who takes cash on delivery.")


@strawberry.input(description="The price of a unit for the weight up to a bound.")
class FreightTierInput:
    """Only the last tier may have no bound."""

    unit_grams: int = strawberry.field(description="How heavy a unit is, in grams.")
    price: MoneyInput = strawberry.field(description="What a unit costs.")
    up_to_grams: int | None = strawberry.field(default=None, description="The bound, in grams.")


@strawberry.input(description="What any parcel up to a weight costs.")
class FlatFeeInput:
    """It goes before the tiers."""

    up_to_grams: int = strawberry.field(description="The weight, in grams.")
    fee: MoneyInput = strawberry.field(description="What it costs.")


@strawberry.input(description="How freight is counted.")
class TariffInput:
    """Cut to the cent, never rounded up."""

    first_grams: int = strawberry.field(description="The weight the first price pays for, in grams.")
    first_price: MoneyInput = strawberry.field(description="What the first weight costs.")
    tiers: list[FreightTierInput] | None = strawberry.field(
        default=None, description="What more weight costs, at most 4, with rising bounds."
    )
    flat_fees: list[FlatFeeInput] | None = strawberry.field(
        default=None, description="What light parcels cost, at most 3, with rising bounds."
    )
    rounding: UnitRounding = strawberry.field(default=UnitRounding.CEILING, description="How a begun unit counts.")
    volume_divisor: int | None = strawberry.field(
        default=None, description="Cubic centimetres by this are kilograms, such as 6000; without it, no volume counts."
    )


@strawberry.input(description="What a carrier charges for parcels into an area.")
class DefineFreightTemplateInput:
    """It replaces the template of the same carrier, shop or warehouse, and area."""

    carrier_code: str = strawberry.field(description="The carrier.")
    tariff: TariffInput = strawberry.field(description="How it is counted.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description=CHANNEL)
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description=WAREHOUSE)
    area: str | None = strawberry.field(default=None, description=AREA)


@strawberry.input(description="A freight template.")
class RemoveFreightTemplateInput:
    """Named by its id."""

    id: strawberry.ID = strawberry.field(description="The template.")
