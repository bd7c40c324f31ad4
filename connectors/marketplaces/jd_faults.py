"""JOS's error table (京东错误码): three levels, of which only the first looks like an error over HTTP.

Its numbers mean other things than the same numbers of TOP.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.faults import (
    Banned,
    ConnectorFault,
    DelaySixHours,
    LockedByCampaign,
    MappingGone,
    OurFault,
    PermissionMissing,
    PlatformFault,
    QuotaExhausted,
    SessionDead,
)
from connectors.payloads import next_china_midnight

ban_seconds_default = 60
ban_seconds_max = 24 * 3600
texts_max = 300

DENIED = frozenset({"2", "3", "7"})
SESSION = frozenset({"18", "19"})
PLATFORM = frozenset({"1", "43", "65", "66", "67", "70"})
QUOTA_TEXTS = ("调用次数", "次数超限", "今日调用", "daily quota", "daily limit")
BAN_TEXTS = ("too many", "频率", "限流", "ban will last")
NO_SUCH_ORDER_TEXT = "订单不存在"
GONE_TEXTS = ("商品不存在", "sku不存在", "SKU不存在", "已删除", "does not exist")
CAMPAIGN_TEXTS = ("促销", "活动")


def fault_of_gateway(error: dict[str, Any], now: datetime) -> ConnectorFault:
    """Classify level 1: the gateway refused."""
    code, text = str(error.get("code", "")), _texts(error, "zh_desc", "en_desc")
    if code in SESSION:
        return SessionDead(text, code=code)
    if limited := _limited(code, text, now):
        return limited
    if code in DENIED:
        return PermissionMissing(text, code=code)
    if code in PLATFORM:
        return PlatformFault(text, code=code, outcome_unknown=True)
    return OurFault(text, code=code)


def fault_of_service(content: dict[str, Any], now: datetime) -> ConnectorFault | None:
    """Classify levels 2 and 3: the gateway was content, the service behind it perhaps not."""
    code = str(content.get("code", "0"))
    if code != "0":
        return fault_of_gateway(content, now)
    for result in _api_results(content):
        if str(result.get("success")).lower() != "true":
            return _fault_of_result(result, now)
    return None


def _api_results(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every apiResult, which stands beside the data or one level below the root."""
    for holder in (content, *(value for value in content.values() if isinstance(value, dict))):
        result = holder.get("apiResult")
        if isinstance(result, dict):
            yield result


def _fault_of_result(result: dict[str, Any], now: datetime) -> ConnectorFault:
    code, text = str(result.get("numberCode", "")), _texts(result, "chineseErrCode", "englishErrCode")
    if limited := _limited(code, text, now):
        return limited
    if any(words in text for words in GONE_TEXTS):
        return MappingGone(text, code=code)
    if any(words in text for words in CAMPAIGN_TEXTS):
        return LockedByCampaign(text, code=code)
    if "大促" in text or "锁定" in text:
        return DelaySixHours(text, code=code)
    return OurFault(text, code=code)


def _limited(code: str, text: str, now: datetime) -> ConnectorFault | None:
    if any(words in text for words in QUOTA_TEXTS):
        return QuotaExhausted(text, until=next_china_midnight(now), code=code)
    if any(words in text for words in BAN_TEXTS):
        told = re.search(r"(\d{1,9})\s*(?:more )?(?:second|秒)", text)
        seconds = min(int(told[1]), ban_seconds_max) if told else ban_seconds_default
        return Banned(text, until=now + timedelta(seconds=seconds + 1), code=code)
    return None


def _texts(error: dict[str, Any], *keys: str) -> str:
    return " ".join(str(error[key]) for key in keys if error.get(key))[:texts_max]
