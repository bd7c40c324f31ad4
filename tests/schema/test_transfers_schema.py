"""A transfer through the schema: asked for, approved, sent, received in parts, and closed; each side sees it."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, reporting
from domain.kernel import Actor, ActorKind, Quantity, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant, a_warehouse, stock

STEP = """mutation ($input: %sInput!) { %s(input: $input) { stockTransfer {
    id status version closedBy closingReason documents { kind origin } fromWarehouse { id } toWarehouse { id }
    lines { id sku wanted approved shipped received lost inTransit { quantity rest restValue { amount } } } }
    refusals { code path } } }"""
LIST = """query ($where: StockTransferFilter) { stockTransfers(where: $where) { totalCount nodes { reason } } }"""
LEVEL = """query { stockLevels { nodes { onHand held inTransit available } } }"""


async def test_a_transfer_goes_through_its_steps(own_engine: AsyncEngine, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, here, there = await a_variant(work, "GLOVE"), await a_warehouse(work), await a_warehouse(work)
        await stock(work, variant, here, 5, "2")

    async def ask(operation: str, place: UUID | None = None, **variables: Any) -> Any:
        granted = frozenset({"transfers.*", "inventory.view", "finance.see_cost"})
        scope = None if place is None else frozenset({place})
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=granted, warehouses=scope)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    async def step(name: str, place: UUID | None = None, **given: Any) -> Any:
        answer = await ask(STEP % (name[0].upper() + name[1:], name), place, input=given)
        return answer["refusals"] or answer["stockTransfer"]

    source, target = global_id("Warehouse", here), global_id("Warehouse", there)
    lines = [{"variantId": global_id("Variant", variant), "quantity": "4"}]
    new = {"fromWarehouseId": source, "toWarehouseId": target, "reason": "shelf is empty"}
    refused = await step("requestTransfer", **new, lines=[*lines, *lines])
    assert refused == [{"code": "BAD_INPUT", "path": ["input", "lines", "1", "variantId"]}]
    transfer = await step("requestTransfer", **new, lines=lines)
    of_it, line = {"id": transfer["id"]}, transfer["lines"][0]["id"]
    hidden = [{"code": "NOT_FOUND", "path": ["input", "id"]}]
    assert await step("approveTransfer", there, **of_it) == hidden
    assert (await step("approveTransfer", here, **of_it))["toWarehouse"] is None
    assert await step("receiveTransfer", **of_it) == [{"code": "WRONG_STATE", "path": ["input", "id"]}]
    held = (await ask(LEVEL))["nodes"][0]
    assert held == {"onHand": "5.0000", "held": "4.0000", "inTransit": "0.0000", "available": "1.0000"}
    sent = await step("shipTransfer", here, **of_it, lines=[{"lineId": line, "quantity": "3"}])
    assert sent["lines"][0]["inTransit"] == [{"quantity": "3.0000", "rest": "3.0000", "restValue": {"amount": "6.00"}}]
    assert await step("receiveTransfer", here, **of_it) == hidden
    too_much = await step("receiveTransfer", there, **of_it, lines=[{"lineId": line, "quantity": "4"}])
    assert too_much == [{"code": "MORE_THAN_THERE", "path": ["input", "lines", "0", "quantity"]}]
    await step("receiveTransfer", there, **of_it, lines=[{"lineId": line, "quantity": "2"}])
    closed = await step("closeTransfer", there, **of_it, reason="one broke")
    assert (closed["status"], closed["closedBy"], closed["closingReason"]) == ("DONE", "keeper", "one broke")
    kinds = [each["kind"] for each in (await step("closeTransfer", **of_it, reason="x")) if "kind" in each]
    assert kinds == []
    (counted,) = closed["lines"]
    assert [counted[each] for each in ("wanted", "approved", "shipped", "received", "lost")] == [
        f"{each}.0000" for each in (4, 3, 3, 2, 1)
    ]
    assert [each["kind"] for each in closed["documents"]] == ["TRANSFER_OUT", "TRANSFER_IN", "ADJUSTMENT_OUT"]
    for place, found in ((here, 1), (there, 1), (uuid4(), 0)):
        where = {"statuses": ["DONE"], "variant": {"eq": lines[0]["variantId"]}, "person": "keeper"}
        assert (await ask(LIST, place, where=where))["totalCount"] == found


PROPOSED = """query { replenishments { totalCount nodes { sku wanted proposed safetySet warehouse { id } } } }"""
SUPPLY = """mutation ($input: SupplyWarehouseInput!) { supplyWarehouse(input: $input) {
    warehouse { suppliedById } refusals { code path } } }"""
REPLENISH = """mutation ($input: ReplenishInput!) { replenish(input: $input) {
    stockTransfer { status lines { sku wanted } } refusals { code path } } }"""


async def test_a_shelf_that_runs_low_is_replenished(own_engine: AsyncEngine, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, central, shelf = await a_variant(work, "GLOVE"), await a_warehouse(work), await a_warehouse(work)
        await stock(work, variant, central, 9)
        await stock(work, variant, shelf, 1)
        limits = inventory.StockLimits(variant_id=variant, warehouse_id=shelf, safety=Quantity(4))
        await inventory.set_stock_limits(work, limits)
        await reporting.analyse_reserves(work)

    async def ask(operation: str, **given: Any) -> Any:
        granted = frozenset({"reporting.*", "inventory.*", "transfers.*"})
        scope = None if "suppliedById" in given else frozenset({shelf})
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=granted, warehouses=scope)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        answer = await schema.execute(operation, variable_values={"input": given}, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    target, source = global_id("Warehouse", shelf), global_id("Warehouse", central)
    nothing = [{"code": "NOTHING_TO_REPLENISH", "path": ["input", "warehouseId"]}]
    assert (await ask(REPLENISH, warehouseId=target, reason="low"))["refusals"] == nothing
    supplied = await ask(SUPPLY, warehouseId=target, suppliedById=source)
    assert supplied == {"warehouse": {"suppliedById": source}, "refusals": []}
    proposal = {"sku": "GLOVE", "wanted": "3", "proposed": "3", "safetySet": True, "warehouse": {"id": target}}
    assert await ask(PROPOSED) == {"totalCount": 1, "nodes": [proposal]}
    asked = await ask(REPLENISH, warehouseId=target, reason="low")
    assert asked["stockTransfer"] == {"status": "REQUESTED", "lines": [{"sku": "GLOVE", "wanted": "3.0000"}]}
    assert (await ask(REPLENISH, warehouseId=target, reason="low"))["refusals"] == nothing
