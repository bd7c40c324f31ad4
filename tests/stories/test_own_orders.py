"""Orders of the company's own channels: its site, its call centre, and what comes in spreadsheets."""

import hashlib
from typing import Any

from tests.connectors.simulated import RECEIVER
from tests.stories.client import Client
from tests.stories.company import SELLING, Company, Goods, receiver
from tests.stories.floor import a_floor
from tests.stories.test_call_centre import CALLING

ORDER = """id externalNumber status version totalAmount { amount } paidAmount { amount } sellerMemo sellerFlag
    holds { reason evidence } lines { id title quantity giftRuleId lineAmount { amount } }
    parts { id externalNumber status totalAmount { amount } }"""
PREVIEW = """query ($input: PreviewOrderEditInput!) { previewOrderEdit(input: $input) {
    after { totalAmount { amount } } opened { reason } } }"""
QUOTE = "lines { available unitPrice { amount } } quote { totalAmount { amount } missing }"
EDITING = ("orders.*", "promotions.*", "pricing.view", "catalogue.view", "inventory.view", "channels.view")


async def test_a_site_order_is_edited_gets_its_gift_and_leaves_in_two_parcels(company: Company) -> None:
    floor, shop = await a_floor(company), "site-main"
    (soap, _), (towel, _), (sample, _) = [await floor.goods(each, 1, shop) for each in ("OWN1", "OWN2", "OWNGIFT")]
    desk = await company.person(EDITING, name="李审单")
    rule_id = await two_for_one(company, desk, soap, sample)
    order = await company.sold(shop, (soap, 1), (towel, 1), wanted=ORDER, buyer={"id": "own", "name": "郑自营"})
    number = order["externalNumber"]
    assert [each["giftRuleId"] for each in order["lines"]] == [None, None]

    await memos_go_both_ways(company, desk, order)

    more = {"orderLineId": order["lines"][0]["id"], "quantity": "2"}
    seen = await desk.ask(PREVIEW, input={"id": order["id"], "lines": [more]})
    assert seen["previewOrderEdit"] == {
        "after": {"totalAmount": {"amount": "30.00"}},
        "opened": [{"reason": "PART_PAID"}],
    }
    await desk.done("changeOrderLineQuantity", "id", more | {"reason": "客户来电加购"})
    assert (await desk.refused("reviewOrder", {"id": order["id"]}))["code"] == "ORDER_ON_HOLD"
    await desk.done("confirmOrderPayment", "id", {"id": order["id"]})
    order = await company.order(number, ORDER)
    assert order["totalAmount"]["amount"] == "30.00"
    assert [(each["title"], each["quantity"], each["giftRuleId"]) for each in order["lines"][2:]] == [
        ("商品 OWNGIFT", "1.0000", rule_id)
    ]
    soaps = [{"orderLineId": each["id"], "quantity": each["quantity"]} for each in order["lines"][::2]]
    split = await desk.done("splitOrder", ORDER, {"id": order["id"], "parts": [{"lines": soaps}]})
    assert [each["totalAmount"]["amount"] for each in split["parts"]] == ["20.00", "10.00"]
    waybills = []
    for part, skus in zip(split["parts"], (("OWN1", "OWN1", "OWNGIFT"), ("OWN2",)), strict=True):
        await floor.approved(part)
        waybills.append(await floor.to_the_van(part, *skus))
    assert await floor.told(shop, number) == [(each, 1) for each in waybills]
    assert (await company.simulated.held(shop, number))["stage"] == "SHIPPED"
    stock = [(await company.stock_of(each))["onHand"] for each in (soap, towel, sample)]
    assert stock == ["7.0000", "8.0000", "8.0000"]
    assert await company.broken_invariants() == []


async def test_a_part_is_refunded_while_it_is_picked_and_the_other_is_on_its_way(company: Company) -> None:
    floor, shop = await a_floor(company), "site-main"
    (jar, _), (lid, lid_bin) = [await floor.goods(each, 1, shop) for each in ("HALF1", "HALF2")]
    order = await company.sold(shop, (jar, 1), (lid, 2), wanted=ORDER, buyer={"id": "half", "name": "卫半途"})
    number = order["externalNumber"]
    jars = {"lines": [{"orderLineId": order["lines"][0]["id"], "quantity": "1"}]}
    split = await company.admin.done("splitOrder", ORDER, {"id": order["id"], "parts": [jars]})
    gone, stays = [await floor.approved(each) for each in split["parts"]]
    waybill = await floor.to_the_van(gone, "HALF1")
    await floor.pick(await floor.wave(stays))
    held = await company.simulated.held(shop, number)
    assert held["stage"] == "PARTLY_SHIPPED"

    asked = await company.simulated.act(shop, number, "refund", line=held["lines"][1]["number"])
    await company.pull(shop)
    scans = {"orderId": stays["id"], "scans": [{"barcode": "HALF2"}]}
    assert (await floor.keeper.refused("scanGoods", scans))["code"] == "ORDER_ON_HOLD"
    await company.simulated.ask("POST", f"/shops/{shop}/refunds/{asked['refund']['number']}/agree", {})
    await company.pull(shop)
    assert await floor.put_back(stays) == 1
    assert await floor.lying(lid) == [(lid_bin, "9.0000")]
    await company.simulated.act(shop, number, "complete")
    await company.pull(shop)
    parts = "query ($i: ID!) { order(id: $i) { status parts { status } } }"
    ended = (await company.admin.ask(parts, i=order["id"]))["order"]
    assert ended == {"status": "SPLIT", "parts": [{"status": "COMPLETED"}, {"status": "CLOSED"}]}
    assert await floor.told(shop, number) == [(waybill, 1)]
    assert await company.broken_invariants() == []


