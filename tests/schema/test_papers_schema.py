"""Papers through the schema: printed, listed, and by an own template that must work."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.printing.typst_press import TypstPress
from domain import orders
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.orders.builders import a_shop, a_trade

Ask = Callable[..., Awaitable[Any]]
PRINT = """mutation ($input: PrintPapersInput!) { printPapers(input: $input) {
    job { id title state } refusals { code path } } }"""
SET = """mutation ($input: SetPrintTemplateInput!) { setPrintTemplate(input: $input) {
    printTemplate { id kind version source channelId changedBy } refusals { code path message } } }"""
RESET = """mutation ($input: ResetPrintTemplateInput!) { resetPrintTemplate(input: $input) {
    printTemplate { version source } refusals { code } } }"""
PREVIEW = """mutation ($input: PreviewPrintTemplateInput!) { previewPrintTemplate(input: $input) {
    job { title } refusals { code path } } }"""
PRINTS = """query ($where: PrintFilter) { prints(where: $where) { nodes { kind number copy printedBy subjectId } } }"""
ORDER = """query ($id: ID!) { order(id: $id) { number prints { kind copy } } }"""


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(operation: str, *permissions: str, **variables: Any) -> Any:
        granted = frozenset(permissions or ("papers.*", "orders.view", "jobs.view"))
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="张仓管", permissions=granted)
        services = {"proof": TypstPress().proof}
        context = Context(
            read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor, services=services, chinese=True
        )
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    return run


async def test_papers_are_printed_and_a_reprint_is_told(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await orders.receive_trades(work, shop.channel_id, [a_trade("P1")])
        found = (await work.rows(select(orders.Order.id, orders.Order.number)))[0]
    order_id = global_id("Order", found.id)
    job = (await ask(PRINT, input={"kind": "PACKING_SLIP", "ids": [order_id]}))["job"]
    assert (job["title"], job["state"]) == (f"装箱单 {found.number}", "QUEUED")
    await ask(PRINT, input={"kind": "PACKING_SLIP", "ids": [order_id]})
    wrong = await ask(PRINT, input={"kind": "PACKING_SLIP", "ids": [order_id, global_id("Order", uuid4())]})
    assert wrong["refusals"] == [{"code": "NOT_FOUND", "path": ["input", "ids", "1"]}]
    other = await ask(PRINT, input={"kind": "STOCKTAKE", "ids": [order_id]})
    assert other["refusals"][0]["code"] == "NOT_FOUND"
    assert (await ask(ORDER, id=order_id))["prints"] == [
        {"kind": "PACKING_SLIP", "copy": 1},
        {"kind": "PACKING_SLIP", "copy": 2},
    ]
    listed = await ask(PRINTS, where={"number": found.number, "kinds": ["PACKING_SLIP"], "person": "张仓管"})
    last = {"kind": "PACKING_SLIP", "number": found.number, "copy": 2, "printedBy": "张仓管", "subjectId": order_id}
    assert listed["nodes"][0] == last
    assert (await ask(PRINTS, where={"kinds": ["ORDER"]}))["nodes"] == []


async def test_an_own_template_must_work(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = global_id("Channel", (await a_shop(work)).channel_id)
    given = {"kind": "ORDER", "channelId": shop, "source": "#let paper(data) = [#data.numbr]"}
    refused = (await ask(SET, input=given))["refusals"][0]
    assert (refused["code"], refused["path"]) == ("BROKEN_TEMPLATE", ["input", "source"])
    assert 'does not contain key "numbr"' in refused["message"]
    working = given | {"source": "#let paper(data) = [#data.number]"}
    made = (await ask(SET, input=working))["printTemplate"]
    assert (made["version"], made["channelId"], made["changedBy"]) == (1, shop, "张仓管")
    late = await ask(SET, input=working | {"expectedVersion": 7})
    assert late["refusals"][0]["code"] == "VERSION_CONFLICT"
    assert (await ask(SET, input=working | {"expectedVersion": 1}))["printTemplate"]["version"] == 2
    reset = await ask(RESET, input={"id": made["id"], "expectedVersion": 2})
    assert reset["printTemplate"] == {"version": 3, "source": None}
    house = await ask("query { housePrintTemplate(kind: ORDER) }")
    assert "#let paper(data)" in house
    assert (await ask(PREVIEW, input={"kind": "ORDER", "source": house}))["job"]["title"] == "模板预览"
    refused = (await ask(PREVIEW, input={"kind": "ORDER", "source": ""}))["refusals"][0]
    assert refused["path"] == ["input", "source"]
    nodes = (await ask("query { printTemplates { nodes { kind source } } }"))["nodes"]
    assert nodes == [{"kind": "ORDER", "source": None}]
