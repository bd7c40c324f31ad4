"""From release to the van through the schema, and the buyer who changes his mind at every stage."""

import itertools
from typing import Any

import pytest

from tests.connectors.simulated import RECEIVER
from tests.stories.client import Client
from tests.stories.company import SHIPPING, Company, Goods

CODES = itertools.count(1)
WAVE = "id number status pickList { sku binCode quantity slots variantId binId lotId }"
PACKAGE = "id status waybill carrierCode waybills { status number problem printData } order { status }"
STANDING = """id status holds { reason evidence } releases { stage endReason packages { status waybill
    waybills { status } } } shipments { waybill toldAt package { checkedBy weighedBy listedBy } }"""


class Floor:
    """The floor of the main warehouse: shelves, and somebody who works there."""

    def __init__(self, company: Company, keeper: Client, zone: str) -> None:
        self.company, self.keeper, self.zone = company, keeper, zone
        self.warehouse = company.warehouses["main"]

    async def shelf(self, order: int) -> tuple[str, str]:
        """Open a bin; give its code and its id."""
        code = f"B{next(CODES):03d}"
        new = {"zoneId": self.zone, "bins": [{"code": code, "walkingOrder": order}]}
        await self.keeper.done("openBins", "id", new)
        found = await self.keeper.ask("query ($w: BinFilter) { bins(where: $w) { nodes { id } } }", w={"code": code})
        return code, found["bins"]["nodes"][0]["id"]

    async def goods(self, sku: str, order: int) -> tuple[Goods, str]:
        """Take up an article of which nine lie in a bin of its own."""
        made = await self.company.goods(sku, stock=0, shops=("taobao-main",))
        code, bin_id = await self.shelf(order)
        await self.company.receive(made, 9, binId=bin_id)
        await self.company.settle()
        return made, code

    async def released(self, *lines: tuple[Goods, int], **trade: Any) -> Any:
        order = await self.company.sold("taobao-main", *lines, **trade)
        await self.company.admin.done("reviewOrder", "id", {"id": order["id"]})
        await self.keeper.done("releaseOrder", "id", {"orderId": order["id"], "carrierCode": "ZTO"})
        return order

    async def wave(self, *orders: Any) -> Any:
        new = {
            "warehouseId": self.warehouse,
            "mode": "BY_WAVE",
            "size": 50,
            "orderIds": [each["id"] for each in orders],
        }
        return await self.keeper.done("makeWave", WAVE, new)

    async def pick(self, wave: Any) -> Any:
        """Take everything, in the order of the list."""
        keys = ("variantId", "binId", "lotId", "quantity")
        picks = [{key: each[key] for key in keys} for each in wave["pickList"]]
        return await self.keeper.done("confirmPicks", "status", {"waveId": wave["id"], "picks": picks})

    async def packed(self, order: Any, *skus: str) -> Any:
        """Scan everything, seal it, and let the carrier give its number."""
        scans = [{"barcode": each} for each in skus]
        package = await self.keeper.done("scanGoods", "id", {"orderId": order["id"], "scans": scans})
        await self.keeper.done("sealPackage", "status", {"packageId": package["id"]})
        await self.company.settle()
        return (await self.keeper.ask(f"query ($i: ID!) {{ node(id: $i) {{ ... on Package {{ {PACKAGE} }} }} }}",
                                      i=package["id"]))["node"]  # fmt: skip

    async def standing(self, order: Any) -> Any:
        return await self.company.order(order["externalNumber"], STANDING)


async def a_floor(company: Company) -> Floor:
    """Open a zone, and let the warehouse get numbers of ZTO through the Taobao shop."""
    keeper = await company.person((*SHIPPING, "customers.see_phone"), name="张仓管")
    zone = {"warehouseId": company.warehouses["main"], "code": f"Z{next(CODES)}", "name": "区", "walkingOrder": 1}
    opened = await keeper.done("openZone", "id", zone)
    account = {
        "warehouseId": company.warehouses["main"],
        "carrierCode": "ZTO",
        "channelId": company.channels["taobao-main"],
        "templateUrl": "http://cloudprint.cainiao.com/template/1",
        "senderName": "掌柜仓",
        "senderPhone": "057112345678",
        "province": "浙江省",
        "detail": "仓前路1号",
    }
    await keeper.done("setWaybillAccount", "id", account)
    return Floor(company, keeper, opened["id"])


async def test_orders_go_from_release_to_the_van(company: Company) -> None:
    floor = await a_floor(company)
    (far, far_bin), (near, near_bin) = await floor.goods("WORK1", 9), await floor.goods("WORK2", 1)
    first, second = await floor.released((far, 1), (near, 2)), await floor.released((near, 1))
    wave = await floor.wave(first, second)
    walk = [(each["binCode"], each["sku"], each["quantity"]) for each in wave["pickList"]]
    assert walk == [(near_bin, "WORK2", "3.0000"), (far_bin, "WORK1", "1.0000")]
    again = {"warehouseId": floor.warehouse, "mode": "BY_ORDER", "size": 1, "orderIds": [second["id"]]}
    assert (await floor.keeper.refused("makeWave", again))["code"] == "IN_ANOTHER_WAVE"
    short_way = {"orderId": first["id"], "carrierCode": "SF", "waybill": "SF1000000000901"}
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
    for package in packages:
        await floor.keeper.done("weighPackage", "id", {"packageId": package["id"], "grams": 600})
    new = {"warehouseId": floor.warehouse, "carrierCode": "ZTO"}
    manifest = await floor.keeper.done("openManifest", "id number", new)
    listed = {"manifestId": manifest["id"], "waybills": [each["waybill"] for each in packages]}
    await floor.keeper.done("listPackages", "id", listed)
    await floor.keeper.done("handOverManifest", "closedBy", {"manifestId": manifest["id"]})
    await company.settle()
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
    back = await floor.keeper.ask("{ putBacks(first: 100) { nodes { id orderId } } }")
    tasks = [each for each in back["putBacks"]["nodes"] if each["orderId"] == order["id"]]
    assert len(tasks) == (1 if stage in ("picked", "packed") else 0)
    for task in tasks:
        await floor.keeper.done("putBackGoods", "doneBy", {"id": task["id"]})
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
    label = {"packageId": package["id"], "carrierCode": "SF", "waybill": "SF1000000000911"}
    labelled = await floor.keeper.done("labelPackage", "waybill", label)
    assert (labelled["waybill"], (await floor.standing(order))["holds"]) == ("SF1000000000911", [])
