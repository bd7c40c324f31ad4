"""What goes along when orders are merged or split (随单转移): the reasons why they wait, refunds, and an end."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.kernel import Work, audit
from domain.orders import giving, holding, holds, loading, reminders
from domain.orders.batches import among
from domain.orders.events import OrderCancelled
from domain.orders.incoming import IncomingRefundStatus
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Hold, HoldReason, Order

OF_THE_STOCK = frozenset({HoldReason.SHORTAGE})
"""What claiming anew decides by itself."""

MERGED_WORD = "this merged order"
"""Stands in the evidence of what only merging caused: undoing it is the answer."""

WORST_FIRST = (IncomingRefundStatus.REQUESTED, IncomingRefundStatus.SUCCEEDED, IncomingRefundStatus.CLOSED)


async def copy_holds(work: Work, order_id: UUID, parts: Mapping[UUID, Sequence[Mapping[str, Any]]]) -> None:
    """Let each part wait for what its original waited for, as far as it concerns the part's lines."""
    opened = await _open(work, [order_id])
    concerns = {
        HoldReason.UNMATCHED_GOODS: lambda line: line["variant_id"] is None,
        HoldReason.REFUND_REQUESTED: lambda line: line["refund"] is IncomingRefundStatus.REQUESTED,
    }
    wanted: dict[UUID, dict[HoldReason, str]] = {
        part_id: {
            row.reason: row.evidence
            for row in opened
            if row.reason not in concerns or any(map(concerns[row.reason], lines))
        }
        for part_id, lines in parts.items()
    }
    await holding.open_holds(work, wanted)
    await holding.release_holds(work, [order_id])


async def move_holds(work: Work, from_ids: Sequence[UUID], to_id: UUID) -> None:
    """Let an order wait for all that those waited for which live on in it."""
    found: dict[HoldReason, list[str]] = {}
    for row in await _open(work, [*from_ids, to_id]):
        if row.evidence not in found.setdefault(row.reason, []):
            found[row.reason].append(row.evidence)
    wanted = {reason: "; ".join(each)[: holds.EVIDENCE_LENGTH_MAX] for reason, each in found.items()}
    await holding.release_holds(work, from_ids)
    await holding.open_holds(work, {to_id: wanted})


async def _open(work: Work, order_ids: Sequence[UUID]) -> list[Any]:
    statement = select(Hold.reason, Hold.evidence).where(among(Hold.order_id, order_ids), Hold.released_at.is_(None))
    rows = await work.rows(statement.order_by(Hold.opened_at, Hold.id))
    return [row for row in rows if row.reason not in OF_THE_STOCK]


def worst(refunds: Iterable[IncomingRefundStatus]) -> IncomingRefundStatus:
    """Say where the refund of a whole stands by those of its parts: what still waits comes first."""
    found = set(refunds)
    return next((each for each in WORST_FIRST if each in found), IncomingRefundStatus.NONE)


async def give_up(work: Work, order: Order, reason: str) -> Order:
    """End an order of which nothing is left to ship, and give back what it holds."""
    loading.become(work, order, OrderStatus.CANCELLED)
    order.cancelled_at, order.cancel_reason = work.now, reason
    await giving.end_gifts(work, [order.id])
    await holding.release_holds(work, [order.id])
    await inventory.release(work, [order.id])
    await reminders.stop_reminding(work, [order.id])
    work.record(OrderCancelled(order_id=order.id, reason=reason))
    return order


async def share_out_holds(work: Work, order_id: UUID, rows: Mapping[UUID, Sequence[Mapping[str, Any]]]) -> None:
    """Let the orders that were merged into one wait for their own reasons; what only merging caused is over."""
    opened = [each for each in await _open(work, [order_id]) if MERGED_WORD not in each.evidence]
    await holding.release_holds(work, [order_id])
    wanted = {
        each: {row.reason: row.evidence for row in opened if _concerns(row.reason, lines)}
        for each, lines in rows.items()
    }
    await holding.open_holds(work, wanted)


def _concerns(reason: HoldReason, lines: Sequence[Mapping[str, Any]]) -> bool:
    if reason is HoldReason.UNMATCHED_GOODS:
        return any(each["variant_id"] is None for each in lines)
    if reason is HoldReason.REFUND_REQUESTED:
        return any(each["refund"] is IncomingRefundStatus.REQUESTED for each in lines)
    return True


def tell(work: Work, orders: Sequence[Order], given: dict[str, Any]) -> None:
    """Write into the timelines of other orders what an action on one of them did to them."""
    permission = f"orders.{work.running}"
    for order in orders:
        audit.write_story(work, permission, given, ("Order", str(order.id)))
