import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory
from domain.inventory.models import Claim, StockItem, Warehouse
from domain.kernel import Quantity, Sessions, Work, begin, system
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    claimed,
    counted,
    facts_of,
    item,
    stock,
)

UNPAID, TO_REVIEW, TO_SHIP, _ = inventory.ClaimClass


async def test_a_claim_takes_all_lines_from_one_warehouse(work: Work) -> None:
    first, second = await a_variant(work), await a_variant(work)
    near, far = await a_warehouse(work), await a_warehouse(work)
    for variant in (first, second):
        await stock(work, variant, far, 5)
    await stock(work, first, near, 9)
    lines = [a_line(first, 2), a_line(second, 3), a_line(first, 1)]
    assert await inventory.claim(work, uuid4(), [near, far], lines, TO_REVIEW) == far
    assert (await item(work, first, far)).to_review == Quantity(3)
    assert (await item(work, second, far)).to_review == Quantity(3)
    assert (await item(work, first, near)).to_review == Quantity(0)
    assert await claimed(work) == {
        line.order_line_id: f"TO_REVIEW {quantity}.0000" for line, quantity in zip(lines, (2, 3, 1), strict=True)
    }
    await work.close()
    assert work.closing == {}


async def test_a_shortage_is_refused_and_changes_nothing(work: Work) -> None:
    enough, little = await a_variant(work), await a_variant(work, "LITTLE")
    warehouse = await a_warehouse(work)
    await stock(work, enough, warehouse, 5)
    await stock(work, little, warehouse, 1)
    for warehouses in ([warehouse], [warehouse, await a_warehouse(work)]):
        with pytest.raises(inventory.StockShort, match=r"1\.0000 of LITTLE") as refused:
            await inventory.claim(work, uuid4(), warehouses, [a_line(enough), a_line(little, 2)], TO_SHIP)
        assert refused.value.wanted == Quantity(2)
    assert (await item(work, enough, warehouse)).to_ship == Quantity(0)
    assert await claimed(work) == {}


@pytest.mark.parametrize("state", [{"sellable": False}, {"active": False}])
async def test_a_place_that_does_not_sell_promises_nothing(work: Work, state: dict[str, bool]) -> None:
    variant, closed = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, closed, 5)
    await work.execute(update(Warehouse).where(Warehouse.id == closed).values(**state))
    with pytest.raises(inventory.StockShort):
        await inventory.claim(work, uuid4(), [closed], [a_line(variant)], TO_REVIEW)
    with pytest.raises(inventory.StockShort):
        await inventory.claim(work, uuid4(), [], [a_line(variant)], TO_REVIEW)


async def test_many_orders_claim_in_turn(work: Work) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5)
    await stock(work, variant, other, 2)
    asked = [
        inventory.ClaimRequest(uuid4(), [warehouse, other], [a_line(variant, quantity)]) for quantity in (4, 2, 3, 1)
    ]
    outcomes = await inventory.claim_in_bulk(work, asked, TO_REVIEW)
    assert [outcomes[each.order_id].warehouse_id for each in asked] == [warehouse, other, None, warehouse]
    assert outcomes[asked[2].order_id].short[0].available == Quantity(1)
    assert (await item(work, variant, warehouse)).to_review == Quantity(5)
    assert (await item(work, variant, other)).to_review == Quantity(2)
    (short,) = facts_of(work, inventory.StockRanShort)
    assert (short.order_id, short.variant_id, short.wanted) == (asked[2].order_id, variant, Quantity(3))


async def test_orders_without_any_stock_are_told_so(work: Work) -> None:
    variant = await a_variant(work)
    request = inventory.ClaimRequest(uuid4(), [], [a_line(variant)])
    outcomes = await inventory.claim_in_bulk(work, [request], TO_REVIEW)
    assert outcomes[request.order_id].warehouse_id is None
    assert len(outcomes[request.order_id].short) == 1


async def test_a_hundred_orders_cost_one_statement_or_two(work: Work, engine: AsyncEngine) -> None:
    warehouse = await a_warehouse(work)
    variants = [await a_variant(work) for _ in range(10)]
    for variant in variants:
        await stock(work, variant, warehouse, 100)
    asked = [inventory.ClaimRequest(uuid4(), [warehouse], [a_line(each) for each in variants]) for _ in range(100)]
    orders = [each.order_id for each in asked]
    await work.session.flush()
    with counted(engine) as statements:
        await inventory.claim_in_bulk(work, asked, TO_REVIEW)
    assert len(statements) == 1
    with counted(engine) as statements:
        await inventory.promote(work, orders, TO_SHIP)
        await inventory.release(work, orders)
    assert len(statements) == 2
    assert (await item(work, variants[0], warehouse)).to_ship == Quantity(0)


async def test_one_order_costs_one_statement_or_two(work: Work, engine: AsyncEngine) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 9)
    await work.session.flush()
    for warehouses in ([warehouse], [other, warehouse]):
        with counted(engine) as statements:
            await inventory.claim(work, uuid4(), warehouses, [a_line(variant)], TO_REVIEW)
        assert len(statements) == len(warehouses)


