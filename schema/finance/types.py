"""What is owed, what was received and what was booked, as clients see it (往来与凭证)."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Annotated, Any

import strawberry

from domain import channels, customers, finance, fulfilment, kernel, orders
from schema.base import Node, edge, entity, field_of, id_of
from schema.channels.types import Channel
from schema.customers.types import Customer
from schema.fulfilment.returns import GoodsReturn
from schema.fulfilment.types import Shipment
from schema.measures import Currency, Money, amount_of, money
from schema.orders.types import Order
from schema.scalars import DecimalValue, global_id

Day = date
"""A field called `date` hides the type of that name in its own class."""


@strawberry.type(description="What part of a receipt, or of a refund, settles what part of a receivable.")
class Allocation:
    """Undone by one of the negative amount, when its entry is voided."""

    allocated_by: str = strawberry.field(description="Who settled it.")
    allocated_at: datetime = strawberry.field(description="When, in UTC.")

    entry_id: strawberry.ID = id_of("JournalEntry", "entry_id", "The id of the entry that booked it.")
    amount: Money = amount_of(Money, "amount", "How much; negative when it undoes an earlier one.")

    @field_of(strawberry.ID, "The id of the receipt, or of the refund.")
    def receipt_id(root: strawberry.Parent[Any]) -> str:  # noqa: N805
        refund = root.settled_by is finance.OpenItemKind.REFUND
        return global_id("OwedRefund" if refund else "Receipt", root.receipt_id)

    @field_of(strawberry.ID | None, "The id of the receivable; null when it was paid out.")
    def receivable_id(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        paid_out = root.settles is finance.OpenItemKind.PAYMENT
        return None if paid_out else global_id("Receivable", root.receivable_id)

    @field_of(str | None, "The bank's or the platform's number of the payment by which it was paid out.")
    def paid_reference(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        return root.reference if root.settles is finance.OpenItemKind.PAYMENT else None


@strawberry.interface(description="Money owed or money received (往来).")
class OpenItem:
    """What receivables, receipts and refunds have in common; the rest is the amount less what is settled."""

    number: str = strawberry.field(description="Our number.")
    reference: str | None = strawberry.field(description="The parcel or return, or the bank's number of the payment.")
    due_on: date = strawberry.field(description="When it is due, or when it was received.")
    opened_at: datetime = strawberry.field(description="When it was booked, in UTC.")
    voided_at: datetime | None = strawberry.field(description="When it was voided; null while it stands.")

    amount: Money = amount_of(Money, "amount", "How much it was.")
    settled_amount: Money = amount_of(Money, "settled_amount", "How much of it is settled.")
    rest_amount: Money = amount_of(Money, "rest_amount", "How much is left; never negative.")
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")

    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Who owes or paid.", needs="channels.view"
    )
    allocations: list[Allocation] = edge(
        list[Allocation],
        finance.allocations_of,
        "id",
        "What settled it, or what it settled, in the order in which it happened.",
    )

    @classmethod
    def is_type_of(cls, _row: Any, _info: Any) -> bool:
        return True


@entity(
    reader=finance.receivables_by_id,
    needs="finance.view",
    description="What is owed to us for a parcel (应收).",
)
class Receivable(OpenItem, Node):
    """Opened by shipping, settled by receipts."""

    order_id: strawberry.ID | None = id_of("Order", "order_id", "The id of the order.", optional=True)

    tax_amount: Money = amount_of(Money, "tax_amount", "How much of it is value-added tax (增值税).")
    order: Order | None = edge(
        Order | None, orders.orders_by_id, "order_id", "The order it is for.", needs="orders.view"
    )
    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "Who bought.", needs="customers.view"
    )
    shipment: Shipment | None = edge(
        Shipment | None, fulfilment.shipments_by_id, "source_id", "The parcel it is for.", needs="fulfilment.view"
    )


@entity(
    reader=finance.refunds_by_id,
    needs="finance.view",
    description="What is owed to a buyer for goods that came back (应退款).",
)
class OwedRefund(OpenItem, Node):
    """It settles what the buyer still owes for the order; the rest waits to be paid, or to settle something else."""

    order_id: strawberry.ID | None = id_of("Order", "order_id", "The id of the order.", optional=True)

    tax_amount: Money = amount_of(Money, "tax_amount", "How much of it is value-added tax (增值税).")
    order: Order | None = edge(
        Order | None, orders.orders_by_id, "order_id", "The order whose goods came back.", needs="orders.view"
    )
    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "Who is owed.", needs="customers.view"
    )
    goods_return: GoodsReturn | None = edge(
        GoodsReturn | None,
        fulfilment.returns_by_id,
        "source_id",
        "The return it is for; null when it is for an exchange that was cancelled.",
        needs="fulfilment.view",
    )


@entity(reader=finance.receipts_by_id, needs="finance.view", description="Money that came in (收款).")
class Receipt(OpenItem, Node):
    """What of it settles nothing yet is an advance."""


@entity(reader=finance.tax_terms_by_id, needs="finance.view", description="How tax is rounded, and its usual rates.")
class TaxTerms(Node):
    """The company has one."""

    rounding: finance.TaxRounding = strawberry.field(description="When contained tax is rounded (税额取整).")
    default_rate: DecimalValue = strawberry.field(
        description="The rate of products without one of their own: 0.13 is 13 %."
    )
    freight_rate: DecimalValue = strawberry.field(description="The rate of freight that buyers pay.")
    set_by: str = strawberry.field(description="Who set them.")
    set_at: datetime = strawberry.field(description="When, in UTC.")


@strawberry.type(description="An account of the chart (科目).")
class Account:
    """After the Chinese standard codes."""

    code: str = strawberry.field(description="The code, such as 1122.")
    name: str = strawberry.field(description="The name in English.")
    name_chinese: str = strawberry.field(description="The name in Chinese.")
    kind: finance.AccountKind = strawberry.field(description="On which side it stands.")


@strawberry.type(description="One side of an entry: a debit or a credit of one account.")
class JournalLine:
    """Exactly one of debit and credit is not zero."""

    position: int = strawberry.field(description="The place in the entry, from 1.")

    account: Account = edge(Account, finance.accounts_by_code, "account_code", "Which account.")

    debit: Money = amount_of(Money, "debit", "What is debited (借).")
    credit: Money = amount_of(Money, "credit", "What is credited (贷).")
    channel_id: strawberry.ID | None = id_of(
        "Channel", "channel_id", "The id of the channel it belongs to.", optional=True
    )

    customer: Customer | None = edge(
        Customer | None, customers.customers_by_id, "customer_id", "Whom it concerns.", needs="customers.view"
    )


@entity(
    reader=finance.entries_by_id,
    needs="finance.view",
    description="A voucher (凭证): debits equal credits in each currency.",
)
class JournalEntry(Node):
    """Never edited; undone by its reversal."""

    number: str = strawberry.field(description="The number, without gaps in each month.")
    date: Day = strawberry.field(description="The day it belongs to, in China.")
    purpose: finance.EntryPurpose = strawberry.field(description="What it books about its source.")
    summary: str = strawberry.field(description="What it says (摘要).")
    posted_by: str = strawberry.field(description="Who posted it.")
    posted_at: datetime = strawberry.field(description="When it was posted, in UTC.")

    lines: list[JournalLine] = edge(list[JournalLine], finance.lines_of_entries, "id", "Its lines.")

    reverses: Annotated["JournalEntry", strawberry.lazy("schema.finance.types")] | None = edge(
        Annotated["JournalEntry", strawberry.lazy("schema.finance.types")] | None,
        finance.entries_by_id,
        "reverses_id",
        "The entry it reverses, if it is a reversal.",
    )

    reversal: Annotated["JournalEntry", strawberry.lazy("schema.finance.types")] | None = edge(
        Annotated["JournalEntry", strawberry.lazy("schema.finance.types")] | None,
        finance.reversals_of,
        "id",
        "The entry that reversed it; null while it stands.",
    )


@strawberry.type(description="What one account has moved.")
class TrialBalanceLine:
    """The balance is debit less credit."""

    @field_of(Account, "Which account.")
    def account(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return root.row

    @field_of(Money, "All that was debited.")
    def debit(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.row.debit, root.currency)

    @field_of(Money, "All that was credited.")
    def credit(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.row.credit, root.currency)

    @field_of(Money, "Debit less credit.")
    def balance(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return money(root.row.balance, root.currency)


@strawberry.type(description="The trial balance (试算平衡表) of one currency at the end of a day.")
class TrialBalance:
    """Both sums are equal, or something is wrong."""

    currency: Currency = strawberry.field(description="The currency.")
    as_of: date = strawberry.field(description="The last day it counts, in China.")
    lines: list[TrialBalanceLine] = strawberry.field(description="The accounts that ever moved, by code.")
    debit: Money = strawberry.field(description="The sum of all debits.")
    credit: Money = strawberry.field(description="The sum of all credits.")


@strawberry.type(description="What one channel owes, by how long it has been due (账龄).")
class Ageing:
    """An item that is due today is not due yet."""

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")

    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Who owes it.", needs="channels.view"
    )

    not_due: Money = amount_of(Money, "not_due", "Not due yet.")
    days_1_to_30: Money = amount_of(Money, "days_1_30", "1 to 30 days overdue.")
    days_31_to_60: Money = amount_of(Money, "days_31_60", "31 to 60 days overdue.")
    days_61_to_90: Money = amount_of(Money, "days_61_90", "61 to 90 days overdue.")
    over_90: Money = amount_of(Money, "over_90", "More than 90 days overdue.")
    total: Money = amount_of(Money, "total", "All of it.")


def trial_balance(rows: list[Any], currency: Currency, day: date) -> Any:
    """Put the rows of a trial balance under their sums."""
    code = currency.value
    return SimpleNamespace(
        currency=currency,
        as_of=day,
        lines=[SimpleNamespace(row=row, currency=code) for row in rows],
        debit=money(kernel.Money.total(row.debit for row in rows), code),
        credit=money(kernel.Money.total(row.credit for row in rows), code),
    )
