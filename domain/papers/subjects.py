"""What papers are of (打印对象): where each kind of subject stands, who may see it, and what must not be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from domain import fulfilment, inventory, orders, stocktaking, transfers
from domain.kernel import NotFound, Refusal, Table, Work, visible
from domain.printing import Printed, PrintKind

NAMED_MAX = 20
S = orders.OrderStatus
GONE = frozenset({S.CANCELLED, S.CLOSED, S.MERGED, S.SPLIT})
"""Of what lives on in others, the goods leave by the papers of those."""
STOPPING = frozenset(
    {
        orders.HoldReason.CHANGED_ON_PLATFORM,
        orders.HoldReason.CANCELLED_ON_PLATFORM,
        orders.HoldReason.REFUND_REQUESTED,
    }
)
"""While an order waits for one of these, somebody must look at it before it is picked, packed or shipped."""
TO_HANDS = frozenset({PrintKind.PACKING_SLIP, PrintKind.PICK_LIST, PrintKind.WAYBILL_LABEL})
"""Papers by which goods leave."""


class PaperStopped(Refusal):
    """These orders must not be picked, packed or shipped now, so their papers are not printed: {orders}."""

    orders: str
    chinese = "以下订单暂不可拣货、打包、发货，因此不能打印：{orders}"


class NoWaybill(Refusal):
    """Package {number} has no waybill number yet."""

    number: str
    chinese = "包裹 {number} 还没有运单号"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Where what a paper is of stands, what its type is called, and the permission that seeing it takes."""

    table: type[Table]
    type_name: str
    what: str
    needs: str
    channel: Any = None
    warehouse: Any = None
    version: Any = None


ORDER = Subject(
    table=orders.Order,
    type_name="Order",
    what="order",
    needs="orders.view",
    channel=orders.Order.channel_id,
    version=orders.Order.version,
)
DOCUMENT, COUNT, TRANSFER = inventory.StockDocument, stocktaking.Stocktake, transfers.StockTransfer
WAVE, RELEASE, PACKAGE = fulfilment.Wave, fulfilment.Release, fulfilment.Package
SUBJECTS: dict[PrintKind, Subject] = {
    PrintKind.ORDER: ORDER,
    PrintKind.PACKING_SLIP: ORDER,
    PrintKind.INVOICE_LIST: ORDER,
    PrintKind.STOCK_DOCUMENT: Subject(
        table=DOCUMENT,
        type_name="StockDocument",
        what="stock document",
        needs="inventory.view",
        warehouse=DOCUMENT.warehouse_id,
    ),
    PrintKind.STOCK_TRANSFER: Subject(
        table=TRANSFER,
        type_name="StockTransfer",
        what="stock transfer",
        needs="transfers.view",
        warehouse=(TRANSFER.from_warehouse_id, TRANSFER.to_warehouse_id),
    ),
    PrintKind.STOCKTAKE: Subject(
        table=COUNT, type_name="Stocktake", what="stocktake", needs="stocktaking.view", warehouse=COUNT.warehouse_id
    ),
    PrintKind.PICK_LIST: Subject(
        table=WAVE, type_name="Wave", what="wave", needs="fulfilment.view", warehouse=WAVE.warehouse_id
    ),
    PrintKind.WAYBILL_LABEL: Subject(
        table=PACKAGE,
        type_name="Package",
        what="package",
        needs="fulfilment.view",
        channel=PACKAGE.channel_id,
        warehouse=PACKAGE.warehouse_id,
        version=select(orders.Order.version).where(orders.Order.id == PACKAGE.order_id).scalar_subquery(),
    ),
}

IDS = bindparam("ids", type_=ARRAY(Uuid))
HOLD = orders.models.Hold
STOPPED = (
    select(orders.Order.number, HOLD.reason)
    .join(HOLD, HOLD.order_id == orders.Order.id)
    .where(orders.Order.id == any_(IDS), HOLD.released_at.is_(None), HOLD.reason.in_(STOPPING))
    .order_by(orders.Order.number, HOLD.reason)
)
OVER = select(orders.Order.number, orders.Order.status.label("reason")).where(
    orders.Order.id == any_(IDS), orders.Order.status.in_(GONE)
)
# Whose goods a paper is about that is not of an order itself.
ORDERS_OF: dict[PrintKind, Any] = {
    PrintKind.PICK_LIST: select(RELEASE.order_id).where(RELEASE.wave_id == any_(IDS), RELEASE.ended_at.is_(None)),
    PrintKind.WAYBILL_LABEL: select(PACKAGE.order_id).where(PACKAGE.id == any_(IDS)),
}
UNLABELLED = select(PACKAGE.id, PACKAGE.number).where(PACKAGE.id == any_(IDS), PACKAGE.waybill.is_(None))


async def subjects_of(work: Work, kind: PrintKind, ids: Sequence[UUID]) -> list[Printed]:
    """Find what shall be printed, in the order that was asked for; refuse what the actor may not see."""
    subject = SUBJECTS[kind]
    columns: dict[str, Any] = subject.table.__table__.c  # type: ignore[assignment]
    place = subject.warehouse[0] if isinstance(subject.warehouse, tuple) else subject.warehouse
    found = select(columns["id"], columns["number"]).where(columns["id"] == any_(IDS))
    if subject.channel is not None:
        found = found.add_columns(subject.channel.label("channel_id"))
    if place is not None:
        found = found.add_columns(place.label("warehouse_id"))
    if subject.version is not None:
        found = found.add_columns(subject.version.label("version"))
    seen = visible(found, work.actor, channel=subject.channel, warehouse=subject.warehouse)
    rows = {row.id: dict(row._mapping) for row in await work.rows(seen, {"ids": list(ids)})}  # noqa: SLF001 — public.
    for index, each in enumerate(ids):
        if each not in rows:
            raise NotFound(what=subject.what, which=str(each)).at("input", "ids", str(index))
    return [Printed(**rows[each]) for each in ids]


async def refuse_stopped(work: Work, kind: PrintKind, ids: Sequence[UUID]) -> None:
    """Refuse papers by which goods would leave that must stay: something happened that nobody has looked at yet."""
    if kind not in TO_HANDS:
        return
    if kind is PrintKind.WAYBILL_LABEL:
        for row in await work.rows(UNLABELLED, {"ids": list(ids)}):
            raise NoWaybill(number=row.number).at("input", "ids", str(list(ids).index(row.id)))
    about = ids
    if kind in ORDERS_OF:
        about = [row.order_id for row in await work.rows(ORDERS_OF[kind], {"ids": list(ids)})]
    found = [row for statement in (STOPPED, OVER) for row in await work.rows(statement, {"ids": list(about)})]
    if found:
        named = ", ".join(f"{row.number} ({row.reason.value})" for row in found[:NAMED_MAX])
        more = f" + {len(found) - NAMED_MAX}" if len(found) > NAMED_MAX else ""
        raise PaperStopped(orders=named + more).at("input", "ids")
