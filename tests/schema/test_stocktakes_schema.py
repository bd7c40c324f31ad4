"""A stocktake through the schema: started, counted blind, counted again, approved and posted."""

from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.orders.builders import a_line, a_shop, a_trade, received

START = """mutation ($input: StartStocktakeInput!) { startStocktake(input: $input) {
    stocktake { id status blind } refusals { code path } } }"""
COUNT = """mutation ($input: CountStockInput!) { countStock(input: $input) {
    stocktake { status } refusals { code path } } }"""
STEP = """mutation ($input: %sInput!) { %s(input: $input) { stocktake { status postedBy } refusals { code } } }"""
LISTED = """query ($where: StocktakeFilter) { stocktakes(where: $where) { nodes { reason warehouse { id } } } }"""
RECEIVE = """mutation ($input: ReceiveStockInput!) { receiveStock(input: $input) { refusals { code path } } }"""
LINES = """query ($where: StocktakeLineFilter) { stocktakeLines(where: $where) { totalCount nodes {
    sku countedQuantity expectedQuantity bookQuantity difference recount firstQuantity document { kind reason } } } }"""


async def settled(ask: Any, goods: str, warehouse: str, before: str) -> None:
    """See that the buyer waits for stock, and that nothing is dated back to before the count."""
    (order,) = (await ask("{ orders { nodes { status holds { reason } } } }"))["nodes"]
    assert order == {"status": "UNREVIEWED", "holds": [{"reason": "SHORTAGE"}]}
    late = {"variantId": goods, "quantity": "1", "unitCost": "2"}
    paper = {"warehouseId": warehouse, "reason": "late", "lines": [late], "effectiveAt": before}
    assert (await ask(RECEIVE, input=paper))["refusals"] == [
        {"code": "COUNTED_SINCE", "path": ["input", "effectiveAt"]}
    ]


async def test_a_stocktake_is_counted_twice_and_posted(own_engine: AsyncEngine, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, skus=("GLOVE",), stocks=(5,))
        variant, (place,), before = shop.variants["GLOVE"], shop.warehouses, work.now.isoformat()
        # All of them are promised to a buyer, and one is missing.
        await received(work, shop, a_trade("1001", a_line("GLOVE", 5)))

    async def ask(operation: str, **variables: Any) -> Any:
        granted = frozenset({"stocktaking.*", "inventory.*", "orders.view"})
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="counter", permissions=granted)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    async def step(name: str) -> Any:
        return await ask(STEP % (name[0].upper() + name[1:], name), input={"id": stocktake["id"]})

    goods, warehouse = global_id("Variant", variant), global_id("Warehouse", place)
    new = {"warehouseId": warehouse, "scope": "VARIANTS", "reason": "Q4", "variantIds": [goods]}
    stocktake = (await ask(START, input=new))["stocktake"]
    assert (stocktake["status"], stocktake["blind"]) == ("COUNTING", True)
    beep = {"scanId": str(uuid4()), "variantId": goods, "quantity": "4"}
    wrong = await ask(COUNT, input={"id": stocktake["id"], "scans": [{**beep, "scanId": "x"}]})
    assert wrong["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "scans", "0", "scanId"]}]
    for _ in range(2):
        counted = await ask(COUNT, input={"id": stocktake["id"], "scans": [beep]})
        assert counted["stocktake"] == {"status": "COUNTING"}
    assert (await step("closeCount"))["stocktake"]["status"] == "RECOUNTING"
    where = {"stocktake": {"eq": stocktake["id"]}, "onlyUncounted": True, "onlyRecount": True}
    assert (await ask(LINES, where=where))["totalCount"] == 1
    await ask(COUNT, input={"id": stocktake["id"], "scans": [{**beep, "scanId": str(uuid4())}]})
    assert (await step("closeCount"))["stocktake"]["status"] == "COUNTED"
    assert (await step("approveStocktake"))["stocktake"]["status"] == "APPROVED"
    assert (await step("postStocktake"))["stocktake"] == {"status": "POSTED", "postedBy": "counter"}
    await settled(ask, goods, warehouse, before)
    assert (await step("cancelStocktake"))["refusals"] == [{"code": "WRONG_STATE"}]
    (line,) = (await ask(LINES, where={"onlyDifferent": True, "variant": {"eq": goods}}))["nodes"]
    assert line.pop("document")["kind"] == "ADJUSTMENT_OUT"
    assert line == {
        "sku": "GLOVE",
        "countedQuantity": "4.0000",
        "expectedQuantity": None,
        "bookQuantity": "5.0000",
        "difference": "-1.0000",
        "recount": True,
        "firstQuantity": "4.0000",
    }
    of_warehouse = {"warehouse": {"eq": warehouse}, "statuses": ["POSTED"]}
    assert (await ask(LISTED, where=of_warehouse))["nodes"] == [{"reason": "Q4", "warehouse": {"id": warehouse}}]
