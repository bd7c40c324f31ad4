"""Stock that is not as it should be: too little, not there, about to expire, or moved for no good reason."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.stories.client import Client
from tests.stories.company import SHIPPING, Company, Goods
from workers import shown

ALERTS = "query ($w: AlertFilter) { alerts(where: $w, first: 100) { nodes { kind level subjectId evidence } } }"


@pytest.fixture(scope="module")
async def keeper(company: Company) -> Client:
    return await company.person((*SHIPPING, "orders.allocate_order"), warehouses=("main",), name="张仓管")


async def open_on(keeper: Client, goods: Goods) -> list[tuple[str, str]]:
    nodes = (await keeper.ask(ALERTS, w={"subject": "STOCK"}))["alerts"]["nodes"]
    return sorted((each["kind"], each["level"]) for each in nodes if each["subjectId"] == goods.id)


def taking_out(company: Company, goods: Goods, quantity: int) -> dict[str, Any]:
    line = {"variantId": goods.id, "quantity": str(quantity)}
    return {"warehouseId": company.warehouses["main"], "kind": "OUT", "reason": "盘亏", "lines": [line]}


async def test_too_little_is_said_and_taken_back(company: Company, keeper: Client) -> None:
    goods = await company.goods("LOW1", stock=6, shops=("jd-main",))
    limits = {"variantId": goods.id, "warehouseId": company.warehouses["main"], "safety": "5", "maximum": "30"}
    assert (await keeper.done("setStockLimits", "safety maximum", limits))["safety"] == "5.0000"
    await company.settle()
    assert await open_on(keeper, goods) == []
    async with keeper.listening("stockAlerts", "(kinds: [BELOW_SAFETY, ABOVE_MAXIMUM])") as alerts:
        await company.sold("jd-main", (goods, 2))
        opened = (await alerts.about(goods.id))["alert"]
        assert (opened["level"], opened["evidence"]["available"]) == ("WARN", "4.0000")
        await company.sold("jd-main", (goods, 4))
        assert (await alerts.about(goods.id))["alert"]["level"] == "SEVERE"
        await company.receive(goods, 40)
        await company.settle()
        events = [await alerts.about(goods.id, each) for each in ("RESOLVED", "RESOLVED", "OPENED")]
        assert {each["alert"]["kind"] for each in events[:2]} == {"BELOW_SAFETY"}
        assert events[2]["alert"]["kind"] == "ABOVE_MAXIMUM"
    assert await open_on(keeper, goods) == [("ABOVE_MAXIMUM", "WARN")]


async def test_what_is_not_there_cannot_leave(company: Company, keeper: Client) -> None:
    goods = await company.goods("LOW2", stock=5)
    refusal = await keeper.refused("adjustStock", taking_out(company, goods, 8))
    assert (refusal["code"], refusal["wanted"], refusal["available"]) == ("NEGATIVE_STOCK", "8.0000", "5.0000")
    await company.settle()
    assert await open_on(keeper, goods) == [("NEGATIVE_ATTEMPT", "WARN")]
    assert (await company.stock_of(goods))["onHand"] == "5.0000"
    await company.receive(goods, 5)
    await company.settle()
    assert await open_on(keeper, goods) == []


async def test_a_jump_and_an_expiring_lot_are_seen(company: Company, keeper: Client) -> None:
    goods = await company.goods("LOW3", stock=0)
    soon = date.today() + timedelta(days=20)  # noqa: DTZ011 — Any day near today will do.
    await company.receive(goods, 20, lotCode="L1", expiresOn=soon.isoformat())
    await company.clock("scan_stock")
    assert await open_on(keeper, goods) == [("EXPIRING", "SEVERE"), ("EXPIRING", "WARN")]
    movements = "query ($v: ID!) { stockMovements(where: {variant: {eq: $v}}) { nodes { lot { id code } } } }"
    (movement,) = (await keeper.ask(movements, v=goods.id))["stockMovements"]["nodes"]
    assert movement["lot"]["code"] == "L1"
    foreign = taking_out(company, await company.goods("LOW5", stock=5), 1)
    foreign["lines"][0]["lotId"] = movement["lot"]["id"]
    assert (await keeper.refused("adjustStock", foreign))["code"] == "NOT_FOUND"
    await keeper.done("adjustStock", "number", taking_out(company, goods, 15))
    await company.settle()
    assert ("UNEXPLAINED_JUMP", "SEVERE") in await open_on(keeper, goods)
    await keeper.done("adjustStock", "number", taking_out(company, goods, 5))
    await company.clock("scan_stock")
    assert "EXPIRING" not in {each[0] for each in await open_on(keeper, goods)}


async def test_stock_follows_its_documents(company: Company, keeper: Client) -> None:
    goods = await company.goods("LOW4", stock=10, cost="4.00")
    await company.receive(goods, 10, cost="6.00")
    moved = {
        "fromWarehouseId": company.warehouses["main"],
        "toWarehouseId": company.warehouses["second"],
        "reason": "调拨",
        "lines": [{"variantId": goods.id, "quantity": "5"}],
    }
    # Who sees one warehouse only cannot send goods to another.
    assert (await keeper.refused("transferStock", moved))["code"] == "NOT_FOUND"
    await company.admin.done("transferStock", "number", moved)
    await company.settle()
    stock = "query ($id: ID!) { variant(id: $id) { stock { onHand averageCost { amount } warehouse { code } } } }"
    levels = (await company.admin.ask(stock, id=goods.id))["variant"]["stock"]
    assert sorted(
        (each["warehouse"]["code"], each["onHand"], each["averageCost"]["amount"][:4]) for each in levels
    ) == [
        ("main", "15.0000", "5.00"),
        ("second", "5.0000", "5.00"),
    ]
    seen = (await keeper.ask(stock.replace("averageCost { amount }", ""), id=goods.id))["variant"]["stock"]
    assert [each["warehouse"]["code"] for each in seen] == ["main"]
    movements = "query ($v: ID!) { stockMovements(where: {variant: {eq: $v}}) { nodes { kind quantity actorName } } }"
    nodes = (await company.admin.ask(movements, v=goods.id))["stockMovements"]["nodes"]
    assert sorted((each["kind"], each["quantity"]) for each in nodes) == [
        ("RECEIPT", "10.0000"),
        ("RECEIPT", "10.0000"),
        ("TRANSFER_IN", "5.0000"),
        ("TRANSFER_OUT", "-5.0000"),
    ]
    assert await company.broken_invariants() == []


async def test_what_a_shop_shows_is_looked_up_there(company: Company, keeper: Client) -> None:
    shops = ("taobao-main", "jd-main", "site-main")
    goods = await company.goods("SHOWN9", stock=9, shops=shops)
    await company.settle()
    assert [await company.shown(shop, goods) for shop in shops] == [9, 9, 9]
    await shown.compare_shown(company.outside, pause=0)
    assert await open_on(keeper, goods) == []
    for shop in shops:
        (item,) = [each for each in await company.simulated.items(shop) if each["seller_code"] == goods.sku]
        changed = {"item": item["item"], "sku": item["sku"], "quantity": 50}
        await company.simulated.ask("POST", f"/shops/{shop}/items", {"items": [changed]})
    await shown.compare_shown(company.outside, pause=0)
    assert await open_on(keeper, goods) == [("BOOK_NOT_CHANNEL", "SEVERE")] * 3 + [("BOOK_NOT_CHANNEL", "WARN")] * 3
    await company.receive(goods, 1)
    await company.settle()
    assert [await company.shown(shop, goods) for shop in shops] == [10, 10, 10]
    await shown.compare_shown(company.outside, pause=0)
    assert await open_on(keeper, goods) == []
