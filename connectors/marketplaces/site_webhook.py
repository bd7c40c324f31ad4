"""Notices from a site (变更通知): verified over the raw bytes before it is believed; the order is then pulled."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.faults import UnreadableAnswer
from connectors.payloads import Payload, Unreadable, parse_json
from connectors.signatures import site_signature

clock_tolerance = timedelta(seconds=600)
nonce_characters_max = 128
webhook_bytes_max = 64 * 1024


class WebhookRefused(Exception):  # noqa: N818 — a refusal is an answer, not a failure.
    """The notice is not believed; `status` is what HTTP answers, the reason names no secret."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged:
    """A site says that an order changed, and when."""

    external_number: str
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A request as received: headers with lower-case names, the body unparsed."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def app_key(self) -> str:
        """Whose secret must verify it."""
        return self.headers.get("x-app-key", "")


async def verify_webhook(
    webhook: Webhook, app_secret: str, now: datetime, is_new_nonce: Callable[[str], Awaitable[bool]]
) -> OrderChanged:
    """Believe a notice that is fresh, signed and new; `is_new_nonce` remembers nonces for 24 hours."""
    if len(webhook.body) > webhook_bytes_max:
        raise WebhookRefused("the body is too long", status=413)
    timestamp, nonce = webhook.headers.get("x-timestamp", ""), webhook.headers.get("x-nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("9999999999")):
        raise WebhookRefused("X-Timestamp is not UNIX seconds", status=401)
    if abs(now.timestamp() - int(timestamp)) > clock_tolerance.total_seconds():
        raise WebhookRefused("X-Timestamp is more than 600 seconds away", status=401)
    if not 0 < len(nonce) <= nonce_characters_max:
        raise WebhookRefused("X-Nonce is missing or too long", status=401)
    expected = site_signature(app_secret, webhook.method, webhook.path, timestamp, nonce, webhook.body)
    if not hmac.compare_digest(expected.encode(), webhook.headers.get("x-sign", "").lower().encode()):
        raise WebhookRefused("X-Sign does not match", status=401)
    # Only now: an unsigned request must not use up nonces.
    if not await is_new_nonce(nonce):
        raise WebhookRefused("X-Nonce was seen before", status=409)
    return _order_changed(webhook.body)


def _order_changed(body: bytes) -> OrderChanged:
    try:
        notice = Payload(parse_json(body))
        return OrderChanged(external_number=notice.text("order_no"), modified_at=notice.moment("modified_at"))
    except (UnreadableAnswer, Unreadable) as odd:
        raise WebhookRefused(str(odd), status=400) from odd
