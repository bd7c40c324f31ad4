"""The desk: how much there is to do, the orders themselves, and one verb for a selection of them."""

import dataclasses
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import orders
from domain.kernel import Sessions, begin, system
from schema.scalars import global_id
from tests.domain.orders.builders import a_line, a_shop, a_trade, statements
from tests.schema.test_orders import Client

DESK = """
query Desk($search: String, $worklist: OrderWorklist, $person: ID) {
  orderWorklists(responsibleId: $person) { worklist count countIsExact }
  orderHoldCounts { reason waiting stopped }
  orders(where: {search: $search, worklist: $worklist}) { totalCount nodes { id externalNumber } }
}
"""
QUEUE = """
{
  orderWorklists { worklist count }
  orderHoldCounts { reason waiting }
  orders(where: {worklist: TO_REVIEW}, first: 100) {
    totalCount
    nodes { number customer { id name } holds { reason } reviewFinding { ruleName } lines { title quantity } }
  }
}
"""
HOLD = """
mutation Hold($inputs: [OrderReasonInput!]!, $releases: [ReleaseOrderHoldInput!]!) {
  holdOrders(inputs: $inputs) { order { holds { reason } } refusals { code path } }
  releaseOrderHolds(inputs: $releases) { order { holds { reason } } refusals { code } }
}
"""


@pytest.fixture
def client(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return Client(own_engine, sessions, system("tests"))


def counted(data: Any) -> dict[str, int]:
    return {each["worklist"]: each["count"] for each in data["orderWorklists"] if each["count"]}


async def test_a_desk_tells_what_is_to_be_done_and_does_it_for_many(client: Client, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await orders.receive_trades(work, shop.channel_id, [a_trade("1"), a_trade("2", a_line("?")), a_trade("3")])
    desk = await client.ask(DESK, worklist="TO_REVIEW")
    assert counted(desk) == {"TO_REVIEW": 2, "ON_HOLD": 1, "TO_ALLOCATE": 1}
    assert desk["orderHoldCounts"] == [{"reason": "UNMATCHED_GOODS", "waiting": 1, "stopped": 0}]
    assert {each["externalNumber"] for each in desk["orders"]["nodes"]} == {"1", "3"}

    chosen = [each["id"] for each in desk["orders"]["nodes"]]
    nobody = global_id("Order", shop.channel_id)
    reasons = [{"id": each, "reason": "the buyer calls back"} for each in [*chosen, nobody]]
    releases = [{"id": each, "reason": "PAUSED_BY_HAND"} for each in chosen]
    done = await client.ask(HOLD, inputs=reasons, releases=releases)
    assert [each["refusals"] for each in done["holdOrders"]] == [
        [], [], [{"code": "NOT_FOUND", "path": ["input", "id"]}]
    ]  # fmt: skip
    assert [each["order"]["holds"] for each in done["releaseOrderHolds"]] == [[], []]


async def test_a_person_sees_what_he_took_and_no_search_goes_beyond_the_scope(
    client: Client, sessions: Sessions
) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await orders.receive_trades(work, shop.channel_id, [a_trade("4711")])
    nobody = await client.ask(DESK, person=global_id("Staff", shop.channel_id), search="4711")
    assert (counted(nobody), nobody["orders"]["totalCount"]) == ({}, 1)
    client.actor = dataclasses.replace(client.actor, channels=frozenset())
    elsewhere = await client.ask(DESK, search="4711")
    assert (counted(elsewhere), elsewhere["orders"]["totalCount"]) == ({}, 0)
    refused = await client.run(DESK, search="?")
    assert refused.errors is not None
    assert refused.errors[0].extensions is not None
    assert refused.errors[0].extensions["code"] == "BAD_INPUT"


async def test_the_queue_costs_the_same_however_much_waits(
    client: Client, sessions: Sessions, own_engine: AsyncEngine
) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(100,))
    sent_for = []
    for numbers in (range(2), range(2, 40)):
        async with begin(sessions, system("tests")) as work:
            trades = [a_trade(str(each), buyer_id=f"b{each}") for each in numbers]
            await orders.receive_trades(work, shop.channel_id, trades)
        with statements(own_engine) as sent:
            desk = await client.ask(QUEUE)
        assert desk["orders"]["totalCount"] == len(desk["orders"]["nodes"]) == numbers.stop
        assert counted(desk)["TO_REVIEW"] == numbers.stop
        sent_for.append(len(sent))
    assert sent_for[0] == sent_for[1] <= 8
