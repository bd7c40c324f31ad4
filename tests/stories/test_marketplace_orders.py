"""Orders of marketplaces from the buyer to the van, while the platform changes its mind in the middle."""

from typing import Any

from tests.stories.company import REVIEWING, Company, Goods
from tests.stories.floor import Floor, a_floor, picked

ORDER = """id number externalNumber status version totalAmount { amount } holds { reason evidence }
    receiver { name city detail } lines { id title quantity cancelledQuantity refund giftRuleId }
    mergedOrders { number status }"""


def buyer(name: str, **receiver: str) -> dict[str, Any]:
    """Say who buys and where he lives."""
    lives = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "town": "江厦街道", "detail": "中山路8号"}
    return {
        "buyer": {"id": name, "name": name},
        "receiver": {"name": name, "phone": "13900005678", **lives, **receiver},
    }


async def reasons(company: Company, number: str) -> list[str]:
    return [each["reason"] for each in (await company.order(number, ORDER))["holds"]]


async def agreed(company: Company, shop: str, asked: Any) -> None:
    """Let the platform pay the money back that was asked for, and read the shop."""
    await company.simulated.ask("POST", f"/shops/{shop}/refunds/{asked['refund']['number']}/agree", {})
    await company.pull(shop)


async def test_of_two_merged_tmall_orders_one_is_cancelled_and_the_rest_is_shipped(company: Company) -> None:
    floor, shop = await a_floor(company), "tmall-main"
    (tea, _), (cup, _), (spoon, _) = [await floor.goods(each, 1, shop) for each in ("TM1", "TM2", "TMGIFT")]
    await gift_from_fifty(company, spoon, tea, cup)
    who = buyer("钱合并")
    first = await company.sold(shop, (tea, 1), (cup, 2), wanted=ORDER, freight="5.00", **who)
    second = await company.sold(shop, (tea, 3), wanted=ORDER, **who)
    desk = await company.person((*REVIEWING, "orders.merge_orders", "orders.unmerge_order"), name="李审单")
    order = await merged_as_proposed(company, desk, first, second)
    assert order["totalAmount"]["amount"] == "65.00"
    await desk.done("reviewOrder", "id", {"id": order["id"]})
    assert (await company.stock_of(tea))["toShip"] == "4.0000"

    asked = await company.simulated.act(shop, second["externalNumber"], "refund", reason="拍错了")
    await company.pull(shop)
    assert await reasons(company, order["externalNumber"]) == ["REFUND_REQUESTED"]
    blocked = await floor.keeper.refused("releaseOrder", {"orderId": order["id"], "carrierCode": "ZTO"})
    assert (blocked["code"], blocked["reasons"]) == ("ORDER_ON_HOLD", ["REFUND_REQUESTED"])
    await agreed(company, shop, asked)
    after = await company.order(order["externalNumber"], ORDER)
    assert (after["status"], [each["cancelledQuantity"] for each in after["lines"]]) == (
        "REVIEWED",
        ["0.0000", "0.0000", "3.0000", "0.0000"],
    )
    assert (await company.stock_of(tea))["toShip"] == "1.0000"
    assert [each["reason"] for each in after["holds"]] == ["CANCELLED_ON_PLATFORM"]
    await desk.done("releaseOrderHold", "id", {"id": order["id"], "reason": "CANCELLED_ON_PLATFORM"})

    await floor.keeper.done("releaseOrder", "id", {"orderId": order["id"], "carrierCode": "ZTO"})
    waybill = await floor.to_the_van(order, "TM1", "TM2", "TM2", "TMGIFT")
    assert await floor.told(shop, first["externalNumber"]) == [(waybill, 2)]
    assert await floor.told(shop, second["externalNumber"]) == []
    stages = [(await company.simulated.held(shop, each["externalNumber"]))["stage"] for each in (first, second)]
    assert stages == ["SHIPPED", "CLOSED_REFUNDED"]
    await company.pull(shop)
    assert [(await company.order(each["externalNumber"], ORDER))["status"] for each in (first, second)] == [
        "SHIPPED",
        "MERGED",
    ]
    assert [(await company.stock_of(each))["onHand"] for each in (tea, cup, spoon)] == ["8.0000", "7.0000", "8.0000"]
    assert await company.broken_invariants() == []


