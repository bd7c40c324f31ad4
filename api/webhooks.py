"""Notices from shops (平台通知): verified over the raw body, remembered once, answered; the order is pulled later."""

from datetime import UTC, datetime

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.door import Door
from api.errors import Rejected
from api.requests import read_body
from configuration.credentials import unseal
from connectors.marketplaces.site_webhook import (
    Webhook,
    WebhookRefused,
    verify_webhook,
    webhook_bytes_max,
)
from domain import channels
from domain.kernel import begin, system

log = structlog.stdlib.get_logger(__name__)

REFUSAL_CODES = {400: "BAD_INPUT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 409: "CONFLICT", 413: "BAD_INPUT"}
PLATFORMS = frozenset({channels.Platform.OFFICIAL_SITE, channels.Platform.PHARMACY_818})


async def order_changed(request: Request) -> Response:
    """Take the notice of a site that one of its orders changed."""
    door: Door = request.app.state.door
    try:
        await _take(door, request)
    except (WebhookRefused, Rejected) as refused:
        code = REFUSAL_CODES.get(refused.status, "BAD_INPUT")
        return JSONResponse({"error": {"code": code, "message": str(refused)}}, status_code=refused.status)
    return JSONResponse({"accepted": True})


async def _take(door: Door, request: Request) -> None:
    """Verify and remember in one transaction: a notice that was not stored may come again."""
    code: str = request.path_params["channel"]
    body = await read_body(request, webhook_bytes_max)
    async with begin(door.sessions, system("webhooks")) as work:
        channel = await channels.account_by_code(work, code)
        if channel is None or channel.platform not in PLATFORMS or channel.sealed_credentials is None:
            raise WebhookRefused("X-Sign does not match", status=401)  # A stranger does not learn which shops we have.
        credentials = unseal(door.settings, channel.sealed_credentials)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = {key.lower(): value for key, value in request.headers.items()}

        async def is_new(nonce: str) -> bool:
            return await channels.remember_nonce(work, channel.id, nonce)

        webhook = Webhook(method=request.method, path=path, headers=headers, body=body)
        notice = await verify_webhook(webhook, credentials["app_secret"], datetime.now(UTC), is_new)
        work.record(channels.OrderNoticed(channel_id=channel.id, external_number=notice.external_number))
