"""Refunds (退款): what buyers are owed for goods that came back, or paid for nothing, is paid to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from domain import distributors
from domain.finance.chart import ADVANCES, BANK, REFUNDS
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, post, write_beside
from domain.finance.models import EntryPurpose, OpenItem, OpenItemId, OpenItemKind
from domain.finance.settling import Settlement, allocation, check_rest, lock_items, settle
from domain.kernel import BadInput, Money, NotFound, Refusal, Work, action, identifier, short_text

PAYMENT = "payment"
GAVE_FUNDS = {
    OpenItemKind.REFUND: distributors.FundsKind.RETURN,
    OpenItemKind.RECEIPT: distributors.FundsKind.RECEIPT,
}
"""By what a distributor got the funds that are paid out."""
REFERENCE_LENGTH_MAX = 100


class PaymentKnown(Refusal):
    """A payment with the reference {reference} was entered for this channel before."""

    reference: str
    chinese = "该渠道已登记过流水号为 {reference} 的付款"


@dataclass(frozen=True, kw_only=True)
class PaidOut:
    """Money that went out for a refund, or of a receipt; `reference` is the bank's or the platform's own number."""

    item_id: OpenItemId
    amount: Money
    paid_on: date
    reference: str


@action
async def pay_refund(work: Work, paid: PaidOut) -> OpenItem:
    """Enter money that was paid to a buyer for goods that came back, in whole or in part."""
    return await _pay_out(work, paid, OpenItemKind.REFUND)


@action
async def pay_back_receipt(work: Work, paid: PaidOut) -> OpenItem:
    """Enter money that was paid back of a receipt that settles nothing (预收退回), in whole or in part."""
    return await _pay_out(work, paid, OpenItemKind.RECEIPT)


async def _pay_out(work: Work, paid: PaidOut, kind: OpenItemKind) -> OpenItem:
    reference = short_text(paid.reference, "reference", REFERENCE_LENGTH_MAX)
    item = await _held(work, paid, kind)
    await pay_held(work, item, paid, reference)
    return await work.session.get_one(OpenItem, paid.item_id, populate_existing=True)


async def pay_held(work: Work, item: Any, paid: PaidOut, reference: str) -> None:
    """Let money that went out settle a held item, and take the funds of a distributor that it had given."""
    row = _payment(work, item, paid, reference)
    if not await work.change(insert(OpenItem).values(row).on_conflict_do_nothing()):
        raise PaymentKnown(reference=reference).at("input", "reference")
    await settle(work, {paid.item_id: paid.amount})
    entry = post(work, payment_entry(item, row))
    if entry is not None:
        settled = Settlement(receivable_id=OpenItemId(row["id"]), amount=paid.amount)
        write_beside(work, allocation(work, paid.item_id, settled, entry.id))
    if await distributors.has_entry(work, GAVE_FUNDS[item.kind], item.source_id):
        cause, charged = (row["source_id"], reference), Money(-paid.amount.value)
        await distributors.book_funds(work, item.channel_id, distributors.FundsKind.REFUND, charged, cause)


async def _held(work: Work, paid: PaidOut, kind: OpenItemKind) -> Any:
    """Hold the refund or receipt, or say what stands in the way."""
    if paid.amount <= NOTHING:
        raise BadInput(field="amount", problem=f"must be more than zero, not {paid.amount}").at("input", "amount")
    if paid.paid_on > business_date(work.now):
        raise BadInput(field="paidOn", problem="lies in the future").at("input", "paidOn")
    item = (await lock_items(work, [paid.item_id])).get(paid.item_id)
    if item is None or item.kind != kind:
        raise NotFound(what=kind.value.lower(), which=str(paid.item_id)).at("input", f"{kind.value.lower()}Id")
    try:
        check_rest(item, paid.amount)
    except Refusal as refusal:
        raise refusal.at("input", "amount") from None
    return item


def _payment(work: Work, item: Any, paid: PaidOut, reference: str) -> dict[str, Any]:
    """Make the item of the money itself, which settles nothing but this."""
    return {
        "id": identifier(),
        "kind": OpenItemKind.PAYMENT,
        "source_type": PAYMENT,
        "source_id": identifier(),
        "channel_id": item.channel_id,
        "customer_id": item.customer_id,
        "order_id": item.order_id,
        "currency": item.currency,
        "amount": paid.amount,
        "settled_amount": paid.amount,
        "due_on": paid.paid_on,
        "reference": reference,
        "opened_at": work.now,
    }


def payment_entry(item: Any, row: Mapping[str, Any]) -> NewEntry:
    """Book that money went out for what was owed."""
    refunded = item.kind is OpenItemKind.REFUND
    owed = REFUNDS if refunded else ADVANCES
    whose: dict[str, Any] = {"currency": item.currency, "customer_id": item.customer_id}
    return NewEntry(
        purpose=EntryPurpose.REFUND,
        summary=f"{'退款' if refunded else '预收退回'} {item.number} {row['reference']}",
        source_type=PAYMENT,
        source_id=row["source_id"],
        date=row["due_on"],
        channel_id=item.channel_id,
        lines=[Line(account=owed, debit=row["amount"], **whose), Line(account=BANK, credit=row["amount"], **whose)],
    )
