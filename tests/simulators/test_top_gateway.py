"""TOP's door is as strict as the platform's: codes, windows, quotas, bans and spoilt answers."""

import json
import time
from typing import Any

import aiohttp
import pytest

from tests.simulators.raw import TRADE, Json, Raw, at_this_moment, china

LIST = "taobao.trades.sold.increment.get"


def error_of(answer: dict[str, object]) -> tuple[object, object]:
    error = answer["error_response"]
    assert isinstance(error, dict)
    assert error["request_id"]
    return error["code"], error.get("sub_code")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": None}, 21),
        ({"method": "taobao.no.such"}, 22),
        ({"sign": None}, 24),
        ({"sign": "0" * 32}, 25),
        ({"session": None}, 26),
        ({"session": "0" * 56}, 27),
        ({"app_key": None}, 28),
        ({"app_key": "1"}, 29),
        ({"timestamp": None}, 30),
        ({"timestamp": "2026-11-23T10:00:00"}, 31),
        ({"timestamp": lambda: china(time.time() - 900)}, 31),
        ({"timestamp": lambda: china(time.time() + 900)}, 31),
        ({"v": None}, 32),
        ({"v": "3.0"}, 34),
        ({"sign_method": "sha1"}, 41),
        ({"fields": None}, 40),
    ],
)
async def test_a_call_that_is_wrong_gets_its_own_code(raw: Raw, changes: dict[str, Any], code: int) -> None:
    assert error_of(await raw.top_sent(**at_this_moment(changes)))[0] == code


async def test_all_three_signatures_open_the_door_and_eight_minutes_do_not_matter(raw: Raw) -> None:
    for method in ("md5", "hmac", "hmac-sha256"):
        answer = await raw.top(
            "taobao.logistics.companies.get", fields="code", sign_method=method, timestamp=china(time.time() - 480)
        )
        assert answer["logistics_companies_get_response"]["logistics_companies"]["logistics_company"]


async def test_one_shop_does_not_see_another(raw: Raw) -> None:
    number = await raw.trade("tmall-main")
    answer = await raw.top("taobao.trade.fullinfo.get", tid=number, fields="tid")
    assert error_of(answer) == (15, "isv.trade-not-exist")


