"""Stock entries (存货凭证): what stock gains or loses in value without being sold is booked against its reason.

At a fixed cost, what came in at another price is booked at that price, and the difference against the variances.
"""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.finance.chart import COST_OF_SALES, PAYABLES, PRICE_VARIANCES, STOCK, STOCK_DIFFERENCES, WRITE_DOWNS
from domain.finance.journal import Line, NewEntry, business_date, is_booked, post
from domain.finance.models import EntryPurpose
from domain.kernel import Money, Work

DOCUMENT, CHANGE = "stock_document", "cost_change"
KIND = inventory.MovementKind
AGAINST: dict[inventory.MovementKind | None, str] = {
    KIND.SALE: COST_OF_SALES,
    KIND.SALE_RETURN: COST_OF_SALES,
    KIND.ADJUSTMENT_IN: STOCK_DIFFERENCES,
    KIND.ADJUSTMENT_OUT: STOCK_DIFFERENCES,
    KIND.SCRAP: STOCK_DIFFERENCES,
    KIND.ASSEMBLY: STOCK_DIFFERENCES,
    KIND.DISASSEMBLY: STOCK_DIFFERENCES,
    # Between two warehouses nothing is left of it, but for places where goods are worth nothing.
    KIND.TRANSFER_OUT: STOCK_DIFFERENCES,
    KIND.TRANSFER_IN: STOCK_DIFFERENCES,
}
"""Where the correction of the cost of a movement goes, by its kind; all else is a variance."""


async def book_stock_receipt(work: Work, fact: inventory.StockReceived) -> None:
    """Owe the supplier what came in, until the invoice says how much it truly is (暂估)."""
    amounts = {PAYABLES: fact.cost_amount, PRICE_VARIANCES: fact.variance}
    await _book(work, fact.document_id, EntryPurpose.STOCK_RECEIPT, "采购入库暂估", amounts)


async def book_stock_difference(work: Work, fact: inventory.StockAdjusted) -> None:
    """Park a gain or loss of stock until somebody decides who bears it."""
    amounts = {STOCK_DIFFERENCES: fact.cost_amount, PRICE_VARIANCES: fact.variance}
    await _book(work, fact.document_id, EntryPurpose.STOCK_DIFFERENCE, "库存损溢", amounts)


async def book_stock_return(work: Work, fact: inventory.StockReturned) -> None:
    """Take what came back from a buyer off the cost of sales, at what it had cost."""
    amounts = {COST_OF_SALES: fact.cost_amount, PRICE_VARIANCES: fact.variance}
    await _book(work, fact.document_id, EntryPurpose.STOCK_RETURN, "销售退货入库", amounts)


async def book_stock_revaluation(work: Work, fact: inventory.StockRevalued) -> None:
    """Park the value of goods that went to, or came from, a place where they are worth nothing, or cost otherwise."""
    amounts = {STOCK_DIFFERENCES: fact.cost_amount, PRICE_VARIANCES: fact.variance}
    await _book(work, fact.document_id, EntryPurpose.STOCK_DIFFERENCE, "库存重估", amounts)


async def book_cost_change(work: Work, fact: inventory.CostChanged) -> None:
    """Book what a paper made stock worth more or less: against what its goods cost when they left, or the variances.

    What was written down is a loss of its own.
    """
    written_down = inventory.CostChange.kind == inventory.CostChangeKind.WRITTEN_DOWN
    of_change = select(inventory.CostChange.id).where(inventory.CostChange.id == fact.change_id, written_down)
    otherwise = WRITE_DOWNS if await work.rows(of_change) else PRICE_VARIANCES
    amounts = defaultdict[str, Money](lambda: Money(0))
    for kind, amount in (await inventory.value_changed_by(work, fact.change_id)).items():
        amounts[AGAINST.get(kind, otherwise)] += amount
    await _book_change(work, fact.change_id, "成本调整", amounts)


async def book_new_price(work: Work, fact: inventory.ReceiptRepriced) -> None:
    """Owe the supplier what the invoice says: what is no more there of the receipt is a variance."""
    amounts = {PAYABLES: fact.cost_amount, PRICE_VARIANCES: -fact.variance}
    await _book_change(work, fact.change_id, "发票价差", amounts)


async def _book_change(work: Work, change_id: UUID, summary: str, amounts: Mapping[str, Money]) -> None:
    if await is_booked(work, CHANGE, change_id):
        return
    change = await work.session.get_one(inventory.CostChange, change_id)
    entry = NewEntry(
        purpose=EntryPurpose.COST_CHANGE,
        summary=f"{summary} {change.number}",
        source_type=CHANGE,
        source_id=change_id,
        date=business_date(change.made_at),
        lines=_lines(amounts),
    )
    post(work, entry)


async def _book(
    work: Work, document_id: UUID, purpose: EntryPurpose, summary: str, amounts: Mapping[str, Money]
) -> None:
    if await is_booked(work, DOCUMENT, document_id):
        return
    document = inventory.StockDocument
    columns = (document.number, document.posted_at, document.effective_at)
    posted = (await work.rows(select(*columns).where(document.id == document_id)))[0]
    entry = NewEntry(
        purpose=purpose,
        summary=f"{summary} {posted.number}",
        source_type=DOCUMENT,
        source_id=document_id,
        date=business_date(posted.effective_at or posted.posted_at),
        lines=_lines(amounts),
    )
    post(work, entry)


def _lines(amounts: Mapping[str, Money]) -> list[Line]:
    """Say what stock gains, and which accounts give it."""
    gained = Line(account=STOCK, debit=Money.total(amounts.values()))
    return [gained, *(Line(account=account, credit=amount) for account, amount in amounts.items())]
