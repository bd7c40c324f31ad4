"""Every line of the platforms' error tables asks for the action their documents name."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors import faults
from connectors.http import HttpAnswer
from connectors.marketplaces import jd_faults, site_faults, taobao_faults
from connectors.sms import aliyun

NOW = datetime(2026, 11, 11, 15, 59, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 11, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "sub_code", "text", "action"),
    [
        (7, "accesscontrol.limited-by-app-access-count", "", faults.QuotaExhausted),
        (7, "accesscontrol.limited-by-api-access-count", "This ban will last for 9 more seconds", faults.Banned),
        (7, "accesscontrol.limited-by-app-api-access-count", "This ban will last for 1 more seconds", faults.Banned),
        (11, "isv.permission-api-package-empty", "", faults.PermissionMissing),
        (15, "isp.top-remote-connection-timeout", "", faults.PlatformFault),
        (15, "isp.top-remote-connection-timeout-tmall", "", faults.PlatformFault),
        (15, "isp.top-remote-service-unavailable", "", faults.PlatformFault),
        (15, "isp.remote-service-error", "", faults.PlatformFault),
        (530, "isp.system-busy", "", faults.PlatformFault),
        (27, "invalid-sessionkey", "", faults.SessionDead),
        (27, "session-expired", "", faults.SessionDead),
        (15, "isv.item-is-delete:invalid-numIid-or-iid", "", faults.MappingGone),
        (15, "isv.item-is-delete:invalid-numIid-or-iid-tmall", "", faults.MappingGone),
        (15, "isv.item-not-exist:num_iid", "", faults.MappingGone),
        (15, "isv.invalid-parameter:sku-properties", "", faults.MappingGone),
        (15, "isv.x", "聚划算商品", faults.LockedByCampaign),
        (15, "isv.x", "活动商品只能增加库存", faults.LockedByCampaign),
        (15, "isv.x", "分销代销禁止改库存", faults.LockedByCampaign),
        (15, "isv.x", "预售不能全量", faults.LockedByCampaign),
        (15, "isv.x", "限流", faults.DelaySixHours),
        (15, "isv.x", "被系统锁定", faults.DelaySixHours),
        (15, "isv.x", "大促", faults.DelaySixHours),
        (15, "isv.x", "不支持全量修改", faults.DelaySixHours),
        (15, "isv.refund-status-error", "", faults.MovedOn),
        (15, "isv.refund-version-error", "", faults.MovedOn),
        (15, "isv.anything-else", "", faults.OurFault),
        (21, "", "Missing method", faults.OurFault),
        (25, "isv.invalid-signature", "", faults.OurFault),
    ],
)
def test_top(code: int, sub_code: str, text: str, action: type[faults.ConnectorFault]) -> None:
    fault = taobao_faults.fault_of({"code": code, "sub_code": sub_code, "msg": "x", "sub_msg": text}, NOW)
    assert type(fault) is action
    assert (fault.code, fault.sub_code) == (str(code), sub_code)


def test_top_bans_for_one_second_more_than_it_says() -> None:
    error = {"code": 7, "sub_code": "accesscontrol.limited-by-api-access-count"}
    ban = taobao_faults.fault_of(error | {"msg": "This ban will last for 9 more seconds"}, NOW)
    assert ban.wait(NOW, 1) == timedelta(seconds=10)
    unsaid = taobao_faults.fault_of(error, NOW)
    assert unsaid.wait(NOW, 1) == timedelta(seconds=61)


def test_a_quota_lasts_until_midnight_in_china() -> None:
    fault = taobao_faults.fault_of({"code": 7, "sub_code": "accesscontrol.limited-by-app-access-count"}, NOW)
    assert isinstance(fault, faults.QuotaExhausted)
    assert fault.until == MIDNIGHT
    assert fault.wait(NOW, 1) == timedelta(seconds=30)
    assert fault.wait(MIDNIGHT + timedelta(hours=1), 1) == timedelta()


@pytest.mark.parametrize(
    ("code", "text", "action"),
    [
        ("2", "限制时间内调用失败次数", faults.QuotaExhausted),
        ("2", "接口调用过于频繁，5秒后重试", faults.Banned),
        ("3", "", faults.PermissionMissing),
        ("12", "无效签名", faults.OurFault),
        ("18", "", faults.SessionDead),
        ("19", "", faults.SessionDead),
        ("21", "无效app_key", faults.SessionDead),
        ("43", "系统处理错误", faults.PlatformFault),
        ("67", "", faults.PlatformFault),
        ("8", "", faults.OurFault),
    ],
)
def test_jd_at_the_gateway_and_in_the_root(code: str, text: str, action: type[faults.ConnectorFault]) -> None:
    error = {"code": code, "zh_desc": text, "en_desc": ""}
    assert type(jd_faults.fault_of_gateway(error, NOW)) is action
    assert type(jd_faults.fault_of_service(error, NOW)) is action


def test_the_same_number_means_other_things_elsewhere() -> None:
    assert isinstance(jd_faults.fault_of_gateway({"code": "21"}, NOW), faults.SessionDead)
    assert isinstance(taobao_faults.fault_of({"code": 21}, NOW), faults.OurFault)


def test_a_ban_of_jd() -> None:
    fault = jd_faults.fault_of_gateway({"code": "2", "en_desc": "This ban will last for 5 more seconds"}, NOW)
    assert fault.wait(NOW, 1) == timedelta(seconds=6)


@pytest.mark.parametrize("success", [False, "false", "False", None, 0])
@pytest.mark.parametrize("place", ["apiResult", "beside", "root"])
def test_jd_in_the_third_level(success: object, place: str) -> None:
    result = {"success": success, "numberCode": 10400099, "chineseErrCode": "不行", "englishErrCode": "no"}
    contents: dict[str, dict[str, object]] = {
        "apiResult": {"code": "0", "searchorderinfo_result": {"apiResult": result}},
        "beside": {"code": "0", "sopjosshipment_result": result},
        "root": {"code": "0"} | result,
    }
    fault = jd_faults.fault_of_service(contents[place], NOW)
    assert isinstance(fault, faults.OurFault)
    assert fault.code == "10400099"


@pytest.mark.parametrize("success", [True, "true", "True"])
def test_jd_content(success: object) -> None:
    assert jd_faults.fault_of_service({"code": "0", "x_result": {"apiResult": {"success": success}}}, NOW) is None


@pytest.mark.parametrize(
    ("text", "action"),
    [("SKU不存在", faults.MappingGone), ("聚划算", faults.LockedByCampaign), ("商品限流中", faults.DelaySixHours)],
)
def test_jd_about_a_sku(text: str, action: type[faults.ConnectorFault]) -> None:
    result = {"success": False, "errorCode": "10200007", "chineseErrCode": text}
    assert type(jd_faults.fault_of_service({"code": "0"} | result, NOW)) is action


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (100, faults.OurFault),
        (101, faults.SessionDead),
        (102, faults.OurFault),
        (103, faults.OurFault),
        (104, faults.PlatformFault),
        (105, faults.SessionDead),
        (201, faults.OurFault),
        (203, faults.OurFault),
        (304, faults.OurFault),
        (308, faults.MovedOn),
        (309, faults.UnknownThere),
        (310, faults.MappingGone),
        (429, faults.Banned),
        (500, faults.PlatformFault),
        (599, faults.PlatformFault),
        (777, faults.UnreadableAnswer),
    ],
)
def test_site(code: int, action: type[faults.ConnectorFault]) -> None:
    assert type(site_faults.fault_of(code, {"msg": "x", "retry_after": 9}, NOW)) is action


@pytest.mark.parametrize(("told", "seconds"), [(9, 9), (None, 5), ("soon", 5), (-1, 1), (10**8, 24 * 3600)])
def test_a_site_names_its_pause_within_reason(told: object, seconds: int) -> None:
    fault = site_faults.fault_of(429, {"retry_after": told}, NOW)
    assert fault.wait(NOW, 1) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (200, b"[]", faults.UnreadableAnswer),
        (200, b"{}", faults.UnreadableAnswer),
        (200, b'{"code":"zero"}', faults.UnreadableAnswer),
        (503, b"<html>", faults.PlatformFault),
        (503, b'{"code":0}', faults.UnreadableAnswer),
    ],
)
def test_a_site_that_answers_garbage(status: int, body: bytes, action: type[faults.ConnectorFault]) -> None:
    with pytest.raises(faults.ConnectorFault) as fault:
        site_faults.content_of("x", HttpAnswer(status=status, body=body))
    assert type(fault.value) is action


@pytest.mark.parametrize(
    ("code", "text", "action", "pause"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", faults.RetryLater, timedelta(minutes=1)),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", faults.RetryLater, timedelta(hours=1)),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", faults.RetryLater, timedelta(seconds=30)),
        ("isv.DAY_LIMIT_CONTROL", "", faults.RetryLater, timedelta(seconds=30)),
        ("Throttling.User", "", faults.RetryLater, timedelta(seconds=2)),
        ("isv.OUT_OF_SERVICE", "", faults.PermissionMissing, None),
        ("SignatureDoesNotMatch", "", faults.SessionDead, None),
        ("InvalidAccessKeyId.NotFound", "", faults.SessionDead, None),
        ("isp.SYSTEM_ERROR", "", faults.PlatformFault, timedelta(seconds=5)),
        ("isv.MOBILE_NUMBER_ILLEGAL", "", faults.OurFault, None),
    ],
)
def test_aliyun(code: str, text: str, action: type[faults.ConnectorFault], pause: timedelta | None) -> None:
    fault = aliyun.fault_of(code, text, NOW)
    assert type(fault) is action
    assert fault.wait(NOW, 1) == pause


def test_six_hours() -> None:
    assert faults.DelaySixHours("x").wait(NOW, 1) == timedelta(hours=6)
