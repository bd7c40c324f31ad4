"""A partner runs a warehouse: told by its own protocol, it reports, and our books, our channel and our people know."""

from typing import Any

import pytest

from tests.stories.company import SHIPPING, Company, Goods, until

SHOP = "taobao-main"
PAPER = "number status step problem theirNumber lines { itemCode planned confirmed } reports { method status problem }"


@pytest.fixture
async def place(company: Company) -> Any:
    """Connect a warehouse to the partner once, serving a shop beside the main one."""
    told, admin = company.simulated.ports["wms"], company.admin
    if "wms" not in company.warehouses:
        for code, kind in (("wms", "RDC"), ("wms-damaged", "DEFECTIVE")):
            given = {"code": code, "name": code, "kind": kind, "sellable": kind == "RDC"}
            company.warehouses[code] = (await admin.done("openWarehouse", "id", given))["id"]
        partner = await admin.done("connectPartnerWarehouse", "id code status", connection(company, told))
        company.channels["partner"] = partner["id"]
        serving = [company.warehouses["main"], company.warehouses["wms"]]
        await admin.done("editChannel", "id", {"id": company.channels[SHOP], "warehouseIds": serving})
        address = f"{company.nobody.url}/webhooks/wms/east"
        await company.simulated.ask("POST", "/wms/receiver", {"url": address, "copies": 2, "reorder": True})
    return company.warehouses["wms"]


