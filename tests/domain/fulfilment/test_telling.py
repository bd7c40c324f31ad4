from typing import Any

from sqlalchemy import text

from domain import fulfilment, orders
from domain.kernel import Quantity, Work
from tests.domain.fulfilment.builders import a_reviewed_order, waybill


async def ship(work: Work, order: orders.Order, *parts: tuple[orders.OrderLine, str]) -> Any:
    lines = [fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity(quantity)) for line, quantity in parts]
    return await fulfilment.ship_order(work, order.id, "OTHER", waybill(), lines or None)


async def test_a_whole_order_is_told_without_line_numbers(work: Work) -> None:
    order, _ = await a_reviewed_order(work, [("1", "1.00"), ("2", "2.00")])
    parcel = await ship(work, order)
    (told,) = await fulfilment.shipments_to_tell(work, parcel.id)
    assert (told.external_number, told.carrier_code, told.waybill) == (order.external_number, "OTHER", parcel.waybill)
    assert told.line_numbers is None
    assert [(line.external_number, str(line.quantity)) for line in told.lines] == [
        ("oid-1", "1.0000"),
        ("oid-2", "2.0000"),
    ]


async def test_a_partial_parcel_is_told_with_its_sub_orders(work: Work) -> None:
    order, (first, second) = await a_reviewed_order(work, [("1", "1.00"), ("2", "2.00")])
    early, late = await ship(work, order, (second, "2")), await ship(work, order, (first, "1"))
    told = [(await fulfilment.shipments_to_tell(work, parcel.id))[0] for parcel in (early, late)]
    assert [each and each.line_numbers for each in told] == [("oid-2",), ("oid-1",)]


async def test_a_sub_order_is_told_once_although_it_leaves_in_two_parcels(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work, [("2", "2.00")])
    early, late = await ship(work, order, (line, "1")), await ship(work, order)
    (told,) = await fulfilment.shipments_to_tell(work, early.id)
    assert told.line_numbers == ("oid-1",)
    assert await fulfilment.shipments_to_tell(work, late.id) == []


async def test_a_number_the_platform_used_twice_is_told_as_the_platform_knows_it(work: Work) -> None:
    order, (first, second, _) = await a_reviewed_order(work, [("1", "1.00"), ("1", "1.00"), ("1", "1.00")])
    first.external_number, second.external_number = "77", "77#2"
    await work.session.flush()
    parcel = await ship(work, order, (first, "1"), (second, "1"))
    (told,) = await fulfilment.shipments_to_tell(work, parcel.id)
    assert told.line_numbers == ("77",)


async def test_what_was_told_is_not_told_again(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    parcel = await ship(work, order)
    for _ in range(2):
        await fulfilment.note_told(work, parcel.id)
    assert await fulfilment.shipments_to_tell(work, parcel.id) == []


async def test_nobody_outside_waits_for_an_order_placed_here(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    await work.execute(text("UPDATE orders SET external_number = NULL WHERE id = :id"), {"id": order.id})
    parcel = await ship(work, order)
    assert await fulfilment.shipments_to_tell(work, parcel.id) == []
