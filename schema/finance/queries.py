"""What can be asked about money (财务查询)."""

from datetime import datetime
from typing import Any

import strawberry

from domain import finance, kernel
from schema.base import Info, query
from schema.finance.inputs import (
    ENTRY_ORDERS,
    ITEM_ORDERS,
    JournalEntryFilter,
    JournalEntryOrder,
    JournalEntryOrderField,
    OpenItemFilter,
    OpenItemOrder,
    OpenItemOrderField,
    entries_wanted,
    items_wanted,
)
from schema.finance.types import (
    Account,
    Ageing,
    JournalEntry,
    OwedRefund,
    Receipt,
    Receivable,
    TaxTerms,
    TrialBalance,
    trial_balance,
)
from schema.measures import Currency
from schema.paging import Connection, page_request

NEEDS = "finance.view"


@strawberry.type
class FinanceQuery:
    """Root fields."""

    @query(Connection[Receivable], "What is or was owed to us; what is due first comes first.", needs=NEEDS)
    async def receivables(
        self,
        info: Info,
        *,
        where: OpenItemFilter | None = None,
        order_by: OpenItemOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        by = order_by or OpenItemOrder(field=OpenItemOrderField.DUE_ON)
        kind, order = finance.OpenItemKind.RECEIVABLE, ITEM_ORDERS[by.field, by.direction]
        request = page_request(first, after, last, before)
        return await finance.open_items(info.context.read, kind, items_wanted(where), order, request)

    @query(Connection[Receipt], "Money that came in; in the order in which it was entered.", needs=NEEDS)
    async def receipts(
        self,
        info: Info,
        *,
        where: OpenItemFilter | None = None,
        order_by: OpenItemOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        by = order_by or OpenItemOrder(field=OpenItemOrderField.OPENED_AT)
        kind, order = finance.OpenItemKind.RECEIPT, ITEM_ORDERS[by.field, by.direction]
        request = page_request(first, after, last, before)
        return await finance.open_items(info.context.read, kind, items_wanted(where), order, request)

    @query(
        Connection[OwedRefund],
        "What we owe or owed buyers for goods that came back; the oldest comes first.",
        needs=NEEDS,
    )
    async def owed_refunds(
        self,
        info: Info,
        *,
        where: OpenItemFilter | None = None,
        order_by: OpenItemOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        by = order_by or OpenItemOrder(field=OpenItemOrderField.OPENED_AT)
        kind, order = finance.OpenItemKind.REFUND, ITEM_ORDERS[by.field, by.direction]
        request = page_request(first, after, last, before)
        return await finance.open_items(info.context.read, kind, items_wanted(where), order, request)

    @query(TaxTerms | None, "How tax is rounded, and its usual rates; null until somebody set them.", needs=NEEDS)
    async def tax_terms(self, info: Info) -> Any:
        return await info.context.load(finance.tax_terms_by_id, finance.TERMS_ID)

    @query(Connection[JournalEntry], "Posted entries; the last one posted comes first.", needs=NEEDS)
    async def journal_entries(
        self,
        info: Info,
        *,
        where: JournalEntryFilter | None = None,
        order_by: JournalEntryOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        by = order_by or JournalEntryOrder(field=JournalEntryOrderField.POSTED_AT)
        order, request = ENTRY_ORDERS[by.field, by.direction], page_request(first, after, last, before)
        return await finance.journal_entries(info.context.read, entries_wanted(where), order, request)

    @query(list[Account], "The chart of accounts, by code.", needs=NEEDS)
    async def accounts(self, info: Info) -> Any:
        return await finance.accounts(info.context.read)

    @query(TrialBalance, "The trial balance at the end of a day in China.", needs=NEEDS)
    async def trial_balance(self, info: Info, currency: Currency = Currency.CNY, as_of: datetime | None = None) -> Any:
        day = finance.business_date(as_of or kernel.now())
        return trial_balance(await finance.trial_balance(info.context.read, currency.value, day), currency, day)

    @query(list[Ageing], "What each channel owed at the end of a day in China, by age.", needs=NEEDS)
    async def receivable_ageing(
        self, info: Info, currency: Currency = Currency.CNY, as_of: datetime | None = None
    ) -> Any:
        day = finance.business_date(as_of or kernel.now())
        return await finance.ageing(info.context.read, currency.value, day)
