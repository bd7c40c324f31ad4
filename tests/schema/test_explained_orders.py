"""An order paid on delivery, in a street most carriers do not go to, with the gift of the second rule: and why."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant, stock
from tests.domain.orders.builders import ShopHere, a_shop
from tests.schema.comparing import Comparison

DEFINE_CARRIER = """mutation ($input: DefineCarrierInput!) { defineCarrier(input: $input) {
    carrier { code unreachedWords } refusals { code path } } }"""
DEFINE_GIFT = """mutation ($input: DefineGiftRuleInput!) { defineGiftRule(input: $input) {
    giftRule { id sends conditions { gifts { quantity variant { sku } } pick buyerRanks steps { step }
        ranges { measure atLeast goods { categories variantIds } } } }
    refusals { code path } } }"""
ORDER = """order { id carrierCode carrierSetBy warehouse { id } holds { reason evidence }
    lines { position quantity giftRuleId lineAmount { amount } variant { sku } }
    explanation { kind outcome decidedBy tried { rule outcome score won } } }"""
READ = ORDER.removeprefix("order ")
PLACE = f"mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ {ORDER} refusals {{ code path }} }} }}"
CARRY = f"""mutation ($input: SetOrderCarrierInput!) {{
    setOrderCarrier(input: $input) {{ {ORDER} refusals {{ code path }} }} }}"""
GIFTS = "{ giftRules { nodes { name sends } } }"


@dataclass
class Desk:
    """Sends operations as somebody who may do everything."""

    engine: AsyncEngine
    sessions: Sessions

    async def ask(self, operation: str, **given: Any) -> Any:
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="李审", permissions=frozenset({"*"}))
        context = Context(read=Read(engine=self.engine, actor=actor), sessions=self.sessions, actor=actor)
        answer = await schema.execute(operation, variable_values={"input": given}, context_value=context)
        assert answer.errors is None, answer.errors
        found = next(iter((answer.data or {}).values()))
        return found.get("refusals") or next(iter(found.values()))


CARRIER = {"code": "SF", "name": "SF", "nameChinese": "顺丰", "waybill": "SF[0-9]{13}", "priority": 1}
STREET = {"name": "王小明", "phone": "13800000000", "province": "浙江省", "city": "杭州市", "detail": "文三路 1 号"}
RULE = {"group": "双十一", "ranges": [{"measure": "PAYABLE", "atLeast": "20"}], "totalMax": 1}


async def a_company(desk: Desk) -> tuple[ShopHere, str]:
    """Open a shop; its first carrier does not go to the street, and of its two gifts only the second is there."""
    async with begin(desk.sessions, system("tests")) as work:
        shop = await a_shop(work)
        gone, there = await a_variant(work, "GONE"), await a_variant(work, "THERE")
        await stock(work, there, shop.warehouses[0], 9)
    await desk.ask(DEFINE_CARRIER, **CARRIER, cashOnDelivery=True, unreachedWords=["文三路"])
    for name, priority, gift in (("first", 9, gone), ("second", 5, there)):
        choice = {"variantId": global_id("Variant", gift), "quantity": "2"}
        made = await desk.ask(DEFINE_GIFT, name=name, priority=priority, gifts=[choice], **RULE)
    assert made["conditions"]["gifts"] == [{"quantity": "2.0000", "variant": {"sku": "THERE"}}]
    own = {"goods": {"categories": ["care"]}, "measure": "QUANTITY", "atMost": "0"}
    scoped = {"id": made["id"], "ranges": [*RULE["ranges"], own], "pick": "RANDOM"}
    made = await desk.ask(DEFINE_GIFT, name="second", priority=5, gifts=[choice], **{**RULE, **scoped})
    assert made["conditions"]["ranges"][1]["goods"] == {"categories": ["care"], "variantIds": []}
    assert (made["conditions"]["pick"], made["conditions"]["buyerRanks"]) == ("RANDOM", [])
    return shop, made["id"]


async def test_cash_on_delivery_where_few_go_with_the_gift_of_the_second_rule(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    desk = Desk(own_engine, sessions)
    shop, second = await a_company(desk)
    wrong = await desk.ask(DEFINE_GIFT, name="x", group="y", priority=1, gifts=[], totalMax=0)
    assert wrong == [{"code": "BAD_INPUT", "path": ["input", "totalMax"]}]
    wanted = {"channelId": global_id("Channel", shop.channel_id), "lines": [{"sku": "A", "quantity": "2"}]}
    buyer = {"name": "王小明", "phone": "13800000000"}
    order = await desk.ask(PLACE, **wanted, customer=buyer, receiver=STREET, cashOnDelivery=True)
    assert (order["carrierCode"], order["holds"]) == ("EMS", [])
    gift = order["lines"][1]
    assert (gift["variant"]["sku"], gift["quantity"], gift["lineAmount"]["amount"]) == ("THERE", "2.0000", "0.00")
    assert gift["giftRuleId"] == second
    said = {each["kind"]: each for each in order["explanation"]}
    refusing = [(f"{each} takes no cash on delivery", False) for each in ("ZTO", "YTO", "STO", "YUNDA")]
    assert [(each["outcome"], each["won"]) for each in said["CARRIER"]["tried"]] == [
        ("SF does not go to 文三路", False),
        *refusing,
        ("EMS takes it", True),
    ]
    assert [(each["rule"], each["outcome"]) for each in said["GIFTS"]["tried"]] == [
        ("双十一: first", "none of its gifts is in stock there"),
        ("双十一: second", "gives 2"),
    ]
    assert said["WAREHOUSE"]["tried"][0]["rule"] == "the shop has one open warehouse"
    refused = await desk.ask(CARRY, id=order["id"], carrierCode="ZTO")
    assert refused == [{"code": "BAD_INPUT", "path": ["input", "carrierCode"]}]
    order = await desk.ask(CARRY, id=order["id"], carrierCode="JD")
    assert (order["carrierCode"], order["carrierSetBy"]) == ("JD", "李审")
    assert await desk.ask(GIFTS) == [{"name": "first", "sends": 0}, {"name": "second", "sends": 1}]
    compared = Comparison(own_engine, sessions)
    rules = "giftRules { nodes { name conditions { moment ranges { measure } } } }"
    await compared.same(f"{{ orders {{ nodes {READ} }} {rules} }}")
    assert compared.last not in {"surprise", "raised"}