async def merged_as_proposed(company: Company, desk: Any, first: Any, second: Any) -> Any:
    """Merge the two orders that the house itself proposes."""
    proposed = "query ($c: ID) { mergeCandidates(channelId: $c) { orders { id externalNumber } } }"
    found = (await desk.ask(proposed, c=company.channels["tmall-main"]))["mergeCandidates"]
    (group,) = [each["orders"] for each in found if first["id"] in {order["id"] for order in each["orders"]}]
    assert [each["id"] for each in group] == [first["id"], second["id"]]
    given = {"orders": [{"id": each["id"]} for each in group]}
    order = await desk.done("mergeOrders", ORDER, given)
    assert [each["quantity"] for each in order["lines"] if each["giftRuleId"]] == ["1.0000"]
    await desk.done("unmergeOrder", "id", {"id": order["id"]})
    apart = [(await company.order(each["externalNumber"], ORDER))["lines"] for each in (first, second)]
    assert [each["giftRuleId"] for lines in apart for each in lines] == [None] * 3
    return await desk.done("mergeOrders", ORDER, given)


async def gift_from_fifty(company: Company, given: Goods, *bought: Goods) -> None:
    """Give something to who buys these for 50 or more on Tmall, to one order only."""
    rule = {
        "name": "满五十赠",
        "group": "满赠",
        "priority": 5,
        "channelIds": [company.channels["tmall-main"]],
        "variantIds": [each.id for each in bought],
        "ranges": [{"measure": "GOODS_AMOUNT", "atLeast": "50"}],
        "gifts": [{"variantId": given.id, "quantity": "1"}],
        "totalMax": 1,
    }
    await company.admin.done("defineGiftRule", "id", rule)


async def test_a_jd_address_that_changes_after_review_stops_everything_until_somebody_looks(company: Company) -> None:
    floor, shop = await a_floor(company), "jd-main"
    goods, _ = await floor.goods("JD1", 1, shop)
    early, order = [
        await floor.released((goods, each), shop=shop, wanted=ORDER, **buyer(f"孙搬家{each}")) for each in (1, 2)
    ]
    number, desk = order["externalNumber"], await company.person(REVIEWING, name="李审单")
    await floor.pick(await floor.wave(order))

    for each in (early, order):
        there = {"city": "温州市", "district": "鹿城区", "detail": "五马街1号"}
        await company.simulated.act(shop, each["externalNumber"], "address", **there)
    await company.pull(shop)
    assert (await floor.keeper.refused("makeWave", floor.new_wave(early)))["code"] == "ORDER_ON_HOLD"
    (hold,) = (await company.order(number, ORDER))["holds"]
    assert (hold["reason"], "五马街" in hold["evidence"] or "city" in hold["evidence"]) == ("CHANGED_ON_PLATFORM", True)
    await nothing_goes_on(floor, order, "JD1")

    await desk.done("releaseOrderHold", "id", {"id": order["id"], "reason": "CHANGED_ON_PLATFORM"})
    assert (await company.order(number, ORDER))["receiver"]["city"] == "温州市"
    package = await floor.packed(order, "JD1", "JD1")
    await floor.handed_over([package])
    assert "温州市" in package["waybills"][0]["printData"]
    held = await company.simulated.held(shop, number)
    assert (held["stage"], [each["waybill"] for each in held["parcels"]]) == ("SHIPPED", [package["waybill"]])
    assert held["receiver"]["city"] == "温州市"
    assert await company.broken_invariants() == []


async def nothing_goes_on(floor: Floor, order: Any, sku: str) -> None:
    """Try to pack, print and ship an order that nobody looked at since it changed."""
    scans = {"orderId": order["id"], "scans": [{"barcode": sku}]}
    assert (await floor.keeper.refused("scanGoods", scans))["code"] == "ORDER_ON_HOLD"
    printing = {"kind": "PACKING_SLIP", "ids": [order["id"]]}
    assert (await floor.keeper.refused("printPapers", printing))["code"] == "PAPER_STOPPED"
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000931"}
    assert (await floor.keeper.refused("shipOrder", parcel))["code"] in {"ORDER_ON_HOLD", "IN_OTHER_HANDS"}


