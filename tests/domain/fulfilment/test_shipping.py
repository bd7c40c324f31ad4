import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment, orders
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotAllowed,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    Work,
    WrongState,
    begin,
    identifier,
    system,
)
from domain.orders.models import Hold
from tests.domain.finance.builders import statements_of
from tests.domain.fulfilment.builders import NOW, a_reviewed_order, broken, facts, waybill


def part(line: orders.OrderLine, quantity: str) -> fulfilment.ShipLine:
    return fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity(quantity))


async def status_of(work: Work, order: orders.Order) -> str:
    rows = await work.rows(text("SELECT status FROM orders WHERE id = :id"), {"id": order.id})
    return str(rows[0].status)


async def test_a_whole_order_leaves_in_one_parcel(work: Work) -> None:
    order, _ = await a_reviewed_order(work, [("3", "10.00"), ("1", "5.00")])
    parcel = await fulfilment.ship_order(work, order.id, "SF", "SF1234567890123")
    assert (str(parcel.goods_amount), str(parcel.freight_amount), str(parcel.cost_amount)) == ("15.00", "6.00", "12.00")
    assert (parcel.partial, parcel.number[:2], parcel.shipped_at) == (False, "SH", NOW)
    assert await status_of(work, order) == "SHIPPED"
    shipped = fulfilment.OrderShipped(shipment_id=parcel.id, order_id=order.id, channel_id=order.channel_id)
    assert facts(work) == [shipped]
    left = await work.rows(text("SELECT sum(on_hand) AS here, sum(to_ship) AS promised FROM stock_items"))
    assert (left[0].here, left[0].promised) == (0, 0)
    await work.close()
    assert await broken(work) == {}


async def test_parts_take_their_share_and_freight_goes_first(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work)
    parcels = []
    for quantity in ("1", "1", None):
        parts = None if quantity is None else [part(line, quantity)]
        parcels.append(await fulfilment.ship_order(work, order.id, "OTHER", waybill(), parts))
        await work.close()
    assert [str(each.goods_amount) for each in parcels] == ["3.33", "3.33", "3.34"]
    assert [str(each.freight_amount) for each in parcels] == ["6.00", "0.00", "0.00"]
    assert all(each.partial for each in parcels)
    assert await status_of(work, order) == "SHIPPED"
    assert await broken(work) == {}


async def test_a_part_leaves_the_rest_promised(work: Work) -> None:
    order, (first, _) = await a_reviewed_order(work, [("3", "10.00"), ("1", "5.00")])
    await fulfilment.ship_order(work, order.id, "OTHER", waybill(), [part(first, "2")])
    assert await status_of(work, order) == "PARTLY_SHIPPED"
    claims = await work.rows(text("SELECT quantity FROM claims WHERE order_id = :id"), {"id": order.id})
    assert sorted(str(row.quantity) for row in claims) == ["1.0000", "1.0000"]


@pytest.mark.parametrize("quantity", ["0", "-1", "3.0001"])
async def test_a_quantity_that_is_not_open_is_refused(work: Work, quantity: str) -> None:
    order, (line,) = await a_reviewed_order(work)
    with pytest.raises(BadInput) as refused:
        await fulfilment.ship_order(work, order.id, "OTHER", waybill(), [part(line, quantity)])
    assert refused.value.path == ("input", "lines", "0")


async def test_a_line_is_named_once_and_belongs_to_the_order(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work)
    _, (foreign,) = await a_reviewed_order(work)
    for parts, problem in (
        ([part(line, "1"), part(line, "1")], "twice"),
        ([part(foreign, "1")], "not an open line"),
    ):
        with pytest.raises(BadInput, match=problem):
            await fulfilment.ship_order(work, order.id, "OTHER", waybill(), parts)


