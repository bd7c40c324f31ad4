"""The SITE protocol's error table (官网错误码): what each code demands."""

from datetime import datetime, timedelta
from typing import Any

from connectors.faults import (
    Banned,
    Blocked,
    ConnectorFault,
    MappingGone,
    MovedOn,
    OurFault,
    PlatformFault,
    QuotaExhausted,
    SessionDead,
    UnknownThere,
    UnreadableAnswer,
)
from connectors.http import HttpAnswer
from connectors.marketplaces.port import now_utc
from connectors.payloads import Payload, Unreadable, parse_json

UNKNOWN_KEY, NONCE_SEEN, WITHDRAWN = 101, 104, 105
MOVED_ON, REFUND_UNKNOWN, GOODS_UNKNOWN = 308, 309, 310
OF_DOCUMENTS: dict[int, type[ConnectorFault]] = {
    MOVED_ON: MovedOn,
    REFUND_UNKNOWN: UnknownThere,
    GOODS_UNKNOWN: MappingGone,
}
TOO_FAST = 429
SERVER_ERROR = 500
pause_seconds_default, pause_seconds_max = 5, 24 * 3600
quota_pause_seconds_min = 3600


def content_of(operation: str, answer: HttpAnswer) -> dict[str, Any]:
    """Answer the data of a reply; whatever the site refuses is raised."""
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
        raise fault_of(code, body, now_utc())
    return data


def fault_of(code: int, body: dict[str, Any], now: datetime) -> ConnectorFault:
    """Classify a code by its hundred, and the few that differ from their hundred."""
    told, message = str(code), str(body.get("msg") or "")[:300]
    if code == TOO_FAST:
        return _too_fast(message, _pause_seconds(body), now)
    if code in OF_DOCUMENTS:
        return OF_DOCUMENTS[code](message, code=told)
    if code == NONCE_SEEN:
        # Our nonces never repeat: something on the way sent the request twice.
        return PlatformFault(message, code=told, outcome_unknown=True)
    return _fault_of_hundred(code, message)


def _too_fast(message: str, pause_seconds: int, now: datetime) -> Blocked:
    """Tell a ban of seconds from a day's quota by the pause: only a quota closes the door for hours."""
    kind = QuotaExhausted if pause_seconds >= quota_pause_seconds_min else Banned
    return kind(message, until=now + timedelta(seconds=pause_seconds), code=str(TOO_FAST))


def _fault_of_hundred(code: int, message: str) -> ConnectorFault:
    told = str(code)
    match code // 100:
        case 1:
            return SessionDead(message, code=told) if code in {UNKNOWN_KEY, WITHDRAWN} else OurFault(message, code=told)
        case 2 | 3:
            return OurFault(message, code=told)
        case 5:
            return PlatformFault(message, code=told, outcome_unknown=True)
    return UnreadableAnswer(f"unknown code: {message}", code=told, outcome_unknown=True)


def _pause_seconds(body: dict[str, Any]) -> int:
    try:
        seconds = Payload(body).optional_integer("retry_after")
    except Unreadable:
        seconds = None
    return min(max(seconds or pause_seconds_default, 1), pause_seconds_max)
