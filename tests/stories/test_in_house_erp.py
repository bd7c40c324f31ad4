"""The in-house ERP keeps books beside ours: changes come, movements go, sales are told, and each once."""

from typing import Any

import pytest
from sqlalchemy import text

from domain import kernel
from tests.stories.company import SHIPPING, Company

SHOP = "taobao-main"
STREAMS = "query { partnerErps { id testedAt testProblem streams { id kind cursor carried problem faults } } }"
CHANGES = (
    "query ($n: String!) { erpChanges(where: {changeId: $n}) { nodes { id status problem document { number } } } }"
)
FEEDS = """query ($c: [ID!]!) { salesFeeds(where: {channel: {in: $c}}) { nodes {
    id number day sequence status attempts theirNumber goodsAmount { amount } freightAmount { amount }
    lines { kind sku quantity amount { amount } } } } }"""


@pytest.fixture
async def partner(company: Company) -> str:
    """Connect the ERP once."""
    if "erp" not in company.channels:
        told = company.simulated.ports["erp"]
        given = {
            "code": "group",
            "name": "集团ERP",
            "baseUrl": told["url"],
            "salesFrom": "2020-01-01",
            "credentials": {"appKey": told["app_key"], "appSecret": told["app_secret"]},
        }
        company.channels["erp"] = (await company.admin.done("connectPartnerErp", "id status", given))["id"]
    return company.channels["erp"]


async def streams(company: Company) -> dict[str, Any]:
    (found,) = (await company.admin.ask(STREAMS))["partnerErps"]
    return {each["kind"]: each for each in found["streams"]}


async def books(company: Company) -> dict[str, Any]:
    return await company.simulated.ask("GET", "/erp/books")


def a_change(number: str, kind: str, sku: str, quantity: str, **more: Any) -> dict[str, Any]:
    line = {"sku": sku, "quantity": quantity, "unit_cost": "4.00"}
    moment = "2026-11-26T08:00:00Z"
    return {"change_id": number, "kind": kind, "warehouse": "main", "occurred_at": moment, "lines": [line]} | more


async def exchange(company: Company, partner: str) -> None:
    await company.admin.done("exchangeWithErp", "id", {"id": partner})
    await company.settle()


async def change_of(company: Company, number: str) -> Any:
    return (await company.admin.ask(CHANGES, n=number))["erpChanges"]["nodes"][0]


async def test_the_connection_is_tried_and_its_secret_is_never_told(company: Company, partner: str) -> None:
    await company.admin.done("checkPartnerErp", "testedAt", {"id": partner})
    await company.settle()
    (found,) = (await company.admin.ask(STREAMS))["partnerErps"]
    assert (bool(found["testedAt"]), found["testProblem"]) == (True, None)
    given = {"code": "g2", "name": "x", "baseUrl": "ftp://x", "credentials": {"appKey": "a", "appSecret": "b"}}
    refused = await company.admin.refused("connectPartnerErp", given)
    assert (refused["code"], refused["path"]) == ("BAD_INPUT", ["input", "baseUrl"])
    packer = await company.person(SHIPPING)
    assert (await packer.send(STREAMS)).codes == ["FORBIDDEN"]


async def test_changes_come_in_any_order_and_twice(company: Company, partner: str) -> None:
    goods = await company.goods("ERP-IN", stock=0)
    told = [
        a_change("E2", "out", "ERP-IN", "3"),
        a_change("E1", "receipt", "ERP-IN", "10"),
        a_change("E1", "receipt", "ERP-IN", "10"),
        a_change("E3", "receipt", "ERP-IN", "x"),
    ]
    await company.simulated.ask("POST", "/erp/changes", {"changes": told})
    await exchange(company, partner)
    await company.clock("retry_waiting_changes")
    assert [(await change_of(company, each))["status"] for each in ("E1", "E2")] == ["APPLIED", "APPLIED"]
    assert (await company.stock_of(goods))["onHand"] == "7.0000"
    odd = await change_of(company, "E3")
    assert (odd["status"], "quantity" in odd["problem"], odd["document"]) == ("UNREADABLE", True, None)
    refused = await company.admin.refused("setAsideErpChange", {"id": odd["id"], "reason": " "})
    assert (refused["code"], refused["path"]) == ("BAD_INPUT", ["input", "reason"])
    await company.admin.done("setAsideErpChange", "status", {"id": odd["id"], "reason": "重发"})


