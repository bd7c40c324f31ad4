"""Refunds of platforms: their word moves them, ours is told until they follow."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from domain import feedback, orders, refunds
from domain.kernel import BadInput, Money, NotFound, SessionRead, VersionConflict, Work, WrongState, identifier
from domain.orders import IncomingStatus
from domain.refunds import IncomingRefund, PlatformRefund, RefundDecision, RefundStage
from tests.domain.orders.builders import START, ShopHere, a_line, a_reviewer, a_shop, a_trade, acting, received

S, D = RefundStage, RefundDecision
ASKED = IncomingRefund(
    external_number="R1",
    order_number="1001",
    line_number=None,
    stage=S.AWAITING_DECISION,
    refund_amount=Money("10"),
    goods_come_back=False,
    reason="不想要了\0",
    created_at=START,
    modified_at=START,
)


async def told(work: Work, shop: ShopHere, **changes: Any) -> PlatformRefund:
    """Let the platform tell of a refund, and find it."""
    refund = replace(ASKED, **changes)
    await refunds.receive_refunds(work, shop.channel_id, [refund])
    found = text("SELECT id FROM platform_refunds WHERE external_number = :number")
    (row,) = await work.rows(found, {"number": refund.external_number})
    return await work.session.get_one(PlatformRefund, row.id, populate_existing=True)


async def asked(work: Work, **changes: Any) -> tuple[ShopHere, PlatformRefund]:
    shop = await a_shop(work)
    await received(work, shop, a_trade())
    return shop, await told(work, shop, **changes)


async def broken(work: Work) -> list[Any]:
    return [row for rule in refunds.INVARIANTS.values() for row in await work.rows(text(rule))]


async def test_a_platform_tells_once_and_the_newest_word_stands(work: Work) -> None:
    shop, refund = await asked(work)
    assert (refund.stage, refund.amount, refund.reason, refund.version) == (
        S.AWAITING_DECISION,
        Money("10"),
        "不想要了",
        1,
    )
    assert (await told(work, shop)).version == 1, "it says the same"
    later = START.replace(minute=30)
    assert (await told(work, shop, stage=S.REFUSED, modified_at=later)).version == 2
    assert (await told(work, shop, stage=S.AWAITING_DECISION)).stage is S.REFUSED, "an older word changes nothing"
    early = await told(work, shop, external_number="R2", order_number="1002", goods_come_back=True)
    with pytest.raises(refunds.RefundOfUnknownOrder):
        await refunds.agree_refund(work, early.id)
    order = await received(work, shop, a_trade("1002"))
    for fact in [each for each in work.facts if isinstance(each, orders.OrderImported)]:
        await refunds.find_orders(work, fact)
    assert work.facts[-1] == refunds.ReturnRefundMoved(refund_id=early.id)
    await work.session.refresh(early)
    assert (early.order_id, (await refunds.agree_refund(work, early.id)).decision) == (order.id, D.AGREE)
    assert await broken(work) == []


async def test_it_is_decided_once_until_its_platform_follows(work: Work) -> None:
    shop, refund = await asked(work)
    clerk = acting(work, a_reviewer("agree_refund", name="赵"))
    clerk = acting(work, replace(clerk.actor, permissions=frozenset({"refunds.agree_refund", "refunds.refuse_refund"})))
    await refunds.agree_refund(clerk, refund.id, 1)
    assert clerk.facts == [refunds.RefundDecided(refund_id=refund.id)]
    with pytest.raises(VersionConflict, match="赵"):
        await refunds.refuse_refund(clerk, refund.id, "no", 1)
    with pytest.raises(refunds.RefundDecidedAlready, match="赵 decided refund R1"):
        await refunds.refuse_refund(clerk, refund.id, "no")
    owed = await refunds.decision_to_tell(work, refund.id)
    assert owed is not None
    assert (owed.decision, owed.brief()) == (D.AGREE, "AGREE R1 10.00")
    work.facts.clear()
    paid = await told(work, shop, stage=S.PAID_BACK, modified_at=START.replace(minute=30))
    assert work.facts == [refunds.DecidedRefundMoved(refund_id=refund.id, order_id=refund.order_id)]
    assert (paid.decision, await refunds.decision_to_tell(work, refund.id)) == (D.AGREE, None)
    with pytest.raises(WrongState, match="PAID_BACK"):
        await refunds.agree_refund(work, refund.id)
    assert await broken(work) == []


async def test_what_its_platform_did_not_take_is_decided_anew_or_overtaken(work: Work) -> None:
    shop, refund = await asked(work)
    await refunds.refuse_refund(work, refund.id, "已发货")
    owed = await refunds.decision_to_tell(work, refund.id)
    assert owed is not None
    word = feedback.Word(
        order_id=owed.order_id,
        channel_id=owed.channel_id,
        kind=feedback.FeedbackKind.REFUND,
        subject_id=refund.id,
        says=owed.brief(),
    )
    await feedback.note_failed(work, word, await feedback.note_owed(work, word), "MovedOn: 308", final=True)
    await refunds.note_refused(work, owed, "MovedOn: 308")
    await refunds.agree_refund(work, refund.id)
    assert (await work.session.get_one(PlatformRefund, refund.id)).decision_problem is None
    await told(work, shop, stage=S.CLOSED, modified_at=START.replace(minute=30))
    await feedback.end_decision(work, refunds.DecidedRefundMoved(refund_id=refund.id, order_id=owed.order_id))
    state = "SELECT status, (SELECT count(*) FROM alerts WHERE place_id = told.id AND resolved_at IS NULL) AS open"
    assert [tuple(row) for row in await work.rows(text(f"{state} FROM order_feedback AS told"))] == [("OVERTAKEN", 0)]


async def test_a_sum_that_nobody_agreed_to_is_never_told(work: Work) -> None:
    shop, refund = await asked(work)
    await refunds.agree_refund(work, refund.id)
    work.facts.clear()
    more = await told(work, shop, refund_amount=Money("99"), modified_at=START.replace(minute=30))
    assert (more.decision, await refunds.decision_to_tell(work, refund.id)) == (None, None)
    assert work.facts == [refunds.DecidedRefundMoved(refund_id=refund.id, order_id=refund.order_id)]
    await refunds.agree_refund(work, refund.id)
    owed = await refunds.decision_to_tell(work, refund.id)
    assert owed is not None
    assert owed.amount == Money("99")
    await told(work, shop, refund_amount=Money("1"), modified_at=START)
    assert await refunds.decision_to_tell(work, refund.id) == owed, "an older word changes nothing"
    assert await broken(work) == []


async def test_what_has_left_is_paid_back_only_when_somebody_says_so(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade("1001", a_line("A", 2), status=IncomingStatus.SHIPPED))
    refund = await told(work, shop)
    with pytest.raises(refunds.GoodsHaveLeft, match=r"2 .* althoughShipped"):
        await refunds.agree_refund(work, refund.id)
    assert (await refunds.agree_refund(work, refund.id, although_shipped=True)).decision is D.AGREE
    back = await told(work, shop, external_number="R2", goods_come_back=True)
    assert (await refunds.agree_refund(work, back.id)).decision is D.AGREE
    with pytest.raises(WrongState, match="GOODS_UNDER_WAY"):
        await refunds.confirm_refund_goods(work, back.id)
    await told(
        work,
        shop,
        external_number="R2",
        goods_come_back=True,
        stage=S.GOODS_UNDER_WAY,
        modified_at=START.replace(minute=30),
    )
    assert (await refunds.confirm_refund_goods(work, back.id)).decision is D.GOODS_BACK
    read = SessionRead(engine=work.session.get_bind(), actor=work.actor, session=work.session)
    shown = await refunds.refunds_of_orders(read, [back.order_id])
    assert [each.external_number for each in shown[back.order_id]] == ["R1", "R2"]
    assert await broken(work) == []


async def test_what_is_wrong_is_refused_at_its_field(work: Work) -> None:
    _, refund = await asked(work)
    with pytest.raises(BadInput) as blank:
        await refunds.refuse_refund(work, refund.id, " ")
    assert blank.value.path == ("input", "reason")
    with pytest.raises(NotFound):
        await refunds.agree_refund(work, identifier())
    order = await work.session.get_one(orders.Order, refund.order_id)
    stranger = acting(work, replace(work.actor, channels=frozenset()))
    with pytest.raises(NotFound):
        await refunds.agree_refund(stranger, refund.id)
    assert order.status == "UNREVIEWED", "the order follows its platform, not the decision"
