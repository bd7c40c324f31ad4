"""A person of the call centre on the phone: a draft that is saved, resumed, handed on and placed."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.client import Client
from tests.stories.company import BOOKING, REVIEWING, SHIPPING, Company, Goods, placement

CALLING = (
    "drafts.view", "drafts.start_order_draft", "drafts.save_order_draft", "drafts.take_order_draft",
    "drafts.discard_order_draft", "drafts.place_order_draft", "drafts.copy_order", "orders.place_order",
    "orders.view", "orders.confirm_order_payment", "orders.change_order_discount",
    "customers.*", "catalogue.view", "inventory.view", "channels.view", "pricing.view",
)  # fmt: skip
DRAFT = """id status version ownerName buyerPhone customer { name } lines { quantity available unitPrice { amount } }
  quote { totalAmount { amount } missing warehouse { code } }"""
RECEIVER = {"name": "王小明", "phone": "13611112222", "province": "浙江省", "city": "杭州市", "detail": "文三路 1 号"}


@pytest.fixture(scope="module")
async def goods(company: Company) -> Goods:
    return await company.goods("CALL1", price="19.90", stock=10, shops=("site-main",))


@pytest.fixture(scope="module")
async def clerk(company: Company) -> Client:
    return await company.person(CALLING, name="赵客服")


async def test_a_call_becomes_an_order(company: Company, clerk: Client, goods: Goods) -> None:
    channel = company.channels["site-main"]
    draft = await clerk.done("startOrderDraft", DRAFT, {"channelId": channel})
    assert "receiver.phone" in draft["quote"]["missing"]
    content: dict[str, Any] = {"lines": [{"sku": goods.sku, "quantity": "2"}], "customer": {"phone": "13611112222"}}
    draft = await clerk.done("saveOrderDraft", DRAFT, {"id": draft["id"], "content": content, "expectedVersion": 1})
    assert draft["lines"] == [{"quantity": "2.0000", "available": "10.0000", "unitPrice": {"amount": "19.900000"}}]
    assert draft["quote"]["totalAmount"]["amount"] == "39.80"
    stale = {"id": draft["id"], "content": content, "expectedVersion": 1}
    assert (await clerk.refused("saveOrderDraft", stale))["code"] == "VERSION_CONFLICT"
    unknown = {"id": draft["id"], "content": {"lines": [{"sku": "NO-SUCH", "quantity": "1"}]}}
    wrong = await clerk.refused("saveOrderDraft", unknown)
    assert (wrong["code"], wrong["path"]) == ("UNKNOWN_SKU", ["input", "content", "lines", "0"])

    found = await clerk.ask(
        f'query {{ orderDrafts(where: {{buyerPhone: "13611112222", statuses: [OPEN]}}) {{ nodes {{ {DRAFT} }} }} }}'
    )
    assert [each["id"] for each in found["orderDrafts"]["nodes"]] == [draft["id"]]
    content |= {
        "customer": {"name": "王小明", "phone": "13611112222"},
        "receiver": RECEIVER,
        "discountAmount": {"amount": "5.00"},
        "freightAmount": {"amount": "8.00"},
    }
    draft = await clerk.done("saveOrderDraft", DRAFT, {"id": draft["id"], "content": content})
    assert draft["quote"] == {"totalAmount": {"amount": "42.80"}, "missing": [], "warehouse": {"code": "main"}}
    dear = {"id": draft["id"], "expectedTotal": {"amount": "39.80"}}
    assert (await clerk.refused("placeOrderDraft", dear))["code"] == "PRICE_CHANGED"
    placing = {"id": draft["id"], "expectedTotal": {"amount": "42.80"}, "paid": True}
    both = await asyncio.gather(
        *(clerk.do("placeOrderDraft", "number status totalAmount { amount }", placing) for _ in range(2))
    )
    (order,) = [each["order"] for each in both if each["order"]]
    (late,) = [each["refusals"][0] for each in both if each["refusals"]]
    assert (order["status"], order["totalAmount"]["amount"]) == ("UNREVIEWED", "42.80")
    assert (late["code"], late["state"]) == ("WRONG_STATE", "PLACED")
    assert (await company.stock_of(goods))["toReview"] == "2.0000"


async def test_a_colleague_takes_over_and_a_stranger_sees_nothing(
    company: Company, clerk: Client, goods: Goods
) -> None:
    channel = company.channels["site-main"]
    content = {"lines": [{"variantId": goods.id, "quantity": "1"}], "receiver": RECEIVER}
    draft = await clerk.done("startOrderDraft", DRAFT, {"channelId": channel, "content": content})
    colleague = await company.person(CALLING, name="钱客服")
    taken = await colleague.refused("discardOrderDraft", {"id": draft["id"]})
    assert taken["code"] == "DRAFT_TAKEN"
    draft = await colleague.done("takeOrderDraft", DRAFT, {"id": draft["id"]})
    assert draft["ownerName"] == "钱客服"
    assert (await colleague.done("discardOrderDraft", DRAFT, {"id": draft["id"]}))["status"] == "DISCARDED"
    stranger = await company.person(CALLING, shops=("taobao-main",), name="外人")
    assert await stranger.ask(f'query {{ orderDraft(id: "{draft["id"]}") {{ id }} }}') == {"orderDraft": None}
    assert (await stranger.refused("takeOrderDraft", {"id": draft["id"]}))["code"] == "NOT_FOUND"


KIND = """id number kind status kindReason totalAmount { amount } original { number } holds { reason }
  expectedReturns { quantity receivedQuantity creditAmount { amount } } lines { id lineAmount { amount } }"""
SERVING = (
    *CALLING, *REVIEWING, "orders.resend_order", "orders.exchange_order", "fulfilment.view",
)  # fmt: skip


async def test_shipped_goods_are_sent_again_and_exchanged(company: Company) -> None:
    old = await company.goods("CALL2", price="30.00", stock=10, cost="4.00", shops=("site-main",))
    new = await company.goods("CALL3", price="50.00", stock=10, shops=("site-main",))
    clerk, warehouse = await company.person(SERVING, name="赵客服"), await company.person(SHIPPING, name="张仓管")
    books = await company.person(BOOKING, name="陈会计")
    given = placement(company.channels["site-main"], (old.sku, "2"), paid=True)
    order = await clerk.done("placeOrder", "id number lines { id }", given)
    line = {"orderLineId": order["lines"][0]["id"], "quantity": "1"}
    early = await clerk.refused("resendOrder", {"id": order["id"], "lines": [line], "reason": "漏发"})
    assert (early["code"], early["path"]) == ("MORE_THAN_SHIPPED", ["input", "lines", "0", "quantity"])
    await clerk.done("reviewOrder", "id", {"id": order["id"]})
    await _ship(warehouse, order["id"], "CALLCENTRE0001")

    resent = await clerk.done("resendOrder", KIND, {"id": order["id"], "lines": [line], "reason": "漏发"})
    assert (resent["kind"], resent["status"], resent["totalAmount"]["amount"]) == ("RESEND", "UNREVIEWED", "0.00")
    assert resent["original"] == {"number": order["number"]}
    await clerk.done("reviewOrder", "id", {"id": resent["id"]})
    await _ship(warehouse, resent["id"], "CALLCENTRE0002")
    await company.settle()
    owed = "receivables { amount { amount } } shipments { id }"
    found = await books.ask(f'query {{ order(id: "{resent["id"]}") {{ {owed} }} }}')
    assert (found["order"]["receivables"], len(found["order"]["shipments"])) == ([], 1)

    exchange = {"id": order["id"], "returns": [line], "lines": [{"sku": new.sku, "quantity": "1"}], "reason": "换款"}
    exchanged = await clerk.done("exchangeOrder", KIND, exchange)
    assert (exchanged["status"], exchanged["totalAmount"]["amount"]) == ("AWAITING_PAYMENT", "20.00")
    assert exchanged["holds"] == [{"reason": "AWAITING_RETURN"}]
    await clerk.done("confirmOrderPayment", "id", {"id": exchanged["id"]})
    assert (await clerk.refused("reviewOrder", {"id": exchanged["id"]}))["code"] == "ORDER_ON_HOLD"
    came = {"id": exchanged["id"], "warehouseId": company.warehouses["main"], "condition": "GOOD", "lines": [line]}
    wrong = await warehouse.refused("receiveExchangeReturn", came | {"condition": "DEFECTIVE"})
    assert (wrong["code"], wrong["path"]) == ("WRONG_RETURN_PLACE", ["input", "warehouseId"])
    before = (await company.stock_of(old))["onHand"]
    twice = await asyncio.gather(*(warehouse.do("receiveExchangeReturn", KIND, came) for _ in range(2)))
    (back,) = [each["order"] for each in twice if each["order"]]
    assert Decimal((await company.stock_of(old))["onHand"]) == Decimal(before) + 1
    assert back["holds"] == []
    assert back["expectedReturns"] == [
        {"quantity": "1.0000", "receivedQuantity": "1.0000", "creditAmount": {"amount": "30.00"}}
    ]
    await clerk.done("reviewOrder", "id", {"id": exchanged["id"]})
    listed = await clerk.ask(
        """query ($id: ID!) { order(id: $id) { followUps { kind } }
            orders(where: {kinds: [EXCHANGE]}) { nodes { id } } }""",
        id=order["id"],
    )
    assert listed["order"]["followUps"] == [{"kind": "RESEND"}, {"kind": "EXCHANGE"}]
    assert exchanged["id"] in [each["id"] for each in listed["orders"]["nodes"]]
    await _an_exchange_is_given_up(company, (clerk, warehouse, books), order["id"], line)
    assert await company.broken_invariants() == []


OWED = """query ($id: ID!) { order(id: $id) {
    lines { returnedQuantity } owedRefunds { id amount { amount } restAmount { amount } goodsReturn { number } }
    returns { number reason goodsAmount { amount } creditAmount { amount } exchange { id } }
    timeline { action } } owedRefunds(where: {openOnly: true}) { nodes { id } } }"""


OWES = "query ($id: ID!) { order(id: $id) { receivables { id amount { amount } } } }"
THIRTY = {"amount": "30.00"}


async def _an_exchange_is_given_up(company: Company, people: tuple[Client, ...], order_id: str, line: Any) -> None:
    """Cancel an exchange whose goods came back: they are owed, and paid once."""
    clerk, warehouse, books = people
    (owed,) = (await books.ask(OWES, id=order_id))["order"]["receivables"]
    today = datetime.now(UTC).date().isoformat()
    received = {"channelId": company.channels["site-main"], "receivedOn": today, "reference": "ALIPAY-IN-1"}
    settles = [{"receivableId": owed["id"], "amount": owed["amount"]["amount"]}]
    await books.done("postReceipt", "id", received | {"amount": owed["amount"], "settles": settles})
    again = {"id": order_id, "returns": [line], "lines": [{"sku": "CALL2", "quantity": "1"}], "reason": "换款"}
    even = await clerk.done("exchangeOrder", KIND, again)
    came = {"id": even["id"], "warehouseId": company.warehouses["main"], "condition": "GOOD", "lines": [line]}
    await warehouse.done("receiveExchangeReturn", "id", came)
    await clerk.done("cancelOrder", "status", {"id": even["id"], "reason": "买家不要了"})
    await company.settle()
    found = (await books.ask(OWED, id=order_id))["order"]
    assert [each["returnedQuantity"] for each in found["lines"]] == ["2.0000"]
    assert [(each["goodsAmount"]["amount"], each["creditAmount"]["amount"]) for each in found["returns"]] == [
        ("30.00", "0.00"), ("30.00", "0.00"),
    ]  # fmt: skip
    assert found["returns"][1]["exchange"] == {"id": even["id"]}
    assert "fulfilment.receive_exchange_return" in [each["action"] for each in found["timeline"]]
    (refund,) = found["owedRefunds"]
    assert (refund["amount"], refund["restAmount"], refund["goodsReturn"]) == (THIRTY, THIRTY, None)
    payment = {"refundId": refund["id"], "amount": "30.01", "paidOn": today, "reference": "ALIPAY-OUT-1"}
    much = await books.refused("payRefund", payment)
    assert (much["code"], much["path"]) == ("SETTLES_TOO_MUCH", ["input", "amount"])
    settled = "restAmount { amount } allocations { paidReference receivableId }"
    paid = await books.done("payRefund", settled, payment | {"amount": "30.00"})
    assert paid["restAmount"]["amount"] == "0.00"
    assert paid["allocations"] == [{"paidReference": "ALIPAY-OUT-1", "receivableId": None}]
    spare = received | {"amount": {"amount": "5.00"}, "reference": "ALIPAY-IN-2"}
    receipt = await books.done("postReceipt", "id", spare)
    back = {"receiptId": receipt["id"], "amount": "5.00", "paidOn": today, "reference": "ALIPAY-OUT-1"}
    assert (await books.refused("payBackReceipt", back))["code"] == "PAYMENT_KNOWN"
    paid = await books.done("payBackReceipt", settled, back | {"reference": "ALIPAY-OUT-2"})
    assert paid["restAmount"]["amount"] == "0.00"
    found = await books.ask(OWED, id=order_id)
    assert refund["id"] not in [each["id"] for each in found["owedRefunds"]["nodes"]]


async def _ship(warehouse: Client, order_id: str, waybill: str) -> None:
    await warehouse.done("shipOrder", "id", {"orderId": order_id, "carrierCode": "OTHER", "waybill": waybill})


OF_DEPOSITS = ("confirm_order_deposit", "change_balance_deadline", "forfeit_order_deposit")


async def test_a_deposit_comes_first_and_is_kept_when_nothing_follows(company: Company) -> None:
    goods = await company.goods("CALL4", price="100.00", stock=5, shops=("site-main",))
    rights = (*CALLING, *(f"orders.{each}" for each in OF_DEPOSITS))
    clerk, books = await company.person(rights, name="赵客服"), await company.person(BOOKING, name="陈会计")
    content = {
        "lines": [{"sku": goods.sku, "quantity": "1"}],
        "customer": {"name": "王小明", "phone": "13611113333"},
        "receiver": RECEIVER,
    }
    started = {"channelId": company.channels["site-main"], "content": content}
    draft = await clerk.done("startOrderDraft", "id", started)
    placing = {"id": draft["id"], "depositAmount": {"amount": "100.00"}}
    wrong = await clerk.refused("placeOrderDraft", placing)
    assert (wrong["code"], wrong["path"]) == ("BAD_INPUT", ["input", "depositAmount"])
    placing |= {"depositAmount": {"amount": "30.00"}, "balanceDueAt": "2020-01-01T00:00:00Z"}
    assert (await clerk.refused("placeOrderDraft", placing))["path"] == ["input", "balanceDueAt"]
    placing["balanceDueAt"] = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    wanted = "id kind status paidAmount { amount } depositAmount { amount } holds { reason }"
    order = await clerk.done("placeOrderDraft", wanted, placing)
    assert (order["kind"], order["holds"]) == ("DEPOSIT", [{"reason": "DEPOSIT_UNPAID"}])
    early = await clerk.refused("forfeitOrderDeposit", {"id": order["id"], "reason": "逾期"})
    assert early["code"] == "DEPOSIT_NOT_PAID"
    paid = await clerk.done("confirmOrderDeposit", wanted, {"id": order["id"]})
    assert (paid["status"], paid["paidAmount"]["amount"]) == ("AWAITING_PAYMENT", "30.00")
    await company.clock("end_overdue_deposits")
    later = {"id": order["id"], "balanceDueAt": None}
    waits = await clerk.done("changeBalanceDeadline", "status balanceDueAt", later)
    assert waits == {"status": "AWAITING_PAYMENT", "balanceDueAt": None}
    lost = await clerk.done("forfeitOrderDeposit", wanted, {"id": order["id"], "reason": "逾期未付尾款"})
    assert lost["status"] == "CANCELLED"
    await company.settle()
    owed = await books.ask(f'query {{ order(id: "{order["id"]}") {{ receivables {{ amount {{ amount }} }} }} }}')
    assert owed["order"]["receivables"] == [{"amount": {"amount": "30.00"}}]
    assert (await company.stock_of(goods))["available"] == "5.0000"
    assert await company.broken_invariants() == []


async def test_goods_that_are_not_there_yet_are_sold_where_that_is_offered(company: Company) -> None:
    goods = await company.goods("CALL5", price="60.00", stock=1, shops=("site-main",))
    rights = (*CALLING, "orders.offer_preorder", "orders.end_preorder", "inventory.set_preorder_limit")
    clerk, channel = await company.person(rights, name="赵客服"), company.channels["site-main"]
    given = placement(channel, (goods.sku, "3"), paid=True)
    assert (await clerk.refused("placeOrder", given))["code"] == "STOCK_SHORT"
    offer = {"channelId": channel, "variantId": goods.id, "shipsOn": "2020-01-01"}
    assert (await clerk.refused("offerPreorder", offer))["path"] == ["input", "shipsOn"]
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    offered = await clerk.done("offerPreorder", "id active shipsOn", offer | {"shipsOn": day})
    wanted = "id kind holds { reason } lines { shipsOn } promisedShipAt"
    limit = {"variantId": goods.id, "warehouseId": company.warehouses["main"], "limit": "2", "expectedOn": day}
    late = await clerk.refused("setPreorderLimit", limit | {"expectedOn": "2020-01-01"})
    assert late["path"] == ["input", "expectedOn"]
    await clerk.done("setPreorderLimit", "preorderLimit", limit)
    full = await clerk.refused("placeOrder", given)
    assert (full["code"], full["path"]) == ("PREORDERS_FULL", ["input", "lines", "0", "quantity"])
    level = await clerk.done("setPreorderLimit", "preorderLimit expectedOn", limit | {"limit": "4"})
    assert level == {"preorderLimit": "4.0000", "expectedOn": day}
    order = await clerk.done("placeOrder", wanted, given)
    assert (order["kind"], order["holds"], order["lines"]) == ("PREORDER", [{"reason": "SHORTAGE"}], [{"shipsOn": day}])
    listed = await clerk.ask("{ orders(where: {worklist: PREORDERS}) { nodes { id } } }")
    assert order["id"] in [each["id"] for each in listed["orders"]["nodes"]]
    there = await company.stock_of(goods)
    assert (there["available"], there["preorder"]) == ("1.0000", "3.0000")
    await company.receive(goods, 5)
    await company.settle()
    there = await company.stock_of(goods)
    assert (there["toReview"], there["available"], there["preorder"]) == ("3.0000", "3.0000", "0.0000")
    found = await clerk.ask(f'query {{ order(id: "{order["id"]}") {{ holds {{ reason }} }} }}')
    assert found["order"]["holds"] == []
    assert (await clerk.done("endPreorder", "active", {"id": offered["id"]}))["active"] is False
    # A site that sells before goods are there says so itself; only one more is expected.
    presale = {"item": goods.item, "sku": goods.external_sku, "seller_code": goods.sku, "quantity": 4, "price": "60.00"}
    told = [presale | {"presale": True, "ships_on": day}]
    sold = await company.sold(
        "site-main", lines=told, wanted="kind holds { evidence } lines { shipsOn } promisedShipAt"
    )
    assert (sold["kind"], sold["lines"], sold["promisedShipAt"][:10]) == ("PREORDER", [{"shipsOn": day}], day)
    assert "4.0000 are more than the 1.0000 that are expected" in sold["holds"][0]["evidence"]
    assert await company.broken_invariants() == []
