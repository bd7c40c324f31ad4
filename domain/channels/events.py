"""What happens to channels (渠道事实)."""

from uuid import UUID

from domain.channels.models import ChannelId
from domain.kernel import Event


class ChannelOpened(Event):
    """A shop was opened: it will be read and told."""

    channel_id: ChannelId


class ChannelPaused(Event):
    """A shop is neither read nor told until someone resumes it."""

    channel_id: ChannelId
    reason: str


class ChannelResumed(Event):
    """A shop is read and told again."""

    channel_id: ChannelId


class ChannelUnauthorised(Event):
    """The session of a shop died: a person must sign in there."""

    channel_id: ChannelId
    reason: str


class ShownRuleChanged(Event):
    """What a channel shows of our stock follows another rule, or other warehouses."""

    channel_id: ChannelId


class VariantsListed(Event):
    """Variants are shown on a channel, which must be told their price and stock."""

    channel_id: ChannelId
    variant_ids: tuple[UUID, ...]


class SellerCodeRemembered(Event):
    """A person said which article a shop means by one of its codes (对码)."""

    channel_id: ChannelId
    code: str
    variant_id: UUID


class OrderNoticed(Event):
    """A shop says that one of its orders changed: it is read now and not only at the next round."""

    channel_id: ChannelId
    external_number: str


class StockPushOwed(Event):
    """What a channel shows as available has changed; it must be told."""

    channel_id: ChannelId


class GoodsPushOwed(Event):
    """Goods that a channel lists have changed; it must be told."""

    channel_id: ChannelId


class PricePushOwed(Event):
    """A price that a channel shows has changed; it must be told."""

    channel_id: ChannelId
