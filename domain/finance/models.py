"""Books (账): accounts, balanced journal entries that are never edited, and open items with what settles them."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Rate, Table, identifier, optional_reference, primary_key, reference

EntryId = NewType("EntryId", UUID)
OpenItemId = NewType("OpenItemId", UUID)
AllocationId = NewType("AllocationId", UUID)


class AccountKind(StrEnum):
    """On which side an account stands."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


class Account(Table):
    """An account of the chart (科目)."""

    __tablename__ = "accounts"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_chinese: Mapped[str]
    kind: Mapped[AccountKind]


class EntryPurpose(StrEnum):
    """What an entry books about its source; a source has at most one entry for each."""

    SALE = "SALE"
    COST = "COST"
    RECEIPT = "RECEIPT"
    SETTLEMENT = "SETTLEMENT"
    STOCK_RECEIPT = "STOCK_RECEIPT"
    STOCK_DIFFERENCE = "STOCK_DIFFERENCE"
    STOCK_RETURN = "STOCK_RETURN"
    RETURN = "RETURN"
    RETURN_VOIDED = "RETURN_VOIDED"
    REFUND = "REFUND"
    COST_CHANGE = "COST_CHANGE"
    FORFEIT = "FORFEIT"
    VOID = "VOID"


class JournalEntry(Table):
    """A voucher (凭证): debits equal credits, numbered without gaps when posted, corrected only by its reversal."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        UniqueConstraint("source_type", "source_id", "purpose"),
        Index("ix_journal_entries_posted", "posted_at", "id"),
        Index("ix_journal_entries_date", "date", "id"),
        Index("uq_journal_entries_reverses", "reverses_id", unique=True),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[EntryId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(unique=True)
    date: Mapped[date]
    purpose: Mapped[EntryPurpose]
    summary: Mapped[str]
    source_type: Mapped[str]
    source_id: Mapped[UUID]
    reverses_id: Mapped[EntryId | None] = optional_reference("journal_entries.id", default=None)
    posted_by: Mapped[str]
    posted_at: Mapped[datetime]


class JournalLine(Table):
    """One side of an entry; exactly one of debit and credit is not zero, both are never negative."""

    __tablename__ = "journal_lines"
    __table_args__ = (
        PrimaryKeyConstraint("entry_id", "position"),
        CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="one_side"),
        Index("ix_journal_lines_account", "account_code", "currency"),
        Index("ix_journal_lines_party", "customer_id"),
    )
    append_only: ClassVar[bool] = True

    entry_id: Mapped[EntryId] = reference("journal_entries.id")
    position: Mapped[int]
    account_code: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    debit: Mapped[Money]
    credit: Mapped[Money]
    currency: Mapped[str]
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    channel_id: Mapped[UUID | None] = mapped_column(default=None)


class OpenItemKind(StrEnum):
    """Which side owes: a receivable is owed to us, a receipt is money that waits to settle something.

    A refund is owed by us for goods that came back, until it settles a receivable or a payment that went out.
    """

    RECEIVABLE = "RECEIVABLE"
    RECEIPT = "RECEIPT"
    REFUND = "REFUND"
    PAYMENT = "PAYMENT"


OPEN = text("settled_amount < amount AND voided_at IS NULL")


class OpenItem(Table):
    """Money owed or money received (往来): its rest is the amount less what is settled, and never changes sign.

    A voided item is owed by nobody any more; nothing settles it, and its entry is reversed.
    """

    __tablename__ = "open_items"
    __table_args__ = (
        CheckConstraint("amount > 0 AND settled_amount >= 0 AND settled_amount <= amount", name="rest"),
        CheckConstraint("voided_at IS NULL OR settled_amount = 0", name="void_settles_nothing"),
        UniqueConstraint("source_type", "source_id"),
        Index(
            "uq_open_items_receipt_reference",
            "channel_id",
            "reference",
            unique=True,
            postgresql_where=text("kind = 'RECEIPT' AND voided_at IS NULL"),
        ),
        Index(
            "uq_open_items_payment_reference",
            "channel_id",
            "reference",
            unique=True,
            postgresql_where=text("kind = 'PAYMENT' AND voided_at IS NULL"),
        ),
        Index("ix_open_items_opened", "kind", "opened_at", "id"),
        Index("ix_open_items_due", "kind", "due_on", "id", postgresql_where=OPEN),
        Index("ix_open_items_order", "order_id"),
        Index("ix_open_items_customer", "customer_id"),
    )

    id: Mapped[OpenItemId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'AR' || lpad(nextval('open_item_numbers')::text, 9, '0')"), init=False
    )
    kind: Mapped[OpenItemKind]
    source_type: Mapped[str]
    source_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    order_id: Mapped[UUID | None] = mapped_column(default=None)
    currency: Mapped[str]
    amount: Mapped[Money]
    settled_amount: Mapped[Money]
    tax_amount: Mapped[Money] = mapped_column(server_default="0", default=Money(0), kw_only=True)
    due_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(default=None)
    opened_at: Mapped[datetime]
    voided_at: Mapped[datetime | None] = mapped_column(default=None)


class Allocation(Table):
    """What part of a receipt settles what part of a receivable, and the entry that booked it. Never edited."""

    __tablename__ = "allocations"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="settles_something"),
        Index("ix_allocations_receipt", "receipt_id"),
        Index("ix_allocations_receivable", "receivable_id"),
        Index("ix_allocations_entry", "entry_id"),
        Index("ix_allocations_at", "allocated_at"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[AllocationId] = primary_key(default_factory=identifier)
    receipt_id: Mapped[OpenItemId] = reference("open_items.id")
    receivable_id: Mapped[OpenItemId] = reference("open_items.id")
    entry_id: Mapped[EntryId] = reference("journal_entries.id")
    amount: Mapped[Money]
    allocated_by: Mapped[str]
    allocated_at: Mapped[datetime]


class TaxRounding(StrEnum):
    """When contained tax is rounded."""

    LINE = "LINE"
    DOCUMENT = "DOCUMENT"


TERMS_ID = UUID("00000000-0000-7000-8000-000000000301")
"""The company has one set of tax terms."""


class TaxTerms(Table):
    """How tax is rounded (税额取整), and the rates of freight and of products without one of their own."""

    __tablename__ = "tax_terms"
    __table_args__ = (CheckConstraint("id = '00000000-0000-7000-8000-000000000301'", name="one"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rounding: Mapped[TaxRounding]
    default_rate: Mapped[Rate]
    freight_rate: Mapped[Rate]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class TaxRate(Table):
    """The rate of the value-added tax (增值税率) that a product's price contains, where it is not the default."""

    __tablename__ = "tax_rates"
    __table_args__ = (CheckConstraint("rate >= 0 AND rate < 1", name="rate"),)

    product_id: Mapped[UUID] = reference("products.id", primary=True)
    rate: Mapped[Rate]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class NumberSeries(Table):
    """The last number given in one series of one period, locked while a gap-free number is taken."""

    __tablename__ = "number_series"
    __table_args__ = (PrimaryKeyConstraint("series", "period"),)

    series: Mapped[str]
    period: Mapped[str]
    last: Mapped[int]
