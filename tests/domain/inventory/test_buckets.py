import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from domain import inventory
from domain.inventory.models import Claim, StockBucket, StockItem
from domain.inventory.statements import FREE, FREE_OF_ITEM
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Sessions, Work, begin, system, tried
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, broken, item, stock

UNPAID, TO_REVIEW, TO_SHIP, _ = inventory.ClaimClass
PROMISED = ("on_hand", "unpaid", "to_review", "to_ship", "blocked", "available")


async def level(work: Work, variant: UUID) -> dict[str, Quantity]:
    """Look as everybody does."""
    found = inventory.levels_at(None).where(StockItem.variant_id == variant)
    (row,) = await work.rows(found)
    return {name: getattr(row, name) for name in PROMISED}


async def room(work: Work, variant: UUID) -> Quantity:
    total = await work.session.scalar(select(func.sum(StockBucket.room)).where(StockBucket.variant_id == variant))
    return total or Quantity(0)


async def test_nobody_notices_that_a_variant_is_split(work: Work) -> None:
    warehouse, plain, hot = await a_warehouse(work), await a_variant(work), await a_variant(work)
    for variant in (plain, hot):
        await stock(work, variant, warehouse, 100)
    await inventory.split_stock(work, hot, warehouse, 4)

    async def both(expected_room: int) -> None:
        there = await level(work, hot)
        assert there == await level(work, plain)
        assert await room(work, hot) == Quantity(expected_room)
        free = text(f"SELECT {FREE_OF_ITEM} FROM stock_items AS item WHERE variant_id = :id")  # noqa: S608
        assert Quantity(await work.session.scalar(free, {"id": hot})) == there["available"]
        assert await work.session.scalar(select(FREE).where(StockItem.variant_id == hot)) == there["available"]
        assert await broken(work) == {}

    for line in ((a_line(hot), a_line(plain)), (a_line(hot, 3), a_line(plain, 3))):
        for each in line:
            await inventory.claim(work, uuid4(), [warehouse], [each], TO_REVIEW)
    await both(48 - 3)
    orders = {variant: uuid4() for variant in (plain, hot)}
    for variant, order in orders.items():
        await inventory.claim(work, order, [warehouse], [a_line(variant, 2)], UNPAID)
        await inventory.promote(work, [order], TO_SHIP)
    await both(45 + 24)
    for variant in (plain, hot):
        asked = [inventory.ClaimRequest(uuid4(), [warehouse], [a_line(variant, 5)]) for _ in range(2)]
        outcomes = await inventory.claim_in_bulk(work, asked, TO_REVIEW)
        assert all(each.warehouse_id == warehouse for each in outcomes.values())
    await both(69 - 10)
    for order in orders.values():
        await inventory.release(work, [order])
    await both(59)
    for variant in (plain, hot):
        await adjust(work, variant, warehouse, -80)
    await both(0)


async def test_all_of_it_can_be_sold_and_no_more(work: Work) -> None:
    warehouse, hot, other = await a_warehouse(work), await a_variant(work), await a_variant(work)
    await stock(work, hot, warehouse, 40)
    await stock(work, other, warehouse, 3)
    await inventory.split_stock(work, hot, warehouse, 4)
    for claim_class in (UNPAID, TO_REVIEW, TO_SHIP):
        await inventory.claim(work, uuid4(), [warehouse], [a_line(hot), a_line(other)], claim_class)
    with pytest.raises(inventory.StockShort, match=r"Only 37\.0000"):
        await inventory.claim(work, uuid4(), [warehouse], [a_line(hot, 38)], TO_REVIEW)
    await inventory.claim(work, uuid4(), [warehouse], [a_line(hot, 37)], TO_REVIEW)
    asked = inventory.ClaimRequest(uuid4(), [warehouse], [a_line(hot)])
    (outcome,) = (await inventory.claim_in_bulk(work, [asked], TO_SHIP)).values()
    assert outcome.warehouse_id is None
    assert (await level(work, hot))["available"] == Quantity(0)
    assert await broken(work) == {}