async def two_for_one(company: Company, desk: Client, bought: Goods, given: Goods) -> str:
    """Give a sample to who buys two, once and on the site only."""
    rule = {
        "name": "买二赠一",
        "group": "买赠",
        "priority": 5,
        "channelIds": [company.channels["site-main"]],
        "variantIds": [bought.id],
        "ranges": [{"measure": "QUANTITY", "atLeast": "2"}],
        "gifts": [{"variantId": given.id, "quantity": "1"}],
        "totalMax": 1,
    }
    return str((await desk.done("defineGiftRule", "id", rule))["id"])


async def memos_go_both_ways(company: Company, desk: Client, order: Any) -> None:
    """Write a memo there, then here; what comes back of ours is no news."""
    shop, number = "site-main", order["externalNumber"]
    await company.simulated.act(shop, number, "memo", memo="老客户", flag=1)
    await company.pull(shop)
    assert (await company.order(number, ORDER))["sellerMemo"] == "老客户"
    await desk.done("changeOrderMemo", "id", {"id": order["id"], "sellerMemo": "老客户，要两块", "sellerFlag": 2})
    await company.settle()
    there = await company.simulated.held(shop, number)
    assert (there["seller_memo"], there["seller_flag"]) == ("老客户，要两块", 2)
    await company.pull(shop)
    assert (await company.simulated.held(shop, number))["version"] == there["version"]
    assert (await company.order(number, ORDER))["sellerMemo"] == "老客户，要两块"


async def direct(company: Company, code: str) -> str:
    """Open a channel of our own whose orders are placed here."""
    if code not in company.channels:
        given = {"code": code, "name": code, "platform": "DIRECT", "warehouseIds": [company.warehouses["main"]]}
        company.channels[code] = (await company.admin.done("openChannel", "id", given))["id"]
    return company.channels[code]


async def test_a_call_is_paid_later_gets_another_price_and_is_cancelled_when_it_is_packed(company: Company) -> None:
    floor, shop = await a_floor(company), await direct(company, "call-centre")
    goods, bin_code = await floor.goods("PHONE1", 1, price="20.00")
    seat = await company.person((*CALLING, "orders.change_order_line_price", "orders.cancel_order"), name="话务员")
    draft = await seat.done("startOrderDraft", "id", {"channelId": shop})
    content = {
        "lines": [{"sku": "PHONE1", "quantity": "2"}],
        "customer": {"name": "王小明", "phone": RECEIVER["phone"]},
        "receiver": RECEIVER,
        "buyerMessage": "先留着，晚上付",
    }
    saved = await seat.done("saveOrderDraft", QUOTE, {"id": draft["id"], "content": content})
    assert saved["lines"] == [{"available": "9.0000", "unitPrice": {"amount": "20.000000"}}]
    assert (saved["quote"]["totalAmount"]["amount"], saved["quote"]["missing"]) == ("40.00", [])
    placing = {"id": draft["id"], "expectedTotal": {"amount": "40.00"}, "externalNumber": "CALL-1"}
    order = await seat.done("placeOrderDraft", ORDER, placing)
    assert (order["status"], order["totalAmount"]["amount"]) == ("AWAITING_PAYMENT", "40.00")
    assert (await company.stock_of(goods))["unpaid"] == "2.0000"
    line = order["lines"][0]["id"]
    cheaper = {"orderLineId": line, "unitPrice": {"amount": "18.00"}, "reason": ""}
    refusal = await seat.refused("changeOrderLinePrice", cheaper)
    assert refusal["path"] == ["input", "reason"]
    changed = await seat.done("changeOrderLinePrice", ORDER, cheaper | {"reason": "老客户让利"})
    assert changed["totalAmount"]["amount"] == "36.00"
    paid = await seat.done("confirmOrderPayment", ORDER, {"id": order["id"]})
    assert (paid["status"], paid["paidAmount"]["amount"]) == ("UNREVIEWED", "36.00")
    await floor.approved(order)
    wave = await floor.wave(order)
    assert [each["binCode"] for each in wave["pickList"]] == [bin_code]
    await floor.pick(wave)
    package = await floor.packed(order, "PHONE1", "PHONE1")
    assert package["waybills"][0]["status"] == "ISSUED"

    cancelled = await seat.done("cancelOrder", "status", {"id": order["id"], "reason": "客户改主意"})
    assert cancelled == {"status": "CANCELLED"}
    await company.settle()
    stands = await floor.standing(order)
    assert stands["releases"][0]["stage"] == "STOPPED"
    assert stands["releases"][0]["packages"][0]["waybills"] == [{"status": "GIVEN_BACK"}]
    assert await floor.put_back(order) == 1
    stock = await company.stock_of(goods)
    assert (stock["onHand"], stock["toShip"], stock["available"]) == ("9.0000", "0.0000", "9.0000")
    assert await floor.lying(goods) == [(bin_code, "9.0000")]
    assert await company.broken_invariants() == []


