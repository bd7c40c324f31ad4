"""An order that must wait waits at the partner's and goes on by itself; one that changed is asked for anew."""

import asyncio

import pytest
from sqlalchemy import select

from domain import alerts, exchange, orders
from domain.exchange import PaperKind, PaperStatus, Telling
from domain.kernel import Quantity, Refusal, Sessions, Work, begin, system
from domain.orders import HoldReason
from tests.domain.exchange.builders import lines_of, papers_of
from tests.domain.exchange.test_papers import an_order, delivery, open_alerts
from tests.domain.inventory.builders import broken


async def hold(work: Work, order: orders.Order, *, on: bool = True) -> None:
    """Let an order wait for a reason, or no longer, and let its paper follow."""
    if on:
        await orders.hold_order(work, order.id, "客服核实地址")
    else:
        await orders.release_order_hold(work, order.id, HoldReason.PAUSED_BY_HAND)
    (fact,) = [each for each in work.facts if isinstance(each, orders.OrderHoldsChanged)]
    work.facts.remove(fact)
    await exchange.follow_order(work, fact)


async def telling(work: Work, paper: exchange.ExchangePaper) -> Telling | None:
    task = await exchange.paper_task(work, paper.id)
    return task.telling if task else None


async def sent(work: Work) -> tuple[orders.Order, exchange.ExchangePaper]:
    """Review an order and let its partner take it."""
    order = await an_order(work)
    paper = await delivery(work, order)
    await exchange.paper_task(work, paper.id)
    await exchange.note_paper_sent(work, paper.id, "123")
    return order, paper


async def test_a_partner_waits_with_an_order_that_waits_and_goes_on_by_itself(work: Work) -> None:
    order, paper = await sent(work)
    revised = orders.OrderRevised(channel_id=order.channel_id, order_ids=[order.id])
    await exchange.follow_revised(work, revised)
    assert await telling(work, paper) is None
    await hold(work, order)
    assert await telling(work, paper) is Telling.PAUSE
    await exchange.note_paper_paused(work, paper.id, paused=True)
    await exchange.follow_revised(work, revised)
    assert await telling(work, paper) is None
    await hold(work, order, on=False)
    assert await telling(work, paper) is Telling.RESUME
    await exchange.note_paper_paused(work, paper.id, paused=False)
    assert (await telling(work, paper), paper.status) == (None, PaperStatus.SENT)


async def test_a_hold_that_goes_while_the_partner_is_asked_to_wait_is_told_after(work: Work) -> None:
    order, paper = await sent(work)
    await hold(work, order)
    await hold(work, order, on=False)
    work.facts.clear()
    await exchange.note_paper_paused(work, paper.id, paused=True)
    assert exchange.PaperOwed(paper_id=paper.id) in work.facts
    assert await telling(work, paper) is Telling.RESUME


async def test_what_was_never_told_is_not_told_while_its_order_waits(work: Work) -> None:
    order = await an_order(work)
    paper = await delivery(work, order)
    await hold(work, order)
    assert await telling(work, paper) is None
    await hold(work, order, on=False)
    assert await telling(work, paper) is Telling.SEND
    await hold(work, order)
    assert await telling(work, paper) is Telling.SEND, "its fate is unknown"
    work.facts.clear()
    await exchange.note_paper_sent(work, paper.id, "123")
    assert exchange.PaperOwed(paper_id=paper.id) in work.facts
    assert await telling(work, paper) is Telling.PAUSE


async def test_where_a_partner_cannot_wait_the_order_is_taken_back_and_asked_anew(work: Work) -> None:
    order, paper = await sent(work)
    await hold(work, order)
    await exchange.note_pause_refused(work, paper.id, "isv.invalid-method 没有接口 order.pending")
    assert await telling(work, paper) is Telling.CANCEL
    await exchange.note_paper_cancelled(work, paper.id)
    assert await papers_of(work, order.id) == [paper], "not while it waits"
    with pytest.raises(orders.OrderOnHold):
        await exchange.announce_order(work, order.id)
    await hold(work, order, on=False)
    anew = (await papers_of(work, order.id))[-1]
    assert (paper.status, anew.status) == (PaperStatus.CANCELLED, PaperStatus.PENDING)
    assert await telling(work, anew) is Telling.SEND


