"""The house splits what is hot and joins it after the rush, and no sale is stopped or lost while it does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from domain import inventory
from domain.inventory.models import Claim, HotStock, WarehouseId
from domain.kernel import BadInput, Quantity, Sessions, Work, begin, system, tried
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, broken, item, stock

TO_REVIEW = inventory.ClaimClass.TO_REVIEW
RULES = inventory.SplittingRules(active=True, claims_per_minute=3, buckets=4, quiet_minutes=30)


async def sell(work: Work, variant: UUID, warehouse: WarehouseId, times: int, seconds: int = 1) -> None:
    """Sell one after the other, each at a moment of its own, as transactions do."""
    for _ in range(times):
        work.now += timedelta(seconds=seconds)
        await inventory.claim(work, uuid4(), [warehouse], [a_line(variant)], TO_REVIEW)


async def turn(work: Work) -> dict[UUID, int]:
    """Let the clock strike; says what was split over how many rows, or joined."""
    turns = await inventory.hot_stock_turns(work)
    for each in turns:
        await inventory.take_turn(work, each)
        await work.session.flush()
    return {each.variant_id: each.buckets for each in turns}


async def test_what_many_buy_in_a_minute_is_split_and_joined_after_the_rush(work: Work) -> None:
    warehouse, hot, calm, few = await a_warehouse(work), *[await a_variant(work) for _ in range(3)]
    for variant, there in ((hot, 100), (calm, 100), (few, 30)):
        await stock(work, variant, warehouse, there)
    await inventory.set_stock_splitting(work, RULES)
    # Of one moment: many orders of one import wait once.
    asked = [inventory.ClaimRequest(uuid4(), [warehouse], [a_line(calm)]) for _ in range(5)]
    await inventory.claim_in_bulk(work, asked, TO_REVIEW)
    await sell(work, calm, warehouse, 2, seconds=31)
    await sell(work, few, warehouse, 3)
    await sell(work, hot, warehouse, 3)
    assert await turn(work) == {hot: 4}
    assert await turn(work) == {}
    await sell(work, hot, warehouse, 3)
    work.now += timedelta(minutes=29)
    await sell(work, hot, warehouse, 3)
    assert await turn(work) == {}  # It was hot again.
    work.now += timedelta(minutes=30)
    assert await turn(work) == {}
    work.now += timedelta(seconds=1)
    assert await turn(work) == {hot: 0}
    assert (await item(work, hot, warehouse)).buckets == 0
    assert not await work.rows(select(HotStock))
    assert await broken(work) == {}


async def test_what_is_nearly_sold_out_is_joined_at_once(work: Work) -> None:
    warehouse, hot = await a_warehouse(work), await a_variant(work)
    await stock(work, hot, warehouse, 100)
    await inventory.set_stock_splitting(work, RULES)
    await sell(work, hot, warehouse, 3)
    assert await turn(work) == {hot: 4}
    await sell(work, hot, warehouse, 1)
    await adjust(work, hot, warehouse, -88)
    assert await turn(work) == {}
    await sell(work, hot, warehouse, 1)  # Seven are left for four rows.
    assert await turn(work) == {hot: 0}
    assert await turn(work) == {}


async def test_the_house_leaves_alone_what_people_split_and_joins_its_own_when_switched_off(work: Work) -> None:
    warehouse, hot, other = await a_warehouse(work), await a_variant(work), await a_variant(work)
    for variant in (hot, other):
        await stock(work, variant, warehouse, 100)
    await inventory.set_stock_splitting(work, RULES)
    await sell(work, hot, warehouse, 3)
    await sell(work, other, warehouse, 3)
    await inventory.split_stock(work, other, warehouse, 8)
    assert await turn(work) == {hot: 4}
    await inventory.set_stock_splitting(work, replace(RULES, active=False))
    assert await turn(work) == {hot: 0}
    assert (await item(work, other, warehouse)).buckets == 8
    # What the house has split is a person's once he says how many rows.
    await inventory.set_stock_splitting(work, RULES)
    assert await turn(work) == {hot: 4}
    await inventory.split_stock(work, hot, warehouse, 2)
    work.now += timedelta(days=1)
    assert await turn(work) == {}


async def test_figures_out_of_bounds_are_refused(work: Work) -> None:
    wrong = {"claims_per_minute": [0], "buckets": [1, 65], "quiet_minutes": [0, 10_081]}
    for field, figure in ((field, each) for field, figures in wrong.items() for each in figures):
        with pytest.raises(BadInput, match="must lie between") as refused:
            await inventory.set_stock_splitting(work, replace(RULES, **{field: figure}))
        assert refused.value.path[0] == "input"
    work.actor = replace(work.actor, warehouses=frozenset({uuid4()}))
    with pytest.raises(inventory.WholeCompanyOnly):
        await inventory.set_stock_splitting(work, RULES)


async def test_no_sale_is_stopped_or_lost_while_the_house_splits_and_joins(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        warehouse, hot = await a_warehouse(work), await a_variant(work)
        await stock(work, hot, warehouse, 400)
        await inventory.set_stock_splitting(work, replace(RULES, claims_per_minute=1))

    async def one() -> bool:
        async with begin(sessions, system("buyer")) as work:
            await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
        return True

    async def many() -> bool:
        async with begin(sessions, system("shop")) as work:
            asked = [inventory.ClaimRequest(uuid4(), [warehouse], [a_line(hot)]) for _ in range(2)]
            outcomes = await inventory.claim_in_bulk(work, asked, TO_REVIEW)
        return all(each.warehouse_id == warehouse for each in outcomes.values())

    await one()
    # Who waits for the row while it is split, or joined, sells all the same.
    for buckets in (4, 0, 4):
        assert await _meanwhile(sessions, [one, many], hot, warehouse, buckets)
    await _switch(sessions, active=False)
    assert await _house(sessions) == []  # People split it.
    async with begin(sessions, system("tests")) as work:
        await inventory.split_stock(work, hot, warehouse, 0)

    async def rush() -> None:
        for active in (True, False) * 3:
            await _switch(sessions, active=active)
            assert await _house(sessions) == ([4] if active else [0])

    sold = await asyncio.gather(rush(), *(tried(one if number % 3 else many) for number in range(48)))
    assert all(sold[1:])
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        assert await work.session.scalar(select(func.sum(Claim.quantity))) == Quantity(1 + 3 * 3 + 32 + 16 * 2)
        told = await work.rows(text("SELECT input FROM audit_entries WHERE actor_name = 'schedule' ORDER BY at"))
        assert [row.input["buckets"] for row in told] == [4, 0] * 3


async def _meanwhile(
    sessions: Sessions, sales: list[Callable[[], Awaitable[bool]]], hot: UUID, warehouse: WarehouseId, buckets: int
) -> bool:
    """Let sales wait for the row that is split until it is, and say whether all of them sold."""
    async with begin(sessions, system("house")) as house:
        await inventory.split_stock(house, hot, warehouse, buckets)
        selling = [asyncio.create_task(each()) for each in sales]
        waiting = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
        async with asyncio.timeout(5), begin(sessions, system("tests")) as watcher:
            while await watcher.session.scalar(waiting) < len(sales):
                await asyncio.wait(selling, timeout=0.01)
    return all(await asyncio.gather(*selling))


async def _switch(sessions: Sessions, *, active: bool) -> None:
    async with begin(sessions, system("tests")) as work:
        await inventory.set_stock_splitting(work, replace(RULES, claims_per_minute=1, active=active))


async def _house(sessions: Sessions) -> list[int]:
    """Do what the clock does."""
    async with begin(sessions, system("schedule")) as work:
        turns = await inventory.hot_stock_turns(work)
    for each in turns:
        async with begin(sessions, system("schedule")) as work:
            await inventory.take_turn(work, each)
    return [each.buckets for each in turns]