def connection(company: Company, told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    known = {
        "code": "east",
        "name": "华东外仓",
        "warehouseId": company.warehouses["wms"],
        "defectiveWarehouseId": company.warehouses["wms-damaged"],
        "baseUrl": told["url"],
        "customerId": told["customer_id"],
        "ownerCode": told["owner_code"],
        "theirCode": told["warehouse_codes"][0],
        "sender": {
            "name": "掌柜",
            "phone": "057188888888",
            "province": "浙江省",
            "city": "杭州市",
            "detail": "仓前街1号",
        },
        "credentials": {"appKey": told["app_key"], "appSecret": told["app_secret"]},
    }
    return known | changes


async def paper_of(company: Company, source_number: str, wanted: str = PAPER) -> Any:
    nodes = f"nodes {{ id warehouse {{ code }} {wanted} }}"
    operation = f"query ($n: String!) {{ exchangePapers(where: {{sourceNumber: $n}}) {{ {nodes} }} }}"
    found = (await company.admin.ask(operation, n=source_number))["exchangePapers"]["nodes"]
    return found[0] if found else None


async def act(company: Company, number: str, what: str, **body: Any) -> None:
    """Let the people of the warehouse act, and wait until their reports have arrived and were applied."""
    await company.simulated.ask("POST", f"/wms/papers/{number}/{what}", body)
    await delivered(company)


async def delivered(company: Company) -> None:
    async def nothing_left() -> bool:
        return not (await company.simulated.ask("GET", "/wms/reports"))["pending"]

    await until(nothing_left)
    await company.settle()


async def received_there(company: Company, goods: Goods, quantity: int, place: str) -> Any:
    """Plan a receipt at the partner's and approve it, which announces it; gives the document."""
    line = {"variantId": goods.id, "quantity": str(quantity), "unitCost": "4.00"}
    given = {"kind": "RECEIPT", "warehouseId": place, "reason": "采购", "lines": [line]}
    document = await company.admin.done("draftStockDocument", "id number", given)
    await company.admin.done("approveStockDocument", "id", {"id": document["id"]})
    await company.settle()
    return document


async def test_the_connection_is_tried_and_its_secret_is_never_told(company: Company, place: str) -> None:
    assert place
    partner = company.channels["partner"]
    await company.admin.done("checkPartnerWarehouse", "testedAt", {"id": partner})
    await company.settle()
    known = "query { partnerWarehouses { id code testedAt testProblem customerId } }"
    (found,) = (await company.admin.ask(known))["partnerWarehouses"]
    assert found["testProblem"] is None
    assert found["testedAt"] is not None
    refused = await company.admin.refused(
        "connectPartnerWarehouse", connection(company, company.simulated.ports["wms"], baseUrl="nowhere")
    )
    assert (refused["code"], refused["path"]) == ("BAD_INPUT", ["input", "baseUrl"])
    packer = await company.person(SHIPPING)
    assert (await packer.send(known)).codes == ["FORBIDDEN"]


async def test_an_entry_is_received_in_two_parts(company: Company, place: str) -> None:
    goods = await company.goods("WMS-IN", stock=0)
    document = await received_there(company, goods, 10, place)
    paper = await paper_of(company, document["number"])
    assert (paper["status"], bool(paper["theirNumber"])) == ("SENT", True)
    refused = await company.admin.refused("postStockDocument", {"id": document["id"]})
    assert refused["code"] == "STEP_OF_ANOTHER"
    again = await company.admin.refused("announceStockDocument", {"documentId": document["id"]})
    assert (again["code"], again["path"]) == ("ALREADY_ANNOUNCED", ["input", "documentId"])
    first = {"item": "WMS-IN", "quantity": 4, "batch": "L1", "expires": "2029-01-31"}
    await act(company, paper["number"], "confirm", lines=[first], final=False)
    second = [{"item": "WMS-IN", "quantity": 5}, {"item": "WMS-IN", "quantity": 1, "type": "XS"}]
    await act(company, paper["number"], "confirm", lines=second)
    done = await paper_of(company, document["number"])
    assert (done["status"], done["lines"][0]["confirmed"]) == ("DONE", "10.0000")
    assert [each["status"] for each in done["reports"]] == ["APPLIED", "APPLIED"]
    found = await company.admin.ask(
        "query ($id: ID!) { variant(id: $id) { stock { onHand warehouse { code } } } }", id=goods.id
    )
    there = {each["warehouse"]["code"]: each["onHand"] for each in found["variant"]["stock"]}
    assert there == {"wms": "9.0000", "wms-damaged": "1.0000"}


async def test_an_order_is_shipped_by_the_partner_and_the_channel_is_told(company: Company, place: str) -> None:
    goods = await company.goods("WMS-OUT", stock=0, shops=(SHOP,))
    document = await received_there(company, goods, 5, place)
    await act(company, (await paper_of(company, document["number"]))["number"], "confirm")
    order = await company.sold(SHOP, (goods, 2), wanted="id number externalNumber warehouse { code }")
    assert order["warehouse"]["code"] == "wms"
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    await company.settle()
    paper = await paper_of(company, order["number"])
    assert (paper["status"], paper["lines"][0]["planned"]) == ("SENT", "2.0000")
    paper = await asked_anew_where_nobody_waits(company, order, paper)
    await waits_and_goes_on(company, order["id"], paper["number"])
    await act(company, paper["number"], "process", status="PICK")
    await act(company, paper["number"], "process", status="PACKAGE")
    assert (await paper_of(company, order["number"]))["step"] == "PACKED"
    await act(company, paper["number"], "confirm", packages=[{"carrier": "SF", "waybill": "SF1000000000991"}])
    shipped = await company.order(order["externalNumber"], "status shipments { waybill toldAt }")
    assert shipped["status"] == "SHIPPED"
    assert [(each["waybill"], bool(each["toldAt"])) for each in shipped["shipments"]] == [("SF1000000000991", True)]
    held = await company.simulated.held(SHOP, order["externalNumber"])
    assert (held["stage"], held["parcels"][0]["waybill"]) == ("SHIPPED", "SF1000000000991")
    await comes_back(company, order["externalNumber"])
    assert await company.broken_invariants() == []


async def pending(company: Company, number: str) -> bool:
    papers = (await company.simulated.ask("GET", "/wms/papers"))["papers"]
    return bool(next(each["pending"] for each in papers if each["code"] == number))


async def waits_and_goes_on(company: Company, order_id: str, number: str) -> None:
    """Let the order wait: the partner waits with it, and goes on by itself when nobody holds it any more."""
    await company.admin.done("holdOrder", "id", {"id": order_id, "reason": "核实地址"})
    await company.settle()
    assert await pending(company, number)
    await company.admin.done("releaseOrderHold", "id", {"id": order_id, "reason": "PAUSED_BY_HAND"})
    await company.settle()
    assert not await pending(company, number)


async def asked_anew_where_nobody_waits(company: Company, order: Any, paper: Any) -> Any:
    """Let the order wait once while the partner does not know how to: it is taken back, and asked for anew after."""
    unknown = {"code": "isv.invalid-method", "message": "没有接口 order.pending"}
    await company.simulated.trouble("wms", "error", method="order.pending", body=unknown)
    await company.admin.done("holdOrder", "id", {"id": order["id"], "reason": "核实地址"})
    await company.settle()
    taken_back = await paper_of(company, order["number"])
    assert (taken_back["number"], taken_back["status"]) == (paper["number"], "CANCELLED")
    await company.admin.done("releaseOrderHold", "id", {"id": order["id"], "reason": "PAUSED_BY_HAND"})
    await company.settle()
    anew = await paper_of(company, order["number"])
    assert (anew["number"] > paper["number"], anew["status"]) == (True, "SENT")
    return anew


async def comes_back(company: Company, external_number: str) -> None:
    """Let the buyer send one of two pieces back to the partner."""
    order = await company.order(external_number, "id shipments { id } lines { id }")
    given = {"shipmentId": order["shipments"][0]["id"], "reason": "七天无理由"}
    line = {"orderLineId": order["lines"][0]["id"], "quantity": "3"}
    refused = await company.admin.refused("announceReturn", given | {"lines": [line]})
    assert (refused["code"], refused["path"]) == ("RETURN_EXCEEDED", ["input", "lines", "0", "quantity"])
    wanted = "number kind sourceNumber"
    paper = await company.admin.done("announceReturn", wanted, given | {"lines": [line | {"quantity": "1"}]})
    await company.settle()
    await act(company, paper["number"], "confirm", lines=[{"item": "WMS-OUT", "quantity": 1, "type": "JS"}])
    assert (await paper_of(company, paper["sourceNumber"]))["status"] == "DONE"
    returned = await company.order(external_number, "shipments { returns { kind warehouse { code } } }")
    (document,) = returned["shipments"][0]["returns"]
    assert (document["kind"], document["warehouse"]["code"]) == ("SALE_RETURN", "wms-damaged")
    partner = {"id": company.channels["partner"], "takesReturns": True}
    assert (await company.admin.done("setPartnerReturns", "takesReturns", partner))["takesReturns"]
    swap = {"returns": [line | {"quantity": "1"}], "lines": [{"sku": "WMS-OUT", "quantity": 1}], "reason": "尺码不符"}
    await company.admin.done("exchangeOrder", "id", {"id": order["id"]} | swap)
    await company.settle()
    again = await paper_of(company, paper["sourceNumber"])
    assert (again["status"], again["number"] > paper["number"], again["lines"][0]["planned"]) == (
        "SENT",
        True,
        "1.0000",
    )


async def test_a_partner_knows_articles_as_they_are(company: Company, place: str) -> None:
    goods = await company.goods("WMS-ART", stock=0)
    await received_there(company, goods, 3, place)
    nodes = "nodes { itemCode theirNumber problem variant { id } }"
    told = f"query ($p: ID!) {{ partnerArticles(where: {{partnerId: $p}}) {{ {nodes} }} }}"
    found = (await company.admin.ask(told, p=company.channels["partner"]))["partnerArticles"]["nodes"]
    (article,) = [each for each in found if each["itemCode"] == "WMS-ART"]
    assert (bool(article["theirNumber"]), article["problem"], article["variant"]["id"]) == (True, None, goods.id)
    product = await company.admin.ask("query ($id: ID!) { variant(id: $id) { product { id } } }", id=goods.id)
    await company.admin.done("editProduct", "id", {"id": product["variant"]["product"]["id"], "name": "改名手套"})
    await company.settle()
    articles = (await company.simulated.ask("GET", "/wms/articles"))["articles"]
    (known,) = [each for each in articles if each["code"] == "WMS-ART"]
    assert (known["told"]["itemName"], known["tellings"]) == ("改名手套", 2)


async def test_a_refusal_is_an_alert_and_the_paper_is_told_again(company: Company, place: str) -> None:
    goods = await company.goods("WMS-NO", stock=0)
    refused = {"code": "W009", "message": "商品未备案"}
    await company.simulated.trouble("wms", "error", method="entryorder.create", body=refused)
    document = await received_there(company, goods, 3, place)
    paper = await paper_of(company, document["number"])
    assert (paper["status"], paper["problem"]) == ("REFUSED", "W009 商品未备案")
    alerts = "query { alerts(where: {kinds: [PAPER_REFUSED]}) { nodes { subject message about { id } } } }"
    (alert,) = (await company.admin.ask(alerts))["alerts"]["nodes"]
    assert alert["subject"] == "WAREHOUSE"
    assert alert["about"]["id"] == place
    assert "商品未备案" in alert["message"]
    await company.admin.done("resendExchangePaper", "status", {"id": paper["id"]})
    await company.settle()
    assert (await paper_of(company, document["number"]))["status"] == "SENT"
    assert (await company.admin.ask(alerts))["alerts"]["nodes"] == []


async def test_what_nobody_understands_is_kept_shown_and_set_aside(company: Company, place: str) -> None:
    assert place
    await company.simulated.ask(
        "POST", "/wms/say", {"method": "storeprocess.confirm", "body": {"processOrder": {"outBizCode": "R-1"}}}
    )
    await delivered(company)
    reports = "query { exchangeReports(where: {statuses: [UNREADABLE]}) { nodes { id method content problem } } }"
    (report,) = (await company.admin.ask(reports))["exchangeReports"]["nodes"]
    assert report["method"] == "storeprocess.confirm"
    assert "<outBizCode>R-1</outBizCode>" in report["content"]
    await company.admin.done("setAsideExchangeReport", "status", {"id": report["id"], "reason": "已人工处理"})
    assert (await company.admin.ask(reports))["exchangeReports"]["nodes"] == []


async def test_books_are_compared_and_a_line_is_accepted(company: Company, place: str) -> None:
    goods = await company.goods("WMS-CMP", stock=0)
    document = await received_there(company, goods, 6, place)
    await act(company, (await paper_of(company, document["number"]))["number"], "confirm")
    there = [{"item": "WMS-CMP", "quantity": 5}, {"item": "WMS-CMP", "quantity": 2, "type": "ZT"}]
    await company.simulated.ask("POST", "/wms/goods", {"goods": there})
    run = await company.admin.done("compareStock", "id", {"partnerId": company.channels["partner"]})
    await company.settle()
    found = await company.admin.ask(
        "query ($r: ID!) { compareRuns(first: 1) { nodes { status articles differing } }"
        " stockDifferences(where: {runId: $r, openOnly: true})"
        " { nodes { id itemCode goodsType ours theirs cause right } } }",
        r=run["id"],
    )
    assert found["compareRuns"]["nodes"][0]["status"] == "DONE"
    of_item = [each for each in found["stockDifferences"]["nodes"] if each["itemCode"] == "WMS-CMP"]
    line, way = sorted(of_item, key=lambda each: str(each["goodsType"]))
    assert (way["goodsType"], way["ours"], way["theirs"], way["right"]) == ("UNDER_WAY", "0.0000", "2.0000", "OURS")
    refused = await company.admin.refused("acceptStockDifference", {"id": way["id"]})
    assert (refused["code"], refused["path"]) == ("UNDER_WAY", ["input", "id"])
    told = (line["ours"], line["theirs"], line["cause"], line["right"])
    assert told == ("6.0000", "5.0000", "UNEXPLAINED", "THEIRS")
    wanted = "acceptedBy document { kind number }"
    accepted = await company.admin.done("acceptStockDifference", wanted, {"id": line["id"]})
    assert accepted["document"]["kind"] == "ADJUSTMENT_OUT"
    assert (await company.admin.refused("acceptStockDifference", {"id": line["id"]}))["code"] == "WRONG_STATE"
