"""TOP's error table (淘宝错误码): what each code and text demands; other platforms use the same numbers otherwise."""

import re
from datetime import datetime, timedelta
from typing import Any

from connectors.faults import (
    Banned,
    ConnectorFault,
    DelaySixHours,
    LockedByCampaign,
    MappingGone,
    MovedOn,
    OurFault,
    PermissionMissing,
    PlatformFault,
    QuotaExhausted,
    SessionDead,
)
from connectors.payloads import next_china_midnight

ban_seconds_default = 60
ban_seconds_max = 24 * 3600

CALL_LIMITED = "7"
NO_PERMISSION = "11"
REMOTE_FAULT = "15"
SESSION_CODES = frozenset({"26", "27", "28", "29"})
PLATFORM_CODES = frozenset({"10", "530"})
SESSION_SUB_CODES = frozenset({"invalid-sessionkey", "session-expired"})
GONE_SUB_CODES = ("isv.item-is-delete", "isv.item-not-exist", "isv.invalid-parameter:sku-properties")
CAMPAIGN_TEXTS = ("聚划算", "活动商品只能增加库存", "分销", "代销", "预售")
TEMPORARY_TEXTS = ("限流", "被系统锁定", "大促", "不支持全量修改")
NO_SUCH_TRADE = "isv.trade-not-exist"
NO_SUCH_REFUND = "isv.refund-not-exist"
REFUND_MOVED_ON = ("isv.refund-status-error", "isv.refund-version-error")


def fault_of(error: dict[str, Any], now: datetime) -> ConnectorFault:
    """Classify an `error_response`."""
    code, sub_code = str(error.get("code", "")), str(error.get("sub_code") or "")
    text = f"{error.get('msg') or ''} {error.get('sub_msg') or ''}".strip()[:300]
    if code == CALL_LIMITED:
        return _limited(text, sub_code, now)
    if code == NO_PERMISSION or sub_code == "isv.permission-api-package-empty":
        return PermissionMissing(text, code=code, sub_code=sub_code)
    if code in SESSION_CODES or sub_code in SESSION_SUB_CODES:
        return SessionDead(text, code=code, sub_code=sub_code)
    if sub_code.startswith("isp.") or code in PLATFORM_CODES:
        return PlatformFault(text, code=code, sub_code=sub_code)
    return _fault_of_item(text, code, sub_code)


def _limited(text: str, sub_code: str, now: datetime) -> ConnectorFault:
    if sub_code == "accesscontrol.limited-by-app-access-count":
        return QuotaExhausted(text, until=next_china_midnight(now), code=CALL_LIMITED, sub_code=sub_code)
    told = re.search(r"ban will last for (\d{1,9}) more second", text)
    seconds = min(int(told[1]), ban_seconds_max) if told else ban_seconds_default
    # One second more: the platform counts whole seconds and we do not know which way it rounds.
    return Banned(text, until=now + timedelta(seconds=seconds + 1), code=CALL_LIMITED, sub_code=sub_code)


def _fault_of_item(text: str, code: str, sub_code: str) -> ConnectorFault:
    if sub_code.startswith(GONE_SUB_CODES):
        return MappingGone(text, code=code, sub_code=sub_code)
    if sub_code.startswith(REFUND_MOVED_ON):
        return MovedOn(text, code=code, sub_code=sub_code)
    if any(words in text for words in TEMPORARY_TEXTS):
        return DelaySixHours(text, code=code, sub_code=sub_code)
    if any(words in text for words in CAMPAIGN_TEXTS):
        return LockedByCampaign(text, code=code, sub_code=sub_code)
    return OurFault(text, code=code, sub_code=sub_code)