async def test_xml_is_the_default_and_simplify_unwraps_json(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    form = raw.top_parameters("taobao.trade.fullinfo.get", tid=number, fields="tid,orders.oid", format="")
    text = await raw.post_form(raw.shops["taobao-main"]["url"], form)
    assert f"<trade_fullinfo_get_response><trade><tid>{number}</tid><orders><order><oid>" in text
    answer = await raw.top("taobao.trade.fullinfo.get", tid=number, fields="tid,orders.oid", simplify="true")
    assert answer["trade"] == {
        "tid": int(number),
        "orders": [{"oid": int(number) + 1}, {"oid": int(number) + 2}],
    }
    assert int(number) > 2**53


async def test_an_unknown_format_is_refused_in_xml(raw: Raw) -> None:
    form = raw.top_parameters("taobao.logistics.companies.get", fields="code", format="yaml")
    text = await raw.post_form(raw.shops["taobao-main"]["url"], form)
    assert "<error_response><code>23</code>" in text


async def test_the_daily_quota_ends_at_midnight_in_china(raw: Raw) -> None:
    await raw.control("shops/taobao-main/limits", {"daily_calls": 2})
    for _ in range(2):
        assert "error_response" not in await raw.top("taobao.logistics.companies.get", fields="code")
    answer = await raw.top("taobao.logistics.companies.get", fields="code")
    assert error_of(answer) == (7, "accesscontrol.limited-by-app-access-count")
    await raw.control("clock", {"advance_seconds": 86_400})
    assert "error_response" not in await raw.top("taobao.logistics.companies.get", fields="code")


async def test_too_many_calls_a_second_ban_this_api_only(raw: Raw) -> None:
    await raw.control("shops/taobao-main/limits", {"calls_per_second": 3, "ban_seconds": 60})
    answers = [await raw.top("taobao.logistics.companies.get", fields="code") for _ in range(12)]
    refused = [answer["error_response"] for answer in answers if "error_response" in answer]
    assert refused
    assert refused[0]["sub_code"] == "accesscontrol.limited-by-api-access-count"
    assert refused[0]["sub_msg"] in {f"This ban will last for {left} more seconds" for left in (59, 60)}
    number = await raw.trade("taobao-main")
    assert "error_response" not in await raw.top("taobao.trade.fullinfo.get", tid=number, fields="tid")


async def test_a_dead_session_says_so_until_it_lives_again(raw: Raw) -> None:
    await raw.control("shops/taobao-main/session", {"alive": False})
    assert error_of(await raw.top("taobao.logistics.companies.get", fields="code")) == (27, "session-expired")
    await raw.control("shops/taobao-main/session", {"alive": True})
    assert "error_response" not in await raw.top("taobao.logistics.companies.get", fields="code")


async def test_spoilt_answers(raw: Raw) -> None:
    shop = raw.shops["taobao-main"]
    await raw.fault(kind="http", status=502, shop="taobao-main")
    form = raw.top_parameters("taobao.logistics.companies.get", fields="code")
    async with raw.client.post(shop["url"], data=form) as response:
        assert response.status == 502
    await raw.fault(kind="truncated", shop="taobao-main")
    with pytest.raises(json.JSONDecodeError):
        await raw.top("taobao.logistics.companies.get", fields="code")
    await raw.fault(kind="html")
    assert (await raw.post_form(shop["url"], form)).startswith("<html>")
    await raw.fault(kind="disconnect")
    with pytest.raises(aiohttp.ClientError):
        await raw.post_form(shop["url"], form)
    await raw.fault(kind="slow", delay_seconds=0.3)
    before = time.monotonic()
    assert "error_response" not in await raw.top("taobao.logistics.companies.get", fields="code")
    assert time.monotonic() - before >= 0.3


async def test_an_answer_may_be_lost_after_the_work_was_done(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    await raw.fault(kind="truncated", phase="after", method="taobao.logistics.offline.send")
    with pytest.raises(json.JSONDecodeError):
        await raw.top("taobao.logistics.offline.send", tid=number, company_code="SF", out_sid="SF1234567890123")
    assert (await raw.control(f"shops/taobao-main/trades/{number}"))["stage"] == "SHIPPED"


async def test_faults_count_skip_and_choose(raw: Raw) -> None:
    body = {"code": 15, "msg": "Remote service error", "sub_code": "isp.top-remote-connection-timeout"}
    await raw.fault(kind="error", body=body, method=LIST, skip=1, count=2)
    times = {"start_modified": china(time.time() - 60), "end_modified": china(time.time())}
    answers = [await raw.top(LIST, fields="tid", **times) for _ in range(4)]
    assert ["error_response" in answer for answer in answers] == [False, True, True, False]


async def test_the_control_plane_is_shut_and_exact(raw: Raw) -> None:
    url = f"{raw.ports['base_url']}/control/state"
    async with raw.client.get(url, headers={"X-Control-Token": "guess"}) as response:
        assert response.status == 401
    mistakes: list[Json] = [
        {"lines": []},
        {"lines": [{"price": 2.55}]},
        {"lines": [{"price": "2.555"}]},
        {"status": "WHATEVER"},
        {"number": "A-1"},
    ]
    for wrong in mistakes:
        await raw.control("shops/taobao-main/trades", {"trades": [TRADE | wrong]}, expect=400)
    await raw.control("shops/taobao-main/limits", {"daily": 1}, expect=400)
    await raw.control("shops/nowhere/trades", {"trades": [TRADE]}, expect=404)
    assert (await raw.control("state"))["shops"]["taobao-main"]["trades"] == 0
