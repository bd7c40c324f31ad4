"""What the books are asked and told (财务输入)."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from domain import finance, kernel
from schema.filters import limited
from schema.measures import Currency, MoneyInput
from schema.paging import OrderDirection
from schema.scalars import DecimalValue, bad_input, key_of


@strawberry.input(description="A half-open period of days.")
class DayFilter:
    """From is included, to is not."""

    from_: date | None = strawberry.field(default=None, name="from", description="On or after.")
    to: date | None = strawberry.field(default=None, description="Before.")


@strawberry.input(description="Which receivables or receipts; combined by AND.")
class OpenItemFilter:
    """What is not given does not matter."""

    open_only: bool = strawberry.field(default=False, description="Only those with something left to settle.")
    channels: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these channels.")
    customers: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these customers.")
    orders: list[strawberry.ID] | None = strawberry.field(default=None, description="For these orders.")
    currency: Currency | None = strawberry.field(default=None, description="In this currency.")
    due_on: DayFilter | None = strawberry.field(default=None, description="Due in this period.")
    number: str | None = strawberry.field(default=None, description="With this number of ours.")
    reference: str | None = strawberry.field(default=None, description="With this reference.")


@strawberry.enum(description="By what receivables and receipts are ordered.")
class OpenItemOrderField(Enum):
    """Each is served by an index."""

    DUE_ON = "DUE_ON"
    OPENED_AT = "OPENED_AT"


@strawberry.input(description="The order of receivables or receipts.")
class OpenItemOrder:
    """A total order: the id decides between equals."""

    field: OpenItemOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which end first.")


@strawberry.input(description="Which journal entries; combined by AND.")
class JournalEntryFilter:
    """What is not given does not matter."""

    date: DayFilter | None = strawberry.field(default=None, description="Of these days.")
    purposes: list[finance.EntryPurpose] | None = strawberry.field(default=None, description="Of these purposes.")
    accounts: list[str] | None = strawberry.field(default=None, description="That touch one of these account codes.")
    shipments: list[strawberry.ID] | None = strawberry.field(default=None, description="That book these parcels.")
    number: str | None = strawberry.field(default=None, description="With this number.")


@strawberry.enum(description="By what journal entries are ordered.")
class JournalEntryOrderField(Enum):
    """Each is served by an index."""

    DATE = "DATE"
    POSTED_AT = "POSTED_AT"


@strawberry.input(description="The order of journal entries.")
class JournalEntryOrder:
    """A total order: the id decides between equals."""

    field: JournalEntryOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end first.")


@strawberry.input(description="What part of a receivable a receipt settles.")
class SettlementInput:
    """The rest of the receivable stays open."""

    receivable_id: strawberry.ID = strawberry.field(description="The receivable.")
    amount: DecimalValue = strawberry.field(description="How much, in the currency of the receipt.")


@strawberry.input(description="Money that came in from one channel.")
class PostReceiptInput:
    """What settles nothing waits as an advance."""

    channel_id: strawberry.ID = strawberry.field(description="The channel it came from.")
    amount: MoneyInput = strawberry.field(description="How much came in.")
    received_on: date = strawberry.field(description="The day it came in, in China; not in the future.")
    reference: str = strawberry.field(description="The number the bank or the platform gave it; once per channel.")
    settles: list[SettlementInput] = strawberry.field(
        default_factory=list, description="What it settles at once, at most 250 receivables."
    )


@strawberry.input(description="Money that was paid to a buyer for goods that came back.")
class PayRefundInput:
    """In whole or in part."""

    refund_id: strawberry.ID = strawberry.field(description="The refund.")
    amount: DecimalValue = strawberry.field(description="How much was paid, in its currency.")
    paid_on: date = strawberry.field(description="The day it was paid, in China; not in the future.")
    reference: str = strawberry.field(description="The number the bank or the platform gave it; once per channel.")


@strawberry.input(description="Money that was paid back of a receipt, of what settles nothing.")
class PayBackReceiptInput:
    """In whole or in part."""

    receipt_id: strawberry.ID = strawberry.field(description="The receipt.")
    amount: DecimalValue = strawberry.field(description="How much was paid back, in its currency.")
    paid_on: date = strawberry.field(description="The day it was paid, in China; not in the future.")
    reference: str = strawberry.field(description="The number the bank or the platform gave it; once per channel.")


@strawberry.input(description="What is left of a receipt, or of a refund, settles a receivable.")
class SettleReceivableInput:
    """Both are of the same channel and currency."""

    receipt_id: strawberry.ID = strawberry.field(description="The receipt, or the refund.")
    receivable_id: strawberry.ID = strawberry.field(description="The receivable.")
    amount: DecimalValue = strawberry.field(description="How much, in their currency.")


@strawberry.input(description="An entry that was wrong.")
class VoidEntryInput:
    """It stays, and its exact opposite is posted."""

    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    reason: str = strawberry.field(description="Why; it becomes part of the reversal.")


@strawberry.input(description="How the tax that prices contain is rounded, and its usual rates.")
class SetTaxTermsInput:
    """They hold for parcels that leave from now on."""

    rounding: finance.TaxRounding = strawberry.field(
        default=finance.TaxRounding.LINE, description="When it is rounded half up."
    )
    default_rate: DecimalValue = strawberry.field(description="For products without a rate of their own; 0.13 is 13 %.")
    freight_rate: DecimalValue = strawberry.field(description="For the freight that buyers pay.")


@strawberry.input(description="A product and the rate of the tax that its price contains.")
class SetTaxRateInput:
    """It holds for parcels that leave from now on."""

    product_id: strawberry.ID = strawberry.field(description="The product.")
    rate: DecimalValue | None = strawberry.field(
        default=None, description="Its rate, such as 0.13; without one the default rate holds again."
    )


ITEM_ORDERS = {
    (OpenItemOrderField.DUE_ON, OrderDirection.ASC): finance.BY_DUE_DATE,
    (OpenItemOrderField.DUE_ON, OrderDirection.DESC): finance.BY_DUE_DATE_LAST_FIRST,
    (OpenItemOrderField.OPENED_AT, OrderDirection.ASC): finance.BY_OPENING,
    (OpenItemOrderField.OPENED_AT, OrderDirection.DESC): finance.BY_OPENING_LAST_FIRST,
}
ENTRY_ORDERS = {
    (JournalEntryOrderField.DATE, OrderDirection.ASC): finance.BY_DATE,
    (JournalEntryOrderField.DATE, OrderDirection.DESC): finance.BY_DATE_LAST_FIRST,
    (JournalEntryOrderField.POSTED_AT, OrderDirection.ASC): finance.BY_POSTING,
    (JournalEntryOrderField.POSTED_AT, OrderDirection.DESC): finance.BY_POSTING_LAST_FIRST,
}


def keys_of(type_name: str, ids: list[strawberry.ID] | None) -> list[Any] | None:
    """Read ids of one type; ids of another match nothing."""
    if ids is None:
        return None
    return [key for key in (key_of(type_name, each) for each in limited(ids, type_name)) if key is not None]


def items_wanted(given: OpenItemFilter | None) -> finance.ItemFilter:
    """Read which open items are wanted."""
    where = given or OpenItemFilter()
    days = where.due_on or DayFilter()
    return finance.ItemFilter(
        open_only=where.open_only,
        channel_ids=keys_of("Channel", where.channels),
        customer_ids=keys_of("Customer", where.customers),
        order_ids=keys_of("Order", where.orders),
        currency=where.currency.value if where.currency else None,
        due_from=days.from_,
        due_until=days.to,
        number=where.number,
        reference=where.reference,
    )


def entries_wanted(given: JournalEntryFilter | None) -> finance.EntryFilter:
    """Read which entries are wanted."""
    where = given or JournalEntryFilter()
    days = where.date or DayFilter()
    return finance.EntryFilter(
        date_from=days.from_,
        date_until=days.to,
        purposes=where.purposes,
        account_codes=None if where.accounts is None else limited(where.accounts, "accounts"),
        source_ids=keys_of("Shipment", where.shipments),
        number=where.number,
    )


def exact(amount: Decimal, field: str) -> kernel.Money:
    """Read an amount, or refuse more places than money has."""
    try:
        return kernel.Money(amount)
    except kernel.Inexact as problem:
        raise bad_input(f"{field}: {problem}") from None
