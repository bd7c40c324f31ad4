"""Every state goes back to the shop that wants it, the present one, once; what a shop refused is told again."""

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