SHEET = """订单号,下单时间,已付款,收货人,电话,省,市,区县,详细地址,商品编码,数量,单价
OFF-1,2026-11-20 10:00,是,林分销,13900000077,浙江省,杭州市,西湖区,文三路77号,SHEET1,2,9.00
OFF-1,2026-11-20 10:00,是,林分销,13900000077,浙江省,杭州市,西湖区,文三路77号,SHEET2,1,5.50
OFF-2,2026-11-20 11:00,是,马分销,13900000078,浙江省,杭州市,西湖区,文三路78号,SHEET1,1,9.00
"""
IMPORT = "id state rows documents problemCount created updated unchanged problems { row column message }"


async def imported(company: Company, clerk: Client, content: str) -> Any:
    """Announce a file, send it to the address that was given, and let it be checked."""
    sent = content.encode()
    digest = hashlib.sha256(sent).hexdigest()
    new = {"kind": "CSV", "name": "分销.csv", "size": len(sent), "sha256": digest}
    upload = await clerk.done("announceUpload", "id uploadPath", new)
    async with company.nobody.http.put(company.nobody.url + upload["uploadPath"], data=sent) as answer:
        assert answer.status == 200
    given = {"kind": "ORDERS", "uploadId": upload["id"], "channelId": company.channels["offline"]}
    made = await clerk.done("importSheet", "id", given)
    await company.settle()
    found = await clerk.ask(f"query ($i: ID!) {{ node(id: $i) {{ ... on SheetImport {{ {IMPORT} }} }} }}", i=made["id"])
    return found["node"]


async def test_a_sheet_of_offline_orders_is_checked_committed_once_and_shipped(company: Company) -> None:
    floor, _ = await a_floor(company), await direct(company, "offline")
    goods = [(await floor.goods(each, 1))[0] for each in ("SHEET1", "SHEET2")]
    clerk = await company.person((*SELLING, "sheets.*", "uploads.*", "jobs.view"), name="陈文员")
    faulty = await imported(company, clerk, SHEET.replace("SHEET2,1", "SHEET2,一"))
    wrong = [(each["row"], each["column"]) for each in faulty["problems"]]
    assert (faulty["state"], wrong) == ("FAULTY", [(3, "数量 Quantity")])
    assert (await clerk.refused("commitSheet", {"id": faulty["id"]}))["code"] == "WRONG_STATE"
    assert await company.order("OFF-2") is None
    sheet = await imported(company, clerk, SHEET)
    assert (sheet["state"], sheet["rows"], sheet["documents"]) == ("READY", 3, 2)
    done = await clerk.done("commitSheet", IMPORT, {"id": sheet["id"]})
    assert (done["state"], done["created"], done["unchanged"]) == ("COMMITTED", 2, 0)
    await company.settle()
    before = await company.rows()
    again = await imported(company, clerk, SHEET)
    assert (await clerk.refused("commitSheet", {"id": again["id"]}))["code"] == "SHEET_IMPORTED"
    longer = await imported(company, clerk, SHEET + SHEET.splitlines()[-1].replace("OFF-2", "OFF-3") + "\n")
    done = await clerk.done("commitSheet", IMPORT, {"id": longer["id"]})
    assert (done["created"], done["updated"], done["unchanged"]) == (1, 0, 2)
    after = await company.rows()
    more = {name: after[name] - before[name] for name in ("orders", "order_lines", "claims", "trades")}
    assert set(more.values()) == {1}

    order = await company.order("OFF-1", ORDER)
    assert (order["status"], order["totalAmount"]["amount"], order["holds"]) == ("UNREVIEWED", "23.50", [])
    await floor.approved(order)
    moved = {"id": order["id"], "receiver": receiver(detail="文三路 78 号"), "reason": "客户来电改地址"}
    await company.admin.done("changeOrderReceiver", "id", moved)
    waybill = await floor.to_the_van(order, "SHEET1", "SHEET1", "SHEET2")
    shipped = await company.order("OFF-1", "status shipments { waybill } receivables { amount { amount } }")
    assert shipped == {
        "status": "SHIPPED",
        "shipments": [{"waybill": waybill}],
        "receivables": [{"amount": {"amount": "23.50"}}],
    }
    changed = await imported(company, clerk, SHEET.replace("SHEET2,1,5.50", "SHEET2,2,5.50"))
    assert (changed["state"], changed["problems"][0]["row"]) == ("FAULTY", 2)
    assert [(await company.stock_of(each))["onHand"] for each in goods] == ["7.0000", "8.0000"]
    assert await company.broken_invariants() == []
