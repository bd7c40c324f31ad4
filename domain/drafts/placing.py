"""From a draft to an order (草稿下单): the same checks, prices and claims as any order placed here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import orders
from domain.drafts import saving
from domain.drafts.models import DraftStatus, OrderDraft, OrderDraftLine
from domain.kernel import Money, Refusal, Work, action
from domain.orders import IncomingReceiver, PlacedBy, PlacedLine, Placement

OF_PLACING = ("paid", "expectedTotal", "externalNumber", "depositAmount", "balanceDueAt")
"""What the client gives when it places; everything else a refusal may name stands in the draft."""


@dataclass(frozen=True, kw_only=True)
class DraftPlacement:
    """What is said when a draft is placed; with `expected_total` it is only placed at that total."""

    expected_total: Money | None = None
    expected_currency: str | None = None
    external_number: str | None = None
    deposit_amount: Money | None = None
    balance_due_at: datetime | None = None
    paid: bool = False


PLACED_AS_IT_IS = DraftPlacement()


@action
async def place_order_draft(
    work: Work, draft_id: UUID, placing: DraftPlacement = PLACED_AS_IT_IS, expected_version: int | None = None
) -> orders.Order:
    """Place the order of a draft at the prices in force, and claim its stock; the draft is then done."""
    draft = await saving.draft_for_change(work, draft_id, expected_version)
    try:
        order = await orders.place_order(work, _placement(draft, await lines_of(work, draft.id), placing))
    except Refusal as refusal:
        raise _pointed(refusal) from None
    draft.status, draft.order_id, draft.ended_at = DraftStatus.PLACED, order.id, work.now
    draft.customer_id = order.customer_id
    draft.version += 1
    draft.updated_at, draft.updated_by = work.now, work.actor.name
    await work.session.flush()
    return order


async def lines_of(work: Work, draft_id: UUID) -> list[Any]:
    """Read the lines of a locked draft, in their order."""
    statement = select(OrderDraftLine.variant_id, OrderDraftLine.quantity).where(OrderDraftLine.draft_id == draft_id)
    return await work.rows(statement.order_by(OrderDraftLine.position))


def _placement(draft: OrderDraft, lines: list[Any], placing: DraftPlacement) -> Placement:
    return Placement(
        channel_id=draft.channel_id,
        lines=[PlacedLine(variant_id=each.variant_id, quantity=each.quantity) for each in lines],
        customer=PlacedBy(customer_id=draft.customer_id, name=draft.buyer_name, phone=draft.buyer_phone),
        receiver=IncomingReceiver(
            name=draft.receiver_name or "",
            phone=draft.receiver_phone,
            province=draft.province,
            city=draft.city,
            district=draft.district,
            town=draft.town,
            detail=draft.address_detail or "",
            postal_code=draft.postal_code,
        ),
        external_number=placing.external_number,
        buyer_message=draft.buyer_message,
        seller_memo=draft.seller_memo,
        discount_amount=draft.discount_amount,
        freight_amount=draft.freight_amount,
        deposit_amount=placing.deposit_amount,
        balance_due_at=placing.balance_due_at,
        expected_total=placing.expected_total,
        expected_currency=placing.expected_currency,
        paid=placing.paid,
        cash_on_delivery=draft.cash_on_delivery,
    )


def _pointed(refusal: Refusal) -> Refusal:
    """Let a refusal point to the draft where what it names stands in the draft and not in the input."""
    named = refusal.path[1] if len(refusal.path) > 1 else ""
    return refusal if named in OF_PLACING else refusal.at("input", "id")
