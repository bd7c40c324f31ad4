"""What a platform paid back pays what is owed for its goods, once, and it hears by itself that they are back."""

from typing import Any

import pytest
from sqlalchemy import select, text

from domain import alerts, finance, fulfilment, orders, refunds
from domain.finance import OpenItemKind
from domain.fulfilment.return_models import GoodsReturn
from domain.inventory import ReturnCondition
from domain.kernel import Money, Quantity, Work
from domain.refunds import IncomingRefund, PlatformRefund, RefundDecision, RefundStage
from tests.domain.finance.builders import broken
from tests.domain.finance.test_return_credits import a_parcel, comes_back, items, paid
from tests.domain.fulfilment.builders import NOW

pytestmark = pytest.mark.usefixtures("laid")
S = RefundStage


async def told(work: Work, parcel: Any, stage: RefundStage, amount: str = "10.00", number: str = "R1") -> Any:
    """Let the platform tell of a refund of the only line, and the house follow, as if it were told twice."""
    order = await work.session.get_one(orders.Order, parcel.order_id)
    work.facts.clear()
    refund = IncomingRefund(
        external_number=number,
        order_number=order.external_number or "",
        line_number="oid-1",
        stage=stage,
        refund_amount=Money(amount),
        goods_come_back=True,
        reason="太小",
        created_at=NOW,
        modified_at=NOW,
    )
    await refunds.receive_refunds(work, parcel.channel_id, [refund])
    for fact in [each for each in work.facts if isinstance(each, refunds.ReturnRefundMoved)] * 2:
        await fulfilment.follow_return_refund(work, fact)
        await finance.pay_what_platform_paid(work, fact)
    found = select(PlatformRefund).where(PlatformRefund.external_number == number)
    return await work.session.scalar(found.execution_options(populate_existing=True))


