"""The floor of the main warehouse (仓库现场): shelves, somebody who works there, and the way of an order to the van."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.stories.client import Client
from tests.stories.company import SHIPPING, Company, Goods

CODES = itertools.count(1)
WAVE = "id number status pickList { sku binCode quantity picked slots variantId binId lotId }"
PACKAGE = "id status waybill carrierCode waybills { status number problem printData } order { status }"
STANDING = """id status holds { reason evidence } releases { stage endReason packages { status waybill
    waybills { status } } } shipments { waybill toldAt package { checkedBy weighedBy listedBy } }"""


class Floor:
    """The floor, and a keeper who may do everything there."""

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

    async def goods(self, sku: str, order: int = 1, *shops: str, price: str = "10.00", **lot: Any) -> tuple[Goods, str]:
        """Take up an article of which nine lie in a bin of its own; sold on Taobao, or in these shops."""
        made = await self.company.goods(sku, price=price, stock=0, shops=shops or ("taobao-main",))
        code, bin_id = await self.shelf(order)
        await self.company.receive(made, 9, binId=bin_id, **lot)
        await self.company.settle()
        return made, code

    async def released(self, *lines: tuple[Goods, int], shop: str = "taobao-main", **trade: Any) -> Any:
        """Let a buyer order, approve it, and release it to the floor."""
        order = await self.company.sold(shop, *lines, **trade)
        return await self.approved(order)

    async def approved(self, order: Any) -> Any:
        """Approve an order and release it to the floor."""
        await self.company.admin.done("reviewOrder", "id", {"id": order["id"]})
        await self.keeper.done("releaseOrder", "id", {"orderId": order["id"], "carrierCode": "ZTO"})
        return order

    def new_wave(self, *orders: Any) -> dict[str, Any]:
        """Ask for a wave of exactly these orders."""
        ids = [each["id"] for each in orders]
        return {"warehouseId": self.warehouse, "mode": "BY_WAVE", "size": 50, "orderIds": ids}

    async def wave(self, *orders: Any) -> Any:
        return await self.keeper.done("makeWave", WAVE, self.new_wave(*orders))

    async def pick(self, wave: Any, *skus: str) -> Any:
        """Take everything that is left, or only of these, in the order of the list."""
        picks = [picked(each) for each in wave["pickList"] if not skus or each["sku"] in skus]
        return await self.keeper.done("confirmPicks", "status", {"waveId": wave["id"], "picks": picks})

    async def again(self, wave: Any) -> Any:
        """Read a wave as it is now."""
        operation = f"query ($i: ID!) {{ node(id: $i) {{ ... on Wave {{ {WAVE} }} }} }}"
        return (await self.keeper.ask(operation, i=wave["id"]))["node"]

    async def packed(self, order: Any, *skus: str) -> Any:
        """Scan everything, seal it, and let the carrier give its number."""
        scans = [{"barcode": each} for each in skus]
        package = await self.keeper.done("scanGoods", "id", {"orderId": order["id"], "scans": scans})
        await self.keeper.done("sealPackage", "status", {"packageId": package["id"]})
        await self.company.settle()
        return (await self.keeper.ask(f"query ($i: ID!) {{ node(id: $i) {{ ... on Package {{ {PACKAGE} }} }} }}",
                                      i=package["id"]))["node"]  # fmt: skip

    async def handed_over(self, packages: Sequence[Any], grams: int = 600) -> Any:
        """Weigh packages, put them on a manifest, and give them to the carrier's van."""
        for package in packages:
            await self.keeper.done("weighPackage", "id", {"packageId": package["id"], "grams": grams})
        new = {"warehouseId": self.warehouse, "carrierCode": "ZTO"}
        manifest = await self.keeper.done("openManifest", "id number", new)
        listed = {"manifestId": manifest["id"], "waybills": [each["waybill"] for each in packages]}
        await self.keeper.done("listPackages", "id", listed)
        await self.keeper.done("handOverManifest", "closedBy", {"manifestId": manifest["id"]})
        await self.company.settle()
        return manifest

    async def to_the_van(self, order: Any, *skus: str) -> str:
        """Bring one released order through a wave of its own to the van; gives the number of its parcel."""
        await self.pick(await self.wave(order))
        package = await self.packed(order, *skus)
        await self.handed_over([package])
        return str(package["waybill"])

    async def put_back(self, order: Any) -> int:
        """Lay back into their bins what was picked for an order that is not to go; gives how many tasks that were."""
        back = await self.keeper.ask("{ putBacks(first: 100) { nodes { id orderId } } }")
        tasks = [each for each in back["putBacks"]["nodes"] if each["orderId"] == order["id"]]
        for task in tasks:
            await self.keeper.done("putBackGoods", "doneBy", {"id": task["id"]})
        return len(tasks)

    async def lying(self, goods: Goods) -> list[tuple[str | None, str]]:
        """Look in which bins an article lies, and how much of it; None is what lies in no bin."""
        wanted = "query ($w: StockBalanceFilter) { stockBalances(where: $w) { nodes { binId onHand } } }"
        found = await self.keeper.ask(wanted, w={"variant": {"eq": goods.id}})
        rows = [each for each in found["stockBalances"]["nodes"] if Decimal(each["onHand"])]
        shelves = await self.keeper.ask("query ($i: [ID!]!) { nodes(ids: $i) { ... on Bin { id code } } }",
                                        i=[each["binId"] for each in rows if each["binId"]])  # fmt: skip
        codes = {each["id"]: each["code"] for each in shelves["nodes"]}
        return [(codes.get(each["binId"]), each["onHand"]) for each in rows]

    async def standing(self, order: Any) -> Any:
        return await self.company.order(order["externalNumber"], STANDING)

    async def told(self, shop: str, number: str) -> list[tuple[str, int]]:
        """Look which parcels a platform was told of, and how many lines of the trade each holds."""
        held = await self.company.simulated.held(shop, number)
        return [(each["waybill"], len(each["lines"])) for each in held["parcels"]]


def picked(row: Any, *, all_but: int = 0) -> Any:
    """Say that what is left of a row of the pick list was taken, or all but some of it."""
    left = Decimal(row["quantity"]) - Decimal(row["picked"]) - all_but
    return {key: row[key] for key in ("variantId", "binId", "lotId")} | {"quantity": str(left)}


async def a_floor(company: Company) -> Floor:
    """Open a zone, and let the warehouse get numbers of ZTO through the Taobao shop."""
    keeper = await company.person((*SHIPPING, "customers.see_phone", "papers.*", "jobs.view"), name="张仓管")
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
