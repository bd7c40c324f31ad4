"""A notice is believed only if it is fresh, signed over its raw bytes, and new."""

from datetime import UTC, datetime

import pytest

from connectors.marketplaces.site_webhook import OrderChanged, Webhook, WebhookRefused, verify_webhook
from connectors.signatures import site_signature

NOW = datetime.fromtimestamp(1_800_000_000, UTC)
BODY = b'{"event":"order.changed","order_no":"S1","modified_at":"2026-11-11T00:00:00Z"}'


async def is_new(nonce: str) -> bool:
    return nonce != "seen"


def webhook(
    body: bytes = BODY, *, seconds: int = 0, nonce: str = "n1", headers: dict[str, str] | None = None
) -> Webhook:
    timestamp = str(1_800_000_000 + seconds)
    signature = site_signature("secret", "POST", "/webhooks/site", timestamp, nonce, body)
    signed = {"x-app-key": "key", "x-timestamp": timestamp, "x-nonce": nonce, "x-sign": signature}
    return Webhook(method="POST", path="/webhooks/site", headers=signed | (headers or {}), body=body)


async def refusal(notice: Webhook) -> WebhookRefused:
    with pytest.raises(WebhookRefused) as refused:
        await verify_webhook(notice, "secret", NOW, is_new)
    assert "secret" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("seconds", [0, 600, -600])
async def test_a_notice(seconds: int) -> None:
    changed = await verify_webhook(webhook(seconds=seconds), "secret", NOW, is_new)
    assert changed == OrderChanged(external_number="S1", modified_at=datetime(2026, 11, 11, tzinfo=UTC))


@pytest.mark.parametrize("seconds", [601, -601])
async def test_a_stale_clock(seconds: int) -> None:
    assert (await refusal(webhook(seconds=seconds))).status == 401


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1e9", "١٢٣", "9" * 30])
async def test_a_timestamp_that_is_none(timestamp: str) -> None:
    assert (await refusal(webhook(headers={"x-timestamp": timestamp}))).status == 401


@pytest.mark.parametrize("signature", ["", "0" * 64, "签名"])
async def test_a_wrong_signature(signature: str) -> None:
    assert (await refusal(webhook(headers={"x-sign": signature}))).status == 401


async def test_another_body_under_the_same_signature() -> None:
    notice = webhook()
    forged = Webhook(method="POST", path=notice.path, headers=notice.headers, body=BODY.replace(b"S1", b"S2"))
    assert (await refusal(forged)).status == 401


async def test_a_notice_sent_again() -> None:
    assert (await refusal(webhook(nonce="seen"))).status == 409


async def test_an_unsigned_notice_uses_up_no_nonce() -> None:
    asked: list[str] = []

    async def remember(nonce: str) -> bool:
        asked.append(nonce)
        return True

    with pytest.raises(WebhookRefused):
        await verify_webhook(webhook(headers={"x-sign": "0"}), "secret", NOW, remember)
    assert asked == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"order_no":"S1"}', b'{"order_no":"S1","modified_at":"today"}'])
async def test_a_body_that_says_nothing(body: bytes) -> None:
    assert (await refusal(webhook(body))).status == 400


async def test_a_body_that_is_too_long() -> None:
    assert (await refusal(webhook(b"x" * 70_000))).status == 413