async def test_too_late_to_wait_and_to_cancel_is_said_aloud(work: Work) -> None:
    order, paper = await sent(work)
    await hold(work, order)
    await exchange.note_pause_refused(work, paper.id, "W007 已拣货")
    await exchange.note_paper_kept(work, paper.id, "W006 已拣货")
    assert (paper.status, await telling(work, paper)) == (PaperStatus.SENT, None)
    assert await open_alerts(work, alerts.AlertKind.WAREHOUSE_TROUBLE) == 1


async def test_an_order_that_goes_to_somebody_else_by_now_is_asked_anew(work: Work) -> None:
    order, paper = await sent(work)
    edited = orders.OrderEdited(order_id=order.id, fields=["buyer_message"])
    order.buyer_message = "快点"
    await exchange.follow_order(work, edited)
    assert paper.status is PaperStatus.SENT
    order.address_detail = "文二路2号"
    await exchange.follow_order(work, edited)
    assert await telling(work, paper) is Telling.CANCEL
    await exchange.note_paper_cancelled(work, paper.id)
    task = await exchange.paper_task(work, (await papers_of(work, order.id))[-1].id)
    assert task is not None
    assert task.paper.receiver is not None
    assert task.paper.receiver.detail.endswith("文二路2号")


async def test_goods_that_are_not_wanted_any_more_are_not_shipped_by_the_partner(work: Work) -> None:
    order, paper = await sent(work)
    line = (await work.session.scalars(select(orders.OrderLine).where(orders.OrderLine.order_id == order.id))).first()
    assert line is not None
    line.cancelled_quantity = Quantity(1)
    await exchange.follow_revised(work, orders.OrderRevised(channel_id=order.channel_id, order_ids=[order.id]))
    assert paper.status is PaperStatus.CANCELLING


async def test_a_report_and_a_hold_at_the_same_moment_end_in_one_truth(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        order, paper = await sent(work)
        lines = await lines_of(work, paper)
        partner = await work.session.get_one(exchange.PartnerWarehouse, paper.partner_id)
        report_id = await exchange.take_report(work, partner, "deliveryorder.confirm", "B1", b"<a/>")
    assert report_id is not None
    goods = tuple(exchange.ReportedGoods(item_code=each.item_code, quantity=each.planned) for each in lines)
    parcel = exchange.ReportedPackage(carrier_code="OTHER", waybill="W1")
    told = exchange.Confirmation(
        paper_number=paper.number, kind=PaperKind.DELIVERY, final=True, goods=goods, packages=(parcel,)
    )

    async def confirmed() -> None:
        async with begin(sessions, system("tests")) as work:
            await exchange.apply_report(work, report_id, told)

    async def held() -> None:
        async with begin(sessions, system("tests")) as work:
            await orders.hold_order(work, order.id, "客服核实地址")

    async def followed() -> None:
        async with begin(sessions, system("tests")) as work:
            await exchange.follow_order(work, orders.OrderHoldsChanged(order_id=order.id))

    outcomes = await asyncio.gather(confirmed(), held(), followed(), followed(), return_exceptions=True)
    assert all(each is None or isinstance(each, Refusal) for each in outcomes)
    async with begin(sessions, system("tests")) as work:
        await exchange.follow_order(work, orders.OrderHoldsChanged(order_id=order.id))
        stands = await work.session.get_one(exchange.ExchangePaper, paper.id, populate_existing=True)
        shipped = (await work.session.get_one(orders.Order, order.id)).status is orders.OrderStatus.SHIPPED
        blocked = bool(await orders.blocked_among(work, [order.id]))
        assert stands.status is (PaperStatus.DONE if shipped else PaperStatus.SENT)
        assert shipped or stands.pause_wanted is blocked
        assert await broken(work) == {}
