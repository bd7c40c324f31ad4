"""What happens to prices (价格事实)."""

from uuid import UUID

from domain.kernel import Event
from domain.pricing.models import PriceListId


class PriceChanged(Event):
    """Prices of a list were set or ended; `channel_id` is the list's, none means it holds for all channels."""

    price_list_id: PriceListId
    channel_id: UUID | None
    variant_ids: tuple[UUID, ...]
