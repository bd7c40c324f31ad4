"""Every state goes back to the shop that wants it, the present one, once; what a shop refused is told again."""

import asyncio
from typing import Any

from sqlalchemy import text

from domain import kernel
from tests.stories.company import Company

SITE = "site-main"
FEEDBACK = "id status externalNumber feedback { kind says status version attempts problem }"


async def held(company: Company, order: Any) -> Any:
    return await company.simulated.held(SITE, order["externalNumber"])


async def told(company: Company, order: Any) -> dict[str, Any]:
    found = await company.order(order["externalNumber"], FEEDBACK)
    return {each["kind"]: each for each in found["feedback"]}


async def reviewed(company: Company, sku: str, shop: str = SITE) -> Any:
    goods = await company.goods(sku, stock=5, shops=(shop,))
    order = await company.sold(shop, (goods, 1), wanted=FEEDBACK)
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    await company.settle()
    return order


async def test_a_site_hears_of_review_return_and_cancellation(company: Company) -> None:
    order = await reviewed(company, "FEEDBACK1")
    assert (await held(company, order))["seller_states"] == ["REVIEWED"]
    await company.admin.done("sendBackOrder", "id", {"id": order["id"], "reason": "核对"})
    await company.settle()
    await company.admin.done("cancelOrder", "id", {"id": order["id"], "reason": "缺货"})
    await company.settle()
    assert (await held(company, order))["seller_states"] == ["REVIEWED", "RECEIVED", "CANCELLED"]
    state = (await told(company, order))["STATE"]
    assert (state["says"], state["status"], state["version"]) == ("CANCELLED", "TOLD", 3)


async def test_what_a_site_refused_is_told_again(company: Company) -> None:
    goods = await company.goods("FEEDBACK2", stock=5, shops=(SITE,))
    order = await company.sold(SITE, (goods, 1), wanted=FEEDBACK)
    await company.simulated.trouble(SITE, "error", method="order.state", body={"code": 202, "msg": "not now"})
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    await company.settle()
    failed = (await told(company, order))["STATE"]
    assert (failed["status"], failed["problem"]) == ("FAILED", "OurFault: 202 not now")
    wanted = "query { orderFeedback(where: {statuses: [FAILED]}) { nodes { says order { externalNumber } } } }"
    nodes = (await company.admin.ask(wanted))["orderFeedback"]["nodes"]
    assert {"says": "REVIEWED", "order": {"externalNumber": order["externalNumber"]}} in nodes
    raised = f'query {{ order(id: "{order["id"]}") {{ alerts {{ kind level evidence }} }} }}'
    (alert,) = (await company.admin.ask(raised))["order"]["alerts"]
    assert (alert["kind"], alert["level"]) == ("FEEDBACK_FAILED", "SEVERE")
    assert alert["evidence"]["problem"] == "OurFault: 202 not now"
    await company.admin.done("resendOrderFeedback", "id", {"id": order["id"]})
    await company.settle()
    assert (await told(company, order))["STATE"]["status"] == "TOLD"
    assert (await company.admin.ask(raised))["order"]["alerts"] == []
    assert (await held(company, order))["seller_states"] == ["REVIEWED"]


async def test_a_lost_answer_is_told_again_and_changes_nothing(company: Company) -> None:
    goods = await company.goods("FEEDBACK3", stock=5, shops=(SITE,))
    order = await company.sold(SITE, (goods, 1), wanted=FEEDBACK)
    await company.simulated.trouble(SITE, "disconnect", method="order.state", phase="after")
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    await company.settle()
    owed = (await told(company, order))["STATE"]
    assert (owed["status"], "PlatformFault" in owed["problem"]) == ("OWED", True)
    async with kernel.begin(company.outside.sessions, kernel.system("tests")) as work:
        await work.execute(text("UPDATE reactions SET due_at = now() WHERE state = 'PENDING'"))
    await company.settle()
    known = (await told(company, order))["STATE"]
    assert (known["status"], known["attempts"], known["version"]) == ("TOLD", 2, 1)
    assert (await held(company, order))["seller_states"] == ["REVIEWED"]


