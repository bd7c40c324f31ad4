"""Telling a channel again (重新回传), or no more (放弃回传): by a person who was told that it does not know."""

from uuid import UUID

from sqlalchemy import select, update

from domain.feedback.alarms import end_alarms
from domain.feedback.events import FeedbackAsked
from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback
from domain.feedback.progress import trades_to_tell
from domain.kernel import NotFound, Refusal, Work, action, short_text, visible
from domain.orders import Order

REASON_LENGTH_MAX = 500


class NoChannelToTell(Refusal):
    """Order {number} is of no trade of a platform: nobody is told of it."""

    number: str
    chinese = "订单 {number} 不来自任何平台，无需回传"


class NothingUntold(Refusal):
    """The channel of order {number} refused nothing, and lacks nothing that was tried."""

    number: str
    chinese = "订单 {number} 没有平台拒绝或未能告知的回传"


@action
async def resend_order_feedback(work: Work, order_id: UUID) -> Order:
    """Tell the channel of an order again what it should know: its state, its memo, and what it did not take besides."""
    order, trades = await _trades_of(work, order_id)
    row = OrderFeedback
    again = (row.order_id.in_(trades), row.kind.in_((FeedbackKind.STATE, FeedbackKind.MEMO)))
    await work.execute(update(row).where(*again).values(status=FeedbackStatus.OWED, owed_at=work.now))
    work.record(FeedbackAsked(order_id=order_id))
    return order


@action
async def give_up_order_feedback(work: Work, order_id: UUID, reason: str) -> Order:
    """Accept, with the reason, that the channel of an order does not know what it did not take: its alerts end."""
    short_text(reason, "reason", REASON_LENGTH_MAX)
    order, trades = await _trades_of(work, order_id)
    row = OrderFeedback
    untold = (row.order_id.in_(trades), row.status.in_((FeedbackStatus.OWED, FeedbackStatus.FAILED)))
    given_up = {"status": FeedbackStatus.OVERTAKEN, "problem": None}
    ended = await work.rows(update(row).where(*untold, row.problem.is_not(None)).values(given_up).returning(row.id))
    if not ended:
        raise NothingUntold(number=order.number).at("input", "id")
    await end_alarms(work, [each.id for each in ended])
    return order


async def _trades_of(work: Work, order_id: UUID) -> tuple[Order, list[UUID]]:
    """Find an order the actor sees, and the trades of which it has lines."""
    statement = visible(select(Order).where(Order.id == order_id), work.actor, channel=Order.channel_id)
    order: Order | None = (await work.session.scalars(statement)).one_or_none()
    if order is None:
        raise NotFound(what="order", which=str(order_id)).at("input", "id")
    trades = [each.order_id for each in await trades_to_tell(work, order_id)]
    if not trades:
        raise NoChannelToTell(number=order.number).at("input", "id")
    return order, trades


async def owes_memo(work: Work, order_id: UUID) -> bool:
    """Whether a channel is owed the memo of an order of which it was told before."""
    row = OrderFeedback
    trades = [each.order_id for each in await trades_to_tell(work, order_id)]
    owed = (row.order_id.in_(trades), row.kind == FeedbackKind.MEMO, row.status != FeedbackStatus.TOLD)
    return bool(await work.rows(select(row.id).where(*owed).limit(1)))
