"""Readers of what channels were told (回传查询), within the scope of channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union

from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible
from domain.orders import OrderLine

FEEDBACK = constant(select(*OrderFeedback.__table__.columns))

order_feedback_by_id = Reading(FEEDBACK, OrderFeedback.id, channel=OrderFeedback.channel_id)
LINE = OrderLine.__table__.c
# An order shows what is told of each trade of which it has lines; one that lives on in others has none of its own.
HELD = union(
    select(LINE.order_id.label("holder_id"), func.coalesce(LINE.origin_order_id, LINE.order_id).label("trade_id")),
    select(OrderFeedback.order_id.label("holder_id"), OrderFeedback.order_id.label("trade_id")),
).subquery("held")
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
