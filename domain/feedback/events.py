"""What is owed to channels again (回传事实)."""

from uuid import UUID

from domain.kernel import Event


class FeedbackAsked(Event):
    """Somebody wants a channel to be told again what it should know of an order."""

    order_id: UUID
