"""What can be done about feedback to channels (回传变更)."""

from typing import Any

import strawberry

from domain import feedback
from schema.mutating import Call, mutation
from schema.orders.types import Order


@strawberry.input(description="The order of which its channel is told again.")
class ResendOrderFeedbackInput:
    """Its state, its memo, and every parcel the channel did not take."""

    id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.input(description="The order of whose channel it is accepted that it does not know.")
class GiveUpOrderFeedbackInput:
    """What it refused, or could not be told."""

    id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why nobody tells it any more; 1 to 500 characters.")


@strawberry.type
class FeedbackMutation:
    """Mutations."""

    @mutation(Order)
    async def resend_order_feedback(self, call: Call, input: ResendOrderFeedbackInput) -> Any:  # noqa: A002
        return await call.perform(feedback.resend_order_feedback, call.key("Order", input.id))

    @mutation(Order)
    async def give_up_order_feedback(self, call: Call, input: GiveUpOrderFeedbackInput) -> Any:  # noqa: A002
        return await call.perform(feedback.give_up_order_feedback, call.key("Order", input.id), input.reason)
