"""The gateway for a desk without one (控制台短信): writes to the log what would be sent, the phone masked."""

import logging
from uuid import uuid4

from connectors.sms.port import SmsGateway, SmsMessage, SmsReceipt

log = logging.getLogger(__name__)


class ConsoleSms(SmsGateway):
    """The default: sends nothing to anybody."""

    async def send(self, message: SmsMessage) -> SmsReceipt:
        receipt = SmsReceipt(gateway_number=uuid4().hex)
        log.info("SMS %s to %s for %s", message.template, message.masked_phone, message.reference)
        return receipt
