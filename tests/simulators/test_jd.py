"""JD's door and its three levels of failure, all with HTTP 200."""

import time
from typing import Any

import pytest

from tests.simulators.raw import Raw, china

SEARCH = "jingdong.pop.order.search"
FIELDS = "orderId,orderState,modified,orderPayment,itemInfoList,consigneeInfo,couponDetailList"
WAITING = {"order_state": "WAIT_SELLER_STOCK_OUT", "optional_fields": FIELDS, "page": "1", "page_size": "10"}


async def search(raw: Raw, **changes: Any) -> dict[str, Any]:
    answer = await raw.jd(SEARCH, WAITING | changes)
    root: dict[str, Any] = answer["jingdong_pop_order_search_responce"]
    return root


async def result(raw: Raw, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await search(raw, **changes))["searchorderinfo_result"]
    return body


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": ""}, "14"),
        ({"method": "jingdong.no.such"}, "15"),
        ({"app_key": ""}, "20"),
        ({"app_key": "1"}, "21"),
        ({"timestamp": ""}, "7"),
        ({"timestamp": china(time.time() - 420)}, "8"),
        ({"v": ""}, "4"),
        ({"v": "1.0"}, "5"),
        ({"sign": ""}, "11"),
        ({"sign": "0" * 32}, "12"),
        ({"access_token": ""}, "18"),
        ({"access_token": "stale"}, "19"),
        ({"360buy_param_json": "{"}, "22"),
    ],
)
async def test_level_one(raw: Raw, changes: dict[str, str], code: str) -> None:
    error = (await raw.jd(SEARCH, WAITING, **changes))["error_response"]
    assert error["code"] == code
    assert error["zh_desc"]
    assert error["en_desc"]


async def test_both_timestamps_are_read_and_the_raw_string_is_signed(raw: Raw) -> None:
    for timestamp in (china(time.time()), china(time.time()) + ".683+0800"):
        answer = await raw.jd(SEARCH, WAITING, timestamp=timestamp)
        assert answer["jingdong_pop_order_search_responce"]["code"] == "0"


async def test_level_two_names_what_is_missing(raw: Raw) -> None:
    root = await search(raw, optional_fields="")
    assert (root["code"], "searchorderinfo_result" in root) == ("22", False)
    dated = await search(raw, order_state="FINISHED_L")
    assert dated["en_desc"] == "Missing parameter start_date"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"page_size": "101"}, 10100102),
        ({"page": "301"}, 10100103),
        ({"start_date": china(time.time() - 32 * 86_400), "end_date": china(time.time())}, 10100104),
        ({"start_date": "today", "end_date": china(time.time())}, 10100105),
        ({"order_state": "SHIPPED"}, 10100101),
    ],
)
async def test_level_three_looks_like_success(raw: Raw, changes: dict[str, str], number: int) -> None:
    root = await search(raw, **changes)
    assert root["code"] == "0"
    api_result = root["searchorderinfo_result"]["apiResult"]
    assert (api_result["success"], api_result["numberCode"]) == (False, number)


async def test_an_unknown_order_fails_with_a_string_that_is_true(raw: Raw) -> None:
    answer = await raw.jd("jingdong.pop.order.get", {"order_id": "1", "optional_fields": "orderId"})
    detail = answer["jingdong_pop_order_get_responce"]["orderDetailInfo"]
    assert detail["apiResult"]["success"] == "false"
    assert "orderInfo" not in detail


async def test_orders_are_told_masked_and_by_fields(raw: Raw) -> None:
    number = await raw.trade("jd-main", discount="1.00", freight="5.00")
    await raw.trade("jd-main", status="UNPAID")
    found = await result(raw)
    assert found["orderTotal"] == 1
    order = found["orderInfoList"][0]
    assert (order["orderId"], order["orderPayment"]) == (number, "26.08")
    assert order["consigneeInfo"]["fullname"] == "王**"
    assert order["consigneeInfo"]["mobile"] == "138****5678"
    assert [coupon["couponPrice"] for coupon in order["couponDetailList"]] == ["0.69", "0.31"]
    assert set((await result(raw, optional_fields="modified"))["orderInfoList"][0]) == {
        "orderId",
        "orderState",
        "modified",
    }
    wrapped = await raw.jd(SEARCH, {"paramOrderJSFQuery": WAITING})
    inner = wrapped["jingdong_pop_order_search_responce"]["searchorderinfo_result"]
    assert inner["orderTotal"] == 1


async def test_a_sku_is_named_once_per_order(raw: Raw) -> None:
    line = {"seller_code": "85123A", "title": "HEART", "quantity": 1, "price": "2.55"}
    await raw.trade("jd-main", lines=[line, line | {"quantity": 2}])
    items = (await result(raw))["orderInfoList"][0]["itemInfoList"]
    assert [item["outerSkuId"] for item in items] == ["85123A", "85123A"]
    assert items[0]["skuId"] != items[1]["skuId"]


