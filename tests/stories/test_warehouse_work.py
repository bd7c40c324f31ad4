"""From release to the van through the schema, and the buyer who changes his mind at every stage."""

import pytest

from tests.connectors.simulated import RECEIVER
from tests.stories.company import Company
from tests.stories.floor import CODES, a_floor


async def test_orders_go_from_release_to_the_van(company: Company) -> None:
    floor = await a_floor(company)
    (far, far_bin), (near, near_bin) = await floor.goods("WORK1", 9), await floor.goods("WORK2", 1)
    first, second = await floor.released((far, 1), (near, 2)), await floor.released((near, 1))
    wave = await floor.wave(first, second)
    walk = [(each["binCode"], each["sku"], each["quantity"]) for each in wave["pickList"]]
    assert walk == [(near_bin, "WORK2", "3.0000"), (far_bin, "WORK1", "1.0000")]
    again = {"warehouseId": floor.warehouse, "mode": "BY_ORDER", "size": 1, "orderIds": [second["id"]]}
    assert (await floor.keeper.refused("makeWave", again))["code"] == "IN_ANOTHER_WAVE"
    short_way = {"orderId": first["id"], "carrierCode": "SF", "waybill": "SF1000000000951"}
    assert (await floor.keeper.refused("shipOrder", short_way))["code"] == "IN_OTHER_HANDS"
    assert (await floor.pick(wave))["status"] == "PICKED"
    wrong = {"orderId": second["id"], "scans": [{"barcode": "WORK1"}]}
    refusal = await floor.keeper.refused("scanGoods", wrong)
    assert (refusal["code"], refusal["path"]) == ("NOT_IN_ORDER", ["input", "scans", "0", "barcode"])
    packages = [await floor.packed(first, "WORK1", "WORK2", "WORK2"), await floor.packed(second, "WORK2")]
    assert [each["waybills"][0]["status"] for each in packages] == ["ISSUED", "ISSUED"]
    assert all(each["waybill"] in each["waybills"][0]["printData"] for each in packages)
    twice = await floor.keeper.do("requestWaybills", "id", [{"packageId": each["id"]} for each in packages])
    assert [each["refusals"][0]["code"] for each in twice] == ["HAS_WAYBILL", "HAS_WAYBILL"]
    await floor.handed_over(packages)
    for order, package in zip((first, second), packages, strict=True):
        stands = await floor.standing(order)
        assert (stands["status"], stands["releases"][0]["stage"]) == ("SHIPPED", "HANDED_OVER")
        assert stands["releases"][0]["packages"][0]["waybills"] == [{"status": "CONFIRMED"}]
        (parcel,) = stands["shipments"]
        assert (parcel["waybill"], parcel["package"]["weighedBy"]) == (package["waybill"], "张仓管")
        assert parcel["toldAt"] is not None
        told = await company.simulated.held("taobao-main", order["externalNumber"])
        assert told["parcels"][0]["waybill"] == package["waybill"]
    assert await company.broken_invariants() == []


@pytest.mark.parametrize("stage", ["released", "in a wave", "picked", "packed"])
async def test_a_buyer_who_is_refunded_stops_his_order_wherever_it_is(company: Company, stage: str) -> None:
    floor = await a_floor(company)
    goods, _ = await floor.goods(f"STOP{next(CODES)}", 1)
    order = await floor.released((goods, 1))
    if stage != "released":
        wave = await floor.wave(order)
        if stage != "in a wave":
            await floor.pick(wave)
        if stage == "packed":
            await floor.packed(order, goods.sku)
    asked = await company.simulated.act("taobao-main", order["externalNumber"], "refund", reason="不想要了")
    await company.pull("taobao-main")
    assert [each["reason"] for each in (await floor.standing(order))["holds"]] == ["REFUND_REQUESTED"]
    scans = {"orderId": order["id"], "scans": [{"barcode": goods.sku}]}
    blocked = {
        "released": "WRONG_STATE",
        "in a wave": "WRONG_STATE",
        "picked": "ORDER_ON_HOLD",
        "packed": "WRONG_STATE",
    }
    assert (await floor.keeper.refused("scanGoods", scans))["code"] == blocked[stage]
    await company.simulated.ask("POST", f"/shops/taobao-main/refunds/{asked['refund']['number']}/agree", {})
    await company.pull("taobao-main")
    stands = await floor.standing(order)
    assert stands["status"] in ("CLOSED", "CANCELLED")
    (release,) = stands["releases"]
    assert release["stage"] == "STOPPED"
    if stage == "packed":
        assert release["packages"][0]["status"] == "CANCELLED"
        assert release["packages"][0]["waybills"] == [{"status": "GIVEN_BACK"}]
    assert await floor.put_back(order) == (1 if stage in ("picked", "packed") else 0)
    stock = await company.stock_of(goods)
    assert (stock["onHand"], stock["toShip"], stock["available"]) == ("9.0000", "0.0000", "9.0000")
    assert await company.broken_invariants() == []


async def test_a_carrier_that_refuses_holds_the_order_with_its_words(company: Company) -> None:
    floor = await a_floor(company)
    goods, _ = await floor.goods("FAIL1", 1)
    order = await floor.released((goods, 1), receiver=RECEIVER | {"detail": "无法送达的山上1号"})
    await floor.pick(await floor.wave(order))
    package = await floor.packed(order, "FAIL1")
    assert (package["waybill"], package["waybills"][0]["status"]) == (None, "FAILED")
    (hold,) = (await floor.standing(order))["holds"]
    assert (hold["reason"], "不可达" in hold["evidence"]) == ("WAYBILL_FAILED", True)
    label = {"packageId": package["id"], "carrierCode": "SF", "waybill": "SF1000000000961"}
    labelled = await floor.keeper.done("labelPackage", "waybill", label)
    assert (labelled["waybill"], (await floor.standing(order))["holds"]) == ("SF1000000000961", [])
