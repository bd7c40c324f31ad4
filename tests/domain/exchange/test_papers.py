"""Papers for partners: written once, told as they stand, refused to a person, taken back while it is not too late."""

import asyncio

import pytest
from sqlalchemy import select

from domain import alerts, exchange, inventory, orders, transfers
from domain.exchange import (
    AlreadyAnnounced,
    NoPartner,
    NothingToAnnounce,
    PaperKind,
    PaperOwed,
    PaperStatus,
    PaperType,
    Telling,
)
from domain.inventory import DocumentStatus, MovementKind, StepOfAnother
from domain.kernel import NotFound, Quantity, Sessions, Work, WrongState, begin, system
from tests.domain.exchange.builders import a_partner, a_plan, coming, lines_of, papers_of, said
from tests.domain.fulfilment.builders import a_reviewed_order
from tests.domain.inventory.builders import a_variant, a_warehouse, stock
from tests.domain.transfers.test_transfers import on_its_way, requested


async def an_order(work: Work) -> orders.Order:
    """Make a reviewed order in a warehouse that a partner runs."""
    order, _ = await a_reviewed_order(work, [("3", "10.00"), ("1", "5.00")])
    assert order.warehouse_id is not None
    await a_partner(work, order.warehouse_id)
    return order


async def delivery(work: Work, order: orders.Order) -> exchange.ExchangePaper:
    await exchange.order_delivery(work, orders.OrderReviewed(order_id=order.id, reviewed_by="李审单"))
    return (await papers_of(work, order.id))[-1]


async def open_alerts(work: Work, kind: alerts.AlertKind) -> int:
    alert = alerts.models.Alert
    return len(await work.rows(select(alert.id).where(alert.kind == kind, alert.resolved_at.is_(None))))


async def test_a_reviewed_order_is_asked_of_the_partner_once(work: Work) -> None:
    order = await an_order(work)
    for _ in range(2):
        paper = await delivery(work, order)
    assert len(await papers_of(work, order.id)) == 1
    assert (paper.kind, paper.type, paper.status) == (PaperKind.DELIVERY, PaperType.SALE, PaperStatus.PENDING)
    assert [(each.planned, str(each.price)) for each in await lines_of(work, paper)] == [
        (Quantity(3), "3.33"),
        (Quantity(1), "5.00"),
    ]
    assert said(work, PaperOwed) == [PaperOwed(paper_id=paper.id)]
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    assert (task.telling, task.paper.receiver and task.paper.receiver.name) == (Telling.SEND, "王小明")


