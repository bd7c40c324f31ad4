"""What became of parcels at their buyers: said once, and the order is delivered when all of it is."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import feedback, fulfilment
from domain.feedback import TradeProgress
from domain.fulfilment import INVARIANTS, DeliveryOutcome
from domain.kernel import BadInput, NotFound, Work
from tests.domain.fulfilment.builders import a_reviewed_order
from tests.domain.fulfilment.test_returning import back
from tests.domain.fulfilment.test_telling import ship

SIGNED, REFUSED, RETURNED = DeliveryOutcome


async def told(work: Work, order_id: UUID) -> tuple[TradeProgress, str | None] | None:
    (trade,) = await feedback.trades_to_tell(work, order_id)
    owed = await feedback.state_to_tell(work, trade)
    return None if owed is None else (owed.state, owed.reason)


async def test_an_order_is_delivered_when_all_its_parcels_are(work: Work) -> None:
    order, (first, second) = await a_reviewed_order(work, [("1", "1.00"), ("2", "2.00")])
    early = await ship(work, order, (first, "1"))
    await fulfilment.record_delivery(work, early.id, SIGNED, remark="前台代收")
    assert (order.status, await told(work, order.id)) == ("PARTLY_SHIPPED", None)
    late = await ship(work, order, (second, "2"))
    assert await told(work, order.id) is None
    work.facts.clear()
    for _ in range(2):
        await fulfilment.record_delivery(work, late.id, SIGNED)
    assert (order.status, late.delivered_at) == ("DELIVERED", work.now)
    assert await told(work, order.id) == (TradeProgress.DELIVERED, None)
    heard = fulfilment.ParcelDelivered(shipment_id=late.id, order_id=order.id, channel_id=order.channel_id)
    assert work.facts == [heard], "said twice, it is one fact"
    with pytest.raises(fulfilment.DeliveredOtherwise) as refusal:
        await fulfilment.record_delivery(work, late.id, RETURNED)
    assert refusal.value.path == ("input", "outcome")
    assert [row for rule in INVARIANTS.values() for row in await work.rows(text(rule))] == []


async def test_what_was_not_taken_says_so_and_comes_back(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    parcel = await ship(work, order)
    await fulfilment.note_delivered(work, order.id, parcel.warehouse_id, REFUSED, work.now - timedelta(days=9))
    assert (parcel.delivery, parcel.delivered_at) == (REFUSED, parcel.shipped_at), "not before it left"
    assert await told(work, order.id) == (TradeProgress.UNDELIVERED, f"拒收 {parcel.waybill}")
    found = text("SELECT kind, resolved_at IS NULL FROM alerts WHERE place_id = :id")
    assert [tuple(row) for row in await work.rows(found, {"id": parcel.id})] == [("PARCEL_REFUSED", True)]
    await fulfilment.record_delivery(work, parcel.id, RETURNED)
    assert order.status == "SHIPPED"
    assert [tuple(row) for row in await work.rows(found, {"id": parcel.id})] == [("PARCEL_REFUSED", False)]
    assert await told(work, order.id) == (TradeProgress.UNDELIVERED, f"退回 {parcel.waybill}")


async def test_nobody_looks_any_more_for_what_was_not_taken_once_it_is_in_stock_again(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work)
    parcel = await ship(work, order)
    await fulfilment.record_delivery(work, parcel.id, REFUSED)
    await fulfilment.receive_return(work, back(parcel, parcel.warehouse_id, line, str(line.quantity)))
    found = text("SELECT kind FROM alerts WHERE place_id = :id AND resolved_at IS NULL")
    assert await work.rows(found, {"id": parcel.id}) == []


async def test_what_cannot_be_is_refused_at_its_field(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    with pytest.raises(fulfilment.NothingLeftYet):
        await fulfilment.note_delivered(work, order.id, order.warehouse_id or order.id, SIGNED, work.now)
    parcel = await ship(work, order)
    for at in (parcel.shipped_at - timedelta(seconds=1), work.now + timedelta(seconds=1)):
        with pytest.raises(BadInput) as refusal:
            await fulfilment.record_delivery(work, parcel.id, SIGNED, at)
        assert refusal.value.path == ("input", "deliveredAt")
    work.actor = replace(work.actor, channels=frozenset())
    with pytest.raises(NotFound):
        await fulfilment.record_delivery(work, parcel.id, SIGNED)
