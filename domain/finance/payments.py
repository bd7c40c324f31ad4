"""Payments (收款): money in, and what it settles; what settles nothing yet is an advance (预收账款) until it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain import channels, distributors
from domain.finance.chart import ADVANCES, BANK, RECEIVABLES, REFUNDS
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, post, write_beside
from domain.finance.models import EntryPurpose, OpenItem, OpenItemId, OpenItemKind
from domain.finance.settling import Settlement, allocation, check_rest, lock_items, receivable_in, settle
from domain.kernel import BadInput, Money, NotFound, Refusal, Work, action, identifier

RECEIPT = "receipt"
ALLOCATION = "allocation"
SETTLEMENTS_MAX = 250
REFERENCE_LENGTH_MAX = 100


class ReceiptKnown(Refusal):
    """A receipt with the reference {reference} was posted for this channel before."""

    reference: str
    chinese = "该渠道已登记过流水号为 {reference} 的收款"


@dataclass(frozen=True, kw_only=True)
class NewReceipt:
    """Money that came in from one channel; `reference` is the bank's or the platform's own number of the payment."""

    channel_id: UUID
    amount: Money
    currency: str
    received_on: date
    reference: str
    settles: Sequence[Settlement] = ()


@action
async def post_receipt(work: Work, receipt: NewReceipt) -> OpenItem:
    """Enter money received and settle what it pays for; the rest waits as an advance."""
    check_receipt(receipt, business_date(work.now))
    await channels.channel_by_id(work, receipt.channel_id)
    parts: dict[UUID, Money] = {each.receivable_id: each.amount for each in receipt.settles}
    items = await lock_items(work, list(parts)) if parts else {}
    settled = [_paid(items, position, each, receipt) for position, each in enumerate(receipt.settles)]
    item = await _open(work, receipt, Money.total(parts.values()))
    if parts:
        await settle(work, parts)
    entry = post(work, receipt_entry(receipt, item, settled))
    if entry is not None:
        write_beside(work, *(allocation(work, item.id, each, entry.id) for each in receipt.settles))
    cause = (item.source_id, receipt.reference)
    await distributors.book_funds(work, receipt.channel_id, distributors.FundsKind.RECEIPT, receipt.amount, cause)
    return item


@action
async def settle_receivable(work: Work, receipt_id: OpenItemId, receivable_id: OpenItemId, amount: Money) -> OpenItem:
    """Use what is left of a receipt, or of a refund, to settle a receivable, in whole or in part."""
    _check_positive(amount, "amount")
    items = await lock_items(work, [receipt_id, receivable_id])
    receipt = items.get(receipt_id)
    if receipt is None or receipt.kind not in (OpenItemKind.RECEIPT, OpenItemKind.REFUND):
        raise NotFound(what="receipt", which=str(receipt_id)).at("input", "receiptId")
    check_rest(receipt, amount)
    settlement = Settlement(receivable_id=receivable_id, amount=amount)
    receivable = receivable_in(items, settlement, receipt.channel_id, receipt.currency)
    await settle(work, {receipt_id: amount, receivable_id: amount})
    source = identifier()
    entry = post(work, settlement_entry(work, source, receipt, receivable, amount))
    if entry is not None:
        write_beside(work, allocation(work, receipt_id, settlement, entry.id))
    return await work.session.get_one(OpenItem, receivable_id, populate_existing=True)


def check_receipt(receipt: NewReceipt, today: date) -> None:
    """Refuse what no statement of a bank could say."""
    _check_positive(receipt.amount, "amount")
    if not 1 <= len(receipt.reference.strip()) <= REFERENCE_LENGTH_MAX:
        raise _bad("reference", f"must have 1 to {REFERENCE_LENGTH_MAX} characters")
    if receipt.received_on > today:
        raise _bad("receivedOn", "lies in the future")
    if len(receipt.settles) > SETTLEMENTS_MAX:
        raise _bad("settles", f"may name at most {SETTLEMENTS_MAX} receivables")
    for position, each in enumerate(receipt.settles):
        _check_positive(each.amount, "settles", str(position), "amount")
    if len({each.receivable_id for each in receipt.settles}) < len(receipt.settles):
        raise _bad("settles", "names a receivable twice")
    if Money.total(each.amount for each in receipt.settles) > receipt.amount:
        raise _bad("settles", f"adds up to more than the {receipt.amount} received")


def receipt_entry(receipt: NewReceipt, item: OpenItem, settled: Sequence[Any]) -> NewEntry:
    """Book the money in: against the receivables it settles, the rest as an advance."""
    paid = [(row.customer_id, each.amount) for row, each in zip(settled, receipt.settles, strict=True)]
    rest = receipt.amount - Money.total(amount for _, amount in paid)
    sides = [
        (BANK, None, receipt.amount, NOTHING),
        *((RECEIVABLES, customer_id, NOTHING, amount) for customer_id, amount in _by_customer(paid)),
        (ADVANCES, None, NOTHING, rest),
    ]
    return NewEntry(
        purpose=EntryPurpose.RECEIPT,
        summary=f"收款 {receipt.reference}",
        source_type=RECEIPT,
        source_id=item.source_id,
        date=receipt.received_on,
        channel_id=receipt.channel_id,
        lines=[_line(receipt.currency, *side) for side in sides],
    )


def settlement_entry(work: Work, source_id: UUID, receipt: Any, receivable: Any, amount: Money) -> NewEntry:
    """Book that an advance, or what we owe, has become the payment of a receivable."""
    credited = REFUNDS if receipt.kind is OpenItemKind.REFUND else ADVANCES
    return NewEntry(
        purpose=EntryPurpose.SETTLEMENT,
        summary=f"核销 {receipt.number} → {receivable.number}",
        source_type=ALLOCATION,
        source_id=source_id,
        date=business_date(work.now),
        channel_id=receipt.channel_id,
        lines=[
            _line(receipt.currency, credited, receipt.customer_id, amount, NOTHING),
            _line(receipt.currency, RECEIVABLES, receivable.customer_id, NOTHING, amount),
        ],
    )


def _line(currency: str, account: str, customer_id: UUID | None, debit: Money, credit: Money) -> Line:
    return Line(account=account, debit=debit, credit=credit, currency=currency, customer_id=customer_id)


def _by_customer(paid: Sequence[tuple[UUID | None, Money]]) -> list[tuple[UUID | None, Money]]:
    sums: dict[UUID | None, Money] = {}
    for customer_id, amount in paid:
        sums[customer_id] = sums.get(customer_id, NOTHING) + amount
    return list(sums.items())


def _paid(items: dict[UUID, Any], position: int, settlement: Settlement, receipt: NewReceipt) -> Any:
    try:
        return receivable_in(items, settlement, receipt.channel_id, receipt.currency)
    except Refusal as refusal:
        raise refusal.at("input", "settles", str(position)) from None


async def _open(work: Work, receipt: NewReceipt, settled: Money) -> OpenItem:
    """Open the item of the money itself; the same payment is entered once, however often it is sent."""
    row = {
        "id": identifier(),
        "kind": OpenItemKind.RECEIPT,
        "source_type": RECEIPT,
        "source_id": identifier(),
        "channel_id": receipt.channel_id,
        "currency": receipt.currency,
        "amount": receipt.amount,
        "settled_amount": settled,
        "due_on": receipt.received_on,
        "reference": receipt.reference.strip(),
        "opened_at": work.now,
    }
    if not await work.change(insert(OpenItem).values(row).on_conflict_do_nothing()):
        raise ReceiptKnown(reference=receipt.reference.strip()).at("input", "reference")
    return await work.session.get_one(OpenItem, row["id"])


def _check_positive(amount: Money, *path: str) -> None:
    if amount <= NOTHING:
        raise BadInput(field=".".join(path), problem=f"must be more than zero, not {amount}").at("input", *path)


def _bad(field: str, problem: str) -> Refusal:
    return BadInput(field=field, problem=problem).at("input", field)
