"""Blocking (拦截): what waits for a reason is not picked, printed, packed or shipped until someone looked.

Every step after review asks here; a platform that changes its mind after review stops the order wherever it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel import Work
from domain.orders import loading
from domain.orders.batches import among
from domain.orders.models import Hold, HoldReason


async def refuse_blocked(work: Work, order: Any) -> None:
    """Refuse to go on with an order that waits for a reason; the order is locked by the caller."""
    if reasons := (await blocked_among(work, [order.id])).get(order.id):
        raise loading.on_hold(order, reasons)


async def blocked_among(work: Work, order_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[HoldReason, str]]:
    """Say which of these orders wait, and for which reasons with their evidence, in one statement."""
    statement = select(Hold.order_id, Hold.reason, Hold.evidence).where(
        among(Hold.order_id, order_ids), Hold.released_at.is_(None)
    )
    found: dict[UUID, dict[HoldReason, str]] = {}
    for row in sorted(await work.rows(statement), key=lambda row: row.reason):
        found.setdefault(row.order_id, {})[row.reason] = row.evidence
    return found
