"""A buyer orders on Taobao, and everybody does their part until the money is in the bank."""

from datetime import UTC, datetime
from typing import Any

from tests.stories.client import Client
from tests.stories.company import BOOKING, REVIEWING, SHIPPING, Company, Goods

TRIAL = "{ trialBalance { debit { amount } credit { amount } } }"
AUDIT = "query ($id: ID!) { auditLog(where: {subjectId: $id}) { nodes { actorName actorKind action } } }"
WAYBILL = "SF1000000000011"


async def test_from_order_to_money(company: Company) -> None:
    goods = await company.goods("STORY1", stock=10, shops=("taobao-main", "tmall-main", "jd-main"))
    assert [await company.shown(each, goods) for each in ("taobao-main", "tmall-main", "jd-main")] == [10, 10, 10]
    order = await ordered_and_reviewed(company, goods, await company.person(REVIEWING, name="李审单"))
    shipment_id = await shipped(company, goods, order, await company.person(SHIPPING, name="张仓管"))
    bookkeeper = await company.person(BOOKING, name="陈会计")
    await paid(company, order, bookkeeper)
    await who_did_what(bookkeeper, order, shipment_id)
    assert await company.broken_invariants() == []


async def ordered_and_reviewed(company: Company, goods: Goods, reviewer: Client) -> Any:
    """Let an order come, late: the other shops show less, the reviewer is alerted, takes and approves it."""
    late = {"created_at": company.simulated.ago(9000), "paid_at": company.simulated.ago(8000)}
    async with reviewer.listening("orderAlerts", "(levels: [SEVERE])") as alerts:
        order = await company.sold("taobao-main", (goods, 3), freight="5.00", **late)
        assert [await company.shown(each, goods) for each in ("tmall-main", "jd-main")] == [7, 7]
        await company.clock("remind")
        alert = (await alerts.about(order["id"]))["alert"]
        assert (alert["kind"], alert["about"]["id"]) == ("UNREVIEWED", order["id"])

        taken = await reviewer.done("takeOrder", "responsibleName", {"id": order["id"]})
        assert taken["responsibleName"] == "李审单"
        reviewed = await reviewer.done("reviewOrder", "status alerts { kind }", {"id": order["id"]})
        assert reviewed == {"status": "REVIEWED", "alerts": []}
        assert (await alerts.about(order["id"], "RESOLVED"))["alert"]["kind"] == "UNREVIEWED"
    stock = await company.stock_of(goods)
    assert (stock["toReview"], stock["toShip"], stock["available"]) == ("0.0000", "3.0000", "7.0000")
    return order


async def shipped(company: Company, goods: Goods, order: Any, packer: Client) -> str:
    """Let it leave; Taobao shows its buyer the waybill."""
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": WAYBILL}
    shipment = await packer.done("shipOrder", "id partial order { status }", parcel)
    assert (shipment["partial"], shipment["order"]["status"]) == (False, "SHIPPED")
    await company.settle()
    held = await company.simulated.held("taobao-main", order["externalNumber"])
    assert (held["stage"], [each["waybill"] for each in held["parcels"]]) == ("SHIPPED", [WAYBILL])
    assert (await company.stock_of(goods))["onHand"] == "7.0000"
    assert await company.shown("jd-main", goods) == 7
    return str(shipment["id"])


async def paid(company: Company, order: Any, bookkeeper: Client) -> None:
    """Settle the receivable in two parts; the books stay even."""
    wanted = "receivables { id amount { amount } restAmount { amount } } shipments { toldAt }"
    seen = await company.order(order["externalNumber"], wanted, bookkeeper)
    (owed,) = seen["receivables"]
    assert (owed["amount"]["amount"], owed["restAmount"]["amount"]) == ("35.00", "35.00")
    assert seen["shipments"][0]["toldAt"] is not None
    for reference, amount, rest in (("BANK-1-1", "20.00", "15.00"), ("BANK-1-2", "15.00", "0.00")):
        receipt = {
            "channelId": company.channels["taobao-main"],
            "amount": {"amount": amount},
            "receivedOn": datetime.now(UTC).date().isoformat(),
            "reference": reference,
            "settles": [{"receivableId": owed["id"], "amount": amount}],
        }
        await bookkeeper.done("postReceipt", "id", receipt)
        again = await bookkeeper.refused("postReceipt", receipt | {"settles": []})
        assert again["code"] == "RECEIPT_KNOWN"
        seen = await company.order(order["externalNumber"], "receivables { restAmount { amount } }", bookkeeper)
        assert seen["receivables"][0]["restAmount"]["amount"] == rest
    balance = (await bookkeeper.ask(TRIAL))["trialBalance"]
    assert balance["debit"] == balance["credit"]


async def who_did_what(bookkeeper: Client, order: Any, shipment_id: str) -> None:
    entries = (await bookkeeper.ask(AUDIT, id=order["id"]))["auditLog"]["nodes"]
    assert [(each["actorName"], each["action"]) for each in reversed(entries)] == [
        ("李审单", "orders.take_order"),
        ("李审单", "orders.review_order"),
    ]
    (entry,) = (await bookkeeper.ask(AUDIT, id=shipment_id))["auditLog"]["nodes"]
    assert (entry["actorName"], entry["actorKind"], entry["action"]) == ("张仓管", "STAFF", "fulfilment.ship_order")
