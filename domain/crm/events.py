"""What happened in customer care (客户关怀事实)."""

from domain.crm.models import MessageId
from domain.kernel import Event


class MessageOwed(Event):
    """A buyer is owed a text message."""

    message_id: MessageId
