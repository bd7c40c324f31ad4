"""Worklists (工作台队列): what staff find on their desk, by what is to be done next, with how much there is of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, literal_column, select

from domain import inventory, printing
from domain.kernel import Read, now, visible
from domain.kernel.paging import AT_MOST, COUNT_MAX, ONE
from domain.orders.lifecycle import LEFT, TO_SHIP, WAITING, OrderStatus
from domain.orders.models import Hold, HoldReason, Order

IN_WAREHOUSE = (OrderStatus.RELEASED, OrderStatus.PICKED, OrderStatus.PACKED)
SLIPS = (printing.PrintKind.PACKING_SLIP,)
"""What goes into the parcel; pick lists are of waves, labels of packages."""
OWN_PAPERS = (printing.PrintKind.ORDER, printing.PrintKind.PACKING_SLIP, printing.PrintKind.INVOICE_LIST)
PAID_AND_WAITING = (OrderStatus.UNREVIEWED, OrderStatus.AWAITING_FINANCE)
WAITS = exists(select(1).where(Hold.order_id == Order.id, Hold.released_at.is_(None)))


class OrderWorklist(StrEnum):
    """What is to be done next with an order."""

    TO_REVIEW = "TO_REVIEW"
    ON_HOLD = "ON_HOLD"
    TO_FINANCE = "TO_FINANCE"
    TO_ALLOCATE = "TO_ALLOCATE"
    TO_RELEASE = "TO_RELEASE"
    TO_PRINT = "TO_PRINT"
    TO_PRINT_AGAIN = "TO_PRINT_AGAIN"
    TO_PICK = "TO_PICK"
    TO_PACK = "TO_PACK"
    TO_SHIP = "TO_SHIP"
    SHIPPED_TODAY = "SHIPPED_TODAY"
    EXCEPTIONS = "EXCEPTIONS"
    PREORDERS = "PREORDERS"


W = OrderWorklist


@dataclass(frozen=True, slots=True)
class WorklistCount:
    """How many orders are on a worklist, counted to 10,000 at most."""

    worklist: OrderWorklist
    count: int
    count_is_exact: bool


@dataclass(frozen=True, slots=True)
class HoldCount:
    """How many orders wait for one reason before review, are stopped by it afterwards, and have it after they left."""

    reason: HoldReason
    waiting: int
    stopped: int
    left: int


def _stands(*states: OrderStatus) -> ColumnElement[bool]:
    """Build the condition that an order is in one of these states.

    They are written out: a parameter hides from the planner how many rows there are, and it would look holds up order
    by order.
    """
    return Order.status.in_(literal_column(f"'{each.value}'", Order.status.type) for each in states)


CONDITIONS: dict[OrderWorklist, ColumnElement[bool]] = {
    W.TO_REVIEW: and_(_stands(OrderStatus.UNREVIEWED), ~WAITS),
    W.ON_HOLD: and_(_stands(*WAITING), WAITS),
    W.TO_FINANCE: and_(_stands(OrderStatus.AWAITING_FINANCE), ~WAITS),
    W.TO_ALLOCATE: and_(_stands(*PAID_AND_WAITING), Order.warehouse_id.is_(None)),
    W.TO_RELEASE: and_(_stands(OrderStatus.REVIEWED), ~WAITS),
    W.TO_PRINT: and_(_stands(*IN_WAREHOUSE), ~WAITS, ~printing.printed(Order.id, SLIPS)),
    W.TO_PRINT_AGAIN: and_(
        _stands(*PAID_AND_WAITING, *TO_SHIP),
        Order.content_version > literal_column("1"),
        printing.outdated(Order.id, OWN_PAPERS, Order.content_version),
    ),
    W.TO_PICK: and_(_stands(OrderStatus.RELEASED), ~WAITS),
    W.TO_PACK: and_(_stands(OrderStatus.PICKED), ~WAITS),
    W.TO_SHIP: and_(_stands(OrderStatus.PACKED, OrderStatus.PARTLY_SHIPPED), ~WAITS),
    W.PREORDERS: and_(_stands(*WAITING), Order.kind == literal_column("'PREORDER'", Order.kind.type)),
    W.EXCEPTIONS: and_(_stands(*TO_SHIP, *LEFT), WAITS),
}
"""What depends on no moment; each begins with what an index serves."""


def on_worklist(worklist: OrderWorklist, at: datetime) -> ColumnElement[bool]:
    """Build the condition that an order is on a worklist at a moment."""
    if worklist is W.SHIPPED_TODAY:
        return Order.shipped_at >= inventory.start_of(literal(inventory.today(at)))
    return CONDITIONS[worklist]


async def worklist_counts(read: Read, responsible_ids: Sequence[UUID] | None = None) -> list[WorklistCount]:
    """Count every worklist within the caller's channels, in one statement."""
    at = now()
    counts = [_counted(read, on_worklist(each, at), responsible_ids).label(each.value) for each in OrderWorklist]
    found = await read.one(select(*counts))
    told = {each: getattr(found, each.value) for each in OrderWorklist}
    return [WorklistCount(each, min(count, COUNT_MAX), count <= COUNT_MAX) for each, count in told.items()]


def _counted(read: Read, condition: ColumnElement[bool], responsible_ids: Sequence[UUID] | None) -> Any:
    orders = _of(read, select(ONE).where(condition), responsible_ids)
    cut = orders.limit(AT_MOST).subquery()
    return select(func.count()).select_from(cut).scalar_subquery()


def _of(read: Read, statement: Select[Any], responsible_ids: Sequence[UUID] | None) -> Select[Any]:
    statement = visible(statement, read.actor, channel=Order.channel_id)
    return statement if responsible_ids is None else statement.where(Order.responsible_id.in_(responsible_ids))


async def hold_counts(read: Read, responsible_ids: Sequence[UUID] | None = None) -> list[HoldCount]:
    """Count what waits for each reason, the most frequent first."""
    waiting = func.count().filter(_stands(*WAITING))
    stopped = func.count().filter(_stands(*TO_SHIP))
    left = func.count().filter(_stands(*LEFT))
    statement: Select[Any] = (
        select(Hold.reason)
        .add_columns(waiting.label("waiting"), stopped.label("stopped"), left.label("left"))
        .join(Order, Order.id == Hold.order_id)
        .where(Hold.released_at.is_(None), _stands(*WAITING, *TO_SHIP, *LEFT))
        .group_by(Hold.reason)
        .order_by(func.count().desc(), Hold.reason)
    )
    rows = await read.rows(_of(read, statement, responsible_ids))
    return [HoldCount(row.reason, row.waiting, row.stopped, row.left) for row in rows]
