"""Reminders: what has waited too long is said once per level, and taken back when it is done."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain import desk, orders
from domain.alerts import Alert
from domain.kernel import Quantity, Work
from tests.domain.orders.builders import START, ShopHere, a_shop, a_trade, lines, received


async def said(work: Work, order: orders.Order) -> list[str]:
    """Say which reminders of an order are open."""
    rows = await work.rows(
        select(Alert.kind, Alert.level).where(Alert.subject_id == order.id, Alert.resolved_at.is_(None))
    )
    return sorted(f"{row.kind} {row.level}" for row in rows)


async def later(work: Work, minutes: int) -> int:
    work.now = START + timedelta(minutes=minutes)
    return await desk.remind(work)


async def a_waiting_order(work: Work, **changes: object) -> tuple[ShopHere, orders.Order]:
    shop = await a_shop(work)
    return shop, await received(work, shop, a_trade(**changes))  # type: ignore[arg-type]


async def test_first_a_warning_then_severe(work: Work) -> None:
    _, order = await a_waiting_order(work)
    for minutes, found in (
        (29, []),
        (30, ["UNREVIEWED WARN"]),
        (119, ["UNREVIEWED WARN"]),
        (120, ["UNREVIEWED SEVERE", "UNREVIEWED WARN"]),
    ):
        await later(work, minutes)
        assert await said(work, order) == found
    assert await later(work, 121) == 0


async def test_what_is_very_late_at_once_is_only_severe(work: Work) -> None:
    _, order = await a_waiting_order(work)
    await later(work, 500)
    assert await said(work, order) == ["UNREVIEWED SEVERE"]


async def test_a_promise_at_risk_is_severe_early(work: Work) -> None:
    _, order = await a_waiting_order(work, promised_ship_at=START + timedelta(minutes=250))
    await later(work, 9)
    assert await said(work, order) == []
    await later(work, 10)
    assert await said(work, order) == ["UNREVIEWED SEVERE"]


async def test_review_takes_the_reminder_back_in_the_same_transaction(work: Work) -> None:
    _, order = await a_waiting_order(work)
    await later(work, 45)
    order = await orders.review_order(work, order.id)
    await work.session.flush()
    assert await said(work, order) == []


@pytest.mark.parametrize("end", ["cancel", "platform"])
async def test_an_order_that_is_over_reminds_nobody(work: Work, end: str) -> None:
    shop, order = await a_waiting_order(work)
    await later(work, 45)
    if end == "cancel":
        await orders.cancel_order(work, order.id, "gone")
    else:
        await received(work, shop, a_trade(minute=1, status=orders.IncomingStatus.CANCELLED))
    assert await said(work, order) == []
    assert await later(work, 500) == 0


async def test_after_review_the_warehouse_is_reminded_until_it_ships(work: Work) -> None:
    _, order = await a_waiting_order(work, promised_ship_at=START + timedelta(minutes=300))
    order = await orders.review_order(work, order.id)
    await work.session.flush()
    reviewed = 60  # The fixed clock of the test stands an hour after the start.
    await later(work, reviewed + 239)
    assert await said(work, order) == []
    await later(work, reviewed + 240)
    assert await said(work, order) == ["UNPROCESSED SEVERE", "UNPROCESSED WARN"]
    line = (await lines(work, order))[0]
    await orders.note_shipment(work, order.id, {line.id: Quantity(1)}, work.now)
    await work.session.flush()
    assert await said(work, order) == []


async def test_an_order_awaiting_payment_reminds_nobody(work: Work) -> None:
    _, order = await a_waiting_order(work, status=orders.IncomingStatus.AWAITING_PAYMENT, paid_at=None)
    await later(work, 500)
    assert await said(work, order) == []


async def test_what_ended_unnoticed_is_taken_back_by_the_next_pass(work: Work) -> None:
    _, order = await a_waiting_order(work)
    await later(work, 45)
    order.status = orders.OrderStatus.CANCELLED
    await work.session.flush()
    await later(work, 46)
    assert await said(work, order) == []