async def test_an_order_of_our_own_warehouse_is_nobodys_business(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    await exchange.order_delivery(work, orders.OrderReviewed(order_id=order.id, reviewed_by="李审单"))
    assert await papers_of(work, order.id) == []
    with pytest.raises(NoPartner):
        await exchange.announce_order(work, order.id)


async def test_a_refusal_is_shown_to_a_person_and_told_again(work: Work) -> None:
    order = await an_order(work)
    paper = await delivery(work, order)
    await exchange.paper_task(work, paper.id)
    await exchange.note_paper_refused(work, paper.id, "W002 货主编码不存在")
    assert (paper.status, paper.problem) == (PaperStatus.REFUSED, "W002 货主编码不存在")
    assert await open_alerts(work, alerts.AlertKind.PAPER_REFUSED) == 1
    assert await exchange.paper_task(work, paper.id) is None
    await exchange.resend_exchange_paper(work, paper.id)
    assert await open_alerts(work, alerts.AlertKind.PAPER_REFUSED) == 0
    await exchange.note_paper_sent(work, paper.id, "123")
    assert (paper.status, paper.their_number, paper.problem) == (PaperStatus.SENT, "123", None)
    with pytest.raises(WrongState):
        await exchange.resend_exchange_paper(work, paper.id)


async def test_what_was_never_told_is_cancelled_at_home(work: Work) -> None:
    order = await an_order(work)
    paper = await delivery(work, order)
    order.status = orders.OrderStatus.CANCELLED
    await exchange.withdraw_delivery(work, orders.OrderCancelled(order_id=order.id, reason="不要了"))
    assert paper.status is PaperStatus.CANCELLING
    assert await exchange.paper_task(work, paper.id) is None
    assert paper.status is PaperStatus.CANCELLED


async def test_what_may_have_been_told_is_told_again_before_it_is_cancelled(work: Work) -> None:
    order = await an_order(work)
    paper = await delivery(work, order)
    await exchange.paper_task(work, paper.id)  # The answer was lost.
    await exchange.withdraw_delivery(work, orders.OrderSentBack(order_id=order.id, reason="改地址"))
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    assert task.telling is Telling.RECALL
    await exchange.note_paper_sent(work, paper.id, "123")
    assert paper.status is PaperStatus.CANCELLING
    again = await exchange.paper_task(work, paper.id)
    assert again is not None
    assert again.telling is Telling.CANCEL


async def test_an_order_reviewed_again_while_it_is_taken_back_is_asked_anew(work: Work) -> None:
    order = await an_order(work)
    first = await delivery(work, order)
    await exchange.paper_task(work, first.id)
    await exchange.note_paper_sent(work, first.id, "123")
    await exchange.withdraw_delivery(work, orders.OrderSentBack(order_id=order.id, reason="改地址"))
    assert await delivery(work, order) is first
    await exchange.note_paper_cancelled(work, first.id)
    second = (await papers_of(work, order.id))[-1]
    assert (first.status, second.status) == (PaperStatus.CANCELLED, PaperStatus.PENDING)
    assert second.number != first.number


async def test_too_late_to_cancel_is_said_aloud(work: Work) -> None:
    order = await an_order(work)
    paper = await delivery(work, order)
    await exchange.paper_task(work, paper.id)
    await exchange.note_paper_sent(work, paper.id, "123")
    await exchange.withdraw_exchange_paper(work, paper.id, "客户取消")
    await exchange.note_paper_kept(work, paper.id, "W006 已拣货")
    assert paper.status is PaperStatus.SENT
    assert await open_alerts(work, alerts.AlertKind.WAREHOUSE_TROUBLE) == 1


async def test_an_order_given_to_another_warehouse_is_asked_there(work: Work) -> None:
    order = await an_order(work)
    first = await delivery(work, order)
    order.warehouse_id = other = await a_warehouse(work)
    await a_partner(work, other)
    allocated = orders.OrderAllocated(order_id=order.id)
    await exchange.follow_allocated(work, allocated)
    assert first.status is PaperStatus.CANCELLING
    await exchange.paper_task(work, first.id)
    second = (await papers_of(work, order.id))[-1]
    assert (first.status, second.warehouse_id, second.status) == (PaperStatus.CANCELLED, other, PaperStatus.PENDING)
    await exchange.follow_allocated(work, allocated)
    assert len(await papers_of(work, order.id)) == 2


async def test_an_approved_document_is_carried_out_by_its_paper_alone(work: Work) -> None:
    glove, place = await a_variant(work), await a_warehouse(work)
    await a_partner(work, place)
    plan = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))
    paper = await exchange.announce_stock_document(work, plan.id)
    assert (paper.kind, paper.type) == (PaperKind.ENTRY, PaperType.PURCHASE_ENTRY)
    assert plan.origin == paper.number
    with pytest.raises(StepOfAnother):
        await inventory.post_stock_document(work, plan.id)
    with pytest.raises(StepOfAnother):
        await inventory.discard_stock_document(work, plan.id)
    with pytest.raises(AlreadyAnnounced) as refused:
        await exchange.announce_stock_document(work, plan.id)
    assert refused.value.path == ("input", "documentId")
    await exchange.withdraw_exchange_paper(work, paper.id, "供应商不来了")
    assert await exchange.paper_task(work, paper.id) is None
    assert (plan.status, plan.origin) == (DocumentStatus.APPROVED, None)
    await inventory.post_stock_document(work, plan.id)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (MovementKind.SUPPLIER_RETURN, PaperType.SUPPLIER_RETURN),
        (MovementKind.ADJUSTMENT_OUT, PaperType.OTHER_OUT),
        (MovementKind.SCRAP, PaperType.OTHER_OUT),
    ],
)
async def test_what_leaves_otherwise_is_a_stockout(work: Work, kind: MovementKind, type_: PaperType) -> None:
    glove, place = await a_variant(work), await a_warehouse(work)
    await stock(work, glove, place, 5)
    await a_partner(work, place)
    plan = await a_plan(work, kind, place, inventory.Line(variant_id=glove, quantity=Quantity(2)))
    paper = await exchange.announce_stock_document(work, plan.id)
    assert (paper.kind, paper.type) == (PaperKind.STOCKOUT, type_)


async def test_a_transfer_leaves_one_partner_and_arrives_at_another(work: Work) -> None:
    glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 5)
    transfer = await requested(work, source, target, {glove: 3})
    with pytest.raises(NoPartner):
        await exchange.announce_transfer(work, transfer.id)
    await a_partner(work, source)
    await a_partner(work, target)
    with pytest.raises(NothingToAnnounce):
        await exchange.announce_transfer(work, transfer.id)
    await transfers.approve_transfer(work, transfer.id)
    out = await exchange.announce_transfer(work, transfer.id)
    assert (out.kind, out.type, out.warehouse_id) == (PaperKind.STOCKOUT, PaperType.TRANSFER_OUT, source)
    on_way = await on_its_way(work, source, target, {glove: 2})
    into = await exchange.announce_transfer(work, on_way.id)
    assert (into.kind, into.type, into.warehouse_id) == (PaperKind.ENTRY, PaperType.TRANSFER_ENTRY, target)


async def test_what_is_not_yours_is_not_there(work: Work) -> None:
    with pytest.raises(NotFound):
        await exchange.announce_stock_document(work, inventory.StockDocumentId(await a_variant(work)))


async def test_two_who_announce_at_once_write_one_paper(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        glove, place = await a_variant(work), await a_warehouse(work)
        await a_partner(work, place)
        plan = (await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))).id

    async def announce() -> str:
        async with begin(sessions, system("tests")) as work:
            return (await exchange.announce_stock_document(work, plan)).number

    outcomes = await asyncio.gather(announce(), announce(), return_exceptions=True)
    assert sorted(type(each) for each in outcomes if isinstance(each, Exception)) in (
        [AlreadyAnnounced],
        [StepOfAnother],
    )
    async with begin(sessions, system("tests")) as work:
        assert len(await papers_of(work, plan)) == 1
