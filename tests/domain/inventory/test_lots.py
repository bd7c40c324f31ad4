from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import inventory
from domain.inventory.lots import LotStock, first_expired_first_out, today
from domain.inventory.models import Lot
from domain.kernel import Quantity, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, stock


def a_lot(quantity: int, expires: date | None = None) -> LotStock:
    return LotStock(inventory.LotId(uuid4()), expires, Quantity(quantity))


def test_what_expires_first_goes_first_and_what_never_does_goes_last() -> None:
    never, late, soon = a_lot(5), a_lot(5, date(2027, 1, 1)), a_lot(2, date(2026, 12, 1))
    shares = first_expired_first_out([never, late, soon], Quantity(8))
    assert [(lot, int(share.value)) for lot, share in shares] == [(soon, 2), (late, 5), (never, 1)]


def test_too_little_gives_what_there_is() -> None:
    shares = first_expired_first_out([a_lot(2), a_lot(0)], Quantity(8))
    assert [int(share.value) for _, share in shares] == [2]


def test_the_day_of_the_warehouse_begins_before_the_day_of_greenwich() -> None:
    assert today(datetime(2026, 11, 10, 16, 0, tzinfo=UTC)) == date(2026, 11, 11)
    assert today(datetime(2026, 11, 10, 15, 59, tzinfo=UTC)) == date(2026, 11, 10)


async def test_a_lot_keeps_its_expiry_date(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1, lot="A1", expires=date(2027, 1, 1))
    await stock(work, variant, warehouse, 1, lot=" A1 ", expires=date(2027, 1, 1))
    await stock(work, variant, warehouse, 1, lot="A1")
    with pytest.raises(inventory.LotMismatch, match="2027-01-01") as refused:
        await stock(work, variant, warehouse, 1, lot="A1", expires=date(2027, 2, 1))
    assert refused.value.path == ("input", "lines", "0", "expiresOn")


async def test_only_the_named_lot_is_taken_out(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, lot="A1", expires=date(2020, 1, 1))
    await stock(work, variant, warehouse, 1, lot="B1", expires=date(2030, 1, 1))
    later = (await work.rows(select(Lot.id).where(Lot.code == "B1")))[0].id
    with pytest.raises(inventory.NegativeStock) as refused:
        await adjust(work, variant, warehouse, -2, lot=later)
    assert refused.value.available == Quantity(1)
    await adjust(work, variant, warehouse, -1, lot=later)
    await adjust(work, variant, warehouse, -5)
    assert await broken(work) == {}
