"""Reports as a client asks for them: through both executors, with cost only for those who may see it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import jobs, reporting
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id, split_id
from tests.conftest import NOW
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, stock

PERIOD = {"firstDay": "2026-11-01", "lastDay": "2026-11-30"}
REPORT = """query ($period: DayPeriod!, $span: Span! = WHOLE, $where: StockScopeFilter) {
    receiptsAndIssues(period: $period, span: $span, where: $where) {
        nodes { period sku openingQuantity inQuantity outQuantity closingQuantity received otherOut
            closingValue { amount } warehouse { name } variant { sku } }
        totalCount } }"""
CARD = """query ($variant: ID!, $warehouse: ID!) { stockCard(variantId: $variant, warehouseId: $warehouse) { nodes {
    quantity quantityAfter effect unitCost { amount } valueAfter { amount }
    averageCostBefore { amount } averageCostAfter { amount } } } }"""
WORTH = """query ($asOf: DateTime) { stockWorth(asOf: $asOf) { nodes {
    quantity value { amount currency } warehouse { name } category { code } brand { name } } } }"""


def an_actor(*permissions: str) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=frozenset(permissions))


@pytest.fixture
async def place(sessions: Sessions) -> tuple[UUID, UUID]:
    async with begin(sessions, system("tests"), at=NOW - timedelta(days=40)) as work:
        variant, warehouse = await a_variant(work, "GLOVE"), await a_warehouse(work)
        await stock(work, variant, warehouse, 10, "2")
    async with begin(sessions, system("tests"), at=NOW) as work:
        await stock(work, variant, warehouse, 10, "4")
        await adjust(work, variant, warehouse, -5)
    return variant, warehouse


async def ask(engine: AsyncEngine, sessions: Sessions, actor: Actor, operation: str, **variables: Any) -> Any:
    context = Context(
        read=Read(engine=engine, actor=actor),
        sessions=sessions,
        actor=actor,
        services={"link": lambda job_id: f"/files/{job_id}"},
    )
    return await schema.execute(operation, variable_values=variables, context_value=context)


async def test_reports_answer_what_the_ledger_says(
    own_engine: AsyncEngine, sessions: Sessions, place: tuple[UUID, UUID]
) -> None:
    keeper = an_actor("inventory.view", "finance.see_cost", "catalogue.view")
    variant, warehouse = global_id("Variant", place[0]), global_id("Warehouse", place[1])
    where = {"variant": {"eq": variant}, "warehouse": {"in": [warehouse]}, "skuContains": "LOV"}
    told = await ask(own_engine, sessions, keeper, REPORT, period=PERIOD, where=where)
    assert told.errors is None
    assert told.data["receiptsAndIssues"] == {
        "nodes": [
            {
                "period": "2026-11-01",
                "sku": "GLOVE",
                "openingQuantity": "10.0000",
                "inQuantity": "10.0000",
                "outQuantity": "5.0000",
                "closingQuantity": "15.0000",
                "received": "10.0000",
                "otherOut": "5.0000",
                "closingValue": {"amount": "45.00"},
                "warehouse": {"name": "仓"},
                "variant": {"sku": "GLOVE"},
            }
        ],
        "totalCount": 1,
    }
    elsewhere = {"categoryId": global_id("Category", uuid4())}
    assert (await ask(own_engine, sessions, keeper, REPORT, period=PERIOD, where=elsewhere)).data["receiptsAndIssues"][
        "nodes"
    ] == []
    card = await ask(own_engine, sessions, keeper, CARD, variant=variant, warehouse=warehouse)
    last = card.data["stockCard"]["nodes"][-1]
    assert last == {
        "quantity": "-5.0000",
        "quantityAfter": "15.0000",
        "effect": "LEAVES_AT_AVERAGE",
        "unitCost": {"amount": "3.000000"},
        "valueAfter": {"amount": "45.00"},
        "averageCostBefore": {"amount": "3.000000"},
        "averageCostAfter": {"amount": "3.000000"},
    }
    for moment, quantity, value in ((None, "15.0000", "45.00"), ("2026-10-31T00:00:00Z", "10.0000", "20.00")):
        worth = await ask(own_engine, sessions, keeper, WORTH, asOf=moment)
        (row,) = worth.data["stockWorth"]["nodes"]
        assert (row["quantity"], row["value"]["amount"]) == (quantity, value)
        assert (row["warehouse"], row["category"], row["brand"]) == ({"name": "仓"}, None, None)


@pytest.mark.usefixtures("place")
async def test_cost_is_for_those_who_may_see_it(own_engine: AsyncEngine, sessions: Sessions) -> None:
    told = await ask(own_engine, sessions, an_actor("inventory.view"), WORTH)
    assert told.data["stockWorth"]["nodes"][0]["value"] is None
    assert "FORBIDDEN" in {error.extensions["code"] for error in told.errors}
    assert (await ask(own_engine, sessions, an_actor(), WORTH)).data is None
    refused = await ask(
        own_engine,
        sessions,
        an_actor("inventory.view"),
        REPORT,
        period={"firstDay": "2026-11-02", "lastDay": "2026-11-01"},
    )
    assert [error.extensions["code"] for error in refused.errors] == ["BAD_INPUT"]


EXPORT = """mutation ($input: ExportReportInput!) { exportReport(input: $input) {
    job { id title state filePath rowsTotal } refusals { code path } } }"""


@pytest.mark.usefixtures("place")
async def test_a_report_is_asked_for_watched_and_fetched_by_its_owner_alone(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    keeper, other = an_actor("inventory.view", "reporting.*", "jobs.*"), an_actor("jobs.*")
    asked = await ask(own_engine, sessions, keeper, EXPORT, input={"report": "STOCK_LEVELS"})
    assert asked.errors is None
    job = asked.data["exportReport"]["job"]
    assert (job["title"], job["state"], job["filePath"], job["rowsTotal"]) == ("Stock", "QUEUED", None, None)
    async with begin(sessions, system("worker")) as work:
        key = jobs.JobId(UUID(split_id(job["id"])[1]))  # type: ignore[index]
        taken = await jobs.take_job(work, key)
        progress = jobs.Progress(job_id=key, attempt=taken.attempts, rows_done=1)  # type: ignore[union-attr]
        assert await jobs.finish_job(work, progress, jobs.MadeFile(key="k.xlsx", name="Stock.xlsx", size=7))
    mine = await ask(own_engine, sessions, keeper, "{ jobs { nodes { state filePath fileName fileBytes } } }")
    assert mine.data["jobs"]["nodes"] == [
        {"state": "DONE", "filePath": f"/files/{key}", "fileName": "Stock.xlsx", "fileBytes": 7}
    ]
    seen = await ask(
        own_engine, sessions, other, "query ($id: ID!) { jobs { totalCount } node(id: $id) { id } }", id=job["id"]
    )
    assert seen.data == {"jobs": {"totalCount": 0}, "node": None}
    refused = await ask(own_engine, sessions, keeper, EXPORT, input={"report": "STOCK_CARD"})
    assert refused.data["exportReport"]["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "where"]}]
    done = await ask(
        own_engine,
        sessions,
        keeper,
        "mutation ($input: CancelJobInput!) { cancelJob(input: $input) { job { id } refusals { code } } }",
        input={"id": job["id"]},
    )
    assert done.data["cancelJob"] == {"job": None, "refusals": [{"code": "JOB_ENDED"}]}


FLOWS = """query ($period: DayPeriod!, $by: [FlowBy!]!, $where: StockFlowFilter) {
    stockFlows(period: $period, by: $by, where: $where) { nodes { day kind person sku inQuantity outQuantity movements
    outValue { amount } partner { name } otherPlace { kind }
    warehouse { name } category { code } channel { name } } } }"""


@pytest.mark.usefixtures("place")
async def test_in_and_out_are_told_apart(own_engine: AsyncEngine, sessions: Sessions) -> None:
    keeper = an_actor("inventory.view", "finance.see_cost", "catalogue.view", "channels.view", "partners.view")
    given = {"period": PERIOD, "by": ["KIND", "PARTNER", "VARIANT"], "where": {"kinds": ["ADJUSTMENT_OUT"]}}
    told = await ask(own_engine, sessions, keeper, FLOWS, **given)
    assert told.errors is None
    assert told.data["stockFlows"]["nodes"] == [
        {
            "day": None,
            "kind": "ADJUSTMENT_OUT",
            "person": None,
            "sku": "GLOVE",
            "inQuantity": "0.0000",
            "outQuantity": "5.0000",
            "movements": 1,
            "outValue": {"amount": "15.00"},
            "partner": None,
            "otherPlace": {"kind": "LOSS"},
            "warehouse": None,
            "category": None,
            "channel": None,
        }
    ]
    refused = await ask(own_engine, sessions, keeper, FLOWS, period=PERIOD, by=[])
    assert [error.extensions["code"] for error in refused.errors] == ["BAD_INPUT"]


RESERVES = """query ($where: ReserveWhere) { reserves(where: $where) { totalCount nodes {
    sku slow shortage suggestion suggestedQuantity valueClass demandClass tiedUp { amount } daysOfStock
    warehouse { name } otherWarehouse { name } } pageInfo { endCursor } }
    reserveTotals { reserveClass reserves tiedUp { amount } } reservePolicies { nodes { slowDays serviceLevel } } }"""
POLICY = """mutation ($input: SetReservePolicyInput!) { setReservePolicy(input: $input) {
    reservePolicy { slowDays z category { id } product { id } } refusals { code path } } }"""


@pytest.mark.usefixtures("place")
async def test_reserves_are_judged_by_rules_that_can_be_set(own_engine: AsyncEngine, sessions: Sessions) -> None:
    planner = an_actor("inventory.view", "reporting.*", "catalogue.view", "finance.see_cost")
    rules = {"slowDays": 40, "serviceLevel": "0.99"}
    outcome = (await ask(own_engine, sessions, planner, POLICY, input=rules)).data["setReservePolicy"]
    policy = {"slowDays": 40, "z": "2.326348", "category": None, "product": None}
    assert outcome == {"reservePolicy": policy, "refusals": []}
    refused = (await ask(own_engine, sessions, planner, POLICY, input={"leadDays": 0})).data["setReservePolicy"]
    assert refused["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "leadDays"]}]
    async with begin(sessions, system("clock"), at=NOW) as work:
        await reporting.analyse_reserves(work)
    told = await ask(
        own_engine, sessions, planner, RESERVES, where={"classes": ["SLOW"], "stock": {"skuContains": "G"}}
    )
    assert told.errors is None
    (row,) = told.data["reserves"]["nodes"]
    assert (row["sku"], row["slow"], row["suggestion"]) == ("GLOVE", True, "RETURN_TO_SUPPLIER")
    assert (row["tiedUp"], row["suggestedQuantity"], row["daysOfStock"]) == ({"amount": "45.00"}, "15.0000", None)
    assert {each["reserveClass"]: each["reserves"] for each in told.data["reserveTotals"]} == {
        "OVERSTOCK": 0,
        "SHORTAGE": 0,
        "SLOW": 1,
        "BACKLOG": 0,
    }
    for where in ({"classes": []}, {"classes": ["SHORTAGE"]}, {"valueClasses": ["A"]}, {"suggestions": ["PURCHASE"]}):
        none = await ask(own_engine, sessions, planner, RESERVES, where=where)
        assert none.data["reserves"]["totalCount"] == 0
    hidden = await ask(own_engine, sessions, an_actor("inventory.view"), RESERVES)
    assert hidden.data["reserves"]["nodes"][0]["tiedUp"] is None