async def test_sorting_and_windows_by_creation_and_change(raw: Raw) -> None:
    now = int(time.time())
    first = await raw.trade("jd-main", created_at=now - 5000, modified_at=now - 10)
    second = await raw.trade("jd-main", created_at=now - 4000, modified_at=now - 20)
    dates = {"start_date": china(now - 6000), "end_date": china(now)}

    async def order(**more: str) -> list[str]:
        return [one["orderId"] for one in (await result(raw, **dates, **more))["orderInfoList"]]

    assert await order() == [first, second]
    assert await order(sortType="0") == [second, first]
    assert await order(dateType="1") == [second, first]
    only = await result(raw, start_date=china(now - 4500), end_date=china(now), dateType="1")
    assert [one["orderId"] for one in only["orderInfoList"]] == [second]


async def test_shipping_with_two_carriers_and_not_twice(raw: Raw) -> None:
    number = await raw.trade("jd-main")
    body = {"orderId": number, "logiCoprId": "467|1499", "logiNo": "SF1234567890123,SF1234567890124|73123456789012"}
    for wrong in ({"logiNo": "SF1234567890123"}, {"logiCoprId": "1|2"}, {"logiNo": "1|2"}):
        answer = await raw.jd("jingdong.pop.order.shipment", body | wrong)
        assert answer["jingdong_pop_order_shipment_responce"]["sopjosshipment_result"]["success"] is False
    answer = await raw.jd("jingdong.pop.order.shipment", body)
    assert answer["jingdong_pop_order_shipment_responce"]["sopjosshipment_result"]["success"] is True
    again = await raw.jd("jingdong.pop.order.shipment", body)
    assert again["jingdong_pop_order_shipment_responce"]["sopjosshipment_result"]["errorCode"] == "10400003"
    shipments = (await raw.control("shops/jd-main/shipments"))["shipments"]
    assert sorted(parcel["waybill"] for parcel in shipments) == ["73123456789012", "SF1234567890123", "SF1234567890124"]


async def test_a_wish_for_money_back_locks_the_order_until_the_seller_answers(raw: Raw) -> None:
    number = await raw.trade("jd-main")
    await raw.control(f"shops/jd-main/trades/{number}/refund", {})
    assert (await result(raw))["orderTotal"] == 0
    locked = await result(
        raw, order_state="LOCKED", start_date=china(time.time() - 60), end_date=china(time.time() + 5)
    )
    assert locked["orderInfoList"][0]["orderState"] == "LOCKED"
    query = {"pageIndex": "1", "pageSize": "50", "orderId": number}
    asked = await raw.jd("jingdong.pop.afs.soa.refundapply.queryPageList", query)
    application = asked["jingdong_pop_afs_soa_refundapply_queryPageList_responce"]["queryResult"]["result"][0]
    assert (application["status"], application["applyRefundSum"]) == (0, "15.30")
    reply = {"id": application["id"], "status": "2", "checkUserName": "张三", "remark": "已发货"}
    bare = await raw.jd("jingdong.pop.afs.soa.refundapply.replyRefund", reply)
    assert bare["jingdong_pop_afs_soa_refundapply_replyRefund_responce"]["code"] == "22", "why it is refused"
    await raw.jd("jingdong.pop.afs.soa.refundapply.replyRefund", reply | {"rejectType": "1"})
    again = await raw.jd("jingdong.pop.afs.soa.refundapply.replyRefund", reply | {"rejectType": "1"})
    assert again["jingdong_pop_afs_soa_refundapply_replyRefund_responce"]["replyResult"]["errorCode"] == "10400007"
    assert (await result(raw))["orderTotal"] == 1


async def test_stock_in_full_and_in_steps_with_a_key(raw: Raw) -> None:
    item = {"item": "4000000000000000001", "sku": "4000000000000000002", "seller_code": "A", "quantity": 3}
    await raw.control("shops/jd-main/items", {"items": [item]})

    async def write(verb: str, **body: str) -> dict[str, Any]:
        method = f"jingdong.stock.write.{verb}SkuStock"
        answer = await raw.jd(method, {"skuId": "4000000000000000002"} | body)
        root: dict[str, Any] = answer[f"jingdong_stock_write_{verb}SkuStock_responce"]
        return root

    assert (await write("update", stockNum="9"))["success"] is True
    for _ in range(2):
        assert (await write("increase", stockNum="-4", stockRfId="once"))["success"] is True
    assert (await write("increase", stockNum="-6", stockRfId="more"))["success"] is False
    assert (await write("update", stockNum="1", skuId="1"))["errorCode"] == "10200001"
    assert (await raw.control("shops/jd-main/items"))["items"][0]["quantity"] == 5


async def test_ordered_failures_on_each_level(raw: Raw) -> None:
    for kind in ("error", "level2", "level3"):
        await raw.fault(kind=kind, shop="jd-main")
    assert (await raw.jd(SEARCH, WAITING))["error_response"]["code"] == "43"
    assert (await search(raw))["code"] == "500"
    assert (await result(raw))["apiResult"]["success"] is False
    assert (await result(raw))["apiResult"]["success"] is True


async def test_the_odd_root_of_the_carriers(raw: Raw) -> None:
    answer = await raw.jd("360buy.get.vender.all.delivery.company", {"fields": "id,name,description"})
    assert {"id": 467, "name": "顺丰速运", "description": "SF"} in answer["vender_delivery_all_company_response"][
        "logistics_company_list"
    ]
