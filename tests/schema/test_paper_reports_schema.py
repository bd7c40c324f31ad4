"""Stocktakes and transfers of a period as a client asks for them: by goods, place and person, each in its scope."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, stocktaking, transfers
from domain.kernel import Actor, ActorKind, Quantity, Sessions, begin, system
from schema.scalars import global_id
from tests.conftest import NOW
from tests.domain.inventory.builders import a_variant, a_warehouse, stock
from tests.schema.test_reports_schema import PERIOD, an_actor, ask

COUNTED = """query ($period: DayPeriod!, $person: String, $where: StockScopeFilter) {
    stocktakeReport(period: $period, person: $person, where: $where, first: 1) { totalCount nodes {
        sku status bookQuantity countedQuantity difference differenceValue { amount } countedBy startedBy postedBy
        warehouse { name } } pageInfo { hasNextPage endCursor } } }"""
CARRIED = """query ($period: DayPeriod!, $person: String, $partner: IdFilter, $where: StockScopeFilter) {
    transferReport(period: $period, person: $person, partner: $partner, where: $where) { totalCount nodes {
        sku status wanted shipped received lost underWay shippedValue { amount } requestedBy
        fromWarehouse { id } toWarehouse { id } } } }"""
STOCKTAKES = "query ($where: StocktakeFilter) { stocktakes(where: $where) { totalCount } }"
MOVED = """query ($where: StockMovementFilter) { stockMovements(where: $where) { totalCount } }"""
FLOWS = """query ($period: DayPeriod!, $where: StockFlowFilter) {
    stockFlows(period: $period, by: [PERSON], where: $where) { nodes { person outQuantity } } }"""
SEEING = ("inventory.view", "stocktaking.view", "transfers.view", "finance.see_cost", "catalogue.view")
LATER = {"firstDay": "2026-12-01", "lastDay": "2026-12-31"}


class Papers:
    """A stocktake that found one too few of one article and all of another; a transfer of which a part has arrived."""

    glove: UUID
    mask: UUID
    here: inventory.WarehouseId
    there: inventory.WarehouseId


@pytest.fixture
async def papers(sessions: Sessions) -> Papers:
    made = Papers()
    async with begin(sessions, system("wang"), at=NOW) as work:
        made.glove, made.mask = await a_variant(work, "GLOVE"), await a_variant(work, "MASK")
        made.here, made.there = await a_warehouse(work), await a_warehouse(work)
        await stock(work, made.glove, made.here, 10, "2")
        await stock(work, made.mask, made.here, 5, "3")
    scope = stocktaking.StocktakeScope.ALL
    new = stocktaking.NewStocktake(warehouse_id=made.here, scope=scope, reason="month end", tolerance_percent=50)
    async with begin(sessions, system("li"), at=NOW) as work:
        stocktake = await stocktaking.start_stocktake(work, new)
        scans = [
            stocktaking.Scan(scan_id=uuid4(), variant_id=variant, quantity=Quantity(found))
            for variant, found in ((made.glove, 9), (made.mask, 5))
        ]
        await stocktaking.count_stock(work, stocktake.id, scans)
    async with begin(sessions, system("zhao"), at=NOW + timedelta(hours=1)) as work:
        await stocktaking.close_count(work, stocktake.id)
        await stocktaking.approve_stocktake(work, stocktake.id)
        await stocktaking.post_stocktake(work, stocktake.id)
        await stocktaking.start_stocktake(work, new)  # Of what is still counted, the report says nothing.
    goods = [transfers.WantedGoods(variant_id=made.glove, quantity=Quantity(4))]
    asked = transfers.NewTransfer(
        from_warehouse_id=made.here, to_warehouse_id=made.there, reason="shelf is empty", lines=goods
    )
    async with begin(sessions, system("qian"), at=NOW + timedelta(hours=2)) as work:
        transfer = await transfers.request_transfer(work, asked)
        await transfers.approve_transfer(work, transfer.id)
        await transfers.ship_transfer(work, transfer.id, None)
        await work.session.flush()
        line = select(transfers.StockTransferLine.id).where(transfers.StockTransferLine.transfer_id == transfer.id)
        arrived = transfers.ArrivedLine(line_id=(await work.rows(line))[0].id, quantity=Quantity(3))
        await transfers.receive_transfer(work, transfer.id, [arrived])
    return made


def of_place(*places: UUID, permissions: tuple[str, ...] = SEEING) -> Actor:
    scope = frozenset(places)
    return Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=frozenset(permissions), warehouses=scope)


async def test_stocktakes_are_told_line_by_line(own_engine: AsyncEngine, sessions: Sessions, papers: Papers) -> None:
    async def told(actor: Actor, **given: Any) -> Any:
        answer = await ask(own_engine, sessions, actor, COUNTED, **({"period": PERIOD} | given))
        assert answer.errors is None, answer.errors
        return answer.data["stocktakeReport"]

    keeper, glove = an_actor(*SEEING), {"variant": {"eq": global_id("Variant", papers.glove)}}
    everything = await told(keeper)
    assert (everything["totalCount"], everything["pageInfo"]["hasNextPage"]) == (2, True)
    assert (await told(keeper, where=glove))["nodes"] == [
        {
            "sku": "GLOVE",
            "status": "POSTED",
            "bookQuantity": "10.0000",
            "countedQuantity": "9.0000",
            "difference": "-1.0000",
            "differenceValue": {"amount": "-2.00"},
            "countedBy": "li",
            "startedBy": "li",
            "postedBy": "zhao",
            "warehouse": {"name": "仓"},
        }
    ]
    for given, found in (
        ({"person": "zhao"}, 2),
        ({"person": "li"}, 2),
        ({"person": "nobody"}, 0),
        ({"period": LATER}, 0),
        ({"where": {"warehouse": {"eq": global_id("Warehouse", papers.there)}}}, 0),
        ({"where": {"skuContains": "ASK"}}, 1),
    ):
        assert (await told(keeper, **given))["totalCount"] == found
    assert (await told(of_place(papers.there)))["totalCount"] == 0
    for where, found in (
        ({"person": "zhao"}, 2),
        ({"variant": glove["variant"], "scopes": ["ALL"]}, 2),
        ({"scopes": ["BINS"]}, 0),
        ({"number": "ST000000000"}, 0),
    ):
        listed = await ask(own_engine, sessions, keeper, STOCKTAKES, where=where)
        assert listed.data["stocktakes"]["totalCount"] == found


async def test_transfers_are_told_line_by_line(own_engine: AsyncEngine, sessions: Sessions, papers: Papers) -> None:
    async def told(actor: Actor, **given: Any) -> Any:
        answer = await ask(own_engine, sessions, actor, CARRIED, **({"period": PERIOD} | given))
        assert answer.errors is None, answer.errors
        return answer.data["transferReport"]

    keeper, there = an_actor(*SEEING), global_id("Warehouse", papers.there)
    assert (await told(keeper))["nodes"] == [
        {
            "sku": "GLOVE",
            "status": "IN_TRANSIT",
            "wanted": "4.0000",
            "shipped": "4.0000",
            "received": "3.0000",
            "lost": "0.0000",
            "underWay": "1.0000",
            "shippedValue": {"amount": "8.00"},
            "requestedBy": "qian",
            "fromWarehouse": {"id": global_id("Warehouse", papers.here)},
            "toWarehouse": {"id": there},
        }
    ]
    for given, found in (
        ({"person": "qian"}, 1),
        ({"person": "li"}, 0),
        ({"period": LATER}, 0),
        ({"where": {"warehouse": {"eq": there}}}, 1),
        ({"partner": {"eq": there}}, 1),
        ({"partner": {"eq": global_id("Partner", papers.there)}, "person": "li"}, 0),
        ({"where": {"skuContains": "ASK"}}, 0),
    ):
        assert (await told(keeper, **given))["totalCount"] == found
    assert [(await told(of_place(place)))["totalCount"] for place in (papers.here, papers.there, uuid4())] == [1, 1, 0]
    refused = await ask(own_engine, sessions, an_actor("inventory.view"), CARRIED, period=PERIOD)
    assert [error.extensions["code"] for error in refused.errors] == ["FORBIDDEN"]


async def test_movements_are_found_by_person_and_partner(
    own_engine: AsyncEngine, sessions: Sessions, papers: Papers
) -> None:
    keeper, since = an_actor(*SEEING), {"from": "2026-11-01T00:00:00Z"}
    loss = {"eq": global_id("Warehouse", inventory.LOSSES)}
    for where, found in (
        ({"person": "wang", "effectiveAt": since}, 2),
        ({"person": "zhao", "effectiveAt": since}, 1),
        ({"partner": loss, "effectiveAt": since}, 1),
        (
            {"partner": {"eq": global_id("Warehouse", papers.there)}, "effectiveAt": since},
            1,
        ),  # Out of what is under way.
    ):
        moved = await ask(own_engine, sessions, keeper, MOVED, where=where)
        assert moved.data["stockMovements"]["totalCount"] == found
    for where in ({"person": "wang"}, {"partner": loss}):
        refused = await ask(own_engine, sessions, keeper, MOVED, where=where)
        assert [error.extensions["code"] for error in refused.errors] == ["BAD_INPUT"]
    for where, rows in (
        ({"person": "zhao"}, [{"person": "zhao", "outQuantity": "1.0000"}]),
        ({"partner": loss}, [{"person": "zhao", "outQuantity": "1.0000"}]),
        ({"person": "zhao", "kinds": ["RECEIPT"]}, []),
    ):
        flows = await ask(own_engine, sessions, keeper, FLOWS, period=PERIOD, where=where)
        assert flows.data["stockFlows"]["nodes"] == rows
