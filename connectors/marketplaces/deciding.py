"""Where a decision leads (退款审核结果): whether a refund already stands by it, and may still be decided so."""

from collections.abc import Mapping

from connectors.faults import MovedOn
from connectors.marketplaces.port import IncomingRefund, RefundNotice, UnreadableRefund
from domain.refunds import RefundDecision, RefundStage

D, S = RefundDecision, RefundStage
STANDS_BY: Mapping[RefundDecision, frozenset[RefundStage]] = {
    D.AGREE: frozenset({S.AGREED, S.AWAITING_GOODS, S.GOODS_UNDER_WAY, S.PAID_BACK}),
    D.REFUSE: frozenset({S.REFUSED}),
    D.GOODS_BACK: frozenset({S.AGREED, S.PAID_BACK}),
}
OPEN_TO: Mapping[RefundDecision, frozenset[RefundStage]] = {
    D.AGREE: frozenset({S.AWAITING_DECISION, S.REFUSED}),
    D.REFUSE: frozenset({S.AWAITING_DECISION, S.GOODS_UNDER_WAY}),
    D.GOODS_BACK: frozenset({S.GOODS_UNDER_WAY}),
}


def still_to_say(found: IncomingRefund | UnreadableRefund, notice: RefundNotice) -> bool:
    """Whether a decision has yet to be said: not when it was heard already; one that comes too late is refused here."""
    if isinstance(found, UnreadableRefund):
        raise MovedOn(f"refund {notice.refund_number} cannot be read: {found.problem}")
    if found.stage in OPEN_TO[notice.decision]:
        if notice.decision is not D.REFUSE and found.refund_amount != notice.amount:
            raise MovedOn(f"refund {notice.refund_number} is for {found.refund_amount} by now, not {notice.amount}")
        return True
    if found.stage in STANDS_BY[notice.decision]:
        return False
    raise MovedOn(f"refund {notice.refund_number} is {found.stage} there by now, too late for {notice.decision}")
