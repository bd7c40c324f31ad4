"""Reports of a partner: believed when signed and fresh, kept word for word once; else nothing is written."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select

from configuration.credentials import seal
from connectors.payloads import china_text
from connectors.signatures import qimen_signature
from domain.exchange import ExchangeReport
from domain.kernel import begin, system
from tests.api.calling import Served
from tests.domain.exchange.builders import a_partner
from tests.domain.inventory.builders import a_warehouse

SECRET = "the secret of the partner"
BODY = "<request><entryOrder><entryOrderCode>EX1</entryOrderCode><outBizCode>{}</outBizCode></entryOrder></request>"


@pytest.fixture
async def partner(served: Served) -> str:
    """Let a partner run a warehouse and say its code."""
    sealed = seal(served.door.settings, {"app_key": "k", "app_secret": SECRET})
    async with begin(served.sessions, system("tests")) as work:
        return (await a_partner(work, await a_warehouse(work), sealed_credentials=sealed)).code


async def report(
    served: Served, partner: str, body: bytes, *, secret: str = SECRET, age: int = 0, customer: str = "c1"
) -> str:
    parameters = {
        "method": "entryorder.confirm",
        "timestamp": china_text(datetime.now(UTC) - timedelta(seconds=age)),
        "format": "xml",
        "app_key": "k",
        "v": "2.0",
        "sign_method": "md5",
        "customerId": customer,
    }
    parameters["sign"] = qimen_signature(secret, parameters, body)
    headers = {"Content-Type": "text/xml"}
    answer = await served.send(
        "POST", f"/webhooks/wms/{partner}?{urlencode(parameters)}", data=BytesIO(body), headers=headers
    )
    assert answer.status == 200
    return answer.text


async def kept(served: Served, key: str) -> list[str]:
    async with begin(served.sessions, system("tests")) as work:
        rows = await work.rows(select(ExchangeReport.content).where(ExchangeReport.report_key == key))
        return [row.content for row in rows]


async def test_a_report_is_kept_word_for_word_once_and_answered_each_time(served: Served, partner: str) -> None:
    key = uuid4().hex
    body = BODY.format(key)
    for _ in range(2):
        assert "<flag>success</flag>" in await report(served, partner, body.encode())
    assert await kept(served, key) == [body]


async def test_garbage_that_is_signed_is_kept_too(served: Served, partner: str) -> None:
    assert "<flag>success</flag>" in await report(served, partner, b"\x00\xff no XML")
    async with begin(served.sessions, system("tests")) as work:
        rows = await work.rows(select(ExchangeReport.content).where(ExchangeReport.report_key.startswith("content-")))
    assert [row.content for row in rows] == ["\ufffd\ufffd no XML"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"secret": "guessed"}, "sign-check-failure"),
        ({"age": 700}, "isv.invalid-timestamp"),
        ({"customer": "c2"}, "isv.invalid-customer"),
    ],
)
async def test_a_false_report_is_refused_and_writes_nothing(
    served: Served, partner: str, more: dict[str, str], code: str
) -> None:
    key = uuid4().hex
    answer = await report(served, partner, BODY.format(key).encode(), **more)  # type: ignore[arg-type]
    assert "<flag>failure</flag>" in answer
    assert code in answer
    assert SECRET not in answer
    assert await kept(served, key) == []


async def test_a_stranger_does_not_learn_which_partners_there_are(served: Served, partner: str) -> None:
    nobody = await report(served, "nobody", BODY.encode())
    wrong = await report(served, partner, BODY.encode(), secret="guessed")
    assert nobody == wrong


async def test_a_report_without_end_is_refused(served: Served, partner: str) -> None:
    assert "<flag>failure</flag>" in await report(served, partner, b"<a>" + b"x" * (1024 * 1024) + b"</a>")
