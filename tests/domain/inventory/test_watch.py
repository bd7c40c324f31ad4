from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import alerts, inventory
from domain.kernel import Quantity, Work
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, facts_of, stock

TO_REVIEW = inventory.ClaimClass.TO_REVIEW


async def open_now(work: Work) -> set[str]:
    kept = alerts.Alert.resolved_at.is_(None)
    rows = await work.rows(select(alerts.Alert.kind, alerts.Alert.level).where(kept))
    return {f"{row.kind} {row.level}" for row in rows}


async def limit(
    work: Work, variant: UUID, warehouse: inventory.WarehouseId, safety: int | None, maximum: int | None = None
) -> None:
    limits = inventory.StockLimits(
        variant_id=variant,
        warehouse_id=warehouse,
        safety=Quantity(safety) if safety else None,
        maximum=Quantity(maximum) if maximum else None,
    )
    await inventory.set_stock_limits(work, limits)
    await work.session.flush()


async def look(work: Work, variant: UUID) -> set[str]:
    await inventory.watch_stock(work, inventory.StockChanged(variant_ids=(variant,)))
    return await open_now(work)


async def test_below_safety_warns_and_nothing_free_is_severe(work: Work) -> None:
    variant, warehouse = await a_variant(work, "GLOVE"), await a_warehouse(work)
    await stock(work, variant, warehouse, 5)
    assert await look(work, variant) == set()
    await limit(work, variant, warehouse, 5)
    assert await look(work, variant) == set()
    order = uuid4()
    await inventory.claim(work, order, [warehouse], [a_line(variant, 1)], TO_REVIEW)
    assert await look(work, variant) == {"BELOW_SAFETY WARN"}
    await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 4)], TO_REVIEW)
    assert await look(work, variant) == {"BELOW_SAFETY WARN", "BELOW_SAFETY SEVERE"}
    await inventory.release(work, [order])
    assert await look(work, variant) == {"BELOW_SAFETY WARN"}
    rows = await work.rows(select(alerts.Alert.message, alerts.Alert.warehouse_id, alerts.Alert.evidence))
    assert rows[0].message.startswith("GLOVE in W-")
    assert rows[0].warehouse_id == warehouse
    assert rows[0].evidence["variantId"] == str(variant)
    await limit(work, variant, warehouse, None)
    assert await look(work, variant) == set()


async def test_above_maximum_warns_and_twice_as_much_is_severe(work: Work) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await limit(work, variant, warehouse, None, 5)
    await limit(work, variant, other, None, 5)
    await stock(work, variant, warehouse, 5)
    assert await look(work, variant) == set()
    await stock(work, variant, warehouse, 1)
    assert await look(work, variant) == {"ABOVE_MAXIMUM WARN"}
    await stock(work, variant, other, 11)
    assert await look(work, variant) == {"ABOVE_MAXIMUM WARN", "ABOVE_MAXIMUM SEVERE"}
    await adjust(work, variant, other, -6)
    await adjust(work, variant, warehouse, -1)
    assert await look(work, variant) == set()


async def test_an_attempt_below_zero_is_kept_until_it_could_be_done(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 2)
    with pytest.raises(inventory.NegativeStock) as refused:
        await adjust(work, variant, warehouse, -5)
    attempt = refused.value.fact()
    assert isinstance(attempt, inventory.NegativeStockAttempted)
    assert inventory.NegativeStockAttempted.decode(attempt.name(), attempt.encode()) == attempt
    await inventory.watch_attempt(work, attempt)
    assert await look(work, variant) == {"NEGATIVE_ATTEMPT WARN"}
    await stock(work, variant, warehouse, 3)
    assert await look(work, variant) == set()


async def judge(work: Work, variant: UUID, warehouse: UUID, quantity: int, cost: str | None = None) -> set[str]:
    await adjust(work, variant, warehouse, quantity, cost)
    await inventory.watch_adjustment(work, facts_of(work, inventory.StockAdjusted)[-1])
    return await open_now(work)


async def test_more_than_half_of_what_was_there_is_a_severe_jump(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 100)
    assert await judge(work, variant, warehouse, -50) == set()
    assert await judge(work, variant, warehouse, -26) == {"UNEXPLAINED_JUMP WARN", "UNEXPLAINED_JUMP SEVERE"}


async def test_many_times_the_usual_movement_is_a_jump(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    for _ in range(20):
        await stock(work, variant, warehouse, 4)
    assert await judge(work, variant, warehouse, -20) == set()
    await stock(work, variant, warehouse, 4)
    await stock(work, variant, warehouse, 4)
    assert await judge(work, variant, warehouse, -26) == {"UNEXPLAINED_JUMP WARN"}


async def test_small_numbers_and_first_stock_are_no_jump(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 4)
    assert await judge(work, variant, warehouse, -4) == set()
    assert await judge(work, await a_variant(work), await a_warehouse(work), 500, "1") == set()


async def test_time_brings_expiry_and_ends_old_jumps(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 100, lot="soon", expires=date(2026, 12, 1))
    await stock(work, variant, warehouse, 100, lot="later", expires=date(2027, 1, 20))
    await stock(work, variant, warehouse, 100, lot="far", expires=date(2028, 1, 20))
    assert await judge(work, variant, warehouse, -200) == {"UNEXPLAINED_JUMP WARN", "UNEXPLAINED_JUMP SEVERE"}
    await inventory.scan_stock(work)
    assert await open_now(work) == {"UNEXPLAINED_JUMP WARN", "UNEXPLAINED_JUMP SEVERE"}
    await stock(work, variant, warehouse, 1, lot="soon", expires=date(2026, 12, 1))
    await stock(work, variant, warehouse, 1, lot="later", expires=date(2027, 1, 20))
    work.now += timedelta(days=8)
    await inventory.scan_stock(work)
    assert await open_now(work) == {"EXPIRING WARN", "EXPIRING SEVERE"}
    rows = await work.rows(select(alerts.Alert.evidence).where(alerts.Alert.level == alerts.AlertLevel.WARN))
    assert {row.evidence["lotCode"] for row in rows if "lotCode" in row.evidence} == {"soon", "later"}
    await adjust(work, variant, warehouse, -2)
    await inventory.scan_stock(work)
    assert await open_now(work) == set()
