"""The SITE protocol and the SMS gateway: signatures, nonces, versions, cursors, notices, caps."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from aiohttp import web

from tests.simulators.raw import TRADE, Raw, utc

PATH = "/hooks/site"


def window(seconds: int = 3600) -> dict[str, Any]:
    now = time.time()
    return {"modified_from": utc(now - seconds), "modified_to": utc(now + 5)}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"App-Key": ""}, 100),
        ({"App-Key": "stranger"}, 101),
        ({"Timestamp": str(int(time.time()) - 700)}, 102),
        ({"Timestamp": "now"}, 102),
        ({"Sign": "0" * 64}, 103),
    ],
)
async def test_who_may_enter(raw: Raw, headers: dict[str, str], code: int) -> None:
    answer = await raw.site("orders.pull", window(), **headers)
    assert (answer["code"], answer["http"], answer["data"]) == (code, 401, None)


async def test_a_nonce_opens_the_door_once(raw: Raw) -> None:
    assert (await raw.site("orders.pull", window(), Nonce="n-1"))["code"] == 0
    assert (await raw.site("orders.pull", window(), Nonce="n-1"))["code"] == 104


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"modified_from": None}, 201),
        ({"modified_from": "yesterday"}, 202),
        ({"modified_from": utc(time.time() - 90_000)}, 203),
        ({"limit": 101}, 204),
        ({"cursor": "%%%"}, 205),
    ],
)
async def test_limits_of_a_pull(raw: Raw, body: dict[str, Any], code: int) -> None:
    assert (await raw.site("orders.pull", window() | body))["code"] == code
    assert (await raw.site("orders.no", window()))["code"] == 200


async def test_the_cursor_reads_everything_once_and_what_changes_again(raw: Raw) -> None:
    now = int(time.time())
    bodies = [TRADE | {"modified_at": now - 100} for _ in range(5)]
    numbers = (await raw.control("shops/site-main/trades", {"trades": bodies}))["numbers"]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        data = (await raw.site("orders.pull", window() | {"cursor": cursor, "limit": 2}))["data"]
        seen += [order["order_no"] for order in data["items"]]
        if not cursor:
            await raw.control(f"shops/site-main/trades/{seen[0]}/touch", {})
        cursor = data["next_cursor"]
        if cursor is None:
            break
    assert set(seen) == set(numbers)
    assert seen[-1] == seen[0], "changed during the pull, told again at the end"


async def test_packages_ship_all_or_none(raw: Raw) -> None:
    number = await raw.trade("site-main")
    first = {"carrier": "SF", "waybill": "SF1234567890123", "lines": [f"{int(number) + 1}"]}
    rest = {"carrier": "ZTO", "waybill": "73123456789012"}
    wrong = await raw.site("order.ship", {"order_no": number, "packages": [first, rest | {"waybill": "1"}]})
    assert (wrong["code"], wrong["http"]) == (306, 200)
    assert (await raw.control(f"shops/site-main/trades/{number}"))["stage"] == "PAID"
    part = await raw.site("order.ship", {"order_no": number, "packages": [first]})
    assert part["data"]["status"] == "PARTLY_SHIPPED"
    assert (await raw.site("order.ship", {"order_no": number, "packages": [rest]}))["data"]["status"] == "SHIPPED"
    assert (await raw.site("order.ship", {"order_no": number, "packages": [rest]}))["code"] == 304


async def test_stock_obeys_the_version_and_prices_have_two_decimals(raw: Raw) -> None:
    goods = {"goods_no": "G1", "title": "HEART", "specs": [{"sku_no": "85123A", "barcode": "690", "weight_g": 200}]}
    assert (await raw.site("stock.push", {"sku_no": "85123A", "quantity": 1, "version": 1}))["code"] == 310
    assert (await raw.site("goods.push", goods))["code"] == 0
    pushes = [
        await raw.site("stock.push", {"sku_no": "85123A", "quantity": quantity, "version": version})
        for quantity, version in ((5, 2), (9, 1), (9, 2), (3, 3))
    ]
    assert [push["data"]["applied"] for push in pushes] == [True, False, False, True]
    assert (await raw.site("stock.push", {"sku_no": "85123A", "quantity": -1, "version": 9}))["code"] == 202
    assert (await raw.site("stock.query", {"sku_nos": ["85123A", "NOBODY"]}))["data"]["items"] == [
        {"goods_no": "G1", "sku_no": "85123A", "quantity": 3, "version": 3}
    ]
    wrong = [["85123A", "85123A"], [str(each) for each in range(101)], "85123A", [7], None]
    assert [(await raw.site("stock.query", {"sku_nos": each}))["code"] for each in wrong] == [204, 204, 202, 202, 201]
    assert (await raw.site("price.push", {"sku_no": "85123A", "price": "2.555"}))["code"] == 202
    assert (await raw.site("price.push", {"sku_no": "85123A", "price": "-1.00"}))["code"] == 202
    assert (await raw.site("price.push", {"sku_no": "85123A", "price": "2.55"}))["code"] == 0
    pushed = await raw.control("shops/site-main/pushed")
    assert pushed["stock"]["85123A"]["quantity"] == 3
    assert pushed["price"]["85123A"]["price"] == "2.55"
    assert pushed["goods"]["G1"]["online"] is True
    await raw.trade("site-main")
    items = (await raw.control("shops/site-main/items"))["items"]
    assert {item["seller_code"]: item["quantity"] for item in items}["85123A"] == 0, "six sold of three shown"


async def test_a_refund_is_decided_by_the_seller(raw: Raw) -> None:
    number = await raw.trade("site-main")
    await raw.control(f"shops/site-main/trades/{number}/refund", {"quantity": 2})
    refund = (await raw.site("refunds.pull", window()))["data"]["items"][0]
    assert (refund["status"], refund["amount"]) == ("REQUESTED", "5.10")
    await raw.site("refund.decide", {"refund_no": refund["refund_no"], "decision": "agree"})
    again = await raw.site("refund.decide", {"refund_no": refund["refund_no"], "decision": "agree"})
    assert (again["code"], again["data"]["applied"], again["data"]["step"]) == (0, False, "SUCCESS")
    late = await raw.site("refund.decide", {"refund_no": refund["refund_no"], "decision": "refuse", "reason": "no"})
    bare = await raw.site("refund.decide", {"refund_no": refund["refund_no"], "decision": "refuse"})
    gone = await raw.site("refund.decide", {"refund_no": "R-none", "decision": "agree"})
    assert (late["code"], bare["code"], gone["code"]) == (308, 201, 309)
    order = (await raw.site("orders.pull", window()))["data"]["items"][0]
    assert [line["refund_status"] for line in order["lines"]] == ["SUCCEEDED", "NONE"]


async def test_too_many_calls_are_told_how_long_to_wait(raw: Raw) -> None:
    await raw.fault(kind="ban", shop="site-main", ban_seconds=30)
    answer = await raw.site("orders.pull", window())
    assert (answer["code"], answer["http"], answer["retry_after"] in {30, 31}) == (429, 429, True)


async def test_notices_are_signed_repeated_and_out_of_order(raw: Raw) -> None:
    received: list[dict[str, Any]] = []
    secret = raw.shops["site-main"]["app_secret"]

    async def receive(request: web.Request) -> web.Response:
        body, headers = await request.read(), request.headers
        parts = ("POST", PATH, headers["X-Timestamp"], headers["X-Nonce"], hashlib.sha256(body).hexdigest())
        expected = hmac.digest(secret.encode(), "\n".join(parts).encode(), "sha256").hex()
        received.append(json.loads(body) | {"right": expected == headers["X-Sign"], "nonce": headers["X-Nonce"]})
        return web.Response(status=500 if len(received) == 1 else 200)

    app = web.Application()
    app.router.add_post(PATH, receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        receiver = {"url": url, "copies": 2, "reorder": True, "hold": True}
        await raw.control("shops/site-main/webhook", receiver)
        number = await raw.trade("site-main")
        await raw.control(f"shops/site-main/trades/{number}/touch", {})
        await raw.control("shops/site-main/webhook", {"hold": False})
        async with asyncio.timeout(10):
            while (await raw.control("shops/site-main/webhook"))["delivered"] < 2:  # noqa: ASYNC110 — another server.
                await asyncio.sleep(0.05)
    finally:
        await runner.cleanup()
    assert all(notice["right"] for notice in received)
    assert len({notice["nonce"] for notice in received}) == len(received)
    versions = [notice["version"] for notice in received]
    assert versions[:2] == [2, 2], "newest first, and twice"
    assert {1, 2} == set(versions)
    assert len({notice["event_id"] for notice in received}) == 2


@pytest.mark.parametrize(
    ("changes", "code", "http"),
    [
        ({"Signature": "wrong"}, "SignatureDoesNotMatch", 400),
        ({"AccessKeyId": "stranger"}, "InvalidAccessKeyId.NotFound", 404),
        ({"Timestamp": utc(time.time() - 1000)}, "InvalidTimeStamp.Expired", 400),
        ({"SignName": "别家"}, "isv.SMS_SIGNATURE_ILLEGAL", 200),
        ({"TemplateCode": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL", 200),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS", 200),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM", 200),
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL", 200),
    ],
)
async def test_sms_refusals(raw: Raw, changes: dict[str, str], code: str, http: int) -> None:
    answer = await raw.sms("13812345678", **changes)
    assert (answer["Code"], answer["http"]) == (code, http)
    assert (await raw.control("sms"))["messages"] == []


async def test_sms_caps_per_number_and_minute_hour_day(raw: Raw) -> None:
    limit = "isv.BUSINESS_LIMIT_CONTROL"
    sent = []
    for _ in range(14):
        sent.append((await raw.sms("13812345678"))["Code"])
        sent.append((await raw.sms("13812345678"))["Code"])
        await raw.control("clock", {"advance_seconds": 61})
    assert sent == ["OK", limit] * 5 + [limit] * 18
    await raw.control("clock", {"advance_seconds": 3600})
    hour = []
    for _ in range(6):
        hour.append((await raw.sms("13812345678"))["Code"])
        await raw.control("clock", {"advance_seconds": 800})
    assert hour == ["OK"] * 5 + [limit]
    assert (await raw.sms("13900000000"))["Code"] == "OK"
    texts = [message["text"] for message in (await raw.control("sms"))["messages"]]
    assert len(texts) == 11
    assert texts[0] == "【掌柜商城】您的包裹SF1已签收，感谢惠顾。"
    again = {"SignatureNonce": "same"}
    assert (await raw.sms("13900000001", **again))["Code"] == "OK"
    assert (await raw.sms("13900000002", **again))["Code"] == "SignatureNonceUsed"
