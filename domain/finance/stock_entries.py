"""Stock entries (存货凭证): what stock gains or loses in value without being sold is booked against its reason."""

from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.finance.chart import PAYABLES, STOCK, STOCK_DIFFERENCES
from domain.finance.journal import Line, NewEntry, business_date, is_booked, post
from domain.finance.models import EntryPurpose
from domain.kernel import Money, Work

DOCUMENT = "stock_document"


async def book_stock_receipt(work: Work, fact: inventory.StockReceived) -> None:
    """Owe the supplier what came in, until the invoice says how much it truly is (暂估)."""
    await _book(work, fact.document_id, fact.cost_amount, EntryPurpose.STOCK_RECEIPT, PAYABLES, "采购入库暂估")


async def book_stock_difference(work: Work, fact: inventory.StockAdjusted) -> None:
    """Park a gain or loss of stock until somebody decides who bears it."""
    await _book(work, fact.document_id, fact.cost_amount, EntryPurpose.STOCK_DIFFERENCE, STOCK_DIFFERENCES, "库存损溢")


async def book_stock_revaluation(work: Work, fact: inventory.StockRevalued) -> None:
    """Park the value of goods that went to, or came from, a place where they are worth nothing."""
    await _book(work, fact.document_id, fact.cost_amount, EntryPurpose.STOCK_DIFFERENCE, STOCK_DIFFERENCES, "库存重估")


async def _book(work: Work, document_id: UUID, value: Money, purpose: EntryPurpose, against: str, summary: str) -> None:
    if await is_booked(work, DOCUMENT, document_id):
        return
    document = inventory.StockDocument
    posted = (await work.rows(select(document.number, document.posted_at).where(document.id == document_id)))[0]
    entry = NewEntry(
        purpose=purpose,
        summary=f"{summary} {posted.number}",
        source_type=DOCUMENT,
        source_id=document_id,
        date=business_date(posted.posted_at),
        lines=[Line(account=STOCK, debit=value), Line(account=against, credit=value)],
    )
    post(work, entry)
