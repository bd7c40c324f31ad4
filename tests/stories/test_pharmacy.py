"""Medicine from the shelf to the buyer and back to every buyer: prescriptions, expiry, and a recall."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stories.company import REVIEWING, Company, Goods
from tests.stories.floor import Floor, a_floor

SHOP = "pharmacy818-main"
ORDER = "id externalNumber status holds { reason } lines { id }"
TRACE = """query ($w: LotTraceWhere!) { lotTraces(where: $w, first: 50) { nodes {
    kind quantity lot { code } order { externalNumber } customer { name } shipment { waybill } } } }"""
LOTS = """query ($w: StockBalanceFilter) { stockBalances(where: $w) { nodes {
    onHand lot { id code saleEnded status soldUntil } } } }"""


@pytest.fixture
async def pharmacy(company: Company) -> str:
    """Open the pharmacy's shop."""
    if SHOP not in company.channels:
        account = company.simulated.account(SHOP)
        given = {
            "code": SHOP,
            "name": "818 大药房",
            "platform": "PHARMACY_818",
            "baseUrl": account.base_url,
            "credentials": {"appKey": account.app_key, "appSecret": account.app_secret, "session": account.session},
            "warehouseIds": [company.warehouses["main"]],
        }
        company.channels[SHOP] = (await company.admin.done("openChannel", "id", given))["id"]
    return SHOP


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


async def test_a_prescription_waits_and_a_recall_finds_who_got_of_the_lot(company: Company, pharmacy: str) -> None:
    floor = await a_floor(company)
    pills, shelf = await two_lots(company, floor, pharmacy)
    who = {"buyer": {"id": "patient", "name": "何病人"}}
    order = await company.sold(pharmacy, (pills, 2), wanted=ORDER, prescription_pending=True, **who)
    assert [each["reason"] for each in order["holds"]] == ["PRESCRIPTION_PENDING"]
    doctor = await company.person(REVIEWING, name="陈药师")
    assert (await doctor.refused("reviewOrder", {"id": order["id"]}))["reasons"] == ["PRESCRIPTION_PENDING"]
    await company.simulated.act(pharmacy, order["externalNumber"], "prescription", pending=False)
    await company.pull(pharmacy)
    assert (await company.order(order["externalNumber"], ORDER))["holds"] == []

    await floor.approved(order)
    waybill = await floor.to_the_van(order, "RX1", "RX1")
    assert await floor.told(pharmacy, order["externalNumber"]) == [(waybill, 1)]
    waits = await floor.released((pills, 1), shop=pharmacy, wanted=ORDER, **who)
    lot_id = (await lots_of(company, pills))["RX-NEW"]["id"]
    recalled = {"lotId": lot_id, "reason": "药监局通知"}
    await company.admin.done("recallLot", "id", recalled)
    await company.settle()
    assert (await floor.keeper.refused("makeWave", floor.new_wave(waits)))["code"] == "NOT_ON_THE_SHELVES"
    stock = await company.stock_of(pills)
    assert (stock["onHand"], stock["toShip"], stock["available"]) == ("12.0000", "1.0000", "-1.0000")
    assert await company.shown(pharmacy, pills) == 0
    assert await alerted(company, pills) == ["PROMISED_BLOCKED"]
    await traced(company, order, lot_id, waybill)
    assert await company.broken_invariants() == []

    await company.receive(pills, 3, binId=shelf, lotCode="RX-NEXT", expiresOn=in_days(300))
    await company.settle()
    waybill = await floor.to_the_van(waits, "RX1")
    assert await floor.told(pharmacy, waits["externalNumber"]) == [(waybill, 1)]
    assert {code: each["onHand"] for code, each in (await lots_of(company, pills)).items()} == {
        "RX-OLD": "9.0000",
        "RX-NEW": "3.0000",
        "RX-NEXT": "2.0000",
    }
    assert (await company.shown(pharmacy, pills), await alerted(company, pills)) == (2, [])
    assert await company.broken_invariants() == []


async def two_lots(company: Company, floor: Floor, shop: str) -> tuple[Goods, str]:
    """Take up a medicine with a lot that may no longer be sold and one that may; gives the bin of the new one too."""
    pills, _ = await floor.goods("RX1", 1, shop, lotCode="RX-OLD", expiresOn=in_days(20))
    _, shelf = await floor.shelf(2)
    await company.receive(pills, 5, binId=shelf, lotCode="RX-NEW", expiresOn=in_days(400))
    product = (await company.admin.ask('{ product(slug: "rx1") { id } }'))["product"]["id"]
    ban = {"productId": product, "saleBanDays": 30}
    await company.admin.done("setWatchPolicy", "id", ban)
    await company.settle()
    lots = await lots_of(company, pills)
    assert {code: (each["saleEnded"], each["onHand"]) for code, each in lots.items()} == {
        "RX-OLD": (True, "9.0000"),
        "RX-NEW": (False, "5.0000"),
    }
    assert (await company.stock_of(pills))["available"] == "5.0000"
    assert await company.shown(shop, pills) == 5
    return pills, shelf


async def traced(company: Company, order: Any, lot_id: str, waybill: str) -> None:
    """Find who got of a lot, and of which lot an order got."""
    found = (await company.admin.ask(TRACE, w={"lotId": lot_id}))["lotTraces"]["nodes"]
    sales = [each for each in found if each["order"] is not None]
    assert [(each["customer"]["name"], each["shipment"]["waybill"], each["quantity"]) for each in sales] == [
        ("何病人", waybill, "-2.0000")
    ]
    back = (await company.admin.ask(TRACE, w={"orderId": order["id"]}))["lotTraces"]["nodes"]
    assert {each["lot"]["code"] for each in back} == {"RX-NEW"}


async def lots_of(company: Company, goods: Goods) -> dict[str, Any]:
    found = await company.admin.ask(LOTS, w={"variant": {"eq": goods.id}})
    return {each["lot"]["code"]: each["lot"] | {"onHand": each["onHand"]} for each in found["stockBalances"]["nodes"]}


async def alerted(company: Company, goods: Goods) -> list[str]:
    """Look which alerts about an article are open."""
    found = await company.admin.ask("{ alerts(first: 100) { nodes { kind subjectId resolvedAt } } }")
    nodes = found["alerts"]["nodes"]
    return [each["kind"] for each in nodes if each["subjectId"] == goods.id and each["resolvedAt"] is None]
