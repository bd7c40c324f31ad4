"""The end of reminders (提醒解除): an order that was reviewed, cancelled or shipped reminds nobody any more.

What is due, and who hears of it, is the desk's to say.
"""

from collections.abc import Sequence
from uuid import UUID

from domain import alerts
from domain.alerts import AlertKind
from domain.kernel import Work

KINDS = (
    AlertKind.UNREVIEWED,
    AlertKind.UNPROCESSED,
    AlertKind.PROMISE_AT_RISK,
    AlertKind.UNPRINTED,
    AlertKind.NOT_SHIPPED,
    AlertKind.MERGE_SUGGESTED,
    AlertKind.BALANCE_DUE,
)


async def stop_reminding(work: Work, order_ids: Sequence[UUID]) -> None:
    """Resolve the reminders of orders that were just reviewed, cancelled or shipped, in the same transaction."""
    await alerts.resolve_alerts(work, order_ids, KINDS)
