"""The ERP protocol (ERP 接口协议), version 1: JSON signed with HMAC-SHA256 as the SITE protocol does it.

docs/erp-protocol.md is what an ERP's programmers read.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.faults import Blocked, ConnectorFault, OurFault, PlatformFault, SessionDead, UnreadableAnswer
from connectors.http import Http, HttpAnswer, HttpRequest
from connectors.partners.port import ErpAccount, ErpRefused, PartnerErpPort, PulledChanges
from connectors.payloads import Payload, Unreadable, number_of, parse_json
from connectors.signatures import site_signature
from domain import erp

CHANGES_MAX = 100
BUSINESS_REFUSED, TOO_FAST, SERVER_ERROR, NO_ACCESS, NONCE_SEEN = 300, 429, 500, frozenset({101, 103, 105}), 104
pause_seconds_default, pause_seconds_max = 5, 3600


class SignedJsonErp(PartnerErpPort):
    """An ERP that speaks the signed JSON protocol."""

    def __init__(self, account: ErpAccount, http: Http) -> None:
        self.account, self.http = account, http

    async def ping(self) -> None:
        await self._call("ping", {})

    async def pull_changes(self, cursor: str) -> PulledChanges:
        told = Payload(await self._call("changes.pull", {"after": cursor, "limit": CHANGES_MAX}))
        try:
            items = [dict(item.fields) for item in told.children("items")]
            behind, more = told.optional_text("next") or cursor, told.flag("more")
        except Unreadable as odd:
            raise UnreadableAnswer(f"changes.pull: {odd}") from odd
        if more and behind == cursor:
            raise UnreadableAnswer("changes.pull: more is said to come behind the same cursor")
        changes = tuple(erp.RawChange(change_id=number_of(item, "change_id"), content=_text(item)) for item in items)
        return PulledChanges(changes=changes, cursor=behind, more=more)

    async def push_movements(self, movements: Sequence[erp.ToldMovement]) -> None:
        await self._call("movements.push", {"movements": [_movement(each) for each in movements]})

    async def push_sales(self, feed: erp.FeedToSend) -> str:
        told = Payload(await self._call("sales.push", _feed(feed)))
        try:
            return told.text("ack_no")[:200]
        except Unreadable as odd:
            raise UnreadableAnswer(f"sales.push: {odd}", outcome_unknown=True) from odd

    async def _call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return content_of(operation, await self.http.send(signed_request(self.account, operation, body)))


def _text(item: Mapping[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False, sort_keys=True)


def _movement(told: erp.ToldMovement) -> dict[str, Any]:
    body = {
        "number": str(told.number),
        "position": told.position,
        "kind": told.kind,
        "warehouse": told.warehouse,
        "sku": told.sku,
        "lot": told.lot,
        "quantity": str(told.quantity),
        "cost": None if told.cost is None else str(told.cost),
        "document": told.document,
        "effective_at": _moment(told.effective_at),
    }
    return {key: value for key, value in body.items() if value is not None}


def _feed(feed: erp.FeedToSend) -> dict[str, Any]:
    return {
        "feed_no": feed.number,
        "day": feed.day.isoformat(),
        "channel": feed.channel,
        "sequence": feed.sequence,
        "currency": feed.currency,
        "content_hash": feed.content_hash,
        "goods_amount": str(feed.goods_amount),
        "discount_amount": str(feed.discount_amount),
        "freight_amount": str(feed.freight_amount),
        "returned_amount": str(feed.returned_amount),
        "lines": [_fed_line(each) for each in feed.lines],
    }


def _fed_line(line: erp.FedLine) -> dict[str, Any]:
    body = {
        "kind": line.kind.value,
        "sku": line.sku,
        "quantity": str(line.quantity),
        "amount": str(line.amount),
        "discount": str(line.discount),
        "cost": None if line.cost is None else str(line.cost),
    }
    return {key: value for key, value in body.items() if value is not None}


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signed_request(account: ErpAccount, operation: str, body: Mapping[str, Any]) -> HttpRequest:
    """Serialise once and sign these very bytes."""
    url = f"{account.base_url.rstrip('/')}/api/exchange/v1/{operation}"
    sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp, nonce = str(int(datetime.now(UTC).timestamp())), uuid4().hex
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Key": account.app_key,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": site_signature(account.app_secret, "POST", urlsplit(url).path, timestamp, nonce, sent),
    }
    return HttpRequest(method="POST", url=url, operation=f"erp {operation}", headers=headers, body=sent)


def content_of(operation: str, answer: HttpAnswer) -> dict[str, Any]:
    """Answer the data of a reply; whatever the ERP refuses is raised."""
    try:
        body = parse_json(answer.body)
    except UnreadableAnswer:
        if answer.status >= SERVER_ERROR:
            raise PlatformFault(f"{operation} answered {answer.status}", outcome_unknown=True) from None
        raise
    try:
        code = Payload(body).optional_integer("code")
        data = dict(Payload(body).child("data").fields)
    except Unreadable as odd:
        raise UnreadableAnswer(f"{operation}: {odd}", outcome_unknown=True) from odd
    if code is None or (code == 0 and answer.status >= TOO_FAST):
        raise UnreadableAnswer(f"{operation} answered {answer.status} without a code", outcome_unknown=True)
    if code != 0:
        raise _fault(code, body)
    return data


def _fault(code: int, body: Mapping[str, Any]) -> ConnectorFault:
    """Classify a code by its hundred: who asks, what is asked, the business, too often, try again."""
    told, message = str(code), str(body.get("msg") or "")[:300]
    if code == TOO_FAST:
        return Blocked(message, until=datetime.now(UTC) + timedelta(seconds=_pause_seconds(body)), code=told)
    if code == NONCE_SEEN or code // 100 == SERVER_ERROR // 100:
        return PlatformFault(message, code=told, outcome_unknown=True)
    if code in NO_ACCESS:
        return SessionDead(message, code=told)
    if code // 100 == BUSINESS_REFUSED // 100:
        return ErpRefused(message, code=told)
    return OurFault(message, code=told)


def _pause_seconds(body: Mapping[str, Any]) -> int:
    try:
        seconds = Payload(body).optional_integer("retry_after")
    except Unreadable:
        seconds = None
    return min(max(seconds or pause_seconds_default, 1), pause_seconds_max)
