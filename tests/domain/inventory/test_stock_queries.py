from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import inventory
from domain.kernel import Actor, ActorKind, PageRequest, Quantity, Read, Sessions, begin, system
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, stock

MONDAY = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


class Shop:
    """Two variants in two warehouses: received on Monday, changed on Tuesday."""

    def __init__(self) -> None:
        self.glove = self.mask = uuid4()
        self.near = self.far = inventory.WarehouseId(uuid4())


@pytest.fixture
async def shop(sessions: Sessions) -> Shop:
    shop = Shop()
    async with begin(sessions, system("monday"), at=MONDAY) as work:
        shop.glove, shop.mask = await a_variant(work, "GLOVE-100%"), await a_variant(work, "MASK")
        shop.near, shop.far = await a_warehouse(work), await a_warehouse(work)
        await stock(work, shop.glove, shop.near, 10, "2", lot="A", expires=date(2027, 1, 1))
        await stock(work, shop.mask, shop.near, 5, "1")
        await stock(work, shop.mask, shop.far, 7, "1")
    async with begin(sessions, system("tuesday"), at=TUESDAY) as work:
        await adjust(work, shop.glove, shop.near, -4)
        await inventory.claim(work, uuid4(), [shop.near], [a_line(shop.mask, 3)], inventory.ClaimClass.TO_REVIEW)
        await inventory.set_stock_limits(
            work,
            inventory.StockLimits(
                variant_id=shop.mask, warehouse_id=shop.near, safety=Quantity(3), maximum=Quantity(100)
            ),
        )
    return shop


def scoped(read: Read, *warehouses: UUID) -> Read:
    actor = Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="picker",
        permissions=frozenset(),
        warehouses=frozenset(warehouses),
    )
    return Read(engine=read.engine, actor=actor)


async def levels(
    read: Read, as_of: datetime | None = None, **where: Any
) -> dict[tuple[UUID, UUID], tuple[str, str, str]]:
    page = await inventory.stock_levels(read, inventory.StockFilter(**where), PageRequest(first=50), as_of)
    assert await page.count() == len(page.rows)
    return {
        (row.variant_id, row.warehouse_id): (str(row.on_hand), str(row.available), str(row.value)) for row in page.rows
    }


async def test_stock_now_and_at_any_past_moment(read: Read, shop: Shop) -> None:
    assert await levels(read) == {
        (shop.glove, shop.near): ("6.0000", "6.0000", "12.00"),
        (shop.mask, shop.near): ("5.0000", "2.0000", "5.00"),
        (shop.mask, shop.far): ("7.0000", "7.0000", "7.00"),
    }
    before = await levels(read, MONDAY + timedelta(hours=1), variants=[shop.glove])
    assert before == {(shop.glove, shop.near): ("10.0000", "None", "20.00")}
    assert await levels(read, MONDAY - timedelta(hours=1)) == {}


async def test_stock_is_filtered(read: Read, shop: Shop) -> None:
    assert set(await levels(read, warehouses=[shop.far])) == {(shop.mask, shop.far)}
    assert set(await levels(read, sku_contains="love-100%")) == {(shop.glove, shop.near)}
    assert await levels(read, sku_contains="%") == await levels(read, sku_contains="GLOVE")
    assert set(await levels(read, only_abnormal=True)) == {(shop.mask, shop.near)}


async def test_stock_is_read_in_pages(read: Read, shop: Shop) -> None:
    everything = list(await levels(read))
    first = await inventory.stock_levels(read, inventory.StockFilter(), PageRequest(first=2))
    rest = await inventory.stock_levels(read, inventory.StockFilter(), PageRequest(first=2, after=first.cursors[-1]))
    assert (first.has_next, rest.has_next) == (True, False)
    assert [(row.variant_id, row.warehouse_id) for row in (*first.rows, *rest.rows)] == sorted(everything)
    assert shop.mask in {key[0] for key in everything}


async def test_a_foreign_warehouse_is_not_there(read: Read, shop: Shop) -> None:
    mine = scoped(read, shop.far)
    assert set(await levels(mine)) == {(shop.mask, shop.far)}
    found = await inventory.stock_of_variants(mine, [shop.glove, shop.mask])
    assert found[shop.glove] == []
    assert [row.warehouse_id for row in found[shop.mask]] == [shop.far]
    ids = {row.id: row.warehouse_id for row in (await inventory.stock_of_variants(read, [shop.mask]))[shop.mask]}
    seen = await inventory.stock_levels_by_id(mine, list(ids))
    assert [row.warehouse_id for row in seen.values()] == [shop.far]
    assert set(await inventory.warehouses_by_id(mine, [shop.near, shop.far])) == {shop.far}
    assert [row.id for row in (await inventory.warehouses(mine, PageRequest())).rows] == [shop.far]
    moved = await inventory.stock_movements(mine, inventory.MovementFilter(), PageRequest())
    assert {row.warehouse_id for row in moved.rows} == {shop.far}
    assert await inventory.lots_of_variants(mine, [shop.glove]) == {shop.glove: []}


async def test_movements_newest_first(read: Read, shop: Shop) -> None:
    async def moved(**where: Any) -> list[tuple[UUID, str]]:
        page = await inventory.stock_movements(read, inventory.MovementFilter(**where), PageRequest(first=50))
        return [(row.variant_id, str(row.quantity)) for row in page.rows]

    assert await moved() == [
        (shop.glove, "-4.0000"),
        (shop.mask, "7.0000"),
        (shop.mask, "5.0000"),
        (shop.glove, "10.0000"),
    ]
    assert await moved(variants=[shop.glove]) == [(shop.glove, "-4.0000"), (shop.glove, "10.0000")]
    assert await moved(kinds=[inventory.MovementKind.ADJUSTMENT_OUT]) == [(shop.glove, "-4.0000")]
    assert await moved(from_at=TUESDAY) == [(shop.glove, "-4.0000")]
    assert await moved(to_at=TUESDAY, warehouses=[shop.far]) == [(shop.mask, "7.0000")]


async def test_documents_and_lots_are_found(read: Read, shop: Shop) -> None:
    newest = (await inventory.stock_movements(read, inventory.MovementFilter(), PageRequest(first=1))).rows[0]
    document = newest.document_id
    assert (await inventory.stock_documents_by_id(read, [document]))[document].reason == "found"
    lines = (await inventory.movements_of_documents(read, [document, uuid4()]))[document]
    assert [row.id for row in lines] == [newest.id]
    (lot,) = (await inventory.lots_of_variants(read, [shop.glove]))[shop.glove]
    assert (lot.code, str(lot.on_hand), lot.expires_on) == ("A", "6.0000", date(2027, 1, 1))
