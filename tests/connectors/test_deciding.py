"""Whether a decision about a refund is still to be said: once, in time, and of the sum that somebody saw."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.faults import MovedOn
from connectors.marketplaces.deciding import still_to_say
from connectors.marketplaces.port import RefundNotice
from domain.kernel import Money
from domain.refunds import IncomingRefund, RefundDecision, RefundStage

AT = datetime(2026, 11, 11, tzinfo=UTC)
FOUND = IncomingRefund(
    external_number="R1",
    order_number="1001",
    line_number=None,
    stage=RefundStage.AWAITING_DECISION,
    refund_amount=Money("10.00"),
    goods_come_back=False,
    reason=None,
    created_at=AT,
    modified_at=AT,
)
AGREED = RefundNotice(
    refund_number="R1", order_number="1001", decision=RefundDecision.AGREE, amount=Money("10"), decided_by="赵"
)
REFUSED = replace(AGREED, decision=RefundDecision.REFUSE, reason="已发货")


def test_it_is_said_once_and_in_time() -> None:
    assert still_to_say(FOUND, AGREED)
    assert not still_to_say(replace(FOUND, stage=RefundStage.PAID_BACK), AGREED)
    with pytest.raises(MovedOn, match="CLOSED"):
        still_to_say(replace(FOUND, stage=RefundStage.CLOSED), AGREED)


def test_another_sum_is_not_paid_but_may_be_refused() -> None:
    more = replace(FOUND, refund_amount=Money("99"))
    with pytest.raises(MovedOn, match=r"99.* by now, not 10"):
        still_to_say(more, AGREED)
    assert still_to_say(more, REFUSED)
