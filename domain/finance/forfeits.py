"""Forfeited deposits (没收定金): what a buyer paid for an order and lost is other income, settled by its receipt."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import orders
from domain.finance.chart import OTHER_INCOME, RECEIVABLES
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, is_booked, post
from domain.finance.models import EntryPurpose, OpenItem, OpenItemKind
from domain.kernel import Money, Work, identifier

ORDER_SOURCE = "order"
COLUMNS = ("id", "number", "channel_id", "customer_id", "currency", "deposit_amount", "forfeited_at")


async def book_forfeited_deposit(work: Work, fact: orders.OrderDepositForfeited) -> None:
    """Book a deposit that the house keeps, once; the money that came in for it settles the item."""
    order = orders.Order
    statement = select(*(getattr(order, each) for each in COLUMNS)).where(order.id == fact.order_id)
    (found,) = await work.rows(statement)
    if await is_booked(work, ORDER_SOURCE, found.id):
        return
    item = {
        "id": identifier(),
        "kind": OpenItemKind.RECEIVABLE,
        "source_type": ORDER_SOURCE,
        "source_id": found.id,
        "channel_id": found.channel_id,
        "customer_id": found.customer_id,
        "order_id": found.id,
        "currency": found.currency,
        "amount": found.deposit_amount,
        "settled_amount": Money(0),
        "tax_amount": Money(0),
        "due_on": business_date(found.forfeited_at),
        "reference": found.number,
        "opened_at": work.now,
    }
    await work.execute(insert(OpenItem).values(item))
    sides = ((RECEIVABLES, found.deposit_amount, NOTHING), (OTHER_INCOME, NOTHING, found.deposit_amount))
    post(
        work,
        NewEntry(
            purpose=EntryPurpose.FORFEIT,
            summary=f"没收定金 {found.number}",
            source_type=ORDER_SOURCE,
            source_id=found.id,
            date=business_date(found.forfeited_at),
            channel_id=found.channel_id,
            lines=[
                Line(
                    account=account, debit=debit, credit=credit, currency=found.currency, customer_id=found.customer_id
                )
                for account, debit, credit in sides
            ],
        ),
    )
