"""The neutral shape of a refund of a platform (平台退款单): what every connector translates into, and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.kernel import Money
from domain.orders import IncomingRefundStatus


class RefundStage(StrEnum):
    """Where a refund stands on its platform, in our words."""

    AWAITING_DECISION = "AWAITING_DECISION"
    AGREED = "AGREED"
    AWAITING_GOODS = "AWAITING_GOODS"
    GOODS_UNDER_WAY = "GOODS_UNDER_WAY"
    REFUSED = "REFUSED"
    PAID_BACK = "PAID_BACK"
    CLOSED = "CLOSED"


R, S = IncomingRefundStatus, RefundStage
STATUS_OF: Mapping[RefundStage, IncomingRefundStatus] = {
    S.AWAITING_DECISION: R.REQUESTED,
    S.AGREED: R.REQUESTED,
    S.AWAITING_GOODS: R.REQUESTED,
    S.GOODS_UNDER_WAY: R.REQUESTED,
    S.REFUSED: R.CLOSED,
    S.PAID_BACK: R.SUCCEEDED,
    S.CLOSED: R.CLOSED,
}
"""What a stage means for the line of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingRefund:
    """One refund or return as the platform tells it; without a line it concerns the whole trade."""

    external_number: str
    order_number: str
    line_number: str | None
    stage: RefundStage
    refund_amount: Money
    goods_come_back: bool
    reason: str | None
    created_at: datetime
    modified_at: datetime
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> IncomingRefundStatus:
        """Say what it means for the line of the order."""
        return STATUS_OF[self.stage]

    def in_audit(self) -> str:
        """Stand in the audit log by number and stage only."""
        return f"{ascii(self.external_number)[1:-1]} {self.stage}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRefund:
    """A refund no rule understands: kept raw, shown to a person."""

    external_number: str
    problem: str
    raw: dict[str, Any]
