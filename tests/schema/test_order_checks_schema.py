"""Limits, the blacklist, floor prices, finance and review rules, all through GraphQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import orders
from domain.kernel import Read, Sessions, begin, now, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.orders.builders import ShopHere, a_line, a_reviewer, a_shop, a_trade
from tests.schema.asking import REFUSALS, Client

LIST = """
query List($where: OrderFilter) {
  orders(where: $where) {
    nodes {
      id externalNumber status version reviewedBy financeReviewedBy holds { reason evidence }
      reviewFinding { ruleName judgedAt failed { condition evidence } }
    }
  }
}
"""
REHEARSE = """
query Rehearse($rule: ID, $conditions: ReviewConditionsInput, $days: Int!) {
  rehearseReviewRule(ruleId: $rule, conditions: $conditions, days: $days) {
    considered cut approvedCount failedConditions { condition count } orders(first: 5) { nodes { externalNumber } }
  }
}
"""
RULE = "id name priority enabled version conditions { amountMax currency noMessage harmlessWords channelIds }"


class Desk(Client):
    """Asks the whole schema."""

    async def execute(self, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=self.engine, actor=self.actor), sessions=self.sessions, actor=self.actor)
        try:
            return await schema.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()

    async def do(self, name: str, kind: str, wanted: str, given: dict[str, Any], **more: Any) -> Any:
        entity, input_type = kind[0].lower() + kind[1:], INPUTS.get(name, f"{name[0].upper()}{name[1:]}Input")
        outcome = f"{{ {entity} {{ {wanted} }} {REFUSALS} }}"
        operation = f"mutation ($input: {input_type}!) {{ {name}(input: $input) {outcome} }}"
        return (await self.ask(operation, input=given, **more))[name]


INPUTS = {
    "enableReviewRule": "ReviewRuleInput",
    "disableReviewRule": "ReviewRuleInput",
    "removeFromBlacklist": "BlacklistEntryInput",
    "endFloorPrice": "FloorPriceInput",
    "reviewOrder": "OrderInput",
    "approveOrderFinance": "OrderInput",
    "returnOrderFinance": "OrderReasonInput",
}


@pytest.fixture
def asked(own_engine: AsyncEngine, sessions: Sessions) -> Desk:
    return Desk(own_engine, sessions, system("tests"))


@pytest.fixture
async def shop(sessions: Sessions) -> ShopHere:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        moment = now() - timedelta(hours=2)
        trades = [
            a_trade("1", placed_at=moment, paid_at=moment),
            a_trade("2", a_line("A", 30), placed_at=moment, paid_at=moment, buyer_message="送人，别放价格单"),
        ]
        await orders.receive_trades(work, shop.channel_id, trades)
    return shop


async def listed(asked: Desk) -> dict[str, Any]:
    return {each["externalNumber"]: each for each in (await asked.ask(LIST))["orders"]["nodes"]}


async def reviewed_by_the_clock(sessions: Sessions) -> int:
    async with begin(sessions, system("schedule")) as work:
        return await orders.review_waiting(work)


async def test_a_rule_is_rehearsed_kept_and_approves(asked: Desk, shop: ShopHere, sessions: Sessions) -> None:
    conditions = {"amountMax": "50", "noMessage": True, "channelIds": [global_id("Channel", shop.channel_id)]}
    found = (await asked.ask(REHEARSE, conditions=conditions, days=1))["rehearseReviewRule"]
    assert found == {
        "considered": 2,
        "cut": False,
        "approvedCount": 1,
        "failedConditions": [{"condition": "AMOUNT", "count": 1}, {"condition": "NO_MESSAGE", "count": 1}],
        "orders": {"nodes": [{"externalNumber": "1"}]},
    }
    given = {"name": "小单直过", "priority": 5, "conditions": conditions}
    rule = await asked.done("defineReviewRule", "ReviewRule", RULE, given)
    assert (rule["enabled"], rule["conditions"]["amountMax"], rule["version"]) == (False, "50.00", 1)
    kept = (await asked.ask(REHEARSE, rule=rule["id"], days=1))["rehearseReviewRule"]
    assert kept["approvedCount"] == 1
    assert await reviewed_by_the_clock(sessions) == 0
    await asked.done("enableReviewRule", "ReviewRule", RULE, {"id": rule["id"], "expectedVersion": 1})
    assert await reviewed_by_the_clock(sessions) == 1
    small, large = [(await listed(asked))[each] for each in "12"]
    assert (small["status"], small["reviewedBy"], small["reviewFinding"]) == ("REVIEWED", "rule 小单直过", None)
    assert large["reviewFinding"]["ruleName"] == "小单直过"
    assert [each["condition"] for each in large["reviewFinding"]["failed"]] == ["NO_MESSAGE", "AMOUNT"]
    code, path = await asked.refused("disableReviewRule", "ReviewRule", {"id": rule["id"], "expectedVersion": 1})
    assert (code, path) == ("VERSION_CONFLICT", ["input", "expectedVersion"])


async def test_wrong_rules_name_the_field(asked: Desk) -> None:
    for conditions, field in (
        ({"amountMin": "2", "amountMax": "1"}, "amountMax"),
        ({"amountMax": "0.001"}, "amountMax"),
        ({"marginMin": "2"}, "marginMin"),
        ({"channelIds": ["nonsense"]}, "channelIds"),
    ):
        code, path = await asked.refused("defineReviewRule", "ReviewRule", {"name": "x", "conditions": conditions})
        assert (code in {"BAD_INPUT", "NOT_FOUND"}, path[0], field in path) == (True, "input", True), path
    assert await asked.fails(REHEARSE, days=1) == ["BAD_INPUT"]
    assert await asked.fails(REHEARSE, days=0, conditions={}) == ["BAD_INPUT"]
    assert await asked.fails(REHEARSE, days=1, rule="nonsense") == ["NOT_FOUND"]


async def test_limits_finance_and_the_blacklist(asked: Desk, shop: ShopHere, sessions: Sessions) -> None:
    channel = global_id("Channel", shop.channel_id)
    policy = "holdsMessages financeAboveAmount { amount currency } harmlessWords channel { code } version"
    given = {"channelId": channel, "financeAboveAmount": "299.99", "holdsMessages": True, "harmlessWords": ["谢谢"]}
    set_now = await asked.done("setOrderPolicy", "OrderPolicy", policy, given)
    assert set_now["financeAboveAmount"] == {"amount": "299.99", "currency": "CNY"}
    code, path = await asked.refused("setOrderPolicy", "OrderPolicy", {**given, "sameBuyerOrders": 1})
    assert (code, path) == ("BAD_INPUT", ["input", "sameBuyerOrders"])
    entry = await asked.done(
        "addToBlacklist", "BlacklistEntry", "id shown verdict knownBy", {"phone": "+86 13800000000", "reason": "拒收"}
    )
    assert (entry["shown"], entry["knownBy"]) == ("138****0000", "PHONE")
    floor = await asked.done(
        "setFloorPrice",
        "FloorPrice",
        "id unitPrice { amount } variant { sku }",
        {"variantId": global_id("Variant", shop.variants["A"]), "unitPrice": {"amount": "12.5"}},
    )
    assert floor["unitPrice"]["amount"] == "12.500000"
    await reviewed_by_the_clock(sessions)
    large = (await listed(asked))["2"]
    assert [each["reason"] for each in large["holds"]] == ["BLACKLISTED", "BUYER_MESSAGE", "PRICE_BELOW_FLOOR"]
    await asked.done("removeFromBlacklist", "BlacklistEntry", "removedBy", {"id": entry["id"]})
    await asked.done("endFloorPrice", "FloorPrice", "id", {"id": floor["id"]})
    await asked.done("releaseOrderHold", "Order", "id", {"id": large["id"], "reason": "BUYER_MESSAGE"})
    async with begin(sessions, system("tests")) as work:
        ids = await work.session.scalars(select(orders.Order.id))
        await orders.check_orders(work, list(ids))
    order = await asked.done("reviewOrder", "Order", "status reviewedBy", {"id": large["id"]})
    assert order["status"] == "AWAITING_FINANCE"
    finance = Desk(asked.engine, sessions, a_reviewer("approve_order_finance", "view", name="陈会计"))
    done = await finance.done("approveOrderFinance", "Order", "status financeReviewedBy", {"id": large["id"]})
    assert done == {"status": "REVIEWED", "financeReviewedBy": "陈会计"}
    code, _ = await asked.refused("returnOrderFinance", "Order", {"id": large["id"], "reason": "x"})
    assert code == "WRONG_STATE"
