"""What TOP lets a seller see and do: lists that move while they are read, parcels, stock, refunds, deposits."""

import time
from typing import Any

import pytest

from tests.simulators.raw import TRADE, Raw, at_this_moment, china

LIST = "taobao.trades.sold.increment.get"
DAY = 86_400


def window(seconds: float = 3600) -> dict[str, str]:
    now = time.time()
    return {"start_modified": china(now - seconds), "end_modified": china(now + 5)}


async def page(raw: Raw, number: int, **more: str) -> dict[str, Any]:
    answer = await raw.top(LIST, fields="tid", page_no=str(number), page_size="2", **(window() | more))
    body: dict[str, Any] = answer["trades_sold_increment_get_response"]
    return body


def tids(body: dict[str, Any]) -> list[str]:
    return [str(trade["tid"]) for trade in body.get("trades", {}).get("trade", [])]


async def some_trades(raw: Raw, count: int, **changes: Any) -> list[str]:
    now = int(time.time())
    bodies = [TRADE | {"modified_at": now - 600 + place} | changes for place in range(count)]
    answer = await raw.control("shops/taobao-main/trades", {"trades": bodies})
    numbers: list[str] = answer["numbers"]
    return numbers


async def full(raw: Raw, number: str, fields: str) -> dict[str, Any]:
    answer = await raw.top("taobao.trade.fullinfo.get", tid=number, fields=fields)
    trade: dict[str, Any] = answer["trade_fullinfo_get_response"]["trade"]
    return trade


def refusal(answer: dict[str, Any]) -> str:
    return str(answer["error_response"]["sub_code"])


async def test_the_newest_change_is_first_and_has_next_hides_the_total(raw: Raw) -> None:
    numbers = await some_trades(raw, 5)
    first = await page(raw, 1)
    assert tids(first) == [numbers[4], numbers[3]]
    assert first["total_results"] == 5
    last = await page(raw, 3, use_has_next="true")
    assert tids(last) == [numbers[0]]
    assert (last["has_next"], "total_results" in last) == (False, False)
    beyond = await page(raw, 4)
    assert "trades" not in beyond


async def test_reading_forward_loses_an_order_when_another_changes_and_reading_backward_does_not(raw: Raw) -> None:
    oldest, older, newer, newest = await some_trades(raw, 4)
    closed = {"end_modified": china(time.time() - 60)}
    await raw.control("shops/taobao-main/touch-after-page", {"number": newest, "page": 1})
    forward = [*tids(await page(raw, 1, **closed)), *tids(await page(raw, 2, **closed))]
    assert forward == [newest, newer, oldest], "the third moved up to page one behind the reader's back"
    await raw.control(f"shops/taobao-main/trades/{newest}/backdate", {"modified_at": int(time.time()) - 500})
    await raw.control("shops/taobao-main/touch-after-page", {"number": newest, "page": 2})
    backward = [*tids(await page(raw, 2, **closed)), *tids(await page(raw, 1, **closed))]
    assert set(backward) == {oldest, older, newer}
    assert tids(await page(raw, 1))[0] == newest, "the changed one comes first in the next window"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"page_size": "101"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"page_no": "x"}, "page_no"),
        ({"start_modified": china(time.time() - DAY - 60)}, "end_modified"),
        ({"start_modified": lambda: china(time.time() + 60)}, "start_modified"),
        ({"end_modified": "yesterday"}, "end_modified"),
        ({"status": "SHIPPED"}, "status"),
        ({"fields": "nothing,known"}, "fields"),
    ],
)
async def test_limits_of_the_list(raw: Raw, wrong: dict[str, Any], name: str) -> None:
    answer = await raw.top(LIST, **({"fields": "tid"} | window() | at_this_moment(wrong)))
    assert answer["error_response"]["code"] == 41
    assert refusal(answer) == f"isv.invalid-parameter:{name}"


async def test_status_and_type_filter(raw: Raw) -> None:
    unpaid, paid = await raw.trade("taobao-main", status="UNPAID"), await raw.trade("taobao-main")
    cash = await raw.trade("taobao-main", cash_on_delivery=True)
    assert tids(await page(raw, 1, status="WAIT_BUYER_PAY")) == [unpaid]
    assert set(tids(await page(raw, 1, status="WAIT_SELLER_SEND_GOODS"))) == {paid, cash}
    assert tids(await page(raw, 1, type="cod")) == [cash]


