"""Goods that come back of a parcel enter at what they had cost, where their condition allows, and never twice."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import fulfilment, inventory, orders
from domain.inventory import ReturnExceeded, WrongReturnPlace
from domain.inventory.models import Movement, StockBalance
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotAllowed,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    WrongState,
    begin,
    system,
)
from tests.domain.fulfilment.builders import a_reviewed_order, broken, waybill
from tests.domain.inventory import builders
from tests.domain.inventory.builders import worth

GOOD, DEFECTIVE = inventory.ReturnCondition.GOOD, inventory.ReturnCondition.DEFECTIVE


def back(
    parcel: Any, place: Any, line: orders.OrderLine, quantity: str, condition: Any = GOOD
) -> fulfilment.ParcelReturn:
    lines = [fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))]
    return fulfilment.ParcelReturn(
        shipment_id=parcel.id, warehouse_id=place, condition=condition, reason="too small", lines=lines
    )


async def a_parcel(work: Work) -> tuple[Any, orders.OrderLine]:
    order, (line,) = await a_reviewed_order(work, [("3", "10.00")], unit_cost="3.333333")
    return await fulfilment.ship_order(work, order.id, "OTHER", waybill()), line


async def test_it_enters_at_its_issue_cost_in_parts_to_the_cent(work: Work) -> None:
    parcel, line = await a_parcel(work)
    place = parcel.warehouse_id
    await builders.stock(work, line.variant_id, place, 1, "100")  # type: ignore[arg-type] # It has goods.
    costs, paid = [], list[str]()
    for _ in range(3):
        returned = await fulfilment.receive_return(work, back(parcel, place, line, "1"))
        paid.append(f"{returned.goods_amount} {returned.credit_amount} {returned.cost_amount}")
        found = select(Movement.cost_amount).where(Movement.document_id == returned.document_id)
        costs.append(str(await work.session.scalar(found)))
    assert costs == ["3.33", "3.34", "3.33"]
    assert paid == ["3.33 3.33 3.33", "3.33 3.33 3.34", "3.34 3.34 3.33"]
    await work.session.refresh(line)
    assert line.returned_quantity == Quantity(3)
    assert await worth(work, line.variant_id, place) == "4.0000 / 110.00"  # type: ignore[arg-type]
    with pytest.raises(ReturnExceeded, match="Only 0") as refused:
        await fulfilment.receive_return(work, back(parcel, place, line, "1"))
    assert refused.value.path == ("input", "lines", "0", "quantity")
    assert await broken(work) == {}


async def test_defective_goods_are_apart_at_their_cost_and_written_down_after(work: Work) -> None:
    parcel, line = await a_parcel(work)
    apart = await builders.a_warehouse(work, sellable=False, kind=inventory.WarehouseKind.DEFECTIVE)
    for place, condition in ((parcel.warehouse_id, DEFECTIVE), (apart, GOOD)):
        with pytest.raises(WrongReturnPlace) as refused:
            async with work.session.begin_nested():
                await fulfilment.receive_return(work, back(parcel, place, line, "2", condition))
        assert refused.value.path == ("input", "warehouseId")
    returned = await fulfilment.receive_return(work, back(parcel, apart, line, "2", DEFECTIVE))
    assert (returned.condition, str(returned.cost_amount)) == (DEFECTIVE, "6.67")
    variant: Any = line.variant_id
    assert await worth(work, variant, apart) == "2.0000 / 6.67"
    assert (await builders.item(work, variant, parcel.warehouse_id)).on_hand == Quantity(0)
    lower = inventory.LowerValue(variant_id=variant, unit_value=UnitPrice(1))
    await inventory.write_down_stock(work, apart, [lower], "scratched")
    assert await worth(work, variant, apart) == "2.0000 / 2.00"
    assert await broken(work) == {}


async def test_a_return_is_voided_and_made_again(work: Work) -> None:
    parcel, line = await a_parcel(work)
    returned = await fulfilment.receive_return(work, back(parcel, parcel.warehouse_id, line, "3"))
    with pytest.raises(inventory.StepOfAnother, match=returned.number):
        await inventory.void_stock_document(work, inventory.StockDocumentId(returned.document_id), "another parcel")
    await fulfilment.void_return(work, returned.id, "another parcel")
    with pytest.raises(WrongState, match="is voided"):
        await fulfilment.void_return(work, returned.id, "again")
    assert (line.returned_quantity, returned.voided_by) == (Quantity(0), "tests")
    await fulfilment.receive_return(work, back(parcel, parcel.warehouse_id, line, "3"))
    assert await worth(work, line.variant_id, parcel.warehouse_id) == "3.0000 / 10.00"  # type: ignore[arg-type]
    assert await broken(work) == {}


async def test_it_comes_back_in_the_lots_it_left_with(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work, [("3", "10.00")])
    variant: Any = line.variant_id
    place: Any = order.warehouse_id
    change = inventory.Line(variant_id=variant, quantity=Quantity(2), lot_code="L1")
    draft = inventory.DraftedDocument(
        kind=inventory.MovementKind.LOT_CHANGE, warehouse_id=place, reason="label", lines=[change]
    )
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await fulfilment.receive_return(work, back(parcel, place, line, "3"))
    kept = select(StockBalance.lot_id, StockBalance.on_hand).where(StockBalance.variant_id == variant)
    assert sorted(str(row.on_hand) for row in await work.rows(kept)) == ["1.0000", "2.0000"]
    assert await broken(work) == {}


async def test_what_makes_no_sense_is_refused(work: Work) -> None:
    parcel, line = await a_parcel(work)
    _, other = await a_parcel(work)
    with pytest.raises(BadInput, match="not in parcel") as refused:
        await fulfilment.receive_return(work, back(parcel, parcel.warehouse_id, other, "1"))
    assert refused.value.path == ("input", "lines", "0", "orderLineId")
    unknown = fulfilment.ParcelReturn(
        shipment_id=fulfilment.ShipmentId(uuid4()),
        warehouse_id=parcel.warehouse_id,
        condition=GOOD,
        reason="?",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(1))],
    )
    with pytest.raises(NotFound):
        await fulfilment.receive_return(work, unknown)
    work.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="nobody", permissions=frozenset())
    with pytest.raises(NotAllowed):
        await fulfilment.receive_return(work, back(parcel, parcel.warehouse_id, line, "1"))


async def test_two_who_take_back_at_once_take_back_what_left(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        parcel, line = await a_parcel(work)
        places = [parcel.warehouse_id, await builders.a_warehouse(work)]

    async def take(place: Any) -> bool:
        try:
            async with begin(sessions, system("clerk")) as work:
                await fulfilment.receive_return(work, back(parcel, place, line, "2"))
        except Refusal:
            return False
        return True

    assert sum(await asyncio.gather(*(take(place) for place in places))) == 1
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
