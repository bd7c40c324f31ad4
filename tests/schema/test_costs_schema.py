"""Costs through the schema: how goods are costed, what came of it, and what is refused."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, stock

Ask = Callable[..., Awaitable[Any]]
SET = """mutation ($input: SetCostMethodInput!) { setCostMethod(input: $input) {
    costChange { id number kind reason } refusals { code path message } } }"""
RULES = """query ($ids: [ID!]!) { costRules(variantIds: $ids) {
    method variantId fixedCost { amount } change { reason madeBy } variant { costMethod } } }"""
CHANGES = "{ costChanges { totalCount nodes { id kind } } }"
MOVED = """query ($where: StockMovementFilter) { stockMovements(where: $where) { nodes {
    kind quantity costAmount { amount } } } }"""


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(operation: str, *permissions: str, **variables: Any) -> Any:
        granted = frozenset(permissions or ("*",))
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="Chen", permissions=granted)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        async with context.rehearsals:
            answer = await schema.execute(operation, variable_values=variables, context_value=context)
        if answer.errors is not None:
            return [(error.extensions or {}).get("code") for error in answer.errors]
        return next(iter((answer.data or {}).values()))

    return run


RECEIVE = """mutation ($input: ReceiveStockInput!, $try: Boolean) { receiveStock(input: $input, validateOnly: $try) {
    stockDocument { id effectiveAt movements { id costAmount { amount } } } refusals { code path } } }"""
CLOSE = """mutation ($input: CloseStockPeriodInput!) { closeStockPeriod(input: $input) {
    stockPeriod { month closedBy reopenedAt } refusals { code path } } }"""
REOPEN = """mutation ($input: ReopenStockPeriodInput!) { reopenStockPeriod(input: $input) {
    stockPeriod { month reopenedBy } refusals { code path } } }"""
PERIODS = "{ stockPeriods { nodes { month reason } } }"


async def test_a_late_paper_corrects_what_left_since_and_months_are_closed(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests"), at=datetime(2026, 9, 10, tzinfo=UTC)) as work:
        key, place = await a_variant(work), await a_warehouse(work)
        await stock(work, key, place, 4, "10")
        work.now += timedelta(days=2)
        await adjust(work, key, place, -2)
    line = {"variantId": global_id("Variant", key), "quantity": "4", "unitCost": "20"}
    given = {"warehouseId": global_id("Warehouse", place), "reason": "late", "lines": [line]}
    given["effectiveAt"] = "2026-09-11T00:00:00Z"
    assert await ask(RECEIVE, "inventory.receive_stock", "inventory.view", input=given) == ["FORBIDDEN"]
    month = {"month": "2026-09-01", "reason": "reported"}
    assert (await ask(CLOSE, input=month))["stockPeriod"] == {
        "month": "2026-09-01",
        "closedBy": "Chen",
        "reopenedAt": None,
    }
    closed = {"code": "PERIOD_CLOSED", "path": ["input", "effectiveAt"]}
    assert (await ask(RECEIVE, input=given))["refusals"] == [closed]
    wrong = await ask(REOPEN, input={**month, "month": "2026-08-01"})
    assert wrong["refusals"] == [{"code": "PERIOD_NOT_CLOSED", "path": ["input", "month"]}]
    assert (await ask(REOPEN, input=month))["stockPeriod"] == {"month": "2026-09-01", "reopenedBy": "Chen"}
    assert await ask(PERIODS) == {"nodes": [{"month": "2026-09-01", "reason": "reported"}]}
    assert (await ask(RECEIVE, input=given, **{"try": True}))["stockDocument"]["effectiveAt"] is not None
    posted = (await ask(RECEIVE, input=given))["stockDocument"]
    assert posted["effectiveAt"] == "2026-09-11T00:00:00+00:00"
    (change,) = (await ask("{ costChanges { nodes { id kind reason document { id } } } }"))["nodes"]
    assert (change["kind"], change["document"]) == ("BACK_DATED", {"id": posted["id"]})
    corrected = "query ($where: StockMovementFilter) { stockMovements(where: $where) { nodes { adjustsId } } }"
    moved = (await ask(MOVED, where={"document": {"eq": change["id"]}}))["nodes"]
    assert moved == [{"kind": "REVALUATION", "quantity": "0.0000", "costAmount": {"amount": "-10.00"}}]
    (row,) = (await ask(corrected, where={"document": {"eq": change["id"]}}))["nodes"]
    (out,) = (await ask("{ stockMovements(where: {kinds: [ADJUSTMENT_OUT]}) { nodes { id } } }"))["nodes"]
    assert row["adjustsId"] == out["id"]


REPRICE = """mutation ($input: RepriceReceiptInput!) { repriceReceipt(input: $input) {
    costChange { kind document { id } lines { documentLine quantity stillThere difference { amount }
    revalued { amount } unitCostBefore { amount } unitCost { amount } } } refusals { code path } } }"""


async def test_an_invoice_prices_a_receipt_anew(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = (
            global_id("Variant", await a_variant(work)),
            global_id("Warehouse", await a_warehouse(work)),
        )
    line = {"variantId": variant, "quantity": "4", "unitCost": "2"}
    given = {"warehouseId": place, "reason": "PO-1", "lines": [line]}
    receipt = (await ask(RECEIVE, input=given))["stockDocument"]["id"]
    prices = {"id": receipt, "reason": "invoice 9", "lines": [{"position": 2, "unitCost": "2.5"}]}
    wrong = await ask(REPRICE, input=prices)
    assert wrong["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "lines", "0", "position"]}]
    prices["lines"] = [{"position": 1, "unitCost": "2.5"}]
    assert (await ask(REPRICE, input=prices))["costChange"] == {
        "kind": "REPRICED",
        "document": {"id": receipt},
        "lines": [
            {
                "documentLine": 1,
                "quantity": "4.0000",
                "stillThere": "4.0000",
                "difference": {"amount": "2.00"},
                "revalued": {"amount": "2.00"},
                "unitCostBefore": {"amount": "2.000000"},
                "unitCost": {"amount": "2.500000"},
            }
        ],
    }


async def test_a_fixed_cost_is_set_and_read_back(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        key, place = await a_variant(work), await a_warehouse(work)
        await stock(work, key, place, 5, "10")
    variant = global_id("Variant", key)
    given = {"variantIds": [variant], "method": "FIXED", "fixedCost": "15", "reason": "standard of 2026"}
    wrong = await ask(SET, input={**given, "method": "MOVING_AVERAGE"})
    assert [(each["code"], each["path"]) for each in wrong["refusals"]] == [("BAD_INPUT", ["input", "fixedCost"])]
    assert await ask(SET, "inventory.view", input=given) == ["FORBIDDEN"]
    change = (await ask(SET, input=given))["costChange"]
    assert (change["kind"], change["reason"], change["number"][:2]) == ("METHOD_SET", "standard of 2026", "CC")
    assert await ask(RULES, ids=[variant, global_id("Variant", uuid4())]) == [
        {
            "method": "FIXED",
            "variantId": variant,
            "fixedCost": {"amount": "15.000000"},
            "change": {"reason": "standard of 2026", "madeBy": "Chen"},
            "variant": {"costMethod": "FIXED"},
        }
    ]
    assert await ask(CHANGES) == {"totalCount": 1, "nodes": [{"id": change["id"], "kind": "METHOD_SET"}]}
    moved = await ask(MOVED, where={"document": {"eq": change["id"]}})
    assert moved["nodes"] == [{"kind": "REVALUATION", "quantity": "0.0000", "costAmount": {"amount": "25.00"}}]