async def test_nothing_is_no_parcel(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    with pytest.raises(orders.NothingToShip, match=order.number):
        await fulfilment.ship_order(work, order.id, "OTHER", waybill(), [])


async def test_a_waybill_is_used_once(work: Work) -> None:
    first, _ = await a_reviewed_order(work)
    second, _ = await a_reviewed_order(work)
    parcel = await fulfilment.ship_order(work, first.id, "SF", "SF1234567890123")
    with pytest.raises(fulfilment.WaybillUsed, match=parcel.number):
        await fulfilment.ship_order(work, second.id, "SF", "sf1234567890123")
    await fulfilment.ship_order(work, second.id, "OTHER", "SF1234567890123")


async def test_an_order_is_shipped_once(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    with pytest.raises(WrongState, match="SHIPPED"):
        await fulfilment.ship_order(work, order.id, "OTHER", waybill())


async def test_an_order_on_hold_stays(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    hold = Hold(
        order_id=order.id,
        reason=orders.HoldReason.REFUND_REQUESTED,
        evidence="buyer asks for a refund",
        opened_at=NOW,
        opened_by="platform",
    )
    work.session.add(hold)
    await work.session.flush()
    with pytest.raises(orders.OrderOnHold, match="refund"):
        await fulfilment.ship_order(work, order.id, "OTHER", waybill())


async def test_an_order_without_a_warehouse_stays(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    order.warehouse_id = None
    await work.session.flush()
    with pytest.raises(fulfilment.NoWarehouse):
        await fulfilment.ship_order(work, order.id, "OTHER", waybill())


async def test_a_parcel_that_would_be_worth_less_than_nothing_stays(work: Work) -> None:
    order, _ = await a_reviewed_order(work, [("1", "-5.00")], "0.00")
    with pytest.raises(fulfilment.WorthlessParcel, match=r"-5\.00"):
        await fulfilment.ship_order(work, order.id, "OTHER", waybill())


@pytest.mark.parametrize("scope", ["channels", "warehouses"])
async def test_what_is_not_yours_is_not_there(work: Work, scope: str) -> None:
    order, _ = await a_reviewed_order(work)
    limits: dict[str, Any] = {scope: frozenset({identifier()})}
    stranger = Actor(kind=ActorKind.STAFF, id=identifier(), name="x", permissions=frozenset({"fulfilment.*"}), **limits)
    with pytest.raises(NotFound):
        await fulfilment.ship_order(Work(session=work.session, actor=stranger, now=NOW), order.id, "OTHER", waybill())


async def test_only_who_may_ship_ships(work: Work) -> None:
    clerk = Actor(kind=ActorKind.STAFF, id=identifier(), name="clerk", permissions=frozenset({"orders.*"}))
    with pytest.raises(NotAllowed, match=r"fulfilment\.ship_order"):
        await fulfilment.ship_order(Work(session=work.session, actor=clerk, now=NOW), identifier(), "SF", "1")


async def test_two_who_ship_at_once_ship_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        order, _ = await a_reviewed_order(work)

    async def ship(number: str) -> str:
        try:
            async with begin(sessions, system("tests"), at=NOW) as work:
                await fulfilment.ship_order(work, order.id, "OTHER", number)
        except Refusal as refusal:
            return refusal.code()
        return "shipped"

    outcomes = await asyncio.gather(*(ship(waybill()) for _ in range(6)))
    assert sorted(outcomes) == ["WRONG_STATE"] * 5 + ["shipped"]
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert await broken(work) == {}


async def test_one_waybill_on_two_orders_at_once_is_on_one(sessions: Sessions) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        waiting = [(await a_reviewed_order(work))[0].id for _ in range(4)]

    async def ship(order_id: UUID) -> str:
        try:
            async with begin(sessions, system("tests"), at=NOW) as work:
                await fulfilment.ship_order(work, order_id, "OTHER", "SAME-WAYBILL")
        except Refusal as refusal:
            return refusal.code()
        return "shipped"

    outcomes = await asyncio.gather(*(ship(each) for each in waiting))
    assert sorted(outcomes) == ["WAYBILL_USED"] * 3 + ["shipped"]
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert await broken(work) == {}


async def test_a_parcel_costs_the_same_statements_however_many_lines(work: Work, engine: AsyncEngine) -> None:
    counts = []
    for lines in (1, 20):
        order, _ = await a_reviewed_order(work, [("1", "1.00")] * lines)
        with statements_of(engine) as statements:
            await fulfilment.ship_order(work, order.id, "OTHER", waybill())
            await work.close()
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 26, counts
