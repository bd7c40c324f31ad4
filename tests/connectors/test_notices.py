"""Signed webhooks: what is signed is what is sent, and each answer means one thing."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from connectors.faults import Blocked, ConnectorFault, PlatformFault, SessionDead
from connectors.http import HttpAnswer
from connectors.notices.port import Notice, NoticeAccount, NoticeRefused
from connectors.notices.signed_webhook import receipt_of, signed_notice

ACCOUNT = NoticeAccount(url="https://hook.example.com/desk?room=7", key="k", secret="s")
NOTICE = Notice(number="n1", sequence=2, channel="tmall", recipient="李值班", digest={"day": "2026-11-11"})


def answered(status: int, body: bytes = b"{}") -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=body)


def test_what_is_signed_is_what_is_sent() -> None:
    request = signed_notice(ACCOUNT, NOTICE)
    assert request.body is not None
    told = json.loads(request.body)
    assert (told["number"], told["sequence"], told["recipient"]) == ("n1", 2, "李值班")
    headers = request.headers
    digest = hashlib.sha256(request.body).hexdigest()
    text = "\n".join(("POST", "/desk?room=7", headers["X-Timestamp"], headers["X-Nonce"], digest))
    assert headers["X-Sign"] == hmac.new(b"s", text.encode(), "sha256").hexdigest()
    assert "room=7" not in repr(ACCOUNT)
    assert "mail_to" not in told
    letter = signed_notice(ACCOUNT, replace(NOTICE, mail="boss@example.com"))
    assert json.loads(letter.body or b"")["mail_to"] == "boss@example.com"


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, SessionDead), (403, SessionDead), (404, NoticeRefused), (410, NoticeRefused), (408, PlatformFault),
     (429, Blocked), (500, PlatformFault), (503, PlatformFault)],
)  # fmt: skip
def test_each_refusal_is_a_fault(status: int, fault: type[ConnectorFault]) -> None:
    with pytest.raises(fault):
        receipt_of(answered(status))


def test_taken_is_taken_whatever_else_is_said() -> None:
    assert receipt_of(answered(200, b'{"receipt": "R7"}')) == "R7"
    assert receipt_of(answered(204, b"")) == ""
    assert receipt_of(answered(200, b"<html>ok</html>")) == ""
