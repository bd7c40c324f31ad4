"""Money with its currency, as clients see it and as they give it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import strawberry

from domain import kernel
from schema.scalars import MONEY_PLACES_MAX, DecimalValue, bad_input


@strawberry.enum(description="A currency by its ISO 4217 code.")
class Currency(Enum):
    """The currencies we keep books in."""

    CNY = "CNY"
    HKD = "HKD"
    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"


@strawberry.type(description="An exact amount in a currency.")
class Money:
    """The amount keeps the places of its currency; a unit price may have more."""

    amount: DecimalValue = strawberry.field(description="The amount, as a string with its exact places.")
    currency: Currency = strawberry.field(description="The currency of the document it belongs to.")


@strawberry.input(description="An exact amount in a currency; more places than the currency has are refused.")
class MoneyInput:
    """The amount is a string such as 12.50."""

    amount: DecimalValue = strawberry.field(description="The amount, as a string.")
    currency: Currency = strawberry.field(description="The currency.", default=Currency.CNY)


class Amount(NamedTuple):
    """What a Money field reads: any measure of money with its document's currency."""

    amount: Any
    currency: Any


CURRENCIES = {each.value: each for each in Currency}


def money(measure: kernel.Money | kernel.UnitPrice | None, currency: str) -> Any:
    """Give a measure its currency; absent stays absent."""
    return None if measure is None else Amount(measure, CURRENCIES.get(currency) or Currency(currency))


@dataclass(frozen=True)
class AmountOf:
    """Which attributes of a row an amount and its currency are."""

    amount: str
    currency: str


def amount_of(graphql_type: Any, attribute: str, description: str, *, currency: str = "currency") -> Any:
    """Declare an amount of money by the attributes of the row that hold it and its currency."""

    def resolver(root: strawberry.Parent[Any]) -> Any:
        return money(getattr(root, attribute), getattr(root, currency))

    metadata = {"amount": AmountOf(attribute, currency)}
    return strawberry.field(resolver, description=description, graphql_type=graphql_type, metadata=metadata)


def _exact(given: MoneyInput, field: str) -> Decimal:
    amount: Decimal = given.amount
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MONEY_PLACES_MAX:
        raise bad_input(f"{field}: {amount} has more than {MONEY_PLACES_MAX} decimal places", "input", field, "amount")
    return amount


def money_of(given: MoneyInput, field: str) -> kernel.Money:
    """Read an amount of money, or refuse more places than the currency has."""
    return kernel.Money(_exact(given, field))


def price_of(given: MoneyInput, field: str) -> kernel.UnitPrice:
    """Read a price to a buyer: as many places as the currency has."""
    return kernel.UnitPrice(_exact(given, field))


def rate_of(given: Decimal | None, field: str) -> kernel.Rate | None:
    """Read a rate, or refuse more places than one holds."""
    try:
        return None if given is None else kernel.Rate(given)
    except kernel.Inexact as problem:
        raise bad_input(f"{field}: {problem}") from None
