"""Deciding refunds (退款审核): agree, refuse, or say that the goods are back; the platform hears of it and moves on.

The order follows the platform alone: its hold ends when the platform says that the refund was paid back or closed.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, text

from domain import orders
from domain.kernel import NotFound, Refusal, VersionConflict, Work, WrongState, action, short_text, visible
from domain.refunds.events import RefundDecided
from domain.refunds.incoming import RefundStage
from domain.refunds.models import PlatformRefund, PlatformRefundId, RefundDecision

REASON_LENGTH_MAX = 200
S, D = RefundStage, RefundDecision
DECIDED_IN: Mapping[RefundDecision, frozenset[RefundStage]] = {
    D.AGREE: frozenset({S.AWAITING_DECISION, S.REFUSED}),
    D.REFUSE: frozenset({S.AWAITING_DECISION, S.GOODS_UNDER_WAY}),
    D.GOODS_BACK: frozenset({S.GOODS_UNDER_WAY}),
}
"""In which stages of its platform a refund may be decided so."""

LEFT = text("""
    SELECT coalesce(sum(line.shipped_quantity), 0) AS shipped FROM order_lines AS line
    JOIN orders ON orders.id = line.order_id AND orders.status NOT IN ('MERGED', 'SPLIT')
    WHERE (line.origin_order_id = :order_id OR (line.origin_order_id IS NULL AND line.order_id = :order_id))
      AND (CAST(:number AS text) IS NULL OR :number IN (line.external_number, line.external_sku))
""")


class RefundDecidedAlready(Refusal):
    """{decided_by} decided refund {number} at {decided_at} ({decision}); its platform has not followed yet."""

    number: str
    decision: str
    decided_by: str
    decided_at: str
    chinese = "{decided_by} 已于 {decided_at} 审核退款单 {number}（{decision}），平台尚未更新"


class RefundOfUnknownOrder(Refusal):
    """The trade {trade} of refund {number} is no order here yet: wait until it is read, or decide on the platform."""

    number: str
    trade: str
    chinese = "退款单 {number} 对应的平台订单 {trade} 尚未接入，请等待接单或在平台处理"


class GoodsHaveLeft(Refusal):
    """{quantity} of what refund {number} is for has left, and does not come back: agree with althoughShipped."""

    number: str
    quantity: str
    chinese = "退款单 {number} 的商品已发出 {quantity} 件且不退货：如仍同意请确认 althoughShipped"


@action
async def agree_refund(
    work: Work, refund_id: PlatformRefundId, expected_version: int | None = None, *, although_shipped: bool = False
) -> PlatformRefund:
    """Agree to a refund: its platform pays the buyer back, or lets the buyer send the goods back first."""
    refund = await _to_decide(work, refund_id, D.AGREE, expected_version)
    if not (refund.goods_come_back or although_shipped):
        number = refund.line_number and refund.line_number.partition("#")[0]
        (row,) = await work.rows(LEFT, {"order_id": refund.order_id, "number": number})
        if row.shipped:
            left = f"{row.shipped.normalize():f}"
            raise GoodsHaveLeft(number=refund.external_number, quantity=left).at("input", "althoughShipped")
    return _decide(work, refund, D.AGREE, None)


@action
async def refuse_refund(
    work: Work, refund_id: PlatformRefundId, reason: str, expected_version: int | None = None
) -> PlatformRefund:
    """Refuse a refund, with the reason that its buyer reads on the platform."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    refund = await _to_decide(work, refund_id, D.REFUSE, expected_version)
    return _decide(work, refund, D.REFUSE, stated)


@action
async def confirm_refund_goods(
    work: Work, refund_id: PlatformRefundId, expected_version: int | None = None
) -> PlatformRefund:
    """Say that what the buyer sent back has arrived: its platform pays the buyer back."""
    refund = await _to_decide(work, refund_id, D.GOODS_BACK, expected_version)
    return _decide(work, refund, D.GOODS_BACK, None)


async def say_goods_back(work: Work, refund_id: PlatformRefundId) -> None:
    """Say by itself that what was agreed to is back; what was decided or has moved meanwhile stays as it is."""
    refund = await _refund_for_change(work, refund_id, by_anyone=True)
    if refund.stage is S.GOODS_UNDER_WAY is not refund.decided_stage:
        _decide(work, refund, D.GOODS_BACK, None)


async def _to_decide(
    work: Work, refund_id: PlatformRefundId, decision: RefundDecision, expected_version: int | None
) -> PlatformRefund:
    # Whoever unpacks says that goods are back, whoever is in charge of the order.
    refund = await _refund_for_change(work, refund_id, by_anyone=decision is D.GOODS_BACK)
    if expected_version is not None and expected_version != refund.version:
        by = refund.decided_by or "platform"
        at = (refund.decided_at or refund.modified_at).isoformat()
        conflict = VersionConflict(current=refund.version, changed_by=by, changed_at=at)
        raise conflict.at("input", "expectedVersion")
    if refund.stage not in DECIDED_IN[decision]:
        needed = " or ".join(sorted(DECIDED_IN[decision]))
        raise WrongState(what="refund", which=refund.external_number, state=refund.stage.value, needed=needed)
    if refund.decision is not None and refund.decided_stage is refund.stage and refund.decision_problem is None:
        at = refund.decided_at.isoformat() if refund.decided_at else ""
        raise RefundDecidedAlready(
            number=refund.external_number,
            decision=refund.decision.value,
            decided_by=refund.decided_by or "",
            decided_at=at,
        ).at("input", "id")
    if refund.order_id is None:
        raise RefundOfUnknownOrder(number=refund.external_number, trade=refund.trade_number).at("input", "id")
    return refund


async def _refund_for_change(work: Work, refund_id: UUID, *, by_anyone: bool) -> PlatformRefund:
    """Lock a refund, then its order: who reads refunds takes them in this order, too. Others' orders are refused."""
    row = PlatformRefund
    wanted = visible(select(row).where(row.id == refund_id), work.actor, channel=row.channel_id)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    found: PlatformRefund | None = await work.session.scalar(locked)
    if found is None:
        raise NotFound(what="refund", which=str(refund_id)).at("input", "id")
    if found.order_id is not None:
        await orders.order_for_change(work, found.order_id, by_anyone=by_anyone)
    return found


def _decide(work: Work, refund: PlatformRefund, decision: RefundDecision, reason: str | None) -> PlatformRefund:
    refund.decision, refund.decision_reason = decision, reason
    refund.decided_by, refund.decided_at = work.actor.name, work.now
    refund.decided_stage, refund.decision_problem = refund.stage, None
    refund.version += 1
    work.record(RefundDecided(refund_id=refund.id))
    return refund
