"""Telling decisions (退款审核回传): what a platform must hear of a refund, as it was last decided, until it follows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.kernel import Money, Work
from domain.refunds.incoming import RefundStage
from domain.refunds.models import PlatformRefund, PlatformRefundId, RefundDecision

PROBLEM_LENGTH_MAX = 500


@dataclass(frozen=True, kw_only=True)
class DecisionToTell:
    """A decision in the words of its platform: which refund of which trade, from which stage on."""

    refund_id: PlatformRefundId
    order_id: UUID
    channel_id: UUID
    external_number: str
    trade_number: str
    decision: RefundDecision
    reason: str | None
    decided_by: str
    stage: RefundStage
    amount: Money

    def brief(self) -> str:
        """Say it in short."""
        return f"{self.decision} {self.external_number} {self.amount} {self.reason or ''}".strip()


async def decision_to_tell(work: Work, refund_id: UUID) -> DecisionToTell | None:
    """Say what a platform must hear of a refund; None when nothing was decided, or the platform has moved on."""
    row = PlatformRefund
    rows = await work.rows(select(row.__table__).where(row.id == refund_id, *_owed()))
    if not rows:
        return None
    found: Any = rows[0]
    return DecisionToTell(
        refund_id=found.id,
        order_id=found.order_id,
        channel_id=found.channel_id,
        external_number=found.external_number,
        trade_number=found.trade_number,
        decision=found.decision,
        reason=found.decision_reason,
        decided_by=found.decided_by,
        stage=found.stage,
        amount=found.amount,
    )


async def decisions_to_tell(work: Work, order_ids: list[UUID]) -> list[PlatformRefundId]:
    """List the refunds of trades whose platform has not followed what was decided here."""
    row = PlatformRefund
    rows = await work.rows(select(row.id).where(row.order_id.in_(order_ids), *_owed()).order_by(row.id))
    return [each.id for each in rows]


async def note_refused(work: Work, owed: DecisionToTell, problem: str) -> None:
    """Note that a platform did not take a decision: it may be decided anew, or told again."""
    row = PlatformRefund
    same = (row.id == owed.refund_id, row.decision == owed.decision, row.stage == owed.stage)
    noted = {"decision_problem": problem[:PROBLEM_LENGTH_MAX], "version": row.version + 1}
    await work.execute(update(row).where(*same).values(noted).execution_options(synchronize_session=False))


async def note_taken(work: Work, owed: DecisionToTell) -> None:
    """Note that a platform took a decision that it had refused before."""
    row = PlatformRefund
    same = (row.id == owed.refund_id, row.decision == owed.decision, row.decision_problem.is_not(None))
    taken = {"decision_problem": None, "version": row.version + 1}
    await work.execute(update(row).where(*same).values(taken).execution_options(synchronize_session=False))


def _owed() -> tuple[Any, ...]:
    row = PlatformRefund
    return (row.decision.is_not(None), row.decided_stage == row.stage, row.order_id.is_not(None))
