"""Readers of what channels were told (回传查询), within the scope of channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import orders
from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

FEEDBACK = constant(select(*OrderFeedback.__table__.columns))

order_feedback_by_id = Reading(FEEDBACK, OrderFeedback.id, channel=OrderFeedback.channel_id)
HELD = orders.holders_of(OrderFeedback.order_id)
feedback_of_orders = Reading(
    select(*OrderFeedback.__table__.columns, HELD.c.holder_id)
    .join(HELD, HELD.c.trade_id == OrderFeedback.order_id)
    .order_by(HELD.c.holder_id, OrderFeedback.order_id, OrderFeedback.kind, OrderFeedback.owed_at, OrderFeedback.id),
    HELD.c.holder_id,
    many=True,
    channel=OrderFeedback.channel_id,
)


@dataclass(frozen=True, kw_only=True)
class FeedbackFilter:
    """Which; what is None does not matter."""

    statuses: Sequence[FeedbackStatus] | None = None
    kinds: Sequence[FeedbackKind] | None = None
    channels: Sequence[UUID] | None = None


NEWEST_FIRST = Ordering(
    name="feedback",
    columns=(OrderFeedback.owed_at, OrderFeedback.id),
    keys=("owed_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def order_feedback(read: Read, where: FeedbackFilter, request: PageRequest) -> Page:
    """Read one page of what channels were told, are owed or refused, the last owed first."""
    row = OrderFeedback
    statement = visible(FEEDBACK, read.actor, channel=row.channel_id)
    among = ((row.status, where.statuses), (row.kind, where.kinds), (row.channel_id, where.channels))
    statement = statement.where(*(column.in_(values) for column, values in among if values is not None))
    return await page(read, statement, NEWEST_FIRST, request)
