"""Warehouses ask the one that supplies them for what their target lacks, and share fairly when it has too little."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain import inventory, reporting, transfers
from domain.inventory import WarehouseId
from domain.kernel import BadInput, NotFound, PageRequest, Quantity, SessionRead, Work
from tests.domain.inventory.builders import a_warehouse
from tests.domain.reporting.test_reserves import Stock

SOLD = tuple((ago, -4) for ago in range(0, 30, 2))


async def proposals(work: Work, **scope: Any) -> dict[UUID, Any]:
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    page = await reporting.replenishments(read, reporting.StockScope(**scope), PageRequest(first=100))
    return {row.warehouse_id: row for row in page.rows}


async def ask(work: Work, place: WarehouseId, **given: Any) -> transfers.StockTransfer:
    return await reporting.replenish(work, reporting.Replenishment(warehouse_id=place, reason="week 48", **given))


@pytest.fixture
async def stock(work: Work) -> Stock:
    """Set up a central warehouse with 101 pieces, and two regional ones that sell two a day and have five."""
    stock = Stock(work, await a_warehouse(work), await a_warehouse(work))
    for place in (stock.here, stock.there):
        await inventory.supply_warehouse(work, place, await central(stock))
        await stock.of("GLOVE", (100, 65), *SOLD, at=place)
    await stock.of("GLOVE", (100, 101), at=await central(stock))
    await reporting.analyse_reserves(work)
    return stock


async def central(stock: Stock) -> WarehouseId:
    found = await stock.work.session.scalar(select(inventory.Warehouse.id).where(inventory.Warehouse.name == "中央仓"))
    if found is not None:
        return found
    made = await a_warehouse(stock.work)
    (await stock.work.session.get_one(inventory.Warehouse, made)).name = "中央仓"
    return made


async def test_every_number_is_shown_and_too_little_is_shared(stock: Stock) -> None:
    rows = await proposals(stock.work)
    assert set(rows) == {stock.here, stock.there}
    row = rows[stock.here]
    # 2 a day for 7 + 30 days, and 1.644854 × 2 × √7 = 8.7037 for safety.
    told = (row.daily_sales, row.daily_deviation, row.lead_days, row.cover_days, row.minimum, row.target)
    assert [str(each) for each in told] == ["2.0000", "2.0000", "7", "30", "8.7037", "82.7037"]
    assert (row.safety_set, row.available, row.in_transit, row.wanted, row.offered) == (False, 5, 0, 78, 101)
    assert sorted(each.proposed for each in rows.values()) == [50, 51]


async def test_asking_twice_asks_once_and_leaves_the_other_its_share(stock: Stock) -> None:
    work = stock.work
    share = (await proposals(work))[stock.here].proposed
    transfer = await ask(work, stock.here)
    lines = await work.rows(
        select(transfers.StockTransferLine.wanted).where(transfers.StockTransferLine.transfer_id == transfer.id)
    )
    assert [row.wanted for row in lines] == [Quantity(share)]
    assert (transfer.from_warehouse_id, transfer.status) == (await central(stock), "REQUESTED")
    rows = await proposals(work)
    assert (rows[stock.here].proposed, rows[stock.here].asked_for) == (0, share)
    assert rows[stock.there].proposed == 101 - share
    with pytest.raises(reporting.NothingToReplenish):
        await ask(work, stock.here)
    await transfers.approve_transfer(work, transfer.id)
    rows = await proposals(work)
    assert (rows[stock.here].proposed, rows[stock.there].offered) == (0, 101 - share)
    await ask(work, stock.there)
    assert {each.proposed for each in (await proposals(work)).values()} == {0}


async def test_a_limit_that_was_set_is_the_safety_stock(stock: Stock) -> None:
    work = stock.work
    variant = next(iter((await proposals(work)).values())).variant_id
    limits = inventory.StockLimits(variant_id=variant, warehouse_id=stock.here, safety=Quantity(20))
    await inventory.set_stock_limits(work, limits)
    await reporting.analyse_reserves(work)
    row = (await proposals(work, warehouses=[stock.here]))[stock.here]
    assert (row.safety_set, row.target, row.wanted) == (True, 94, 89)


async def test_what_cannot_be_replenished(stock: Stock) -> None:
    work = stock.work
    with pytest.raises(reporting.NothingToReplenish):
        await ask(work, await central(stock))
    with pytest.raises(BadInput, match="1 to 500"):
        await ask(work, stock.here, variant_ids=[])
    with pytest.raises(NotFound):
        await ask(work, WarehouseId(UUID(int=7)))
    with pytest.raises(BadInput, match="directly or through others"):
        await inventory.supply_warehouse(work, await central(stock), stock.here)
    assert (await inventory.supply_warehouse(work, stock.here, None)).supplied_by_id is None
    assert set(await proposals(work)) == {stock.there}
