"""The mutations of the books (财务变更)."""

from typing import Any

import strawberry

from domain import finance
from schema.catalogue.types import Product
from schema.finance.inputs import (
    PayBackReceiptInput,
    PayRefundInput,
    PostReceiptInput,
    SetTaxRateInput,
    SetTaxTermsInput,
    SettleReceivableInput,
    VoidEntryInput,
    exact,
)
from schema.finance.types import JournalEntry, OwedRefund, Receipt, Receivable, TaxTerms
from schema.measures import money_of, rate_of
from schema.mutating import Call, mutation
from schema.scalars import key_of


@strawberry.type
class FinanceMutation:
    """Mutations."""

    @mutation(Receipt)
    async def post_receipt(self, call: Call, input: PostReceiptInput) -> Any:  # noqa: A002
        receipt = finance.NewReceipt(
            channel_id=call.key("Channel", input.channel_id),
            amount=money_of(input.amount, "amount"),
            currency=input.amount.currency.value,
            received_on=input.received_on,
            reference=input.reference,
            settles=[
                finance.Settlement(
                    receivable_id=call.key("Receivable", each.receivable_id), amount=exact(each.amount, "settles")
                )
                for each in input.settles
            ],
        )
        return await call.perform(finance.post_receipt, receipt)

    @mutation(Receivable)
    async def settle_receivable(self, call: Call, input: SettleReceivableInput) -> Any:  # noqa: A002
        return await call.perform(
            finance.settle_receivable,
            key_of("OwedRefund", input.receipt_id) or call.key("Receipt", input.receipt_id),
            call.key("Receivable", input.receivable_id),
            exact(input.amount, "amount"),
        )

    @mutation(OwedRefund)
    async def pay_refund(self, call: Call, input: PayRefundInput) -> Any:  # noqa: A002
        return await call.perform(finance.pay_refund, _paid(call.key("OwedRefund", input.refund_id), input))

    @mutation(Receipt)
    async def pay_back_receipt(self, call: Call, input: PayBackReceiptInput) -> Any:  # noqa: A002
        return await call.perform(finance.pay_back_receipt, _paid(call.key("Receipt", input.receipt_id), input))

    @mutation(JournalEntry)
    async def void_entry(self, call: Call, input: VoidEntryInput) -> Any:  # noqa: A002
        return await call.perform(finance.void_entry, call.key("JournalEntry", input.entry_id), input.reason)

    @mutation(TaxTerms)
    async def set_tax_terms(self, call: Call, input: SetTaxTermsInput) -> Any:  # noqa: A002
        return await call.perform(
            finance.set_tax_terms,
            input.rounding,
            rate_of(input.default_rate, "defaultRate") or finance.NO_TAX,
            rate_of(input.freight_rate, "freightRate") or finance.NO_TAX,
        )

    @mutation(Product)
    async def set_tax_rate(self, call: Call, input: SetTaxRateInput) -> Any:  # noqa: A002
        rate = rate_of(input.rate, "rate")
        return await call.perform(finance.set_tax_rate, call.key("Product", input.product_id), rate)


def _paid(item_id: finance.OpenItemId, given: PayRefundInput | PayBackReceiptInput) -> finance.PaidOut:
    amount = exact(given.amount, "amount")
    return finance.PaidOut(item_id=item_id, amount=amount, paid_on=given.paid_on, reference=given.reference)