async def test_a_site_hears_that_its_buyer_has_the_parcel(company: Company) -> None:
    order = await reviewed(company, "FEEDBACK5")
    shipped = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000845"}
    parcel = await company.admin.done("shipOrder", "id", shipped)
    await company.settle()
    given = {"shipmentId": parcel["id"], "outcome": "SIGNED"}
    early = await company.admin.refused("recordDelivery", given | {"deliveredAt": "2020-01-01T00:00:00Z"})
    assert (early["code"], early["path"]) == ("BAD_INPUT", ["input", "deliveredAt"])
    signed = await company.admin.done("recordDelivery", "delivery deliverySaidBy order { status }", given)
    assert signed == {"delivery": "SIGNED", "deliverySaidBy": "王掌柜", "order": {"status": "DELIVERED"}}
    await company.settle()
    assert (await held(company, order))["seller_states"] == ["REVIEWED", "DELIVERED"]
    assert (await told(company, order))["STATE"]["says"] == "DELIVERED"


async def test_a_parcel_and_a_memo_are_noted_and_other_platforms_hear_of_no_state(company: Company) -> None:
    order = await reviewed(company, "FEEDBACK4", "taobao-main")
    await company.admin.done("changeOrderMemo", "id", {"id": order["id"], "sellerMemo": "加急", "sellerFlag": 2})
    await company.settle()
    shipped = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000844"}
    await company.admin.done("shipOrder", "id", shipped)
    await company.settle()
    found = await told(company, order)
    assert {kind: (each["says"], each["status"]) for kind, each in found.items()} == {
        "MEMO": ("2 加急", "TOLD"),
        "SHIPMENT": ("SF SF1000000000844", "TOLD"),
    }
    assert await company.broken_invariants() == []


async def test_an_order_of_no_platform_is_told_to_nobody(company: Company) -> None:
    refused = await company.admin.refused("resendOrderFeedback", {"id": "nonsense"})
    assert refused["path"] == ["input", "id"]


REFUND = "id stage decision decidedBy decisionProblem version amount { amount } order { id status }"


async def refund_asked(company: Company, shop: str, sku: str, **wish: Any) -> tuple[Any, Any]:
    """Sell one, let its buyer ask for the money, and read the shop."""
    goods = await company.goods(sku, stock=5, shops=(shop,))
    order = await company.sold(shop, (goods, 1), wanted=FEEDBACK)
    asked = (await company.simulated.act(shop, order["externalNumber"], "refund", **wish))["refund"]
    return order, await refund_read(company, shop, asked["number"])


async def refund_read(company: Company, shop: str, number: str) -> Any:
    await company.pull(shop)
    wanted = f'platformRefunds(where: {{externalNumbers: ["{number}"]}}) {{ nodes {{ externalNumber {REFUND} }} }}'
    (found,) = (await company.admin.ask(f"query {{ {wanted} }}"))["platformRefunds"]["nodes"]
    return found


async def test_a_refund_is_agreed_to_and_its_order_follows_the_platform(company: Company) -> None:
    order, refund = await refund_asked(company, "tmall-main", "REFUND1")
    assert (refund["stage"], refund["amount"]["amount"]) == ("AWAITING_DECISION", "10.00")
    blank = await company.admin.refused("refuseRefund", {"id": refund["id"], "reason": " "})
    assert blank["path"] == ["input", "reason"]
    one = company.admin.do("agreeRefund", "id", {"id": refund["id"]})
    other = company.admin.do("refuseRefund", "id", {"id": refund["id"], "reason": "已定制"})
    outcomes = [[each["code"] for each in outcome["refusals"]] for outcome in await asyncio.gather(one, other)]
    assert sorted(outcomes) == [[], ["REFUND_DECIDED_ALREADY"]], "of two at once one decides"
    if outcomes[0]:
        # Tmall takes no refusal of what has not left: it says so, and it is decided anew.
        await company.settle()
        assert "卖家未发货" in (await told(company, order))["REFUND"]["problem"]
        await company.admin.done("agreeRefund", "id", {"id": refund["id"]})
    await company.settle()
    assert (await told(company, order))["REFUND"]["status"] == "TOLD"
    after = await refund_read(company, "tmall-main", refund["externalNumber"])
    assert (after["stage"], after["decision"], after["order"]["status"]) == ("PAID_BACK", "AGREE", "CLOSED")


