"""From where on stock is abnormal, as a client sets it; and the alert that follows, with the bin it is about."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory
from domain.kernel import Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.conftest import NOW
from tests.domain.inventory.builders import a_variant, a_warehouse, a_zone, bin_named, stock
from tests.schema.test_reports_schema import an_actor, ask

SET = """mutation ($input: SetWatchPolicyInput!) { setWatchPolicy(input: $input) {
    watchPolicy { idleBinDays expiryTiers deviationFactor safety warehouse { id } product { id } updatedBy }
    refusals { code path message } } }"""
POLICIES = "{ watchPolicies(first: 5) { totalCount nodes { stockOutDays countTolerance frozenDays expiryTiers } } }"
ALERTS = "{ alerts(first: 5) { nodes { kind subject evidence about { ... on Bin { code } } } } }"
KEEPER = an_actor("inventory.view", "inventory.set_watch_policy", "alerts.view", "catalogue.view")


@pytest.fixture
async def place(sessions: Sessions) -> UUID:
    async with begin(sessions, system("tests"), at=NOW) as work:
        variant, warehouse = await a_variant(work), await a_warehouse(work)
        await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
        await stock(work, variant, warehouse, 5, bin_id=await bin_named(work, warehouse, "A1"))
    return warehouse


async def test_figures_are_set_and_an_idle_bin_is_told(
    own_engine: AsyncEngine, sessions: Sessions, place: UUID
) -> None:
    async def asked(operation: str, **variables: Any) -> Any:
        answer = await ask(own_engine, sessions, KEEPER, operation, **variables)
        assert answer.errors is None
        return answer.data

    warehouse = global_id("Warehouse", place)
    before = (await asked(POLICIES))["watchPolicies"]
    assert before["nodes"] == [
        {"stockOutDays": 7, "countTolerance": "5.000000", "frozenDays": 30, "expiryTiers": [90, 30]}
    ]
    given = {"warehouseId": warehouse, "idleBinDays": 9, "expiryTiers": [30, 180], "deviationFactor": "2.5"}
    done = (await asked(SET, input=given))["setWatchPolicy"]
    assert done["refusals"] == []
    assert done["watchPolicy"] == {
        "idleBinDays": 9,
        "expiryTiers": [180, 30],
        "deviationFactor": "2.500000",
        "safety": None,
        "warehouse": {"id": warehouse},
        "product": None,
        "updatedBy": "keeper",
    }
    refused = (await asked(SET, input=given | {"expiryTiers": [0]}))["setWatchPolicy"]["refusals"][0]
    assert (refused["code"], refused["path"][-1]) == ("BAD_INPUT", "expiryTiers")
    refused = (await asked(SET, input=given | {"saleBanDays": 30}))["setWatchPolicy"]["refusals"][0]
    assert (refused["code"], refused["path"][-1]) == ("BAD_INPUT", "saleBanDays")
    assert (await asked(POLICIES))["watchPolicies"]["totalCount"] == 2
    async with begin(sessions, system("clock"), at=NOW + timedelta(days=9)) as work:
        await inventory.scan_stock(work)
    (alert,) = (await asked(ALERTS))["alerts"]["nodes"]
    assert (alert["kind"], alert["subject"], alert["about"]) == ("IDLE_BIN", "BIN", {"code": "A1"})
    assert alert["evidence"]["days"] == 9
    assert await pushed(own_engine, sessions) == [{"kind": "IDLE_BIN", "about": {"code": "A1"}}]


class WokenOnce:
    """A live tail that wakes once and ends."""

    async def wakeups(self) -> AsyncIterator[None]:
        yield None


async def pushed(engine: AsyncEngine, sessions: Sessions) -> list[Any]:
    """Say what those who listen for stock hear of all that has happened."""
    context = Context(read=Read(engine=engine, actor=KEEPER), sessions=sessions, actor=KEEPER, live=WokenOnce())
    operation = 'subscription { stockAlerts(after: "0") { alert { kind about { ... on Bin { code } } } } }'
    heard: Any = await schema.subscribe(operation, context_value=context)
    return [answer.data["stockAlerts"]["alert"] async for answer in heard]
