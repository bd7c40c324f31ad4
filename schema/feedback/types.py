"""What channels are told of their orders (状态回传), as clients see it."""

from datetime import datetime

import strawberry

from domain import channels, feedback, orders
from schema.base import Node, edge, entity, id_of
from schema.channels.types import Channel
from schema.orders.types import Order


@entity(
    reader=feedback.order_feedback_by_id,
    needs="orders.view",
    description="One thing a channel is told of a trade: its state, its memo, or a parcel (回传).",
)
class OrderFeedback(Node):
    """It says what was last told; an older word never overtakes a newer one."""

    kind: feedback.FeedbackKind = strawberry.field(description="What is told.")
    says: str = strawberry.field(description="In short: the state, the flag and memo, or carrier and waybill.")
    version: int = strawberry.field(description="Grows when it says something else.")
    status: feedback.FeedbackStatus = strawberry.field(description="Whether the channel knows it.")
    problem: str | None = strawberry.field(description="Why it could not be told; null if it was.")
    attempts: int = strawberry.field(description="How often it was tried.")
    owed_at: datetime = strawberry.field(description="When it was last tried, in UTC.")
    told_at: datetime | None = strawberry.field(description="When the channel last took it, in UTC.")
    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order of the trade.")
    order: Order | None = edge(Order | None, orders.orders_by_id, "order_id", "The order of the trade.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Who is told.", needs="channels.view"
    )
