"""Stock documents through the schema: one writes, another approves, a third posts; and it is found again."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant, a_warehouse

Ask = Callable[..., Awaitable[Any]]
DRAFT = """mutation ($input: DraftStockDocumentInput!) { draftStockDocument(input: $input) {
    stockDocument { id status version draftedBy partner { name kind } } refusals { code path } } }"""
ADD = """mutation ($input: AddPartnerInput!) { addPartner(input: $input) {
    partner { id version } refusals { code path } } }"""
CHANGE = """mutation ($input: ChangeStockDocumentInput!) { changeStockDocument(input: $input) {
    stockDocument { status version } refusals { code } } }"""
STEP = """mutation ($input: %(input)sStockDocumentInput!) { %(name)sStockDocument(input: $input) {
    stockDocument { id status approvedBy postedBy voidsId } refusals { code } } }"""
LIST = """query ($where: StockDocumentFilter) { stockDocuments(where: $where) { totalCount nodes {
    kind status reason warehouse { id } lines { position quantity unitCost { amount } lotCode variantId }
    movements { quantity kind } } } }"""


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(name: str, operation: str, *permissions: str, **variables: Any) -> Any:
        granted = frozenset(permissions or ("inventory.*", "finance.see_cost"))
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name=name, permissions=granted)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    return run


def step(name: str) -> str:
    return STEP % {"name": name, "input": name.capitalize()}


async def a_supplier(ask: Ask, given: dict[str, Any]) -> str:
    """Add a supplier, which is known by its code then; a document names none that is not there."""
    new = {"kind": "SUPPLIER", "code": "S-7", "name": "康宁医疗"}
    added = await ask("Eve", ADD, "partners.*", input=new)
    again = await ask("Eve", ADD, "partners.*", input=new)
    assert (added["refusals"], again["refusals"]) == ([], [{"code": "PARTNER_KNOWN", "path": ["input", "code"]}])
    unknown = await ask("Ann", DRAFT, input={**given, "partnerId": global_id("Partner", uuid4())})
    assert unknown["refusals"] == [{"code": "NOT_FOUND", "path": ["input", "partnerId"]}]
    return str(added["partner"]["id"])


async def test_one_writes_another_approves_a_third_posts(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant = global_id("Variant", await a_variant(work))
        warehouse = global_id("Warehouse", await a_warehouse(work))
    line = {"variantId": variant, "quantity": "2", "unitCost": "1.5", "lotCode": "L1", "expiresOn": "2030-01-01"}
    given = {"kind": "RECEIPT", "warehouseId": warehouse, "reason": "PO-7", "lines": [line]}
    refused = await ask("Ann", DRAFT, input={**given, "lines": [{**line, "unitCost": None}]})
    assert refused["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "lines", "0", "unitCost"]}]
    given["partnerId"] = await a_supplier(ask, given)
    document = (await ask("Ann", DRAFT, "inventory.*", "partners.view", input=given))["stockDocument"]
    assert document["partner"] == {"name": "康宁医疗", "kind": "SUPPLIER"}
    assert (document["status"], document["version"], document["draftedBy"]) == ("DRAFT", 1, "Ann")
    by_id = {"id": document["id"]}
    late = {**by_id, "document": given, "expectedVersion": 7}
    assert (await ask("Ann", CHANGE, input=late))["refusals"] == [{"code": "VERSION_CONFLICT"}]
    changed = {**by_id, "document": {**given, "reason": "PO-8"}, "expectedVersion": 1}
    assert (await ask("Ann", CHANGE, input=changed))["stockDocument"] == {"status": "DRAFT", "version": 2}
    assert (await ask("Cat", step("post"), input=by_id))["refusals"] == [{"code": "WRONG_STATE"}]
    assert (await ask("Bob", step("approve"), input=by_id))["stockDocument"]["approvedBy"] == "Bob"
    posted = await ask("Cat", step("post"), "inventory.post_stock_document", "inventory.view", input=by_id)
    assert (posted["stockDocument"]["status"], posted["stockDocument"]["postedBy"]) == ("POSTED", "Cat")
    assert (await ask("Cat", step("discard"), input=by_id))["refusals"] == [{"code": "WRONG_STATE"}]
    where = {
        "kinds": ["RECEIPT"],
        "statuses": ["POSTED"],
        "warehouse": {"eq": warehouse},
        "variant": {"eq": variant},
        "person": "Bob",
        "partner": {"eq": given["partnerId"]},
        "postedAt": {"from": "2020-01-01T00:00:00Z"},
    }
    listed = await ask("Dan", LIST, where=where)
    said = {"position": 1, "quantity": "2.0000", "unitCost": {"amount": "1.500000"}, "lotCode": "L1"}
    assert listed == {
        "totalCount": 1,
        "nodes": [
            {
                "kind": "RECEIPT",
                "status": "POSTED",
                "reason": "PO-8",
                "warehouse": {"id": warehouse},
                "lines": [{**said, "variantId": variant}],
                "movements": [{"quantity": "2.0000", "kind": "RECEIPT"}],
            }
        ],
    }
    void = await ask("Dan", step("void"), input={**by_id, "reason": "a mistake"})
    assert void["stockDocument"]["voidsId"] == document["id"]
    assert (await ask("Dan", LIST, where={"statuses": ["VOIDED"]}))["totalCount"] == 1
    assert (await ask("Dan", LIST, where={"variant": {"eq": warehouse}}))["totalCount"] == 0