async def test_what_a_site_refused_of_a_refund_is_said_and_decided_anew(company: Company) -> None:
    order, refund = await refund_asked(company, SITE, "REFUND2")
    await company.simulated.trouble(SITE, "error", method="refund.decide", body={"code": 308, "msg": "not now"})
    given = {"id": refund["id"], "reason": "已定制"}
    await company.admin.done("refuseRefund", "id", given)
    await company.settle()
    number = refund["externalNumber"]
    refused = await refund_read(company, SITE, number)
    assert (refused["stage"], refused["decisionProblem"]) == ("AWAITING_DECISION", "MovedOn: 308 not now")
    raised = f'query {{ order(id: "{order["id"]}") {{ alerts {{ kind evidence }} refunds {{ version }} }} }}'
    seen = (await company.admin.ask(raised))["order"]
    assert [(each["kind"], each["evidence"]["kind"]) for each in seen["alerts"]] == [("FEEDBACK_FAILED", "REFUND")]
    assert [each["version"] for each in seen["refunds"]] == [refused["version"]]
    twice = {"id": order["id"], "reason": "已定制，不再回传"}
    await company.admin.done("giveUpOrderFeedback", "id", twice)
    assert (await company.admin.ask(raised))["order"]["alerts"] == []
    assert [each["code"] for each in (await company.admin.do("giveUpOrderFeedback", "id", twice))["refusals"]] == [
        "NOTHING_UNTOLD"
    ]
    await company.admin.done("resendOrderFeedback", "id", {"id": order["id"]})
    await company.settle()
    after = await refund_read(company, SITE, number)
    assert (after["stage"], after["decisionProblem"]) == ("REFUSED", None)
    assert (await company.admin.ask(raised))["order"]["alerts"] == []
    assert (await company.order(order["externalNumber"], "holds { reason }"))["holds"] == []
    assert await company.broken_invariants() == []


async def test_a_platform_hears_that_goods_are_back_and_what_it_pays_is_booked_once(company: Company) -> None:
    shop = "tmall-main"
    goods = await company.goods("REFUND3", stock=5, shops=(shop,))
    order = await company.sold(shop, (goods, 1), wanted=FEEDBACK)
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000933"}
    shipment = await company.admin.done("shipOrder", "id order { lines { id } }", parcel)
    await company.settle()
    wish = {"returns_goods": True}
    asked = (await company.simulated.act(shop, order["externalNumber"], "refund", **wish))["refund"]
    refund = await refund_read(company, shop, asked["number"])
    await company.admin.done("agreeRefund", "id", {"id": refund["id"]})
    await company.settle()
    sent = {"carrier": "SF", "waybill": "SF1000000000934"}
    await company.simulated.ask("POST", f"/shops/{shop}/refunds/{asked['number']}/return-goods", sent)
    assert (await refund_read(company, shop, asked["number"]))["stage"] == "GOODS_UNDER_WAY"
    back = {"orderLineId": shipment["order"]["lines"][0]["id"], "quantity": "1"}
    place = {"shipmentId": shipment["id"], "warehouseId": company.warehouses["main"], "condition": "GOOD"}
    await company.admin.done("receiveReturn", "id", place | {"reason": "太小", "lines": [back]})
    await company.settle()
    after = await refund_read(company, shop, asked["number"])
    assert (after["stage"], after["decision"], after["decidedBy"]) == (
        "PAID_BACK",
        "GOODS_BACK",
        "fulfilment.confirm_what_came",
    )
    await company.settle()
    wanted = (
        f'query {{ order(id: "{order["id"]}") {{ owedRefunds {{ amount {{ amount }} restAmount {{ amount }} }} }} }}'
    )
    ((owed,),) = (await company.admin.ask(wanted))["order"].values()
    assert {name: each["amount"] for name, each in owed.items()} == {"amount": "10.00", "restAmount": "0.00"}
    late = await company.admin.refused("confirmRefundGoods", {"id": refund["id"]})
    assert late["code"] == "WRONG_STATE"
    assert await company.broken_invariants() == []
