"""The desk through GraphQL: who stands above whom, who is given what, who is reminded, and what the day came to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import desk, identity, orders
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.desk.builders import a_colleague, remind_at
from tests.domain.orders.builders import START, a_shop, a_trade


@dataclass
class Client:
    """Sends operations of the whole schema as one actor."""

    engine: AsyncEngine
    sessions: Sessions
    actor: Actor

    async def ask(self, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=self.engine, actor=self.actor), sessions=self.sessions, actor=self.actor)
        try:
            result = await schema.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()
        assert result.errors is None, result.errors
        return result.data


SUPERIOR = """
mutation Superior($input: SetSuperiorInput!) {
  setSuperior(input: $input) { staff { superiorId version } refusals { code path } }
}
"""
DUTY = "mutation Duty { setDuty(input: {onDuty: true}) { staff { name onDuty } refusals { code path } } }"
RULE = """
mutation Rule($input: SetDeskRuleInput!) {
  setDeskRule(input: $input) {
    deskRule { escalatesToId digestHour hours { fromHour untilHour firstDay percent } version }
    refusals { code path message }
  }
}
"""
ASSIGN = """
mutation Assign($inputs: [HandOverOrderInput!]!) {
  assignOrders(inputs: $inputs) { order { responsibleName } refusals { code path } }
}
"""
DAY = """
query Day($person: ID!, $channel: ID!) {
  deskQueues { personId personName onDuty total toReview onHold }
  alerts(where: {addressedTo: [$person]}) { nodes { kind addressedToId addressedToName escalatedAt } }
  deskRules { nodes { channelId channel { code } } }
  deskDigests(channels: [$channel]) { nodes {
    day counts { kind level orders } oldest { kind number orderId addressedToName openedAt }
    people { personId personName orders alerts } } }
}
"""


@pytest.fixture
def client(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return Client(own_engine, sessions, system("tests"))


def as_person(client: Client, staff: identity.Staff) -> Client:
    grants = frozenset({"orders.*", "desk.*", "alerts.*", "identity.set_duty"})
    actor = Actor(kind=ActorKind.STAFF, id=staff.id, name=staff.name, permissions=grants)
    return Client(client.engine, client.sessions, actor)


async def test_the_desk_from_the_rule_to_the_digest(client: Client, sessions: Sessions) -> None:
    async with begin(sessions, system("tests"), at=START) as work:
        shop = await a_shop(work)
        boss, person = await a_colleague(work, "店长"), await a_colleague(work, "李审", on_duty=False)
        await orders.receive_trades(work, shop.channel_id, [a_trade("1")])
        order = (await work.session.scalars(orders.Order.__table__.select())).one()
    boss_id, person_id = global_id("Staff", boss.id), global_id("Staff", person.id)
    channel, order_id = global_id("Channel", shop.channel_id), global_id("Order", order)

    done = (await client.ask(SUPERIOR, input={"id": person_id, "superiorId": boss_id}))["setSuperior"]
    assert (done["staff"]["superiorId"], done["refusals"]) == (boss_id, [])
    circle = (await client.ask(SUPERIOR, input={"id": boss_id, "superiorId": person_id}))["setSuperior"]
    assert circle["refusals"] == [{"code": "SUPERIOR_BELOW", "path": ["input", "superiorId"]}]
    assert (await as_person(client, person).ask(DUTY))["setDuty"]["staff"] == {"name": "李审", "onDuty": True}

    hours = [{"fromHour": 18, "untilHour": 2, "firstDay": "2026-11-11", "percent": 50}]
    rule: dict[str, Any] = {"channelId": channel, "assignsByLoad": True, "escalateMinutes": 10, "digestHour": 9}
    made = (await client.ask(RULE, input=rule | {"hours": hours, "escalatesToId": boss_id}))["setDeskRule"]
    assert made["deskRule"]["hours"] == hours
    assert (made["deskRule"]["escalatesToId"], made["deskRule"]["version"]) == (boss_id, 1)
    wrong = (await client.ask(RULE, input=rule | {"hours": [{"fromHour": 25, "untilHour": 2}]}))["setDeskRule"]
    assert [each["path"] for each in wrong["refusals"]] == [["input", "hours", "0"]]

    given = [{"id": order_id, "staffId": person_id}, {"id": order_id, "staffId": boss_id}]
    assigned = (await as_person(client, boss).ask(ASSIGN, inputs=given))["assignOrders"]
    assert [each["refusals"] for each in assigned] == [[], [{"code": "NOT_BELOW", "path": ["input", "staffId"]}]]
    async with begin(sessions, system("tests"), at=START) as work:
        await remind_at(work, 30)
        await remind_at(work, 40)
    async with begin(sessions, system("tests"), at=START + timedelta(hours=1)) as work:
        await desk.sum_up_days(work)

    day = await client.ask(DAY, person=boss_id, channel=channel)
    assert day["deskRules"]["nodes"][0]["channelId"] == channel
    assert {"personId": person_id, "personName": "李审", "onDuty": True, "total": 1, "toReview": 1, "onHold": 0} in day[
        "deskQueues"
    ]
    told = [(each["kind"], each["addressedToName"]) for each in day["alerts"]["nodes"]]
    assert told == [("DAILY_DIGEST", "店长"), ("UNREVIEWED", "店长")]
    (digest,) = day["deskDigests"]["nodes"]
    assert (digest["day"], digest["counts"]) == ("2026-11-11", [{"kind": "UNREVIEWED", "level": "WARN", "orders": 1}])
    assert digest["oldest"][0]["orderId"] == order_id
    assert digest["people"] == [{"personId": person_id, "personName": "李审", "orders": 1, "alerts": 1}]