async def test_personal_data_is_masked_and_the_oaid_needs_five_fields(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    five = "receiver_name,receiver_address,receiver_mobile,receiver_phone,created"
    trade = await full(raw, number, five)
    assert (trade["receiver_name"], trade["receiver_mobile"]) == ("王**", "138****5678")
    assert trade["receiver_address"] == "文三路****"
    assert trade["oaid"]
    assert "oaid" not in await full(raw, number, five.replace(",created", ",tid"))
    assert (await full(raw, await raw.trade("taobao-main"), five))["oaid"] == trade["oaid"]


async def test_lists_keep_back_what_only_fullinfo_tells(raw: Raw) -> None:
    number = await raw.trade("taobao-main", buyer_message="请用顺丰", seller_memo="老客户")
    answer = await raw.top(LIST, fields="tid,buyer_message,seller_memo,has_buyer_message", **window())
    listed = answer["trades_sold_increment_get_response"]["trades"]["trade"][0]
    assert listed == {"tid": int(number), "has_buyer_message": True}
    assert await full(raw, number, "buyer_message,seller_memo") == {
        "buyer_message": "请用顺丰",
        "seller_memo": "老客户",
    }


async def test_money_of_a_discounted_trade_adds_up(raw: Raw) -> None:
    number = await raw.trade("taobao-main", discount="1.00", freight="5.00")
    trade = await full(raw, number, "payment,total_fee,discount_fee,post_fee,orders")
    assert (trade["payment"], trade["total_fee"], trade["discount_fee"], trade["post_fee"]) == (
        "26.08",
        "22.08",
        "1.00",
        "5.00",
    )
    shares = [order["part_mjz_discount"] for order in trade["orders"]["order"]]
    assert shares == ["0.69", "0.31"]
    assert [order["divide_order_fee"] for order in trade["orders"]["order"]] == ["14.61", "6.47"]


async def send(raw: Raw, channel: str, **parameters: str) -> dict[str, Any]:
    return await raw.top(f"taobao.logistics.{channel}.send", **({"company_code": "SF"} | parameters))


async def test_shipping_in_parts(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    first, second = str(int(number) + 1), str(int(number) + 2)
    assert refusal(await send(raw, "offline", tid=number, out_sid="SF1234567890123", sub_tid=first)) == (
        "isv.invalid-parameter:is_split"
    )
    part = {"tid": number, "is_split": "1"}
    sent = await send(raw, "offline", out_sid="SF1234567890123", sub_tid=first, **part)
    assert sent["logistics_offline_send_response"]["shipping"]["is_success"] is True
    trade = await full(raw, number, "status,is_part_consign,orders.status,orders.invoice_no")
    assert (trade["status"], trade["is_part_consign"]) == ("SELLER_CONSIGNED_PART", True)
    assert [order["status"] for order in trade["orders"]["order"]] == [
        "WAIT_BUYER_CONFIRM_GOODS",
        "WAIT_SELLER_SEND_GOODS",
    ]
    again = await send(raw, "offline", out_sid="SF1234567890123", sub_tid=first, **part)
    assert refusal(again) == "isv.logistics-offline-service-error:B04"
    stranger = await send(raw, "offline", out_sid="SF1234567890124", sub_tid="1", **part)
    assert refusal(stranger) == "isv.logistics-offline-service-error:B02"
    await send(raw, "offline", out_sid="SF1234567890124", sub_tid=second, **part)
    assert (await full(raw, number, "status"))["status"] == "WAIT_BUYER_CONFIRM_GOODS"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"company_code": "PIGEON"}, "S02"),
        ({"out_sid": "12"}, "CD06"),
        ({"tid": "4000000000000000001"}, "B01"),
    ],
)
async def test_a_wrong_parcel_is_refused(raw: Raw, parameters: dict[str, str], code: str) -> None:
    number = await raw.trade("taobao-main")
    answer = await send(raw, "offline", **({"tid": number, "out_sid": "SF1234567890123"} | parameters))
    assert refusal(answer) == f"isv.logistics-offline-service-error:{code}"


