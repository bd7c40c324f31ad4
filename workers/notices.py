"""Sending digests (汇总推送): what is owed to an address is handed over until it is taken, or refused for good."""

from collections.abc import Mapping

from configuration.credentials import unseal
from configuration.settings import Settings
from connectors.faults import ConnectorFault
from connectors.notices.port import Notice, NoticeAccount, NoticeRefused
from connectors.notices.signed_webhook import SignedWebhook
from domain import desk, kernel
from workers.runner import Outside


async def send_digest(outside: Outside, fact: desk.DigestOwed) -> None:
    """Send one digest to one address; what passes by itself is tried again, the rest is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("send_digest")) as work:
        owed = await desk.delivery_to_send(work, fact.delivery_id)
    if owed is None:
        return
    opened = unseal(outside.settings, owed.sealed_credentials)
    notice = Notice(
        number=owed.number,
        sequence=owed.sequence,
        channel=owed.channel,
        recipient=owed.recipient,
        digest=owed.digest,
        mail=opened.get("mail"),
    )
    try:
        receipt = await SignedWebhook(account_for(outside.settings, opened), outside.http).send(notice)
    except ConnectorFault as fault:
        final = fault.wait(kernel.now(), 1) is None
        async with kernel.begin(outside.sessions, kernel.system("send_digest")) as work:
            await desk.note_digest_failed(work, fact.delivery_id, f"{type(fault).__name__}: {fault}", final=final)
        if not final:
            raise
        return
    async with kernel.begin(outside.sessions, kernel.system("send_digest")) as work:
        await desk.note_digest_sent(work, fact.delivery_id, owed.sequence, receipt)


def account_for(settings: Settings, opened: Mapping[str, str]) -> NoticeAccount:
    """Say where a notice goes: to the webhook of the address, or for a mailbox to the installation's mail gateway."""
    if "mail" not in opened:
        return NoticeAccount(**opened)
    if not settings.mail_gateway_address:
        raise NoticeRefused("MAIL_GATEWAY_ADDRESS is not set")
    return NoticeAccount(
        url=settings.mail_gateway_address,
        key=settings.mail_gateway_key,
        secret=settings.mail_gateway_secret.get_secret_value(),
    )
