"""Refunds (退款): what buyers are owed for goods that came back is paid to them, in whole or in parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from domain import distributors
from domain.finance.chart import BANK, REFUNDS
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, post, write_beside
from domain.finance.models import EntryPurpose, OpenItem, OpenItemId, OpenItemKind
from domain.finance.settling import Settlement, allocation, check_rest, lock_items, settle
from domain.kernel import BadInput, Money, NotFound, Refusal, Work, action, identifier, short_text

PAYMENT = "payment"
REFERENCE_LENGTH_MAX = 100


class PaymentKnown(Refusal):
    """A payment with the reference {reference} was entered for this channel before."""

    reference: str
    chinese = "该渠道已登记过流水号为 {reference} 的付款"


@dataclass(frozen=True, kw_only=True)
class PaidRefund:
    """Money that went out for a refund; `reference` is the bank's or the platform's own number of the payment."""

    refund_id: OpenItemId
    amount: Money
    paid_on: date
    reference: str


@action
async def pay_refund(work: Work, paid: PaidRefund) -> OpenItem:
    """Enter money that was paid to a buyer for goods that came back, in whole or in part."""
    reference = short_text(paid.reference, "reference", REFERENCE_LENGTH_MAX)
    refund = await _held(work, paid)
    row = _payment(work, refund, paid, reference)
    if not await work.change(insert(OpenItem).values(row).on_conflict_do_nothing()):
        raise PaymentKnown(reference=reference).at("input", "reference")
    await settle(work, {paid.refund_id: paid.amount})
    entry = post(work, payment_entry(refund, row))
    if entry is not None:
        settled = Settlement(receivable_id=OpenItemId(row["id"]), amount=paid.amount)
        write_beside(work, allocation(work, paid.refund_id, settled, entry.id))
    # Only what gave a distributor funds takes them when it is paid out.
    if await distributors.has_entry(work, distributors.FundsKind.RETURN, refund.source_id):
        cause, charged = (row["source_id"], reference), Money(-paid.amount.value)
        await distributors.book_funds(work, refund.channel_id, distributors.FundsKind.REFUND, charged, cause)
    return await work.session.get_one(OpenItem, paid.refund_id, populate_existing=True)


async def _held(work: Work, paid: PaidRefund) -> Any:
    """Hold the refund, or say what stands in the way."""
    if paid.amount <= NOTHING:
        raise BadInput(field="amount", problem=f"must be more than zero, not {paid.amount}").at("input", "amount")
    if paid.paid_on > business_date(work.now):
        raise BadInput(field="paidOn", problem="lies in the future").at("input", "paidOn")
    refund = (await lock_items(work, [paid.refund_id])).get(paid.refund_id)
    if refund is None or refund.kind != OpenItemKind.REFUND:
        raise NotFound(what="refund", which=str(paid.refund_id)).at("input", "refundId")
    try:
        check_rest(refund, paid.amount)
    except Refusal as refusal:
        raise refusal.at("input", "amount") from None
    return refund


def _payment(work: Work, refund: Any, paid: PaidRefund, reference: str) -> dict[str, Any]:
    """Make the item of the money itself, which settles nothing but this refund."""
    return {
        "id": identifier(),
        "kind": OpenItemKind.PAYMENT,
        "source_type": PAYMENT,
        "source_id": identifier(),
        "channel_id": refund.channel_id,
        "customer_id": refund.customer_id,
        "order_id": refund.order_id,
        "currency": refund.currency,
        "amount": paid.amount,
        "settled_amount": paid.amount,
        "due_on": paid.paid_on,
        "reference": reference,
        "opened_at": work.now,
    }


def payment_entry(refund: Any, row: Mapping[str, Any]) -> NewEntry:
    """Book that money went out for what was owed."""
    whose: dict[str, Any] = {"currency": refund.currency, "customer_id": refund.customer_id}
    return NewEntry(
        purpose=EntryPurpose.REFUND,
        summary=f"退款 {refund.number} {row['reference']}",
        source_type=PAYMENT,
        source_id=row["source_id"],
        date=row["due_on"],
        channel_id=refund.channel_id,
        lines=[Line(account=REFUNDS, debit=row["amount"], **whose), Line(account=BANK, credit=row["amount"], **whose)],
    )
