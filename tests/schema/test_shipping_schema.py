"""Carriers, rules and freight templates through the schema, with wrong inputs and within scope."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_warehouse

DEFINE = """mutation ($input: Define%sInput!) { define%s(input: $input) { %s refusals { code path message } } }"""
RULE = """carrierRule { id carrierCode area areaName fallbacks unreachedWords notByWeight warehouse { id }
    byAmount { fromAmount { amount currency } carrierCode } byWeight { upToGrams carrierCode } }"""
TEMPLATE = """freightTemplate { id carrierCode area tariff { firstGrams firstPrice { amount } rounding volumeDivisor
    tiers { upToGrams unitGrams price { amount } } flatFees { upToGrams fee { amount } } } }"""
CARRIER = "carrier { code waybill areas unreachedWords cashOnDelivery }"
RULES = "{ carrierRules { totalCount nodes { id } } }"
REMOVE = """mutation ($input: RemoveCarrierRuleInput!) {
    removeCarrierRule(input: $input) { refusals { code path } } }"""
GRANTED = frozenset({"shipping.*", "inventory.view", "fulfilment.view"})


@dataclass
class Desk:
    """Sends operations as a keeper, of one warehouse or of all."""

    engine: AsyncEngine
    sessions: Sessions

    async def ask(self, operation: str, place: UUID | None = None, **given: Any) -> Any:
        scope = None if place is None else frozenset({place})
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=GRANTED, warehouses=scope)
        context = Context(read=Read(engine=self.engine, actor=actor), sessions=self.sessions, actor=actor)
        answer = await schema.execute(operation, variable_values={"input": given}, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    async def define(self, what: str, fields: str, place: UUID | None = None, **given: Any) -> Any:
        answer = await self.ask(DEFINE % (what, what, fields), place, **given)
        return [(each["code"], each["path"]) for each in answer["refusals"]] or next(iter(answer.values()))


async def test_a_carrier_and_its_freight(own_engine: AsyncEngine, sessions: Sessions) -> None:
    define = Desk(own_engine, sessions).define
    named = {"name": "SF", "nameChinese": "顺丰", "waybill": "SF[0-9]{13}", "priority": 1, "cashOnDelivery": True}
    carrier = await define("Carrier", CARRIER, code="SF", **named, areas=["330000"], unreachedWords=["文三路"])
    assert (carrier["areas"], carrier["unreachedWords"]) == (["330000"], ["文三路"])
    assert await define("Carrier", CARRIER, code="SF", **named, areas=["浙江"]) == [("BAD_INPUT", ["input", "areas"])]
    tiers = [{"unitGrams": 1000, "price": {"amount": "2"}}]
    tariff = {"firstGrams": 1000, "firstPrice": {"amount": "8"}, "tiers": tiers}
    template = await define("FreightTemplate", TEMPLATE, carrierCode="ZTO", area="330000", tariff=tariff)
    assert template["tariff"]["tiers"] == [{"upToGrams": None, "unitGrams": 1000, "price": {"amount": "2.00"}}]
    wrong = tariff | {"tiers": [{"unitGrams": 0, "price": {"amount": "2"}}]}
    assert await define("FreightTemplate", TEMPLATE, carrierCode="ZTO", tariff=wrong) == [
        ("BAD_INPUT", ["input", "tariff", "tiers"])
    ]


async def test_rules_are_defined_read_and_removed(own_engine: AsyncEngine, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        here = await a_warehouse(work)
    desk = Desk(own_engine, sessions)
    mine = {"warehouseId": global_id("Warehouse", here), "area": "330100"}
    terms = {
        "fallbacks": ["EMS"],
        "byAmount": [{"fromAmount": {"amount": "50.00"}, "carrierCode": "SF"}],
        "byWeight": [{"upToGrams": 500, "carrierCode": "YTO"}],
        "notByWeight": ["村"],
    }
    rule = await desk.define("CarrierRule", RULE, carrierCode="ZTO", **mine, **terms)
    assert (rule["areaName"], rule["warehouse"]["id"]) == ("杭州市", mine["warehouseId"])
    assert rule["byAmount"] == [{"fromAmount": {"amount": "50.00", "currency": "CNY"}, "carrierCode": "SF"}]
    assert (await desk.define("CarrierRule", RULE, carrierCode="STO", **mine))["id"] == rule["id"]
    unknown = await desk.define("CarrierRule", RULE, carrierCode="DHL")
    assert unknown == [("BAD_INPUT", ["input", "carrierCode"])]
    hidden = await desk.define("CarrierRule", RULE, uuid4(), carrierCode="ZTO", **mine)
    assert hidden == [("NOT_FOUND", ["input", "warehouseId"])]
    assert [(await desk.ask(RULES, place))["totalCount"] for place in (None, here, uuid4())] == [1, 1, 0]
    assert (await desk.ask(REMOVE, uuid4(), id=rule["id"]))["refusals"][0]["code"] == "NOT_FOUND"
    assert (await desk.ask(REMOVE, id=rule["id"]))["refusals"] == []
    assert (await desk.ask(RULES))["totalCount"] == 0