async def back(work: Work, parcel: Any, line: Any, quantity: int, condition: ReturnCondition) -> GoodsReturn:
    """Take goods back and let platforms hear of it, as if it were told twice."""
    wanted = fulfilment.ParcelReturn(
        shipment_id=parcel.id,
        warehouse_id=parcel.warehouse_id,
        condition=condition,
        reason="too small",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))],
    )
    returned = await fulfilment.receive_return(work, wanted)
    fact = fulfilment.GoodsCameBack(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    for _ in range(2):
        await fulfilment.confirm_what_came(work, fact)
    return returned


async def decided(work: Work, refund: Any) -> tuple[Any, int]:
    """Say what is decided of a refund, and how many people are asked."""
    await work.session.flush()
    await work.session.refresh(refund)
    kind = {"kind": alerts.AlertKind.REFUND_GOODS_DIFFER, "id": refund.id}
    sql = "SELECT id FROM alerts WHERE kind = :kind AND place_id = :id AND resolved_at IS NULL"
    return refund.decision, len(await work.rows(text(sql), kind))


async def test_goods_first_their_platform_pays_what_is_owed_once(work: Work) -> None:
    parcel, line = await a_parcel(work)
    await paid(work, parcel, "16.00")
    await told(work, parcel, S.GOODS_UNDER_WAY)
    await comes_back(work, parcel, line, 1)
    await comes_back(work, parcel, line, 2)
    assert await items(work, OpenItemKind.REFUND, parcel) == ["0.00 of 3.33", "0.00 of 6.67"]
    await told(work, parcel, S.PAID_BACK)
    assert await items(work, OpenItemKind.REFUND, parcel) == ["3.33 of 3.33", "6.67 of 6.67"]
    rows = await work.rows(select(finance.OpenItem.reference).where(finance.OpenItem.kind == OpenItemKind.PAYMENT))
    assert sorted(row.reference for row in rows) == ["R1", "R1/2"]
    await work.close()
    assert await broken(work) == {}


async def test_success_first_it_pays_for_what_comes_later_and_no_more_than_it_is(work: Work) -> None:
    parcel, line = await a_parcel(work)
    await paid(work, parcel, "16.00")
    await told(work, parcel, S.PAID_BACK, "5.00")
    assert await items(work, OpenItemKind.PAYMENT, parcel) == []
    wrong = await comes_back(work, parcel, line, 1)
    await fulfilment.void_return(work, wrong.id, "another parcel")
    fact = fulfilment.ReturnVoided(return_id=wrong.id, order_id=wrong.order_id, channel_id=wrong.channel_id)
    await finance.withdraw_credit(work, fact)
    await work.close()
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["16.00 of 16.00", "0.00 of 3.33"]
    await comes_back(work, parcel, line, 3)
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["16.00 of 16.00", "3.33 of 3.33"]
    assert await items(work, OpenItemKind.REFUND, parcel) == ["3.33 of 3.33", "5.00 of 10.00"]
    assert await items(work, OpenItemKind.PAYMENT, parcel) == ["3.33 of 3.33", "1.67 of 1.67"]
    assert await broken(work) == {}


async def test_what_a_person_entered_under_its_number_is_not_paid_again(work: Work) -> None:
    parcel, line = await a_parcel(work)
    await paid(work, parcel, "16.00")
    returned = await comes_back(work, parcel, line, 3)
    (owed,) = await work.session.scalars(select(finance.OpenItem).where(finance.OpenItem.source_id == returned.id))
    entered = finance.PaidOut(
        item_id=owed.id, amount=Money("4.00"), paid_on=finance.business_date(work.now), reference="R1"
    )
    await finance.pay_refund(work, entered)
    await work.close()
    await told(work, parcel, S.PAID_BACK, "6.00")
    assert await items(work, OpenItemKind.REFUND, parcel) == ["6.00 of 10.00"]
    await work.close()
    assert await broken(work) == {}


async def test_a_platform_hears_by_itself_that_all_is_back_in_good_order(work: Work) -> None:
    parcel, line = await a_parcel(work)
    refund = await told(work, parcel, S.GOODS_UNDER_WAY)
    part = await back(work, parcel, line, 1, ReturnCondition.GOOD)
    assert await decided(work, refund) == (None, 1)
    await back(work, parcel, line, 2, ReturnCondition.GOOD)
    assert await decided(work, refund) == (RefundDecision.GOODS_BACK, 0)
    owed = await refunds.decision_to_tell(work, refund.id)
    assert owed is not None
    await fulfilment.void_return(work, part.id, "x")


async def test_what_is_back_otherwise_is_for_a_person(work: Work) -> None:
    parcel, line = await a_parcel(work)
    await work.execute(text("UPDATE warehouses SET sellable = false WHERE id = :id"), {"id": parcel.warehouse_id})
    # They are here before the platform knows of it.
    await back(work, parcel, line, 3, ReturnCondition.DEFECTIVE)
    refund = await told(work, parcel, S.GOODS_UNDER_WAY)
    assert await decided(work, refund) == (None, 1)
    await refunds.confirm_refund_goods(work, refund.id)
    await fulfilment.end_difference(work, refunds.RefundDecided(refund_id=refund.id))
    assert await decided(work, refund) == (RefundDecision.GOODS_BACK, 0)


async def test_goods_that_two_refunds_ask_for_are_for_a_person_and_a_refusal_stands(work: Work) -> None:
    parcel, line = await a_parcel(work)
    refund = await told(work, parcel, S.GOODS_UNDER_WAY)
    other = await told(work, parcel, S.GOODS_UNDER_WAY, number="R2")
    await refunds.refuse_refund(work, other.id, "empty box")
    await back(work, parcel, line, 3, ReturnCondition.GOOD)
    assert await decided(work, refund) == (None, 1)
    assert await decided(work, other) == (RefundDecision.REFUSE, 0)
    await told(work, parcel, S.CLOSED)
    assert await decided(work, refund) == (None, 0)