async def test_promotion_moves_the_class_once(work: Work) -> None:
    variant, warehouse, order = await a_variant(work), await a_warehouse(work), uuid4()
    await stock(work, variant, warehouse, 9)
    line = a_line(variant, 4)
    await inventory.claim(work, order, [warehouse], [line], UNPAID)
    assert await inventory.promote(work, [order], TO_REVIEW) == 1
    assert await inventory.promote(work, [order], TO_SHIP) == 1
    assert await inventory.promote(work, [order], TO_SHIP) == 0
    found = await item(work, variant, warehouse)
    assert (found.unpaid, found.to_review, found.to_ship) == (Quantity(0), Quantity(0), Quantity(4))
    assert await claimed(work) == {line.order_line_id: "TO_SHIP 4.0000"}


async def test_release_of_all_of_a_line_and_of_a_part(work: Work) -> None:
    variant, warehouse, order, other = await a_variant(work), await a_warehouse(work), uuid4(), uuid4()
    await stock(work, variant, warehouse, 9)
    kept, cut, gone, foreign = (a_line(variant, 2) for _ in range(4))
    await inventory.claim(work, order, [warehouse], [kept, cut, gone], TO_REVIEW)
    await inventory.claim(work, other, [warehouse], [foreign], TO_REVIEW)
    await inventory.release(work, [order], [cut.order_line_id, foreign.order_line_id], [Quantity("0.5"), Quantity(1)])
    await inventory.release(work, [order], [gone.order_line_id])
    assert await claimed(work) == {
        kept.order_line_id: "TO_REVIEW 2.0000",
        cut.order_line_id: "TO_REVIEW 1.5000",
        foreign.order_line_id: "TO_REVIEW 2.0000",
    }
    assert (await item(work, variant, warehouse)).to_review == Quantity("5.5")
    await inventory.release(work, [order, other])
    await inventory.release(work, [order, other])
    assert await claimed(work) == {}
    assert (await item(work, variant, warehouse)).to_review == Quantity(0)


async def test_moved_claims_stay_the_same_in_all(work: Work) -> None:
    variant, warehouse, order, target = await a_variant(work), await a_warehouse(work), uuid4(), uuid4()
    await stock(work, variant, warehouse, 9)
    split, whole, given = a_line(variant, 3), a_line(variant, 2), a_line(variant, 1)
    await inventory.claim(work, order, [warehouse], [split, whole, given], TO_REVIEW)
    part, rest = uuid4(), uuid4()
    await inventory.move_claims(
        work,
        [
            inventory.MovedClaim(split.order_line_id, target, part, Quantity(1)),
            inventory.MovedClaim(whole.order_line_id, target, whole.order_line_id, Quantity(2)),
            inventory.MovedClaim(given.order_line_id, target, rest, Quantity(1)),
        ],
    )
    rows = await work.rows(select(Claim.order_line_id, Claim.order_id, Claim.quantity))
    assert {(row.order_line_id, row.order_id, str(row.quantity)) for row in rows} == {
        (split.order_line_id, order, "2.0000"),
        (part, target, "1.0000"),
        (whole.order_line_id, target, "2.0000"),
        (rest, target, "1.0000"),
    }
    assert (await item(work, variant, warehouse)).to_review == Quantity(6)


async def sell(sessions: Sessions, warehouses: list[UUID], variant: UUID) -> bool:
    try:
        async with begin(sessions, system("buyer")) as work:
            await inventory.claim(work, uuid4(), warehouses, [a_line(variant)], TO_REVIEW)
    except inventory.StockShort:
        return False
    return True


@pytest.mark.parametrize("stocks", [(50,), (30, 20)])
async def test_two_hundred_buyers_get_exactly_fifty(sessions: Sessions, stocks: tuple[int, ...]) -> None:
    async with begin(sessions, system("tests")) as work:
        variant = await a_variant(work)
        warehouses: list[UUID] = [await a_warehouse(work) for _ in stocks]
        for warehouse, quantity in zip(warehouses, stocks, strict=True):
            await stock(work, variant, warehouse, quantity)
    sold = await asyncio.gather(*(sell(sessions, warehouses, variant) for _ in range(200)))
    assert sum(sold) == 50
    async with begin(sessions, system("tests")) as work:
        held = await work.rows(select(Claim.warehouse_id, func.sum(Claim.quantity)).group_by(Claim.warehouse_id))
        assert sorted(int(row[1].value) for row in held) == sorted(stocks)
        found = await work.rows(select(StockItem.to_review, StockItem.on_hand))
        assert all(row.to_review == row.on_hand for row in found)


async def test_baskets_in_any_order_never_deadlock(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variants, warehouse = [await a_variant(work) for _ in range(6)], await a_warehouse(work)
        for variant in variants:
            await stock(work, variant, warehouse, 1_000)

    async def buy(turn: int) -> None:
        basket = variants[turn % 6 :] + variants[: turn % 6]
        order = uuid4()
        async with begin(sessions, system("buyer")) as work:
            if turn % 3:
                await inventory.claim(work, order, [warehouse], [a_line(each) for each in basket], TO_REVIEW)
            else:
                request = inventory.ClaimRequest(order, [warehouse], [a_line(each) for each in reversed(basket)])
                await inventory.claim_in_bulk(work, [request], TO_REVIEW)
        async with begin(sessions, system("buyer")) as work:
            await inventory.promote(work, [order], TO_SHIP)
        if turn % 2:
            async with begin(sessions, system("buyer")) as work:
                await inventory.release(work, [order])

    await asyncio.gather(*(buy(turn) for turn in range(48)))
    async with begin(sessions, system("tests")) as work:
        found = await work.rows(select(StockItem.to_review, StockItem.to_ship))
        assert {(row.to_review, row.to_ship) for row in found} == {(Quantity(0), Quantity(24))}
