"""The sales of a day: every parcel in one feed, what comes late in another, and nothing is ever edited."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain import erp, fulfilment, inventory
from domain.erp import SalesFeedStatus
from domain.kernel import Quantity, Sessions, Work, begin, system
from tests.domain.erp.builders import an_erp, broken, feeds_of, next_day
from tests.domain.fulfilment.builders import NOW, a_reviewed_order, waybill

PENDING, SENT, ACKNOWLEDGED = SalesFeedStatus.PENDING, SalesFeedStatus.SENT, SalesFeedStatus.ACKNOWLEDGED


async def lines(work: Work, feed: erp.SalesFeed) -> list[tuple[str, ...]]:
    wanted = text("SELECT kind, quantity, amount, discount FROM sales_feed_lines WHERE feed_id = :id ORDER BY position")
    return [tuple(str(value) for value in row) for row in await work.rows(wanted, {"id": feed.id})]


async def test_nothing_is_written_before_the_day_has_ended(work: Work) -> None:
    partner = await an_erp(work)
    order, _ = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await erp.write_sales_feeds(work)
    assert await feeds_of(work, partner) == []
    await next_day(work)
    await erp.write_sales_feeds(work)
    (feed,) = await feeds_of(work, partner)
    assert (feed.day, feed.sequence, feed.status) == (inventory.today(NOW), 1, PENDING)
    assert (str(feed.goods_amount), str(feed.freight_amount), str(feed.cost_amount)) == ("10.00", "6.00", "9.00")
    assert await lines(work, feed) == [("SOLD", "3.0000", "10.00", "0.00")]
    assert work.facts[-1] == erp.SalesFeedOwed(feed_id=feed.id)
    assert await broken(work) == {}


async def test_written_again_there_is_nothing_new(work: Work) -> None:
    partner = await an_erp(work)
    order, _ = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await next_day(work)
    for _ in range(3):
        await erp.write_sales_feeds(work)
    assert len(await feeds_of(work, partner)) == 1


async def test_a_parcel_that_becomes_known_late_is_a_feed_of_its_own(work: Work) -> None:
    partner = await an_erp(work)
    order, (line,) = await a_reviewed_order(work)
    for late in (False, True):
        work.now = NOW
        part = [fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity(1 if not late else 2))]
        await fulfilment.ship_order(work, order.id, "OTHER", waybill(), part)
        await next_day(work)
        await erp.write_sales_feeds(work)
    first, second = await feeds_of(work, partner)
    assert [(each.day, each.sequence) for each in (first, second)] == [(first.day, 1), (first.day, 2)]
    assert [str(each.goods_amount) for each in (first, second)] == ["3.33", "6.67"]
    assert first.content_hash != second.content_hash
    assert await broken(work) == {}


async def test_a_line_that_was_paid_back_is_told_once(work: Work) -> None:
    partner = await an_erp(work)
    order, (line,) = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await next_day(work)
    await erp.write_sales_feeds(work)
    await work.execute(text("UPDATE order_lines SET refund = 'SUCCEEDED' WHERE id = :id"), {"id": line.id})
    for _ in range(2):
        await next_day(work)
        await erp.write_sales_feeds(work)
    sold, returned = await feeds_of(work, partner)
    assert (returned.day, returned.sequence) == (sold.day + timedelta(days=1), 1)
    assert (str(returned.goods_amount), str(returned.returned_amount), str(returned.returned_cost)) == (
        "0.00",
        "10.00",
        "9.00",
    )
    assert await lines(work, returned) == [("RETURNED", "3.0000", "10.00", "0.00")]
    assert await broken(work) == {}


def comes_back(
    parcel: Any, line: Any, quantity: int, condition: Any = inventory.ReturnCondition.GOOD
) -> fulfilment.ParcelReturn:
    lines = [fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))]
    return fulfilment.ParcelReturn(
        shipment_id=parcel.id, warehouse_id=parcel.warehouse_id, condition=condition, reason="?", lines=lines
    )


async def test_what_comes_back_is_told_once_whether_it_is_paid_back_before_or_after(work: Work) -> None:
    partner = await an_erp(work)
    order, (first, second) = await a_reviewed_order(work, [("3", "10.00"), ("2", "8.00")])
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await next_day(work)
    await erp.write_sales_feeds(work)
    refund = text("UPDATE order_lines SET refund = 'SUCCEEDED' WHERE id = :id")
    # One piece came back before its line was paid back whole; of the other line both came back after that.
    await fulfilment.receive_return(work, comes_back(parcel, first, 1))
    await work.execute(refund, {"id": second.id})
    for later in (True, False):
        await next_day(work)
        await erp.write_sales_feeds(work)
        if later:
            await work.execute(refund, {"id": first.id})
            await fulfilment.receive_return(work, comes_back(parcel, second, 2))
    _, back, rest = await feeds_of(work, partner)
    assert sorted(await lines(work, back)) == [
        ("RETURNED", "1.0000", "3.33", "0.00"),
        ("RETURNED", "2.0000", "8.00", "0.00"),
    ]
    assert (str(back.returned_quantity), str(back.returned_cost)) == ("3.0000", "9.00")
    assert await lines(work, rest) == [("RETURNED", "2.0000", "6.67", "0.00")]
    await next_day(work)
    await erp.write_sales_feeds(work)
    assert len(await feeds_of(work, partner)) == 3
    assert await broken(work) == {}


async def test_a_return_that_never_was_is_sold_after_all(work: Work) -> None:
    partner = await an_erp(work)
    order, (line,) = await a_reviewed_order(work)
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    wrong = await fulfilment.receive_return(work, comes_back(parcel, line, 1))
    await fulfilment.void_return(work, wrong.id, "before it was told")
    returned = await fulfilment.receive_return(work, comes_back(parcel, line, 2))
    await next_day(work)
    await erp.write_sales_feeds(work)
    await fulfilment.void_return(work, returned.id, "of another parcel")
    await next_day(work)
    await erp.write_sales_feeds(work)
    sold, again = await feeds_of(work, partner)
    assert await lines(work, sold) == [("SOLD", "3.0000", "10.00", "0.00"), ("RETURNED", "2.0000", "6.66", "0.01")]
    assert await lines(work, again) == [("SOLD", "2.0000", "6.66", "0.01")]
    await fulfilment.receive_return(work, comes_back(parcel, line, 3))
    for _ in range(2):
        await next_day(work)
        await erp.write_sales_feeds(work)
    last = (await feeds_of(work, partner))[2:]
    assert [await lines(work, each) for each in last] == [[("RETURNED", "3.0000", "10.00", "0.00")]]
    assert await broken(work) == {}


async def test_parts_of_a_discount_add_up(work: Work) -> None:
    partner = await an_erp(work)
    order, (line,) = await a_reviewed_order(work)
    await work.execute(text("UPDATE order_lines SET list_amount = 11.00 WHERE id = :id"), {"id": line.id})
    for _ in range(3):
        part = [fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity(1))]
        await fulfilment.ship_order(work, order.id, "OTHER", waybill(), part)
        await next_day(work)
    await erp.write_sales_feeds(work)
    discounts = [each.discount_amount for each in await feeds_of(work, partner)]
    assert (len(discounts), str(sum(each.value for each in discounts))) == (3, "1.00")


async def test_a_feed_is_never_edited(work: Work) -> None:
    partner = await an_erp(work)
    order, _ = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await next_day(work)
    await erp.write_sales_feeds(work)
    (feed,) = await feeds_of(work, partner)
    for table in ("sales_feed_lines", "sales_feed_sources", "sales_feed_returns"):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
            async with work.session.begin_nested():
                await work.execute(text(f"DELETE FROM {table} WHERE feed_id = :id"), {"id": feed.id})  # noqa: S608


async def a_feed(work: Work, **changes: object) -> erp.SalesFeed:
    partner = await an_erp(work, **changes)
    order, _ = await a_reviewed_order(work)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await next_day(work)
    await erp.write_sales_feeds(work)
    (feed,) = await feeds_of(work, partner)
    return feed


@pytest.mark.parametrize("told_cost", [True, False])
async def test_a_feed_is_told_until_it_is_acknowledged(work: Work, told_cost: bool) -> None:
    feed = await a_feed(work, told_cost=told_cost)
    for attempt in (1, 2):
        task = await erp.feed_to_send(work, feed.id)
        assert task is not None
        assert (feed.status, feed.attempts, task.feed.number) == (SENT, attempt, feed.number)
        assert (task.feed.lines[0].cost is not None) is told_cost
    await erp.note_feed_acknowledged(work, feed.id, "ACK1")
    assert (feed.status, feed.their_number) == (ACKNOWLEDGED, "ACK1")
    assert await erp.feed_to_send(work, feed.id) is None
    assert (await erp.resend_sales_feed(work, feed.id)).status is PENDING
    again = await erp.feed_to_send(work, feed.id)
    assert again is not None
    assert again.feed.content_hash == task.feed.content_hash


async def test_a_refused_feed_is_an_alert_until_it_is_taken(work: Work) -> None:
    feed = await a_feed(work)
    await erp.feed_to_send(work, feed.id)
    await erp.note_feed_refused(work, feed.id, "321 totals")
    wanted = text("SELECT channel_id FROM alerts WHERE kind = 'SALES_FEED_REFUSED' AND resolved_at IS NULL")
    assert [row.channel_id for row in await work.rows(wanted)] == [feed.channel_id]
    await erp.resend_sales_feed(work, feed.id)
    assert await work.rows(wanted) == []


async def test_what_stays_silent_is_told_again(work: Work) -> None:
    feed = await a_feed(work)
    await erp.feed_to_send(work, feed.id)
    await work.close()
    await erp.owe_sales_feeds(work)
    assert work.facts == []
    work.now += timedelta(minutes=11)
    await erp.owe_sales_feeds(work)
    assert work.facts == [erp.SalesFeedOwed(feed_id=feed.id)]


async def test_two_clocks_write_a_day_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        partner = await an_erp(work)
        order, _ = await a_reviewed_order(work)
        await fulfilment.ship_order(work, order.id, "OTHER", waybill())

    async def write() -> None:
        async with begin(sessions, system("tests"), at=NOW + timedelta(days=1)) as work:
            await erp.write_sales_feeds(work)

    await asyncio.gather(write(), write())
    async with begin(sessions, system("tests")) as work:
        assert [each.sequence for each in await feeds_of(work, partner)] == [1]
