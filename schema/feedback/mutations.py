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


@strawberry.type
class FeedbackMutation:
    """Mutations."""

    @mutation(Order)
    async def resend_order_feedback(self, call: Call, input: ResendOrderFeedbackInput) -> Any:  # noqa: A002
        return await call.perform(feedback.resend_order_feedback, call.key("Order", input.id))
