"""Parcels of part of an order, and what each platform is told of them."""

from typing import Any

from tests.stories.company import SHIPPING, Company

LINES = "id externalNumber lines { id quantity shippedQuantity }"


async def reviewed(company: Company, shop: str, *skus: str) -> Any:
    """Let a buyer order one of each, and have it approved."""
    goods = [await company.goods(each, shops=(shop,)) for each in skus]
    order = await company.sold(shop, *((each, 2) for each in goods), wanted=LINES)
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    return order


def parcel(order: Any, waybill: str, *positions: int) -> dict[str, Any]:
    lines = [{"orderLineId": order["lines"][each]["id"], "quantity": "2"} for each in positions]
    return {"orderId": order["id"], "carrierCode": "SF", "waybill": waybill, "lines": lines or None}


async def told(company: Company, shop: str, order: Any) -> list[tuple[str, int]]:
    """Look which parcels the platform was told of, and how many of its lines each holds."""
    held = await company.simulated.held(shop, order["externalNumber"])
    return [(each["waybill"], len(each["lines"])) for each in held["parcels"]]


async def test_taobao_is_told_by_sub_order(company: Company) -> None:
    packer = await company.person(SHIPPING)
    order = await reviewed(company, "taobao-main", "PART1", "PART2")
    first = await packer.done("shipOrder", "partial order { status }", parcel(order, "SF1000000000101", 0))
    assert first == {"partial": True, "order": {"status": "PARTLY_SHIPPED"}}
    await company.settle()
    assert await told(company, "taobao-main", order) == [("SF1000000000101", 1)]
    again = await packer.refused("shipOrder", parcel(order, "SF1000000000102", 0))
    assert again["code"] in {"CLAIM_MISSING", "NOTHING_TO_SHIP", "BAD_INPUT"}
    second = await packer.done("shipOrder", "partial order { status }", parcel(order, "SF1000000000103"))
    assert second["order"]["status"] == "SHIPPED"
    await company.settle()
    assert await told(company, "taobao-main", order) == [("SF1000000000101", 1), ("SF1000000000103", 1)]
    owed = await company.order(order["externalNumber"], "receivables { amount { amount } }")
    assert sorted(each["amount"]["amount"] for each in owed["receivables"]) == ["20.00", "20.00"]


async def test_jd_is_told_of_whole_orders_only(company: Company) -> None:
    """JD takes any parcel for the whole order, so it hears of it when the last one leaves."""
    packer = await company.person(SHIPPING)
    order = await reviewed(company, "jd-main", "PART3", "PART4")
    await packer.done("shipOrder", "id", parcel(order, "SF1000000000111", 0))
    await company.settle()
    assert (await company.simulated.held("jd-main", order["externalNumber"]))["stage"] == "PAID"
    await packer.done("shipOrder", "id", parcel(order, "SF1000000000112", 1))
    await company.settle()
    assert (await company.simulated.held("jd-main", order["externalNumber"]))["stage"] == "SHIPPED"
    told = await company.order(order["externalNumber"], "status shipments { toldAt }")
    assert told["status"] == "SHIPPED"
    assert all(each["toldAt"] for each in told["shipments"])


async def test_the_buyer_of_the_own_site_gets_a_message(company: Company) -> None:
    packer = await company.person(SHIPPING)
    await company.simulated.ask("DELETE", "/sms")
    order = await reviewed(company, "site-main", "PART5")
    await packer.done("shipOrder", "id", parcel(order, "SF1000000000121"))
    await company.settle()
    (message,) = (await company.simulated.ask("GET", "/sms"))["messages"]
    assert message["phone"] == "13812345678"
    assert "SF1000000000121" in str(message)
    assert await told(company, "site-main", order) == [("SF1000000000121", 1)]


async def test_shipping_needs_a_reviewed_order_and_a_true_waybill(company: Company) -> None:
    packer = await company.person(SHIPPING)
    goods = await company.goods("PART6", shops=("taobao-main",))
    order = await company.sold("taobao-main", (goods, 1), wanted=LINES)
    assert (await packer.refused("shipOrder", parcel(order, "SF1000000000131")))["code"] == "WRONG_STATE"
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    for changes, code in (
        ({"carrierCode": "NOBODY"}, "CARRIER_UNKNOWN"),
        ({"waybill": "?"}, "WAYBILL_IMPLAUSIBLE"),
    ):
        assert (await packer.refused("shipOrder", parcel(order, "SF1000000000131") | changes))["code"] == code
    stock = await company.stock_of(goods)
    assert (stock["onHand"], stock["toShip"]) == ("20.0000", "1.0000")
    twice = [parcel(order, "SF1000000000131")] * 2
    first, second = await packer.do("shipOrders", "id", twice)
    assert (first["refusals"], second["shipment"]) == ([], None)
    assert len(second["refusals"]) == 1
