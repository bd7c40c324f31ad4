"""The mutations of prices (价格变更); a price finer than a cent is refused as such, never rounded."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, kernel, pricing
from schema.measures import Currency, MoneyInput
from schema.mutating import BULK_INPUTS_MAX, Call, mutation
from schema.pricing.types import Price, PriceList


@strawberry.input(description="A price list to be added.")
class CreatePriceListInput:
    """Without a channel it holds for all channels of its currency."""

    code: str = strawberry.field(description="Its unique code: a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The channel it holds for.")
    currency: Currency | None = strawberry.field(default=None, description="Its currency; the channel's, or CNY.")
    priority: int = strawberry.field(default=0, description="The higher wins.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when; now if not given.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; null means for ever.")


@strawberry.input(description="What one unit of a variant shall cost.")
class PriceInput:
    """Earlier prices in the list give way from its start."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    unit_price: MoneyInput = strawberry.field(description="The price of one unit, in the list's currency.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when; now if not given.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; null means until the next.")


@strawberry.input(description="A price for a price list.")
class SetPriceInput:
    """From the same moment it replaces the one that was there."""

    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    price: PriceInput = strawberry.field(description="The price.")


@strawberry.input(description="Prices for a price list: all of them or none.")
class SetPricesInput:
    """At most 250 at once."""

    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    prices: list[PriceInput] = strawberry.field(description="The prices, at most 250.")


@strawberry.input(description="The price that ends.")
class EndPriceInput:
    """The one before it is in force again."""

    id: strawberry.ID = strawberry.field(description="The price.")
    ends_at: datetime | None = strawberry.field(default=None, description="When; now if not given.")


def price_of(call: Call, given: PriceInput) -> pricing.NewPrice:
    return pricing.NewPrice(
        variant_id=catalogue.VariantId(call.key("Variant", given.variant_id)),
        unit_price=pricing.exact_price(given.unit_price.amount),
        currency=given.unit_price.currency.value,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
    )


def prices_of(call: Call, given: list[PriceInput]) -> list[pricing.NewPrice]:
    if len(given) > BULK_INPUTS_MAX:
        problem = f"at most {BULK_INPUTS_MAX} at once, not {len(given)}"
        raise kernel.BadInput(field="prices", problem=problem).at("input", "prices")
    return [_price_at(call, index, each) for index, each in enumerate(given)]


def _price_at(call: Call, index: int, given: PriceInput) -> pricing.NewPrice:
    try:
        return price_of(call, given)
    except kernel.Refusal as refusal:
        raise refusal.within("prices", str(index)) from None


def price_list_of(call: Call, given: CreatePriceListInput) -> pricing.NewPriceList:
    return pricing.NewPriceList(
        code=given.code,
        name=given.name,
        channel_id=call.key("Channel", given.channel_id) if given.channel_id else None,
        currency=given.currency.value if given.currency else None,
        priority=given.priority,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
    )


@strawberry.type
class PricingMutation:
    """Mutations."""

    @mutation(PriceList)
    async def create_price_list(self, call: Call, input: CreatePriceListInput) -> Any:  # noqa: A002
        return await call.perform(pricing.create_price_list, price_list_of(call, input))

    @mutation(Price)
    async def set_price(self, call: Call, input: SetPriceInput) -> Any:  # noqa: A002
        key = call.key("PriceList", input.price_list_id)
        return await call.perform(pricing.set_price, key, price_of(call, input.price))

    @mutation(PriceList)
    async def set_prices(self, call: Call, input: SetPricesInput) -> Any:  # noqa: A002
        key = call.key("PriceList", input.price_list_id)
        return await call.perform(pricing.set_prices, key, prices_of(call, input.prices))

    @mutation(Price)
    async def end_price(self, call: Call, input: EndPriceInput) -> Any:  # noqa: A002
        return await call.perform(pricing.end_price, call.key("Price", input.id), ends_at=input.ends_at)