async def test_the_erp_hears_of_each_movement_once_after_a_crash_and_a_rewind(company: Company, partner: str) -> None:
    goods = await company.goods("ERP-OUT", stock=5)
    await company.clock("sum_ledger", "sum_ledger")
    await company.simulated.trouble("erp", "disconnect", method="movements.push", phase="after")
    await exchange(company, partner)
    failed = (await streams(company))["OUR_MOVEMENTS"]
    assert (failed["faults"], "PlatformFault" in failed["problem"]) == (1, True)
    await exchange(company, partner)
    assert (await books(company))["stock"]["main/ERP-OUT"] == "5.0000"
    done = (await streams(company))["OUR_MOVEMENTS"]
    assert (done["problem"], int(done["cursor"]) > int(failed["cursor"])) == (None, True)
    refused = await company.admin.refused("resendErpStream", {"id": done["id"], "cursor": "99999999"})
    assert (refused["code"], refused["path"]) == ("BAD_INPUT", ["input", "cursor"])
    await company.admin.done("resendErpStream", "cursor", {"id": done["id"], "cursor": "0"})
    await company.settle()
    assert (await books(company))["stock"]["main/ERP-OUT"] == "5.0000"
    told = [each["times"] for each in (await books(company))["movements"] if each["body"]["sku"] == goods.sku]
    assert told == [3]


async def test_the_sales_of_a_day_are_told_once_however_often_they_are_sent(company: Company, partner: str) -> None:
    assert partner
    goods = await company.goods("ERP-SOLD", stock=5, shops=(SHOP,))
    order = await company.sold(SHOP, (goods, 2))
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    shipped = {"orderId": order["id"], "carrierCode": "OTHER", "waybill": "ERP0000000001"}
    await company.admin.done("shipOrder", "id", shipped)
    yesterday = text("UPDATE shipments SET shipped_at = shipped_at - interval '1 day' WHERE waybill = 'ERP0000000001'")
    async with kernel.begin(company.outside.sessions, kernel.system("tests")) as work:
        await work.execute(yesterday)
    await company.simulated.trouble("erp", "disconnect", method="sales.push", phase="after")
    await company.clock("write_sales_feeds")
    channel = company.channels[SHOP]
    (feed,) = (await company.admin.ask(FEEDS, c=[channel]))["salesFeeds"]["nodes"]
    assert (feed["status"], feed["sequence"], feed["attempts"]) == ("SENT", 1, 1), "its answer was lost"
    await at_once(company)
    resent = await company.admin.done("resendSalesFeed", "status", {"id": feed["id"]})
    assert resent["status"] == "PENDING"
    await company.settle()
    (feed,) = (await company.admin.ask(FEEDS, c=[channel]))["salesFeeds"]["nodes"]
    assert (feed["status"], feed["attempts"], bool(feed["theirNumber"])) == ("ACKNOWLEDGED", 3, True)
    assert [(each["sku"], each["quantity"]) for each in feed["lines"]] == [("ERP-SOLD", "2.0000")]
    told = [each for each in (await books(company))["feeds"] if each["body"]["feed_no"] == feed["number"]]
    assert [(each["times"], each["ack"]) for each in told] == [(3, feed["theirNumber"])]
    assert (await books(company))["sales"][f"{feed['day']}/{SHOP}"] == feed["goodsAmount"]["amount"]
    assert await company.broken_invariants() == []


async def at_once(company: Company) -> None:
    """Let what failed be tried again without its pause."""
    async with kernel.begin(company.outside.sessions, kernel.system("tests")) as work:
        await work.execute(text("UPDATE reactions SET due_at = now() WHERE state = 'PENDING'"))
    await company.settle()
