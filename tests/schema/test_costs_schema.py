"""Costs through the schema: how goods are costed, what came of it, and what is refused."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory
from domain.kernel import Actor, ActorKind, Quantity, Read, Sessions, UnitPrice, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, stock
from tests.schema.comparing import Comparison

AVERAGES = ("averageCostBefore", "averageCostAfter")
Ask = Callable[..., Awaitable[Any]]
SET = """mutation ($input: SetCostMethodInput!) { setCostMethod(input: $input) {
    costChange { id number kind reason } refusals { code path message } } }"""
RULES_AND_CHANGES = """query ($ids: [ID!]!) {
    costRules(variantIds: $ids) { method fixedCost { amount } change { number } }
    costChanges(first: 5) { totalCount nodes { id number document { number }
        lines { documentLine difference { amount } } } }
    stockPeriods { nodes { month closedBy } } }"""
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


TRAIL = """query ($variant: ID!, $place: ID!, $asOf: DateTime, $first: Int, $after: String) {
    costTrail(variantId: $variant, warehouseId: $place, asOf: $asOf, first: $first, after: $after) { totalCount
    pageInfo { endCursor hasNextPage } nodes { kind effect quantity costAmount { amount } averageCostBefore { amount }
    averageCostAfter { amount } correctsId document { reason } change { kind reason document { reason } } } } }"""


def told(trail: Any) -> list[tuple[str, ...]]:
    return [
        (each["kind"], *((each[name] or {"amount": "-"})["amount"] for name in ("costAmount", *AVERAGES)))
        for each in trail["nodes"]
    ]


async def test_the_trail_tells_why_a_cost_is_what_it_is(ask: Ask, own_engine: AsyncEngine, sessions: Sessions) -> None:
    """The golden moving average: 100 at 10, 50 at 13, out 60, back 20 at 13; and then a receipt that was forgotten."""
    start = datetime(2026, 9, 10, tzinfo=UTC)
    async with begin(sessions, system("tests"), at=start) as work:
        key, place = await a_variant(work), await a_warehouse(work)
        await stock(work, key, place, 100, "10")
        work.now += timedelta(hours=1)
        await stock(work, key, place, 50, "13")
        work.now += timedelta(hours=1)
        await adjust(work, key, place, -60)
        work.now += timedelta(hours=1)
        await adjust(work, key, place, 5)
        work.now += timedelta(hours=1)
        line = inventory.Line(variant_id=key, quantity=Quantity(20), unit_cost=UnitPrice(13))
        kind = inventory.MovementKind.SUPPLIER_RETURN
        draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="broken", lines=[line])
        document = await inventory.draft_stock_document(work, draft)
        await inventory.approve_stock_document(work, document.id)
        await inventory.post_stock_document(work, document.id)
    of = {"variant": global_id("Variant", key), "place": global_id("Warehouse", place)}

    golden = [
        ("SUPPLIER_RETURN", "-260.00", "11.000000", "10.466667"),
        ("ADJUSTMENT_IN", "55.00", "11.000000", "11.000000"),
        ("RECEIPT", "650.00", "10.000000", "11.000000"),
        ("RECEIPT", "1000.00", "-", "10.000000"),
    ]
    trail = await ask(TRAIL, **of)
    assert (told(trail), trail["totalCount"]) == (golden, 4)
    assert [each["document"]["reason"] for each in trail["nodes"]] == ["broken", "found", "purchase", "purchase"]
    second = await ask(TRAIL, **of, first=2, after=(await ask(TRAIL, **of, first=2))["pageInfo"]["endCursor"])
    assert told(second) == golden[2:]
    assert told(await ask(TRAIL, **of, asOf=(start + timedelta(minutes=90)).isoformat())) == golden[2:]
    assert await ask(TRAIL, "inventory.view", **of) == ["FORBIDDEN"]
    forgotten = {"variantId": of["variant"], "quantity": "50", "unitCost": "4"}
    given = {"warehouseId": of["place"], "reason": "forgotten", "lines": [forgotten]}
    await ask(RECEIVE, input={**given, "effectiveAt": "2026-09-10T01:30:00Z"})
    trail = await ask(TRAIL, **of)
    (correction,) = [each for each in trail["nodes"] if each["effect"] == "REVALUES"]
    assert correction["costAmount"] == {"amount": "105.00"}
    assert correction["change"] == {"kind": "BACK_DATED", "reason": "forgotten", "document": {"reason": "forgotten"}}
    assert correction["correctsId"] is not None
    # What was found keeps the cost it came in at: (1000 + 650 + 200 - 60 x 9.25 + 55 - 260) / 125.
    assert told(trail)[0][3] == "8.720000"
    both = Comparison(own_engine, sessions)
    for text in (TRAIL, RULES_AND_CHANGES):
        assert (await both.same(text, of if text is TRAIL else {"ids": [of["variant"]]})).errors is None


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


SCOPE = """mutation ($input: SetCostScopeInput!, $try: Boolean) { setCostScope(input: $input, validateOnly: $try) {
    costScoping { id costScope reason setBy } refusals { code path message } } }"""
SCOPING = "{ costScoping { costScope setBy } }"
LEVELS = "{ stockLevels { nodes { onHand value { amount } averageCost { amount } } } }"


async def test_the_company_becomes_one_cost_scope_before_anything_is_posted(
    ask: Ask, own_engine: AsyncEngine, sessions: Sessions
) -> None:
    given = {"costScope": "COMPANY", "reason": "one average"}
    assert await ask(SCOPING) is None
    assert await ask(SCOPE, "inventory.view", input=given) == ["FORBIDDEN"]
    assert (await ask(SCOPE, input=given, **{"try": True}))["refusals"] == []
    assert await ask(SCOPING) is None
    wrong = await ask(SCOPE, input={**given, "reason": " "})
    assert [(each["code"], each["path"]) for each in wrong["refusals"]] == [("BAD_INPUT", ["input", "reason"])]
    chosen = (await ask(SCOPE, input=given))["costScoping"]
    assert (chosen["costScope"], chosen["reason"], chosen["setBy"]) == ("COMPANY", "one average", "Chen")
    assert await ask(SCOPING) == {"costScope": "COMPANY", "setBy": "Chen"}
    assert await ask(SCOPING, "inventory.view") == ["FORBIDDEN"]
    async with begin(sessions, system("tests")) as work:
        key, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
        await stock(work, key, near, 1, "10")
        await stock(work, key, far, 2, "20")
    late = await ask(SCOPE, input={**given, "costScope": "WAREHOUSE"})
    assert [(each["code"], each["path"]) for each in late["refusals"]] == [
        ("COST_SCOPE_IN_USE", ["input", "costScope"])
    ]
    nodes = (await ask(LEVELS))["nodes"]
    average = {"averageCost": {"amount": "16.666667"}}
    assert nodes == [
        {"onHand": "1.0000", "value": {"amount": "16.67"}, **average},
        {"onHand": "2.0000", "value": {"amount": "33.33"}, **average},
    ]
    both = Comparison(own_engine, sessions)
    for text in (SCOPING, LEVELS):
        assert (await both.same(text)).errors is None
    of = {"variant": global_id("Variant", key), "place": global_id("Warehouse", near)}
    assert (await both.same(TRAIL, of)).errors is None
    assert told(await ask(TRAIL, **of)) == [
        ("RECEIPT", "40.00", "10.000000", "16.666667"),
        ("RECEIPT", "10.00", "-", "10.000000"),
    ]
