"""What channels are told: the present state, newer than everything before, until they know it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain import feedback, orders
from domain.feedback import FeedbackKind, FeedbackStatus, NoChannelToTell, NothingUntold, TradeProgress, Word
from domain.kernel import BadInput, NotFound, SessionRead, Work, identifier
from domain.orders import OrderStatus
from tests.domain.fulfilment.builders import a_reviewed_order
from tests.domain.fulfilment.warehouse import a_house
from tests.domain.orders.test_merging import merged, two

S, P = OrderStatus, TradeProgress


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([S.UNREVIEWED], P.RECEIVED),
        ([S.AWAITING_FINANCE], P.RECEIVED),
        ([S.RELEASED], P.REVIEWED),
        ([S.PACKED], P.PACKED),
        ([S.PACKED, S.PICKED], P.PICKED),
        ([S.CANCELLED, S.PACKED], P.PACKED),
        ([S.CANCELLED, S.CLOSED], P.CANCELLED),
        ([S.CLOSED], None),
        ([S.SHIPPED], None),
        ([S.PARTLY_SHIPPED, S.PACKED], None),
        ([], None),
    ],
)
def test_a_trade_is_as_far_as_its_slowest_order(statuses: Sequence[OrderStatus], told: TradeProgress | None) -> None:
    assert feedback.progress_of(statuses) is told


async def owed(work: Work, order: orders.Order) -> feedback.StateToTell | None:
    (trade,) = await feedback.trades_to_tell(work, order.id)
    return await feedback.state_to_tell(work, trade)


async def stand(work: Work, order: orders.Order, status: OrderStatus, reason: str | None = None) -> None:
    changed = text("UPDATE orders SET status = :status, cancel_reason = :reason WHERE id = :id")
    await work.execute(changed, {"status": status.value, "reason": reason, "id": order.id})


async def rows(work: Work, order: orders.Order) -> list[Any]:
    return await work.rows(text("SELECT * FROM order_feedback WHERE order_id = :id ORDER BY kind"), {"id": order.id})


async def broken(work: Work) -> list[Any]:
    return [row for rule in feedback.INVARIANTS.values() for row in await work.rows(text(rule))]


async def test_a_state_is_told_until_it_is_known(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    told = await owed(work, order)
    assert told is not None
    assert (told.state, await feedback.note_owed(work, told.word)) == (P.REVIEWED, 1)
    again = await owed(work, order)
    assert again is not None
    assert await feedback.note_owed(work, again.word) == 1, "it says the same"
    await feedback.note_known(work, again.word, 1)
    assert await owed(work, order) is None
    (row,) = await rows(work, order)
    assert (row.status, row.says, row.attempts, row.told_at) == ("TOLD", "REVIEWED", 2, work.now)
    assert await broken(work) == []


async def test_what_was_told_late_does_not_hide_what_is_owed_now(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    first = await owed(work, order)
    assert first is not None
    await feedback.note_owed(work, first.word)
    await stand(work, order, S.PACKED)
    second = await owed(work, order)
    assert second is not None
    assert await feedback.note_owed(work, second.word) == 2
    await feedback.note_known(work, first.word, 1)
    (row,) = await rows(work, order)
    assert (row.status, row.says) == ("OWED", "PACKED")


async def test_a_cancelled_order_says_why_and_one_sent_back_says_so(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    await stand(work, order, S.UNREVIEWED)
    assert await owed(work, order) is None, "that it has the order, the channel knows"
    await stand(work, order, S.REVIEWED)
    told = await owed(work, order)
    assert told is not None
    await feedback.note_known(work, told.word, await feedback.note_owed(work, told.word))
    await stand(work, order, S.UNREVIEWED)
    back = await owed(work, order)
    assert back is not None
    assert back.state is P.RECEIVED
    await stand(work, order, S.CANCELLED, "缺货")
    cancelled = await owed(work, order)
    assert cancelled is not None
    assert (cancelled.state, cancelled.reason) == (P.CANCELLED, "缺货")


async def test_failures_are_kept_and_told_again(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    told = await owed(work, order)
    assert told is not None
    version = await feedback.note_owed(work, told.word)
    await feedback.note_failed(work, told.word, version, "PlatformFault: 500", final=False)
    assert [(row.status, row.problem) for row in await rows(work, order)] == [("OWED", "PlatformFault: 500")]
    await feedback.note_failed(work, told.word, version, "OurFault: 202", final=True)
    assert [row.status for row in await rows(work, order)] == ["FAILED"]
    assert await alarms(work, order) == [("SEVERE", "OurFault: 202", True)]
    await feedback.resend_order_feedback(work, order.id)
    assert work.facts[-1] == feedback.FeedbackAsked(order_id=order.id)
    again = await owed(work, order)
    assert again is not None
    await feedback.note_known(work, again.word, await feedback.note_owed(work, again.word))
    assert await alarms(work, order) == [("SEVERE", "OurFault: 202", False)], "it knows now"


async def test_what_a_channel_never_takes_is_given_up_with_a_reason(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    with pytest.raises(NothingUntold):
        await feedback.give_up_order_feedback(work, order.id, "平台已关闭该订单")
    told = await owed(work, order)
    assert told is not None
    await feedback.note_failed(work, told.word, await feedback.note_owed(work, told.word), "OurFault: 202", final=True)
    with pytest.raises(BadInput) as blank:
        await feedback.give_up_order_feedback(work, order.id, " ")
    assert blank.value.path == ("input", "reason")
    await feedback.give_up_order_feedback(work, order.id, "平台已关闭该订单")
    assert [(row.status, row.problem) for row in await rows(work, order)] == [("OVERTAKEN", None)]
    assert await alarms(work, order) == [("SEVERE", "OurFault: 202", False)]
    assert await broken(work) == []


async def alarms(work: Work, order: orders.Order) -> list[Any]:
    found = "SELECT level, evidence ->> 'problem', resolved_at IS NULL FROM alerts WHERE subject_id = :id"
    return [tuple(row) for row in await work.rows(text(found), {"id": order.id})]


async def test_what_stays_owed_is_said_after_a_while_and_ends_when_the_trade_goes_on(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    told = await owed(work, order)
    assert told is not None
    await feedback.note_failed(work, told.word, await feedback.note_owed(work, told.word), "500", final=False)
    assert await feedback.watch_feedback(work) == 0, "it is being tried"
    work.now += timedelta(minutes=11)
    assert (await feedback.watch_feedback(work), await feedback.watch_feedback(work)) == (1, 0)
    assert await alarms(work, order) == [("WARN", "500", True)]
    await stand(work, order, S.SHIPPED)
    await feedback.watch_feedback(work)
    assert await alarms(work, order) == [("WARN", "500", False)]
    assert [(row.status, row.problem) for row in await rows(work, order)] == [("OVERTAKEN", None)]
    assert await broken(work) == []


async def test_a_parcel_need_not_be_told_once_its_buyer_confirmed_it_there(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    parcel = Word(
        order_id=order.id, channel_id=order.channel_id, kind=FeedbackKind.SHIPMENT, subject_id=identifier(), says="SF 1"
    )
    await feedback.note_failed(work, parcel, await feedback.note_owed(work, parcel), "OurFault: 304", final=True)
    for status, still in ((S.SHIPPED, True), (S.COMPLETED, False)):
        await stand(work, order, status)
        await feedback.watch_feedback(work)
        assert await alarms(work, order) == [("SEVERE", "OurFault: 304", still)]


async def test_a_merged_order_shows_what_each_trade_was_told_and_each_hears_when_it_is_undone(work: Work) -> None:
    _, first, second = await two(work)
    together = await merged(work, first, second)
    await orders.review_order(work, together.id)
    for trade in await feedback.trades_to_tell(work, together.id):
        told = await feedback.state_to_tell(work, trade)
        assert told is not None
        await feedback.note_known(work, told.word, await feedback.note_owed(work, told.word))
    read = SessionRead(engine=work.session.get_bind(), actor=work.actor, session=work.session)
    shown = await feedback.feedback_of_orders(read, [first.id, second.id])
    assert {key: len(each) for key, each in shown.items()} == {together.id: 2, second.id: 1}
    work.facts.clear()
    await orders.unmerge_order(work, together.id)
    assert {each.order_id for each in work.facts if isinstance(each, orders.OrderEdited)} == {first.id, second.id}
    back = await owed(work, second)
    assert back is not None
    assert back.state is P.RECEIVED


async def test_what_is_known_is_told_again_when_somebody_asks(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    memo = Word(
        order_id=order.id, channel_id=order.channel_id, kind=FeedbackKind.MEMO, subject_id=order.id, says="1 急"
    )
    await feedback.note_known(work, memo, await feedback.note_owed(work, memo))
    assert not await feedback.owes_memo(work, order.id)
    await feedback.resend_order_feedback(work, order.id)
    assert await feedback.owes_memo(work, order.id)
    assert [row.status for row in await rows(work, order)] == [FeedbackStatus.OWED]


async def test_orders_of_no_platform_are_told_to_nobody(work: Work) -> None:
    order, _ = await a_reviewed_order(work)
    await work.execute(text("UPDATE orders SET external_number = NULL WHERE id = :id"), {"id": order.id})
    with pytest.raises(NoChannelToTell):
        await feedback.resend_order_feedback(work, order.id)
    with pytest.raises(NotFound):
        await feedback.resend_order_feedback(work, identifier())


async def test_the_warehouse_moves_an_order_on(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A")
    goods = await house.goods(A=5)
    order = await house.picked((goods, 1))
    moved = orders.OrderMovedOn(order_id=order.id)
    assert moved in work.facts
    picked = await owed(work, order)
    assert picked is not None
    assert picked.state is P.PICKED
    work.facts.clear()
    await house.packed(order, await house.barcode(goods))
    assert moved in work.facts
    packed = await owed(work, order)
    assert packed is not None
    assert packed.state is P.PACKED
