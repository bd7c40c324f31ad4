from uuid import UUID, uuid4

from sqlalchemy import select

from domain import alerts, inventory
from domain.kernel import Quantity, Work
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, facts_of, stock

TO_REVIEW = inventory.ClaimClass.TO_REVIEW


async def waiting(work: Work) -> list[set[str]]:
    """List the orders that each open alert names."""
    rows = await work.rows(
        select(alerts.Alert.evidence, alerts.Alert.kind, alerts.Alert.level).where(alerts.Alert.resolved_at.is_(None))
    )
    assert {(row.kind.value, row.level.value) for row in rows} <= {("OVERSOLD", "SEVERE")}
    return [set(row.evidence["waiting"]) for row in rows]


async def look(work: Work, variant: UUID) -> list[set[str]]:
    await inventory.watch_stock(work, inventory.StockChanged(variant_ids=(variant,)))
    return await waiting(work)


async def run_short(work: Work, variant: UUID, warehouse: UUID, quantity: int) -> inventory.ClaimRequest:
    request = inventory.ClaimRequest(uuid4(), [warehouse], [a_line(variant, quantity)])
    await inventory.claim_in_bulk(work, [request], TO_REVIEW)
    await inventory.watch_shortage(work, facts_of(work, inventory.StockRanShort)[-1])
    return request


async def test_an_order_that_waits_is_oversold_until_enough_is_free(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 2)
    request = await run_short(work, variant, warehouse, 5)
    await inventory.watch_shortage(work, facts_of(work, inventory.StockRanShort)[-1])
    assert await look(work, variant) == [{str(request.order_id)}]
    await stock(work, variant, warehouse, 2)
    assert await look(work, variant) == [{str(request.order_id)}]
    await stock(work, variant, warehouse, 1)
    assert await look(work, variant) == []
    await inventory.watch_shortage(work, facts_of(work, inventory.StockRanShort)[-1])
    assert await waiting(work) == []


async def test_the_alert_stays_until_the_last_order_is_served(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 2)
    first, second = [await run_short(work, variant, warehouse, 5) for _ in range(2)]
    assert await waiting(work) == [{str(first.order_id), str(second.order_id)}]
    await stock(work, variant, warehouse, 3)
    await inventory.claim(work, first.order_id, [warehouse], first.lines, TO_REVIEW)
    assert await look(work, variant) == [{str(second.order_id)}]
    await stock(work, variant, warehouse, 5)
    await inventory.claim(work, second.order_id, [warehouse], second.lines, TO_REVIEW)
    assert await look(work, variant) == []


async def test_an_order_that_was_served_meanwhile_raises_nothing(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 2)
    request = inventory.ClaimRequest(uuid4(), [warehouse], [a_line(variant, 5)])
    await inventory.claim_in_bulk(work, [request], TO_REVIEW)
    await stock(work, variant, warehouse, 3)
    await inventory.claim(work, request.order_id, [warehouse], request.lines, TO_REVIEW)
    await inventory.watch_shortage(work, facts_of(work, inventory.StockRanShort)[-1])
    assert await waiting(work) == []


async def test_a_cancelled_order_no_longer_waits(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 2)
    first, second = [await run_short(work, variant, warehouse, 5) for _ in range(2)]
    await inventory.shortage_ended(work, [uuid4(), first.order_id])
    assert await waiting(work) == [{str(second.order_id)}]
    await inventory.shortage_ended(work, [second.order_id])
    assert await waiting(work) == []


async def test_each_warehouse_has_its_own_alert_and_none_means_any(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    for warehouse in (near, far):
        await stock(work, variant, warehouse, 1)
        await run_short(work, variant, warehouse, 5)
    short = inventory.StockRanShort(
        variant_id=variant, order_id=uuid4(), warehouse_id=None, wanted=Quantity(5), available=Quantity(1)
    )
    await inventory.watch_shortage(work, short)
    assert len(await waiting(work)) == 3
    await stock(work, variant, near, 4)
    assert len(await look(work, variant)) == 1
    await adjust(work, variant, near, -5)
    assert len(await look(work, variant)) == 1
