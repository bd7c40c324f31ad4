"""A distributor orders on account: waits for funds, pays in, changes the address, and is charged as the goods leave."""

from datetime import UTC, datetime
from typing import Any

from tests.stories.client import Client
from tests.stories.company import REVIEWING, SHIPPING, Company, placement, receiver

FUNDS = """query ($id: ID!) { distributors { nodes { code balance { amount } } }
  distributorFunds(distributorId: $id) { nodes { kind amount { amount } reference } } }"""
WANTED = "id number status totalAmount { amount } holds { reason evidence }"


async def pays_in(company: Company, cashier: Client, channel: str, amount: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    receipt = {"channelId": channel, "amount": {"amount": amount}, "receivedOn": today, "reference": "BANK-EAST-1"}
    await cashier.done("postReceipt", "id", receipt)
    assert (await cashier.refused("postReceipt", receipt))["code"] == "RECEIPT_KNOWN"
    await company.settle()


async def stands(company: Company, distributor: str) -> tuple[str, list[tuple[str, str]]]:
    told = await company.admin.ask(FUNDS, id=distributor)
    (account,) = told["distributors"]["nodes"]
    moved = [(each["kind"], each["amount"]["amount"]) for each in told["distributorFunds"]["nodes"]]
    return account["balance"]["amount"], moved


async def test_a_distributor_orders_waits_pays_and_is_charged_as_it_leaves(company: Company) -> None:
    admin, goods = company.admin, await company.goods("DIST1", price="10.00")
    new = {"code": "east", "name": "华东经销", "platform": "DIRECT", "warehouseIds": [company.warehouses["main"]]}
    channel = (await admin.done("openChannel", "id", new))["id"]
    account = {"code": "EAST", "name": "华东经销", "channelId": channel, "creditLimit": "50.00"}
    wrong = await admin.refused("openDistributor", account | {"creditLimit": "-1.00"})
    assert wrong["path"] == ["input", "creditLimit"]
    distributor = (await admin.done("openDistributor", "id", account))["id"]
    clerk = await company.person(("orders.place_order", "orders.view", "orders.change_order_receiver"), name="赵客服")
    reviewer, packer = await company.person(REVIEWING), await company.person(SHIPPING)

    order: Any = await clerk.done("placeOrder", WANTED, placement(channel, (goods.sku, "7")))
    (hold,) = order["holds"]
    assert (order["status"], order["totalAmount"]["amount"], hold["reason"]) == ("UNREVIEWED", "70.00", "FUNDS_SHORT")
    assert (await reviewer.refused("reviewOrder", {"id": order["id"]}))["code"] == "ORDER_ON_HOLD"
    await pays_in(company, admin, channel, "30.00")
    reviewed = await reviewer.done("reviewOrder", WANTED, {"id": order["id"]})
    assert (reviewed["status"], reviewed["holds"]) == ("REVIEWED", [])

    moved = {"id": order["id"], "receiver": receiver(detail="文三路 2 号"), "reason": "moved"}
    await clerk.done("changeOrderReceiver", "status", moved)
    assert await stands(company, distributor) == ("30.00", [("RECEIPT", "30.00")])
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000941"}
    shipment = await packer.done("shipOrder", "id order { lines { id } }", parcel)
    await company.settle()
    assert await stands(company, distributor) == ("-40.00", [("SHIPMENT", "-70.00"), ("RECEIPT", "30.00")])

    back = {"orderLineId": shipment["order"]["lines"][0]["id"], "quantity": "2"}
    came = {"shipmentId": shipment["id"], "warehouseId": company.warehouses["main"], "condition": "GOOD"}
    returned = await packer.done(
        "receiveReturn", "id number creditAmount { amount }", came | {"reason": "too many", "lines": [back]}
    )
    assert returned["creditAmount"]["amount"] == "20.00"
    await company.settle()
    assert (await stands(company, distributor))[0] == "-20.00"
    await packer.done("voidReturn", "voidReason", {"id": returned["id"], "reason": "of another parcel"})
    assert (await packer.refused("voidReturn", {"id": returned["id"], "reason": "again"}))["code"] == "WRONG_STATE"
    await company.settle()
    assert (await stands(company, distributor))[0] == "-40.00"

    next_order = await clerk.done("placeOrder", WANTED, placement(channel, (goods.sku, "2")))
    assert [each["reason"] for each in next_order["holds"]] == ["FUNDS_SHORT"]
    await admin.done("cancelOrder", "status", {"id": next_order["id"], "reason": "nobody paid"})
    stock = await company.stock_of(goods)
    assert (stock["onHand"], stock["toReview"], stock["toShip"]) == ("13.0000", "0.0000", "0.0000")
    assert await company.broken_invariants() == []
