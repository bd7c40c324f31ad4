"""Two people want the same order: one has it, and the other is told who."""

import asyncio
from typing import Any

from tests.stories.client import Client
from tests.stories.company import REVIEWING, Company


async def first_and_second(*calls: Any) -> tuple[Any, Any]:
    """Do two things at once and give the outcome that was done, then the refusal of the other."""
    outcomes = await asyncio.gather(*calls)
    done = [each for each in outcomes if not each["refusals"]]
    refused = [each for each in outcomes if each["refusals"]]
    assert (len(done), len(refused)) == (1, 1), outcomes
    return done[0]["order"], refused[0]["refusals"][0]


async def test_one_of_two_wins_and_the_other_is_told_who(company: Company) -> None:
    goods = await company.goods("RACE1", stock=50, shops=("taobao-main",))
    both: list[Client] = [await company.person(REVIEWING, name=each) for each in ("李审单", "周审单")]
    for _ in range(5):
        order = await company.sold("taobao-main", (goods, 1), wanted="id version")
        given = {"id": order["id"], "expectedVersion": order["version"]}
        wanted = "reviewedBy version updatedAt"
        won, lost = await first_and_second(*(each.do("reviewOrder", wanted, given) for each in both))
        assert lost["code"] == "VERSION_CONFLICT"
        assert (lost["current"], lost["changedBy"]) == (won["version"], won["reviewedBy"])
        assert lost["changedAt"][:19] == won["updatedAt"][:19]
        stock = await company.stock_of(goods)
    assert (stock["toReview"], stock["toShip"]) == ("0.0000", "5.0000")


async def test_who_takes_an_order_has_it(company: Company) -> None:
    goods = await company.goods("RACE2", shops=("taobao-main",))
    both = [await company.person(REVIEWING, name=each) for each in ("李审单", "周审单")]
    order = await company.sold("taobao-main", (goods, 1))
    won, lost = await first_and_second(*(each.do("takeOrder", "responsibleName", {"id": order["id"]}) for each in both))
    assert (lost["code"], lost["takenBy"]) == ("ORDER_TAKEN", won["responsibleName"])
    owner = both[0] if won["responsibleName"] == "李审单" else both[1]
    other = both[1] if owner is both[0] else both[0]
    for mutation, more in (("reviewOrder", {}), ("cancelOrder", {"reason": "x"}), ("holdOrder", {"reason": "x"})):
        assert (await other.refused(mutation, {"id": order["id"], **more}))["takenBy"] == won["responsibleName"]

    # A hold by hand and its release, sent back after review, and reviewed again.
    given = {"id": order["id"]}
    held = await owner.done("holdOrder", "holds { reason }", given | {"reason": "等买家回电"})
    assert held["holds"] == [{"reason": "PAUSED_BY_HAND"}]
    assert (await owner.refused("reviewOrder", given))["code"] == "ORDER_ON_HOLD"
    assert await owner.done("releaseOrderHold", "holds { reason }", given | {"reason": "PAUSED_BY_HAND"}) == {
        "holds": []
    }
    await owner.done("reviewOrder", "id", given)
    back = await owner.done("sendBackOrder", "status", given | {"reason": "地址待确认"})
    assert back["status"] == "UNREVIEWED"
    assert (await owner.refused("sendBackOrder", given | {"reason": "x"}))["code"] == "WRONG_STATE"
    assert (await company.stock_of(goods))["toReview"] == "1.0000"


async def test_many_are_reviewed_at_once_one_outcome_each(company: Company) -> None:
    goods = await company.goods("RACE3", stock=50, shops=("taobao-main",))
    reviewer = await company.person(REVIEWING)
    orders = [await company.sold("taobao-main", (goods, 1)) for _ in range(3)]
    await reviewer.done("holdOrder", "id", {"id": orders[1]["id"], "reason": "x"})
    given = [{"id": each["id"]} for each in orders]
    operation = """mutation ($g: [OrderInput!]!) {
      reviewOrders(inputs: $g, onRefusal: REJECT_ALL) { order { status } refusals { code } } }"""
    outcomes = (await reviewer.ask(operation, g=given))["reviewOrders"]
    assert [each["order"] for each in outcomes] == [None] * 3
    assert (await company.order(orders[0]["externalNumber"]))["status"] == "UNREVIEWED"
    outcomes = await reviewer.do("reviewOrders", "status", given)
    assert [(each["order"] or {}).get("status") for each in outcomes] == ["REVIEWED", None, "REVIEWED"]
    assert outcomes[1]["refusals"][0]["code"] == "ORDER_ON_HOLD"
    answer = await reviewer.send(operation, {"g": [{"id": orders[0]["id"]}] * 1_001})
    assert answer.codes == ["BAD_INPUT"]
