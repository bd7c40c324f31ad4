"""Copying an order (复制订单): what was ordered once becomes a draft to be changed and placed."""

from uuid import UUID

from sqlalchemy import and_, case, select

from domain import orders
from domain.drafts import saving
from domain.drafts.contents import LINES_MAX, DraftedLine
from domain.drafts.models import OrderDraft
from domain.kernel import NotFound, Quantity, Work, action, visible

COPIED = (
    "customer_id",
    "receiver_name",
    "receiver_phone",
    "province",
    "city",
    "district",
    "town",
    "address_detail",
    "postal_code",
    "buyer_message",
    "cash_on_delivery",
)
"""Not the amounts, which are today's, nor the platform's token, which only serves its own trade."""

ORDER, LINE = orders.Order, orders.OrderLine


@action
async def copy_order(work: Work, order_id: UUID) -> OrderDraft:
    """Copy an order into a draft of yours: its buyer, address and articles, without gifts, at today's prices."""
    order = await work.session.scalar(
        visible(select(ORDER).where(ORDER.id == order_id), work.actor, channel=ORDER.channel_id)
    )
    if order is None:
        raise NotFound(what="order", which=str(order_id)).at("input", "id")
    draft = saving.new_draft(work, order.channel_id, order.currency)
    for column in COPIED:
        setattr(draft, column, getattr(order, column))
    draft.buyer_name, draft.buyer_phone = order.receiver_name, order.receiver_phone
    draft.copied_from_id = order.id
    await saving.keep(work, draft, await _lines(work, order_id))
    return draft


async def _lines(work: Work, order_id: UUID) -> list[DraftedLine]:
    """Copy a bundle as it was sold, unless it was split: then as what the part has of its components."""
    bundle = and_(LINE.bundle_id.is_not(None), LINE.split_from_line_id.is_(None))
    statement = (
        select(
            case((bundle, LINE.bundle_id), else_=LINE.variant_id).label("variant_id"),
            case((bundle, LINE.bundle_quantity), else_=LINE.quantity).label("quantity"),
            case((bundle, LINE.bundle_line_id), else_=LINE.id).label("sold_as"),
        )
        .where(LINE.order_id == order_id, LINE.variant_id.is_not(None), LINE.gift_rule_id.is_(None))
        .where(LINE.quantity > Quantity(0))
        .order_by(LINE.position)
        .limit(LINES_MAX)
    )
    sold = {row.sold_as: DraftedLine(row.variant_id, row.quantity) for row in await work.rows(statement)}
    return list(sold.values())
