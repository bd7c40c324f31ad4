"""What happens to channels (渠道事实)."""

from domain.channels.models import ChannelId
from domain.kernel import Event


class StockPushOwed(Event):
    """What a channel shows as available has changed; it must be told."""

    channel_id: ChannelId


class GoodsPushOwed(Event):
    """Goods that a channel lists have changed; it must be told."""

    channel_id: ChannelId


class PricePushOwed(Event):
    """A price that a channel shows has changed; it must be told."""

    channel_id: ChannelId