async def test_what_preorders_are_promised_is_dealt_out_to_nobody_else(work: Work) -> None:
    warehouse, hot = await a_warehouse(work), await a_variant(work)
    await inventory.split_stock(work, hot, warehouse, 4)
    order, line = uuid4(), a_line(hot, 30)
    await inventory.promise_preorders(work, [inventory.PreorderRequest(order, [warehouse], [line])])
    await stock(work, hot, warehouse, 40)
    with pytest.raises(inventory.StockShort, match=r"Only 10\.0000"):
        await inventory.claim(work, uuid4(), [warehouse], [a_line(hot, 11)], TO_REVIEW)
    await inventory.claim(work, uuid4(), [warehouse], [a_line(hot, 2)], TO_REVIEW)
    assert await room(work, hot) == Quantity(4)
    promised = inventory.Promised(line.order_line_id, hot, warehouse, line.quantity)
    asked = inventory.ClaimRequest(order, [warehouse], [line], [promised])
    assert (await inventory.claim_in_bulk(work, [asked], TO_REVIEW))[order].warehouse_id == warehouse
    there = await level(work, hot)
    assert (there["to_review"], there["available"]) == (Quantity(32), Quantity(8))
    await inventory.claim(work, uuid4(), [warehouse], [a_line(hot, 8)], TO_REVIEW)
    assert await broken(work) == {}


async def test_what_is_frozen_is_not_sold_from_a_bucket(work: Work) -> None:
    warehouse, hot = await a_warehouse(work), await a_variant(work)
    await stock(work, hot, warehouse, 40, lot="L1")
    await inventory.split_stock(work, hot, warehouse, 2)
    await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
    lot = await work.session.scalar(select(inventory.Lot.id).where(inventory.Lot.variant_id == hot))
    await inventory.freeze_lot(work, inventory.LotId(lot), "laboratory")
    with pytest.raises(inventory.StockShort):
        await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
    assert await broken(work) == {}


async def test_buckets_are_put_together_again(work: Work) -> None:
    warehouse, hot = await a_warehouse(work), await a_variant(work)
    await stock(work, hot, warehouse, 40)
    await inventory.split_stock(work, hot, warehouse, 8)
    await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
    assert (await inventory.split_stock(work, hot, warehouse, 0)).to_review == Quantity(1)
    assert await work.session.scalar(select(func.count()).select_from(StockBucket)) == 0
    assert (await item(work, hot, warehouse)).buckets == 0


@pytest.mark.parametrize("buckets", [-1, 65])
async def test_a_number_of_buckets_out_of_bounds_is_refused(work: Work, buckets: int) -> None:
    with pytest.raises(BadInput, match="0 to 64"):
        await inventory.split_stock(work, uuid4(), await a_warehouse(work), buckets)


async def test_what_is_not_there_is_not_split(work: Work) -> None:
    with pytest.raises(NotFound, match="variant"):
        await inventory.split_stock(work, uuid4(), await a_warehouse(work), 2)
    with pytest.raises(NotFound, match="warehouse"):
        await inventory.split_stock(work, await a_variant(work), inventory.WarehouseId(uuid4()), 2)


async def test_a_buyer_does_not_wait_for_another_and_the_last_piece_is_sold_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        warehouse, hot = await a_warehouse(work), await a_variant(work)
        await stock(work, hot, warehouse, 30)
        await inventory.split_stock(work, hot, warehouse, 4)
        await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
    async with begin(sessions, system("slow")) as slow:
        await inventory.claim(slow, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
        async with begin(sessions, system("quick")) as quick:
            await quick.execute(text("SET LOCAL lock_timeout = 1"))
            await inventory.claim(quick, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)

    async def once(number: int) -> bool:
        async with begin(sessions, system("buyer")) as work:
            if number % 3:
                await inventory.claim(work, uuid4(), [warehouse], [a_line(hot)], TO_REVIEW)
                return True
            asked = inventory.ClaimRequest(uuid4(), [warehouse], [a_line(hot)])
            (outcome,) = (await inventory.claim_in_bulk(work, [asked], TO_SHIP)).values()
            return outcome.warehouse_id is not None

    async def buy(number: int) -> bool:
        """Who waited for a bucket that was then too small still holds it; the victim of that begins again, as ever."""
        try:
            return await tried(lambda: once(number))
        except Refusal:
            return False

    bought = await asyncio.gather(*(buy(number) for number in range(40)))
    assert sum(bought) == 27
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        sold = select(func.sum(Claim.quantity)).where(Claim.variant_id == hot)
        assert await work.session.scalar(sold) == Quantity(30)
