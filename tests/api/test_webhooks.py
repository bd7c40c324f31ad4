"""Notices from a site: believed when signed, fresh and new; refused otherwise, and nothing is written."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from configuration.credentials import seal
from connectors.signatures import site_signature
from domain.channels import Channel, Platform
from domain.kernel import begin, system
from domain.kernel.records import StoredEvent
from tests.api.calling import Answer, Served

SECRET = "the secret of the site"
BODY = json.dumps({"event": "order.changed", "order_no": "S1", "modified_at": "2026-11-11T09:00:00+08:00"}).encode()


@pytest.fixture
async def site(served: Served) -> str:
    """Open a site channel and say its code."""
    code = f"site-{uuid4().hex[:6]}"
    sealed = seal(served.door.settings, {"app_key": "k", "app_secret": SECRET})
    async with begin(served.sessions, system("tests")) as work:
        work.session.add(
            Channel(
                code=code, name="Site", platform=Platform.OFFICIAL_SITE, sealed_credentials=sealed, created_at=work.now
            )
        )
    return code


async def notify(
    served: Served,
    site: str,
    *,
    secret: str = SECRET,
    nonce: str = "",
    age: int = 0,
    body: bytes = BODY,
    **changed: str,
) -> Answer:
    path, nonce = f"/webhooks/{site}", nonce or uuid4().hex
    timestamp = str(int(datetime.now(UTC).timestamp()) - age)
    headers = {
        "X-App-Key": "k",
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": site_signature(secret, "POST", path, timestamp, nonce, body),
    }
    return await served.send("POST", path, data=body, headers=headers | changed)


async def facts(served: Served) -> int:
    async with begin(served.sessions, system("tests")) as work:
        named = select(func.count()).select_from(StoredEvent).where(StoredEvent.name == "channels.OrderNoticed")
        return int(await work.session.scalar(named) or 0)


async def test_a_true_notice_becomes_a_fact(served: Served, site: str) -> None:
    before = await facts(served)
    answer = await notify(served, site)
    assert (answer.status, answer.json) == (200, {"accepted": True})
    assert await facts(served) == before + 1


async def test_a_replayed_notice_is_a_conflict(served: Served, site: str) -> None:
    assert (await notify(served, site, nonce="n1")).status == 200
    before = await facts(served)
    answer = await notify(served, site, nonce="n1")
    assert (answer.status, answer.json["error"]["code"]) == (409, "CONFLICT")
    assert await facts(served) == before


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"secret": "another secret"}, 401),
        ({"X-Sign": "0" * 64}, 401),
        ({"X-Sign": "é"}, 401),
        ({"X-Timestamp": "soon"}, 401),
        ({"age": 3600}, 401),
        ({"age": -3600}, 401),
        ({"X-Nonce": ""}, 401),
        ({"body": b"{"}, 400),
        ({"body": b"x" * 70_000}, 413),
    ],
)
async def test_a_false_notice_is_refused_and_writes_nothing(
    served: Served, site: str, given: dict[str, str], status: int
) -> None:
    before = await facts(served)
    assert (await notify(served, site, **given)).status == status  # type: ignore[arg-type]
    assert await facts(served) == before


async def test_a_stranger_does_not_learn_which_shops_there_are(served: Served, site: str) -> None:
    unknown = await notify(served, "nobody")
    wrong = await notify(served, site, secret="wrong")
    assert (unknown.status, unknown.text) == (wrong.status, wrong.text)