async def test_online_waits_for_the_waybill_and_takes_cash_on_delivery(raw: Raw) -> None:
    number = await raw.trade("taobao-main", cash_on_delivery=True)
    refused = await send(raw, "offline", tid=number, out_sid="SF1234567890123")
    assert refusal(refused) == "isv.logistics-offline-service-error:B06"
    await send(raw, "online", tid=number)
    assert (await full(raw, number, "status"))["status"] == "WAIT_SELLER_SEND_GOODS"
    await raw.top("taobao.logistics.online.confirm", tid=number, out_sid="SF1234567890123")
    assert (await full(raw, number, "status"))["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    trace = await raw.top("taobao.logistics.trace.search", tid=number)
    assert trace["logistics_trace_search_response"]["out_sid"] == "SF1234567890123"


async def put_item(raw: Raw, **item: Any) -> None:
    body = {"item": "4000000000000000001", "sku": "4000000000000000002", "seller_code": "A", "quantity": 3} | item
    await raw.control("shops/taobao-main/items", {"items": [body]})


async def stock(raw: Raw, method: str, **parameters: str) -> dict[str, Any]:
    return await raw.top(f"taobao.{method}.quantity.update", num_iid="4000000000000000001", **parameters)


async def shown(raw: Raw) -> int:
    return int((await raw.control("shops/taobao-main/items"))["items"][0]["quantity"])


async def test_the_two_stock_calls_treat_a_shortfall_differently(raw: Raw) -> None:
    await put_item(raw)
    below = await stock(raw, "item", sku_id="4000000000000000002", quantity="-4", type="2")
    assert refusal(below) == "isv.invalid-parameter:quantity"
    assert await shown(raw) == 3
    await stock(raw, "skus", skuid_quantities="4000000000000000002:-4", type="2")
    assert await shown(raw) == 0
    await stock(raw, "item", outer_id="A", quantity="7")
    assert await shown(raw) == 7
    assert refusal(await stock(raw, "item", outer_id="A", quantity="-1")) == "isv.invalid-parameter:quantity"


async def test_gone_and_locked_items(raw: Raw) -> None:
    assert refusal(await stock(raw, "item", quantity="1")) == "isv.item-not-exist:num_iid"
    await put_item(raw)
    missing = await stock(raw, "skus", skuid_quantities="1:1")
    assert refusal(missing) == "isv.invalid-parameter:sku-properties"
    await put_item(raw, lock="活动商品只能增加库存")
    locked = await stock(raw, "item", quantity="2")
    assert locked["error_response"]["sub_msg"] == "活动商品只能增加库存"
    await stock(raw, "item", quantity="5")
    assert await shown(raw) == 5
    await put_item(raw, lock="", deleted=True)
    assert refusal(await stock(raw, "item", quantity="1")) == "isv.item-is-delete:invalid-numIid-or-iid"


async def test_a_new_order_lowers_the_shown_stock(raw: Raw) -> None:
    await put_item(raw, quantity=10)
    line = {"item": "4000000000000000001", "sku": "4000000000000000002", "seller_code": "A", "quantity": 4}
    await raw.trade("taobao-main", lines=[line | {"price": "1.00"}])
    assert await shown(raw) == 6


async def test_a_refund_lives_its_life_and_closes_the_trade(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    await send(raw, "offline", tid=number, out_sid="SF1234567890123")
    base = f"shops/taobao-main/trades/{number}/refund"
    wish = {"line": str(int(number) + 1), "returns_goods": True}
    refund = (await raw.control(base, wish))["refund"]["number"]
    await raw.control(base, wish, expect=409)
    seen = []
    for action in ("refuse", "ask-again", "agree", "return-goods", "confirm-goods"):
        await raw.control(f"shops/taobao-main/refunds/{refund}/{action}", {"waybill": "SF1234567890125"})
        answer = await raw.top(
            "taobao.refunds.receive.get", fields="refund_id,status,refund_fee,good_status", **window()
        )
        seen.append(answer["refunds_receive_get_response"]["refunds"]["refund"][0]["status"])
    assert seen == [
        "SELLER_REFUSE_BUYER",
        "WAIT_SELLER_AGREE",
        "WAIT_BUYER_RETURN_GOODS",
        "WAIT_SELLER_CONFIRM_GOODS",
        "SUCCESS",
    ]
    trade = await full(raw, number, "status,orders.status,orders.refund_status")
    assert trade["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert trade["orders"]["order"][0] == {"status": "TRADE_CLOSED", "refund_status": "SUCCESS"}
    await raw.control(base, {"line": str(int(number) + 2), "agreed": True})
    assert (await full(raw, number, "status"))["status"] == "TRADE_CLOSED"


async def test_a_deposit_order_is_paid_in_two_steps(raw: Raw) -> None:
    number = await raw.trade("taobao-main", status="UNPAID", deposit={"amount": "10.00"})
    fields = "status,type,step_trade_status,step_paid_fee,pay_time"
    steps = [await full(raw, number, fields)]
    for _ in range(2):
        await raw.control(f"shops/taobao-main/trades/{number}/pay", {})
        steps.append(await full(raw, number, fields))
    assert [(step["status"], step["step_trade_status"], step["step_paid_fee"]) for step in steps] == [
        ("WAIT_BUYER_PAY", "FRONT_NOPAID_FINAL_NOPAID", "0.00"),
        ("WAIT_BUYER_PAY", "FRONT_PAID_FINAL_NOPAID", "10.00"),
        ("WAIT_SELLER_SEND_GOODS", "FRONT_PAID_FINAL_PAID", "22.08"),
    ]
    assert ["pay_time" in step for step in steps] == [False, False, True]


async def test_memo_is_limited_in_bytes(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    long = await raw.top("taobao.trade.memo.update", tid=number, memo="备" * 334)
    assert refusal(long) == "isv.invalid-parameter:memo"
    await raw.top("taobao.trade.memo.update", tid=number, memo="备" * 333, flag="3")
    assert await full(raw, number, "seller_flag") == {"seller_flag": 3}


async def test_prepared_trades_appear_when_their_hour_comes(raw: Raw) -> None:
    start = int(time.time()) + 30 * DAY
    line = {"number": "4000000000000000011", "seller_code": "A", "quantity": 2, "price": "1.00"}
    refund = {"line": "4000000000000000011", "quantity": 1, "amount": "1.00", "appears_at": start + 50 * DAY}
    body = {"number": "4000000000000000010", "lines": [line], "refunds": [refund], "appears_at": start + 2}
    await raw.control("shops/taobao-main/trades", {"trades": [TRADE | body]})
    await raw.control("clock", {"schedule": {"start": start, "speed": 1}})
    assert tids(await page(raw, 1)) == []
    state = await raw.control("clock", {"schedule": {"start": start + 3, "speed": 1}})
    assert state["shops"]["taobao-main"]["trades"] == 1
    created = (await full(raw, "4000000000000000010", "created"))["created"]
    assert (
        abs(time.mktime(time.strptime(created, "%Y-%m-%d %H:%M:%S")) - time.mktime(time.gmtime(time.time() + 28_800)))
        < 5
    )
    assert tids(await page(raw, 1)) == ["4000000000000000010"]
    await raw.control("clock", {"schedule": {"start": start + 50 * DAY, "speed": 1}})
    order = (await full(raw, "4000000000000000010", "orders"))["orders"]["order"][0]
    assert (order["refund_status"], order["status"]) == ("SUCCESS", "WAIT_SELLER_SEND_GOODS")


async def test_a_decision_names_what_the_seller_saw_and_tmall_wants_it_reviewed_first(raw: Raw) -> None:
    number = await raw.trade("taobao-main")
    wish = {"line": str(int(number) + 1), "amount": "1.00"}
    refund = (await raw.control(f"shops/taobao-main/trades/{number}/refund", wish))["refund"]
    named = {"refund_id": refund["number"], "refund_phase": "onsale"}
    seen = {"refund_version": str(refund["version"])}
    assert refusal(await raw.top("taobao.refund.refuse", **named, **seen)) == "isv.missing-parameter:refuse_message"
    stale = await raw.top("taobao.rp.returngoods.agree", **named, refund_version="0")
    assert refusal(stale) == "isv.refund-version-error"
    reviewed = {"operator": "a", "result": "true", "message": "ok"}
    assert refusal(await raw.top("taobao.rp.refund.review", **named, **seen, **reviewed)) == "isv.refund-not-tmall"
    for cents, word in (("99", "OP_FAILURE_UE"), ("100", "OP_SUCC"), ("100", "OP_FAILURE_UE")):
        infos = f"{refund['number']}|{cents}|{seen['refund_version']}"
        answer = (await raw.top("taobao.rp.refunds.agree", refund_infos=infos))["rp_refunds_agree_response"]
        assert (answer["msg_code"], answer["succ"]) == (word, word == "OP_SUCC"), answer
    assert refusal(await raw.top("taobao.rp.refunds.agree", refund_infos="1|2")) == "isv.invalid-parameter:refund_infos"
