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
    MovedOn,
    OurFault,
    PermissionMissing,
    PlatformFault,
    QuotaExhausted,
    SessionDead,
    UnknownThere,
)
from connectors.payloads import next_china_midnight

ban_seconds_default = 60
ban_seconds_max = 24 * 3600
texts_max = 300

TOO_MANY_CALLS = "2"
ORDER_UNKNOWN = "10400001"
MOVED_ON = "10400007"
REFUND_UNKNOWN = "10400008"
REFUSED_REFUNDS = {MOVED_ON: MovedOn, REFUND_UNKNOWN: UnknownThere}
DENIED = frozenset({"3"})
SESSION = frozenset({"18", "19", "20", "21"})
PLATFORM = frozenset({"1", "43", "65", "66", "67", "70", "500"})
BAN_TEXTS = ("过于频繁", "ban will last")
GONE_TEXTS = ("商品不存在", "SKU不存在", "sku不存在")
CAMPAIGN_TEXTS = ("聚划算", "活动", "促销", "预售")
TEMPORARY_TEXTS = ("限流", "被系统锁定", "大促", "不支持全量修改")


def fault_of_gateway(error: dict[str, Any], now: datetime) -> ConnectorFault:
    """Classify level 1 and 2: a code with its texts."""
    code, text = str(error.get("code", "")), _texts(error, "zh_desc", "en_desc")
    if code == TOO_MANY_CALLS:
        return _limited(text, now)
    if code in SESSION:
        return SessionDead(text, code=code)
    if code in DENIED:
        return PermissionMissing(text, code=code)
    if code in PLATFORM:
        return PlatformFault(text, code=code, outcome_unknown=True)
    return OurFault(text, code=code)


def fault_of_service(content: dict[str, Any], now: datetime) -> ConnectorFault | None:
    """Classify levels 2 and 3: the gateway was content, the service behind it perhaps not."""
    if str(content.get("code", "0")) != "0":
        return fault_of_gateway(content, now)
    for result in _results(content):
        # JD's services write true as a boolean or as a word.
        if str(result["success"]).lower() != "true":
            return _fault_of_result(result)
    return None


def _results(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that may say `success`: the root, what stands in it, and the apiResult of either."""
    for holder in (content, *(value for value in content.values() if isinstance(value, dict))):
        for result in (holder, holder.get("apiResult")):
            if isinstance(result, dict) and "success" in result:
                yield result


def _fault_of_result(result: dict[str, Any]) -> ConnectorFault:
    code = str(result.get("numberCode") or result.get("errorCode") or "")
    text = _texts(result, "chineseErrCode", "englishErrCode", "errorMessage")
    if code in PLATFORM:
        return PlatformFault(text, code=code, outcome_unknown=True)
    if code in REFUSED_REFUNDS:
        return REFUSED_REFUNDS[code](text, code=code)
    if any(words in text for words in GONE_TEXTS):
        return MappingGone(text, code=code)
    if any(words in text for words in TEMPORARY_TEXTS):
        return DelaySixHours(text, code=code)
    if any(words in text for words in CAMPAIGN_TEXTS):
        return LockedByCampaign(text, code=code)
    return OurFault(text, code=code)


def _limited(text: str, now: datetime) -> ConnectorFault:
    """Tell the ban of one API for seconds from the day's quota: JD has one code for both."""
    if not any(words in text for words in BAN_TEXTS):
        return QuotaExhausted(text, until=next_china_midnight(now), code=TOO_MANY_CALLS)
    told = re.search(r"(\d{1,9}) ?(?:秒|more second)", text)
    seconds = min(int(told[1]), ban_seconds_max) if told else ban_seconds_default
    return Banned(text, until=now + timedelta(seconds=seconds + 1), code=TOO_MANY_CALLS)


def _texts(error: dict[str, Any], *keys: str) -> str:
    return " ".join(str(error[key]) for key in keys if error.get(key))[:texts_max]
