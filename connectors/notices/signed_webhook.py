"""Signed webhooks (签名 Webhook): a POST of JSON, signed with HMAC-SHA256 as the SITE protocol does it.

docs/digest-messages.md is what a receiver's programmers read.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.faults import Blocked, ConnectorFault, PlatformFault, SessionDead, UnreadableAnswer
from connectors.http import Http, HttpAnswer, HttpRequest
from connectors.notices.port import Notice, NoticeAccount, NoticePort, NoticeRefused
from connectors.payloads import Payload, Unreadable, parse_json
from connectors.signatures import site_signature

DONE, REFUSED, SERVER_ERROR = range(200, 300), range(400, 500), 500
NO_ACCESS, TOO_FAST, TIMED_OUT = frozenset({401, 403}), 429, 408
PAUSE = timedelta(minutes=1)


class SignedWebhook(NoticePort):
    """A receiver that speaks the signed JSON protocol."""

    def __init__(self, account: NoticeAccount, http: Http) -> None:
        self.account, self.http = account, http

    async def send(self, notice: Notice) -> str:
        return receipt_of(await self.http.send(signed_notice(self.account, notice)))


def signed_notice(account: NoticeAccount, notice: Notice) -> HttpRequest:
    """Serialise once and sign these very bytes."""
    body: dict[str, Any] = {
        "event": "desk.digest",
        "number": notice.number,
        "sequence": notice.sequence,
        "channel": notice.channel,
        "recipient": notice.recipient,
        "digest": dict(notice.digest),
    }
    if notice.mail is not None:
        body["mail_to"] = notice.mail
    sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp, nonce = str(int(datetime.now(UTC).timestamp())), uuid4().hex
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Key": account.key,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": site_signature(account.secret, "POST", _target(account.url), timestamp, nonce, sent),
    }
    return HttpRequest(method="POST", url=account.url, operation="desk.digest", headers=headers, body=sent)


def _target(url: str) -> str:
    """Say what stands in the first line of the request."""
    address = urlsplit(url)
    return (address.path or "/") + (f"?{address.query}" if address.query else "")


def receipt_of(answer: HttpAnswer) -> str:
    """Read the receiver's own number from its answer; whatever it refuses is raised."""
    if answer.status not in DONE:
        raise _fault(answer.status)
    try:
        return (Payload(parse_json(answer.body)).optional_text("receipt") or "")[:200]
    except (Unreadable, UnreadableAnswer):
        return ""  # Taken is taken, whatever else it says.


def _fault(status: int) -> ConnectorFault:
    told = f"answered {status}"
    if status == TOO_FAST:
        return Blocked(told, until=datetime.now(UTC) + PAUSE)
    if status in NO_ACCESS:
        return SessionDead(told)
    if status in REFUSED and status != TIMED_OUT:
        return NoticeRefused(told)
    return PlatformFault(told, outcome_unknown=status >= SERVER_ERROR)
