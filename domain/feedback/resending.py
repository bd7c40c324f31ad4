"""Telling a channel again (重新回传): by a person who was told that it does not know."""

from uuid import UUID

from sqlalchemy import select, update

from domain.feedback.events import FeedbackAsked
from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback
from domain.feedback.progress import trades_to_tell
from domain.kernel import NotFound, Refusal, Work, action, visible
from domain.orders import Order


class NoChannelToTell(Refusal):
    """Order {number} is of no trade of a platform: nobody is told of it."""

    number: str
    chinese = "订单 {number} 不来自任何平台，无需回传"


@action
async def resend_order_feedback(work: Work, order_id: UUID) -> Order:
    """Tell the channel of an order again what it should know: its state, its memo, and what it did not take besides."""
    statement = visible(select(Order).where(Order.id == order_id), work.actor, channel=Order.channel_id)
    order: Order | None = (await work.session.scalars(statement)).one_or_none()
    if order is None:
        raise NotFound(what="order", which=str(order_id)).at("input", "id")
    trades = [each.order_id for each in await trades_to_tell(work, order_id)]
    if not trades:
        raise NoChannelToTell(number=order.number).at("input", "id")
    row = OrderFeedback
    again = (row.order_id.in_(trades), row.kind.in_((FeedbackKind.STATE, FeedbackKind.MEMO)))
    await work.execute(update(row).where(*again).values(status=FeedbackStatus.OWED, owed_at=work.now))
    work.record(FeedbackAsked(order_id=order_id))
    return order


async def owes_memo(work: Work, order_id: UUID) -> bool:
    """Whether a channel is owed the memo of an order of which it was told before."""
    row = OrderFeedback
    trades = [each.order_id for each in await trades_to_tell(work, order_id)]
    owed = (row.order_id.in_(trades), row.kind == FeedbackKind.MEMO, row.status != FeedbackStatus.TOLD)
    return bool(await work.rows(select(row.id).where(*owed).limit(1)))
