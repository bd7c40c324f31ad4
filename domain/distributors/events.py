"""What happens to distributors (经销商事实)."""

from uuid import UUID

from domain.kernel import Event


class FundsGrew(Event):
    """A distributor may order for more than before: money came in, or the credit limit was raised."""

    channel_id: UUID
