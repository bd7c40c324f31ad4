"""No sale within some days of expiry: what is too near is there and not for sale, to the day and whoever sells."""

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update

from domain import catalogue, inventory
from domain.inventory.lots import NewLot, lots_named
from domain.inventory.models import Lot
from domain.inventory.refused_postings import LotsBlocked
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Sessions, Work, begin, system, tried
from tests.conftest import NOW
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, broken, item, stock
from tests.domain.inventory.test_lot_status import claimed, lot_of, ship, state
from tests.domain.inventory.test_shown_stock import a_channel, a_listing, shown

TODAY = date(2026, 11, 11)


async def banned(work: Work, days: int | None, **of: Any) -> None:
    await inventory.set_watch_policy(work, inventory.WatchRules(sale_ban_days=days, **of))


async def near_and_far(work: Work) -> tuple[UUID, inventory.WarehouseId]:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, lot="FAR", expires=TODAY + timedelta(days=400))
    await stock(work, variant, warehouse, 7, lot="NEAR", expires=TODAY + timedelta(days=30))
    return variant, warehouse


async def test_what_is_too_near_is_there_and_not_for_sale(work: Work) -> None:
    variant, warehouse = await near_and_far(work)
    await banned(work, 30)
    assert await state(work, variant, warehouse) == "12.0000 / 0.0000"
    await banned(work, 31)
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"
    with pytest.raises(inventory.StockShort, match="Only 5"):
        await claimed(work, variant, warehouse, 6)
    line = await claimed(work, variant, warehouse, 5)
    await ship(work, warehouse, line)  # Of the far one, although the other expires first.
    assert await state(work, variant, warehouse) == "7.0000 / 7.0000"
    await adjust(work, variant, warehouse, -3)  # It may be written off without naming it.
    assert await state(work, variant, warehouse) == "4.0000 / 4.0000"
    await stock(work, variant, warehouse, 2, lot="NEAR", expires=TODAY + timedelta(days=30))
    await stock(work, variant, warehouse, 1, lot="ALSO", expires=TODAY + timedelta(days=3))
    assert await state(work, variant, warehouse) == "7.0000 / 7.0000"
    await banned(work, None)
    assert await state(work, variant, warehouse) == "7.0000 / 0.0000"
    await claimed(work, variant, warehouse, 7)


async def test_the_last_day_ends_by_the_clock_and_shipping_knows_it_before(work: Work) -> None:
    variant, warehouse = await near_and_far(work)
    await banned(work, 10)
    work.now += timedelta(days=20)  # The last day of sale.
    line, other = await claimed(work, variant, warehouse, 6), await claimed(work, variant, warehouse, 5)
    await inventory.end_sales(work)
    assert await state(work, variant, warehouse) == "12.0000 / 0.0000"
    work.now += timedelta(days=1)
    with pytest.raises(inventory.LotsExpired, match="Only 5"):
        async with work.session.begin_nested():
            await ship(work, warehouse, line)
    await inventory.end_sales(work)
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"
    await ship(work, warehouse, other)
    assert await state(work, variant, warehouse) == "7.0000 / 7.0000"


async def test_a_transfer_takes_what_is_too_near_only_when_it_is_named(work: Work) -> None:
    variant, warehouse, other = *(await near_and_far(work)), await a_warehouse(work)
    await banned(work, 60)

    async def sent(quantity: int, lot: inventory.LotId | None = None) -> None:
        line = inventory.TransferredLine(variant_id=variant, quantity=Quantity(quantity), lot_id=lot)
        wanted = inventory.Transfer(from_warehouse_id=warehouse, to_warehouse_id=other, reason="returns", lines=[line])
        await inventory.transfer_stock(work, wanted)

    with pytest.raises(LotsBlocked, match="Only 5"):
        await sent(6)
    await sent(2)
    await sent(7, await lot_of(work, "NEAR"))
    assert await state(work, variant, other) == "9.0000 / 7.0000"


async def test_goods_have_their_own_ban_and_take_it_along_to_another_category(work: Work) -> None:
    variant, warehouse = await near_and_far(work)
    drugs = catalogue.Category(code="drugs", name="药品", path="/drugs")
    work.session.add(drugs)
    await work.session.flush()
    await banned(work, 90, category_id=drugs.id)
    await inventory.follow_sale_ends(work)
    assert await state(work, variant, warehouse) == "12.0000 / 0.0000"
    row = await work.session.get_one(catalogue.Variant, variant)
    (await work.session.get_one(catalogue.Product, row.product_id)).category_id = drugs.id
    await work.session.flush()
    await inventory.follow_sale_ends(work)
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"
    await banned(work, 5, product_id=row.product_id)
    assert await state(work, variant, warehouse) == "12.0000 / 0.0000"
    near = await work.session.get_one(Lot, await lot_of(work, "NEAR"), populate_existing=True)
    assert near.sold_until == TODAY + timedelta(days=25)


