"""A count far off the book raises an alert that is gone when the count is posted or given up."""

from typing import Any

import pytest

from domain import inventory, stocktaking
from domain.kernel import Quantity, Rate, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, facts_of, stock
from tests.domain.inventory.test_watch import open_now
from tests.domain.stocktaking.test_stocktakes import scan, started


async def heard(work: Work, kind: Any) -> None:
    await work.session.flush()
    await stocktaking.watch_count(work, facts_of(work, kind)[-1])


async def counted(work: Work, *found: int) -> tuple[Any, list[Any]]:
    """Count variants of which there should be 100 each, far off or not, to the end."""
    warehouse = await a_warehouse(work)
    variants = [await a_variant(work) for _ in found]
    for variant in variants:
        await stock(work, variant, warehouse, 100)
    stocktake = await started(work, warehouse, tolerance_percent=100)
    scans = [scan(variant, quantity) for variant, quantity in zip(variants, found, strict=True)]
    await stocktaking.count_stock(work, stocktake.id, scans)
    await stocktaking.close_count(work, stocktake.id)
    await heard(work, stocktaking.CountClosed)
    return stocktake, variants


async def test_only_what_is_off_by_more_than_is_tolerated_is_told(work: Work) -> None:
    await counted(work, 95, 105, 100)
    assert await open_now(work) == set()
    stocktake, _ = await counted(work, 94)
    assert await open_now(work) == {"COUNT_DIFFERENCE WARN"}
    await stocktaking.approve_stocktake(work, stocktake.id)
    await stocktaking.post_stocktake(work, stocktake.id)
    await heard(work, stocktaking.StocktakeEnded)
    assert await open_now(work) == set()


@pytest.mark.parametrize(("tolerance", "expected"), [("30", set()), ("1", {"WARN", "SEVERE"})])
async def test_the_tolerance_is_that_of_the_goods(work: Work, tolerance: str, expected: set[str]) -> None:
    rules = inventory.WatchRules(count_tolerance=Rate(tolerance), safety=Quantity(0))
    await inventory.set_watch_policy(work, rules)
    stocktake, _ = await counted(work, 80)
    assert await open_now(work) == {f"COUNT_DIFFERENCE {each}" for each in expected}
    await stocktaking.cancel_stocktake(work, stocktake.id)
    await heard(work, stocktaking.StocktakeEnded)
    assert await open_now(work) == set()
