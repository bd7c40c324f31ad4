import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import channels, inventory
from domain.channels.models import ChannelWarehouse
from domain.kernel import Quantity, Sessions, Work, begin, system
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, counted, facts_of, stock


@pytest.mark.parametrize(
    ("base", "rule", "shown"),
    [
        (100, (80, 0, 0, None, False), 80),
        (100, (30, -5, 0, None, False), 25),
        (3, (50, 0, 2, None, True), 0),
        (3, (50, 0, 2, None, False), 2),
        (1000, (100, 0, 0, 550, False), 550),
        (10, (100, -20, 0, None, False), 0),
        (10, (100, -20, 0, None, True), 0),
        ("2.9", (100, 0, 0, None, False), 2),
        (7, (33, 0, 0, 0, False), 2),
        (0, (100, 3, 0, None, True), 3),
    ],
)
def test_the_rule_of_what_is_shown(base: int | str, rule: tuple[Any, ...], shown: int) -> None:
    assert inventory.shown_quantity(Quantity(base), *rule) == Quantity(shown)


async def a_channel(work: Work, warehouses: list[inventory.WarehouseId], percent: int = 100) -> channels.Channel:
    channel = channels.Channel(
        code=f"C-{uuid4().hex[:8]}",
        name="店",
        platform=channels.Platform.TMALL,
        shown_percent=percent,
        created_at=work.now,
    )
    work.session.add(channel)
    await work.session.flush()
    for priority, warehouse in enumerate(warehouses):
        work.session.add(ChannelWarehouse(channel_id=channel.id, warehouse_id=warehouse, priority=priority))
    await work.session.flush()
    return channel


async def a_listing(work: Work, channel: channels.Channel, variant: UUID) -> UUID:
    listing = channels.Listing(
        channel_id=channel.id,
        variant_id=variant,
        external_item=uuid4().hex,
        external_sku=uuid4().hex,
        seller_code="S",
        created_at=work.now,
    )
    work.session.add(listing)
    await work.session.flush()
    return listing.id


async def shown(work: Work, *listings: UUID) -> list[tuple[str, int]]:
    columns = (channels.Listing.id, channels.Listing.shown_quantity, channels.Listing.stock_version)
    rows = {row.id: row for row in await work.rows(select(*columns))}
    return [(str(rows[each].shown_quantity), rows[each].stock_version) for each in listings]


async def test_each_listing_shows_its_share_of_its_own_warehouses(work: Work, engine: AsyncEngine) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    defective = await a_warehouse(work, sellable=False)
    for warehouse, quantity in ((near, 10), (far, 20), (defective, 40)):
        await stock(work, variant, warehouse, quantity)
    both, one = await a_channel(work, [near, far, defective]), await a_channel(work, [near], percent=50)
    listings = [await a_listing(work, channel, variant) for channel in (both, one, one)]
    await inventory.show_listed(work, channels.VariantsListed(channel_id=one.id, variant_ids=(uuid4(),)))
    await work.session.flush()
    with counted(engine) as statements:
        await inventory.refresh_shown_stock(work, inventory.StockChanged(variant_ids=(variant,)))
    assert len(statements) == 5
    assert await shown(work, *listings) == [("30.0000", 1), ("5.0000", 1), ("5.0000", 1)]
    owed = facts_of(work, channels.StockPushOwed)
    assert {fact.channel_id for fact in owed} == {both.id, one.id}
    await inventory.claim(work, uuid4(), [far], [a_line(variant, 4)], inventory.ClaimClass.TO_REVIEW)
    assert await inventory.show_free_stock(work, [variant]) == 1
    assert await inventory.show_free_stock(work, [variant]) == 0
    assert await shown(work, *listings) == [("26.0000", 2), ("5.0000", 1), ("5.0000", 1)]
    assert await inventory.show_free_stock(work, [await a_variant(work)]) == 0


async def test_refreshing_at_once_ends_with_what_is_free(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await a_variant(work), await a_warehouse(work)
        await stock(work, variant, warehouse, 100)
        listing = await a_listing(work, await a_channel(work, [warehouse]), variant)

    async def sell_and_show() -> None:
        async with begin(sessions, system("seller")) as work:
            await adjust(work, variant, warehouse, -1)
        async with begin(sessions, system("reaction")) as work:
            await inventory.show_free_stock(work, [variant])

    await asyncio.gather(*(sell_and_show() for _ in range(20)))
    async with begin(sessions, system("tests")) as work:
        assert (await shown(work, listing))[0][0] == "80.0000"
