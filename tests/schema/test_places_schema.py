"""Places through the schema: a keeper lays out a warehouse, puts goods into its bins and finds them again."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.inventory.builders import a_variant

Ask = Callable[..., Awaitable[Any]]
OPEN = """mutation ($input: OpenWarehouseInput!) { openWarehouse(input: $input) {
    warehouse { id kind valued areas } refusals { code } } }"""
ZONE = """mutation ($input: OpenZoneInput!) { openZone(input: $input) { zone { id } refusals { code } } }"""
BINS = """mutation ($input: OpenBinsInput!) { openBins(input: $input) { zone { id } refusals { code } } }"""
RECEIVE = """mutation ($input: ReceiveStockInput!) { receiveStock(input: $input) {
    stockDocument { movements { bin { code } counterpart { kind } } } refusals { code } } }"""


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(permissions: set[str], operation: str, **variables: Any) -> Any:
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=frozenset(permissions))
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        assert answer.errors is None, answer.errors
        return answer.data

    return run


async def test_a_warehouse_is_laid_out_and_its_bins_are_filled(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant = global_id("Variant", await a_variant(work, "GLOVE"))
    keeper = {"inventory.*"}
    new = {"code": "SZ", "name": "深圳仓", "kind": "RDC", "areas": ["440300"], "valued": True}
    warehouse = (await ask(keeper, OPEN, input=new))["openWarehouse"]["warehouse"]
    assert (warehouse["kind"], warehouse["areas"]) == ("RDC", ["440300"])
    zones = []
    for code, order in (("B", 2), ("A", 1)):
        zone = {"warehouseId": warehouse["id"], "code": code, "name": code, "walkingOrder": order}
        zones.append((await ask(keeper, ZONE, input=zone))["openZone"]["zone"]["id"])
    bins = [{"code": "A-01", "walkingOrder": 1, "oneSku": True}, {"code": "A-02", "walkingOrder": 2, "capacity": "9"}]
    await ask(keeper, BINS, input={"zoneId": zones[1], "bins": bins})
    taken = await ask(keeper, BINS, input={"zoneId": zones[0], "bins": bins[:1]})
    assert taken["openBins"]["refusals"] == [{"code": "BIN_CODE_TAKEN"}]

    laid_out = """query ($where: WarehouseFilter, $bins: BinFilter) {
        warehouses(where: $where) { nodes { code zones { code walkingOrder } } }
        bins(where: $bins) { nodes { id code capacity oneSku zone { code } contents { sku onHand } } } }"""
    where = {"kinds": ["RDC"], "serves": "440305", "active": True}
    seen = await ask(keeper, laid_out, where=where, bins={"warehouse": {"eq": warehouse["id"]}})
    assert seen["warehouses"]["nodes"] == [
        {"code": "SZ", "zones": [{"code": "A", "walkingOrder": 1}, {"code": "B", "walkingOrder": 2}]}
    ]
    first, second = seen["bins"]["nodes"]
    assert (first["oneSku"], second["capacity"], second["zone"]) == (True, "9.0000", {"code": "A"})

    line = {"variantId": variant, "quantity": "4", "unitCost": "1", "binId": first["id"]}
    given = {"warehouseId": warehouse["id"], "reason": "PO-1", "lines": [line, {**line, "binId": None}]}
    received = (await ask(keeper, RECEIVE, input=given))["receiveStock"]
    supplier = {"kind": "SUPPLIER"}
    assert received["stockDocument"]["movements"] == [
        {"bin": {"code": "A-01"}, "counterpart": supplier},
        {"bin": None, "counterpart": supplier},
    ]
    seen = await ask(keeper, laid_out, bins={"code": "A-01"})
    assert seen["bins"]["nodes"][0]["contents"] == [{"sku": "GLOVE", "onHand": "4.0000"}]
    where_it_is = (
        """query ($where: StockBalanceFilter) { stockBalances(where: $where) { totalCount nodes { binId } } }"""
    )
    for where, bin_ids in (
        ({"variant": {"eq": variant}, "bin": {"eq": first["id"]}}, [first["id"]]),
        ({"warehouse": {"eq": warehouse["id"]}, "notPutAway": True}, [None]),
        ({"lot": {"eq": global_id("Lot", uuid4())}}, []),
    ):
        found = (await ask({"inventory.view"}, where_it_is, where=where))["stockBalances"]
        assert [each["binId"] for each in found["nodes"]] == bin_ids
    await what_is_not_empty_stays_open(ask, warehouse["id"], first["id"], second["id"])


async def what_is_not_empty_stays_open(ask: Ask, warehouse: str, full: str, empty: str) -> None:
    keeper = {"inventory.*"}
    change = """mutation ($input: ChangeBinInput!) { changeBin(input: $input) { bin { active } refusals { code } } }"""
    closing = {"id": full, "walkingOrder": 1, "active": False}
    assert (await ask(keeper, change, input=closing))["changeBin"]["refusals"] == [{"code": "BIN_NOT_EMPTY"}]
    closing["id"] = empty
    assert (await ask(keeper, change, input=closing))["changeBin"]["bin"] == {"active": False}
    close = """mutation ($input: ChangeWarehouseInput!) { changeWarehouse(input: $input) {
        warehouse { name } refusals { code } } }"""
    closing = {"id": warehouse, "name": "深圳一仓", "sellable": True}
    assert (await ask(keeper, close, input=closing))["changeWarehouse"]["warehouse"] == {"name": "深圳一仓"}
    refused = (await ask(keeper, close, input={**closing, "active": False}))["changeWarehouse"]
    assert refused["refusals"] == [{"code": "WAREHOUSE_NOT_EMPTY"}]
