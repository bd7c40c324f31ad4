"""Refunds of platforms (平台退款单), as clients see them."""

from datetime import datetime

import strawberry

from domain import channels, orders, refunds
from schema.base import Node, edge, entity, id_of
from schema.channels.types import Channel
from schema.measures import Money, amount_of
from schema.orders.types import Order


@entity(
    reader=refunds.platform_refunds_by_id,
    needs="refunds.view",
    description="A refund that a buyer asked for on a platform (退款单).",
)
class PlatformRefund(Node):
    """Only its platform moves its stage; a decision here is told to the platform, which then moves it."""

    external_number: str = strawberry.field(description="Its number on the platform.")
    trade_number: str = strawberry.field(description="The platform's number of the trade.")
    line_number: str | None = strawberry.field(description="The platform's number of the line; null: the whole trade.")
    stage: refunds.RefundStage = strawberry.field(description="Where it stands on the platform.")
    amount: Money = amount_of(Money, "amount", "How much is to be paid back.")
    goods_come_back: bool = strawberry.field(description="Whether the buyer sends the goods back.")
    reason: str | None = strawberry.field(description="Why, in the buyer's words.")
    opened_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    modified_at: datetime = strawberry.field(description="When the platform last changed it, in UTC.")
    decision: refunds.RefundDecision | None = strawberry.field(description="What was last decided here; null: nothing.")
    decision_reason: str | None = strawberry.field(description="Why it was refused, as the buyer reads it.")
    decided_by: str | None = strawberry.field(description="Who decided it here.")
    decided_at: datetime | None = strawberry.field(description="When, in UTC.")
    decided_stage: refunds.RefundStage | None = strawberry.field(
        description="In which stage it was decided; the platform has followed once its stage is another."
    )
    decision_problem: str | None = strawberry.field(
        description="Why the platform did not take the decision: decide anew, or have it told again; null if it did."
    )
    version: int = strawberry.field(description="Counts its changes; give it as expectedVersion.")
    order_id: strawberry.ID | None = id_of("Order", "order_id", "The id of the order of its trade.", optional=True)
    order: Order | None = edge(
        Order | None, orders.orders_by_id, "order_id", "The order of its trade.", needs="orders.view"
    )
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Its shop.", needs="channels.view"
    )
