"""Orders are merged and split at our desk, while their platforms speak of the trades they know."""

from typing import Any

from tests.stories.company import SHIPPING, Company

BUYER = {
    "buyer": {"id": "buyer-merged", "name": "周合并"},
    "receiver": {
        "name": "周合并",
        "phone": "13900001234",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "detail": "文三路 9 号",
    },
}
WANTED = "id externalNumber status holds { reason evidence } lines { id } parts { id lines { id } }"


async def told(company: Company, shop: str, number: str) -> list[tuple[str, int]]:
    """Look which parcels the platform was told of, and how many of its lines each holds."""
    held = await company.simulated.held(shop, number)
    return [(each["waybill"], len(each["lines"])) for each in held["parcels"]]


def parcel(order: Any, waybill: str) -> dict[str, Any]:
    return {"orderId": order["id"], "carrierCode": "SF", "waybill": waybill}


async def test_two_trades_in_one_parcel_are_both_told_and_one_cancelled_while_merged_stops_it(company: Company) -> None:
    goods = await company.goods("MERGE1", shops=("taobao-main",))
    first, second, third = [
        await company.sold("taobao-main", (goods, each), wanted=WANTED, **BUYER) for each in (1, 2, 3)
    ]
    given = {"orders": [{"id": each["id"]} for each in (first, second, third)]}
    merged = await company.admin.done("mergeOrders", "id externalNumber totalAmount { amount }", given)
    assert (merged["externalNumber"], merged["totalAmount"]["amount"]) == (first["externalNumber"], "60.00")
    await company.admin.done("reviewOrder", "id", {"id": merged["id"]})

    await company.simulated.act("taobao-main", third["externalNumber"], "refund", reason="不想要了")
    await company.pull("taobao-main")
    held = await company.order(first["externalNumber"], WANTED)
    assert [each["reason"] for each in held["holds"]] == ["REFUND_REQUESTED"]
    packer = await company.person(SHIPPING)
    refusal = await packer.refused("shipOrder", parcel(merged, "SF1000000000901"))
    assert refusal["code"] in {"ORDER_ON_HOLD", "ORDER_BLOCKED"}
    await company.admin.done("unmergeOrder", "id", {"id": merged["id"]})
    given = {"orders": [{"id": each["id"]} for each in (first, second)]}
    await company.admin.done("mergeOrders", "id", given)
    await company.admin.done("reviewOrder", "id", {"id": merged["id"]})
    await packer.done("shipOrder", "id", parcel(merged, "SF1000000000902"))
    await company.settle()
    for each in (first, second):
        assert await told(company, "taobao-main", each["externalNumber"]) == [("SF1000000000902", 1)]
    assert await told(company, "taobao-main", third["externalNumber"]) == []
    assert [each["reason"] for each in (await company.order(third["externalNumber"], WANTED))["holds"]] == [
        "REFUND_REQUESTED"
    ]


async def test_parts_are_told_by_sub_order(company: Company) -> None:
    goods = [await company.goods(each, shops=("taobao-main",)) for each in ("SPLIT1", "SPLIT2")]
    order = await company.sold("taobao-main", *((each, 2) for each in goods), wanted=WANTED)
    number = order["externalNumber"]
    part = {"lines": [{"orderLineId": order["lines"][0]["id"], "quantity": "2"}]}
    await company.admin.done("splitOrder", "id", {"id": order["id"], "parts": [part]})
    split = await company.order(number, WANTED)
    assert (split["status"], len(split["parts"])) == ("SPLIT", 2)
    packer = await company.person(SHIPPING)
    for each, waybill in zip(split["parts"], ("SF1000000000911", "SF1000000000912"), strict=True):
        await company.admin.done("reviewOrder", "id", {"id": each["id"]})
        await packer.done("shipOrder", "id", parcel(each, waybill))
        await company.settle()
        await company.pull("taobao-main")
    assert await told(company, "taobao-main", number) == [("SF1000000000911", 1), ("SF1000000000912", 1)]
    assert (await company.simulated.held("taobao-main", number))["stage"] == "SHIPPED"