async def test_money_back_during_picking_brings_goods_and_numbers_back(company: Company) -> None:
    floor, shop = await a_floor(company), "taobao-main"
    (pen, pen_bin), (ink, ink_bin) = await floor.goods("PICK1", 1), await floor.goods("PICK2", 2)
    stays, partly, wholly = [
        await floor.released((pen, 1), (ink, 1), wanted=ORDER, **buyer(each)) for each in ("赵留", "周退", "吴退")
    ]
    wave = await floor.wave(stays, partly, wholly)
    await floor.pick(wave, "PICK1")
    asked = await company.simulated.act(shop, partly["externalNumber"], "refund", reason="不想要了")
    await company.pull(shop)
    assert await reasons(company, partly["externalNumber"]) == ["REFUND_REQUESTED"]
    ink_row = next(each for each in (await floor.again(wave))["pickList"] if each["sku"] == "PICK2")
    refusal = await floor.keeper.refused("confirmPicks", {"waveId": wave["id"], "picks": [picked(ink_row)]})
    assert refusal["code"] == "MORE_THAN_PLANNED"
    two = {"waveId": wave["id"], "picks": [picked(ink_row, all_but=1)]}
    assert await floor.keeper.done("confirmPicks", "status", two) == {"status": "PICKING"}
    await agreed(company, shop, asked)
    await floor.pick(await floor.again(wave), "PICK2")
    assert await floor.put_back(partly) == 1

    number = (await floor.packed(wholly, "PICK1", "PICK2"))["waybill"]
    lines = (await company.simulated.held(shop, wholly["externalNumber"]))["lines"]
    both = [
        await company.simulated.act(shop, wholly["externalNumber"], "refund", line=each["number"]) for each in lines
    ]
    await company.pull(shop)
    for each in both:
        await agreed(company, shop, each)
    gone = await floor.standing(wholly)
    assert (gone["status"], gone["releases"][0]["stage"]) == ("CLOSED", "STOPPED")
    assert gone["releases"][0]["packages"] == [
        {"status": "CANCELLED", "waybill": number, "waybills": [{"status": "GIVEN_BACK"}]}
    ]
    assert [each["refund"] for each in (await company.order(wholly["externalNumber"], ORDER))["lines"]] == [
        "SUCCEEDED"
    ] * 2
    assert await floor.put_back(wholly) == 2

    packages = [await floor.packed(stays, "PICK1", "PICK2"), await floor.packed(partly, "PICK2")]
    await floor.handed_over(packages)
    held = [await company.simulated.held(shop, each["externalNumber"]) for each in (stays, partly, wholly)]
    assert [each["stage"] for each in held] == ["SHIPPED", "SHIPPED", "CLOSED_REFUNDED"]
    assert [[len(parcel["lines"]) for parcel in each["parcels"]] for each in held] == [[2], [1], []]
    stock = [await company.stock_of(each) for each in (pen, ink)]
    assert [(each["onHand"], each["toShip"]) for each in stock] == [("8.0000", "0.0000"), ("7.0000", "0.0000")]
    assert [await floor.lying(each) for each in (pen, ink)] == [[(pen_bin, "8.0000")], [(ink_bin, "7.0000")]]
    assert await company.broken_invariants() == []


async def test_the_trade_of_a_surviving_jd_order_is_cancelled_and_the_other_goes_alone(company: Company) -> None:
    floor, shop = await a_floor(company), "jd-main"
    goods, _ = await floor.goods("JD2", 1, shop)
    who = buyer("冯合并")
    first, second = [await company.sold(shop, (goods, each), wanted=ORDER, **who) for each in (2, 3)]
    order = await company.admin.done("mergeOrders", ORDER, {"orders": [{"id": each["id"]} for each in (first, second)]})
    await company.simulated.act(shop, first["externalNumber"], "cancel")
    await company.pull(shop)
    assert await reasons(company, first["externalNumber"]) == ["CANCELLED_ON_PLATFORM"]
    stock = await company.stock_of(goods)
    assert (stock["toReview"], stock["available"]) == ("3.0000", "6.0000")
    await company.admin.done("releaseOrderHold", "id", {"id": order["id"], "reason": "CANCELLED_ON_PLATFORM"})
    await floor.approved(order)
    waybill = await floor.to_the_van(order, "JD2", "JD2", "JD2")
    assert await floor.told(shop, first["externalNumber"]) == []
    assert await floor.told(shop, second["externalNumber"]) == [(waybill, 1)]
    stages = [(await company.simulated.held(shop, each["externalNumber"]))["stage"] for each in (first, second)]
    assert stages == ["CLOSED_REFUNDED", "SHIPPED"]
    await company.simulated.act(shop, second["externalNumber"], "complete")
    await company.pull(shop)
    ended = await company.order(first["externalNumber"], "status receivables { amount { amount } }")
    assert ended == {"status": "COMPLETED", "receivables": [{"amount": {"amount": "30.00"}}]}
    assert await company.broken_invariants() == []
