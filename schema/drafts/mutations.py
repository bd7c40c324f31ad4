"""The mutations of drafts (草稿变更)."""

import dataclasses
from typing import Any

import strawberry

from domain import drafts, kernel, orders
from schema.drafts import inputs
from schema.drafts.types import OrderDraft
from schema.measures import MoneyInput, money_of
from schema.mutating import Call, mutation
from schema.orders.translating import buyer_of, placed_line
from schema.orders.types import Order
from schema.scalars import bad_input


@strawberry.type
class DraftsMutation:
    """Mutations."""

    @mutation(OrderDraft)
    async def start_order_draft(self, call: Call, input: inputs.StartOrderDraftInput) -> Any:  # noqa: A002
        channel_id = call.key("Channel", input.channel_id)
        return await call.perform(drafts.start_order_draft, channel_id, content_of(call, input.content))

    @mutation(OrderDraft)
    async def save_order_draft(self, call: Call, input: inputs.SaveOrderDraftInput) -> Any:  # noqa: A002
        given = on_draft(call, input)
        return await call.perform(drafts.save_order_draft, **given, content=content_of(call, input.content))

    @mutation(OrderDraft)
    async def take_order_draft(self, call: Call, input: inputs.OrderDraftInput) -> Any:  # noqa: A002
        return await call.perform(drafts.take_order_draft, **on_draft(call, input))

    @mutation(OrderDraft)
    async def discard_order_draft(self, call: Call, input: inputs.OrderDraftInput) -> Any:  # noqa: A002
        return await call.perform(drafts.discard_order_draft, **on_draft(call, input))

    @mutation(OrderDraft)
    async def copy_order(self, call: Call, input: inputs.CopyOrderInput) -> Any:  # noqa: A002
        return await call.perform(drafts.copy_order, call.key("Order", input.id))

    @mutation(Order)
    async def place_order_draft(self, call: Call, input: inputs.PlaceOrderDraftInput) -> Any:  # noqa: A002
        return await call.perform(drafts.place_order_draft, **on_draft(call, input), placing=placing_of(input))


def placing_of(given: inputs.PlaceOrderDraftInput) -> drafts.DraftPlacement:
    """Read what is said when a draft is placed."""
    return drafts.DraftPlacement(
        expected_total=None if given.expected_total is None else money_of(given.expected_total, "expectedTotal"),
        expected_currency=given.expected_total.currency.value if given.expected_total else None,
        external_number=given.external_number,
        deposit_amount=None if given.deposit_amount is None else money_of(given.deposit_amount, "depositAmount"),
        balance_due_at=given.balance_due_at,
        paid=given.paid,
    )


def on_draft(
    call: Call, given: inputs.OrderDraftInput | inputs.SaveOrderDraftInput | inputs.PlaceOrderDraftInput
) -> dict[str, Any]:
    """Read what every action on one draft takes: which, and the version that was seen."""
    return {"draft_id": call.key("OrderDraft", given.id), "expected_version": given.expected_version}


def content_of(call: Call, given: inputs.OrderDraftContentInput) -> drafts.DraftContent:
    """Read what a draft holds."""
    receiver = given.receiver or inputs.OrderDraftReceiverInput()
    return drafts.DraftContent(
        lines=[placed_line(call, each) for each in given.lines],
        customer=buyer_of(call, given.customer) if given.customer is not None else orders.PlacedBy(),
        receiver=drafts.DraftReceiver(**dataclasses.asdict(receiver)),
        buyer_message=given.buyer_message,
        seller_memo=given.seller_memo,
        cash_on_delivery=given.cash_on_delivery,
        discount_amount=_amount(given.discount_amount, "discountAmount"),
        freight_amount=_amount(given.freight_amount, "freightAmount"),
        currency=_currency(given),
    )


def _amount(given: MoneyInput | None, field: str) -> kernel.Money:
    return kernel.Money(0) if given is None else money_of(given, field)


def _currency(given: inputs.OrderDraftContentInput) -> str | None:
    """Say in which currency the amounts are; none are in any."""
    named = {each.currency.value for each in (given.discount_amount, given.freight_amount) if each is not None}
    if len(named) > 1:
        raise bad_input("discountAmount and freightAmount are in different currencies")
    return next(iter(named), None)