async def test_a_ban_is_no_matter_of_one_warehouse(work: Work) -> None:
    with pytest.raises(BadInput, match="sold nowhere") as refused:
        await banned(work, 30, warehouse_id=await a_warehouse(work))
    assert refused.value.path == ("input", "saleBanDays")
    with pytest.raises(NotFound):
        await banned(work, 30, product_id=uuid4())


async def test_what_ends_while_all_sell_and_receive_is_counted_to_the_piece(sessions: Sessions) -> None:
    """Sixteen buyers, receipts of the lot and of new ones, and the clock: nothing of it is promised afterwards."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        variant, warehouse = await near_and_far(work)
        await banned(work, 10)
    last, after = NOW + timedelta(days=20), NOW + timedelta(days=21)

    async def buy(_: int) -> None:
        async with begin(sessions, system("buyer"), at=last) as work:
            await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 1)], inventory.ClaimClass.TO_REVIEW)

    async def receive(number: int) -> None:
        async with begin(sessions, system("clerk"), at=last) as work:
            code = "NEAR" if number % 2 else f"NEW{number}"
            await stock(work, variant, warehouse, 1, lot=code, expires=TODAY + timedelta(days=30))

    async def end(_: int) -> None:
        async with begin(sessions, system("clock"), at=after) as work:
            await inventory.end_sales(work)

    async def at_once(step: Any, number: int) -> bool:
        try:
            await tried(partial(step, number))
        except Refusal:
            return False
        return True

    await asyncio.gather(
        *(at_once(buy, each) for each in range(16)),
        *(at_once(receive, each) for each in range(8)),
        *(at_once(end, each) for each in range(2)),
    )
    await end(0)  # What was received by somebody who began before, and ended after.
    async with begin(sessions, system("tests"), at=after) as work:
        assert await broken(work) == {}
        found = await item(work, variant, warehouse)
        assert (str(found.on_hand), str(found.blocked)) == ("20.0000", "15.0000")
        with pytest.raises(inventory.StockShort):
            await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 6)], inventory.ClaimClass.TO_REVIEW)


async def test_no_lot_slips_past_a_rule_that_changes_while_it_is_made(sessions: Sessions) -> None:
    """Somebody names a new lot and has not posted it when the rule changes: the rule waits for him."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        variant, warehouse = await near_and_far(work)

    async def rule() -> None:
        async with begin(sessions, system("planner"), at=NOW) as work:
            await banned(work, 31)

    async with begin(sessions, system("clerk"), at=NOW) as work:
        expires = TODAY + timedelta(days=30)
        await lots_named(work, [NewLot(variant_id=variant, code="NEW", produced_on=None, expires_on=expires)])
        changing = asyncio.ensure_future(rule())
        waiting = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
        while not changing.done() and not (await work.rows(waiting))[0][0]:
            await asyncio.wait([changing], timeout=0.01)
        await stock(work, variant, warehouse, 1, lot="NEW", expires=expires)
    await changing
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert await state(work, variant, warehouse) == "13.0000 / 8.0000"


async def test_the_audit_finds_a_sale_after_the_last_day_and_a_lot_that_was_not_counted(work: Work) -> None:
    variant, warehouse = await near_and_far(work)
    await ship(work, warehouse, await claimed(work, variant, warehouse, 1))
    assert await broken(work) == {}
    await work.session.flush()
    sold = update(Lot).where(Lot.code == "NEAR")
    since = work.now - timedelta(days=2)
    await work.execute(sold.values(sold_until=TODAY - timedelta(days=1), sold_until_since=since))
    assert [name[:3] for name in await broken(work)] == ["I19"]
    await work.execute(sold.values(sale_ended=True, sold_until_since=work.now + timedelta(days=1)))
    assert [name[:2] for name in await broken(work)] == ["I6"]


async def test_shops_show_only_what_may_still_be_sold(work: Work) -> None:
    variant, warehouse = await near_and_far(work)
    listing = await a_listing(work, await a_channel(work, [warehouse]), variant)
    await banned(work, 10)
    await inventory.show_free_stock(work, [variant])
    assert (await shown(work, listing))[0][0] == "12.0000"
    work.now += timedelta(days=21)
    await work.close()
    heard = select(func.count()).select_from(text("events")).where(text("name = 'inventory.StockChanged'"))
    before = (await work.rows(heard))[0][0]
    await inventory.end_sales(work)
    await work.close()  # The clock tells of it, so that shops hear.
    assert (await work.rows(heard))[0][0] == before + 1
    await inventory.show_free_stock(work, [variant])
    assert (await shown(work, listing))[0][0] == "5.0000"
