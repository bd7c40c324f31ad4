"""Reading orders (订单查询): by key and by page, within the caller's channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, or_, select, union

from domain.kernel import Ordering, Page, PageRequest, Read, Reading, by_key, constant, now, page, visible
from domain.orders.batches import among, table_of
from domain.orders.kind_models import ExpectedReturn
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Hold, HoldReason, Order, OrderDecision, OrderLine, Trade, TradeState
from domain.orders.searching import found_by
from domain.orders.worklists import OrderWorklist, on_worklist

ORDER_COLUMNS = tuple(table_of(Order).c)
LINE_COLUMNS = (*table_of(OrderLine).c, Order.currency)
RETURN_COLUMNS = (*table_of(ExpectedReturn).c, Order.currency)
HOLD_COLUMNS = tuple(table_of(Hold).c)
ORDERS = constant(select(*ORDER_COLUMNS))
LINES = select(*LINE_COLUMNS).join(Order, Order.id == OrderLine.order_id)
HOLDS = select(*HOLD_COLUMNS).join(Order, Order.id == Hold.order_id).where(Hold.released_at.is_(None))
TRADE_COLUMNS = tuple(each for each in table_of(Trade).c if each.key != "payload")

orders_by_id = Reading(ORDERS, Order.id, channel=Order.channel_id)
order_lines_by_id = Reading(LINES, OrderLine.id, channel=Order.channel_id)
# The lines of orders, in their order.
lines_of = Reading(LINES.order_by(OrderLine.position), OrderLine.order_id, many=True, channel=Order.channel_id)
# The parts of split orders, as they were made; and the orders that were merged into others.
parts_of = Reading(
    select(*ORDER_COLUMNS).where(Order.merged_into_id.is_(None)).order_by(Order.number),
    Order.split_from_id,
    many=True,
    channel=Order.channel_id,
)
merged_into = Reading(
    select(*ORDER_COLUMNS).order_by(Order.number), Order.merged_into_id, many=True, channel=Order.channel_id
)
# The orders that refer to others: resent or exchanged.
follow_ups_of = Reading(
    select(*ORDER_COLUMNS).where(Order.merged_into_id.is_(None), Order.split_from_id.is_(None)).order_by(Order.number),
    Order.original_id,
    many=True,
    channel=Order.channel_id,
)
# What exchange orders expect back, in the order of the lines.
expected_returns_of = Reading(
    select(*RETURN_COLUMNS)
    .join(OrderLine, OrderLine.id == ExpectedReturn.original_line_id)
    .join(Order, Order.id == ExpectedReturn.order_id)
    .order_by(OrderLine.position),
    ExpectedReturn.order_id,
    many=True,
    channel=Order.channel_id,
)
# Why orders wait: their open holds, by reason.
holds_of = Reading(HOLDS.order_by(Hold.reason), Hold.order_id, many=True, channel=Order.channel_id)


# Why orders are sent from where and by whom, the last decision first.
decisions_of = Reading(
    select(*table_of(OrderDecision).c)
    .join(Order, Order.id == OrderDecision.order_id)
    .order_by(OrderDecision.decided_at.desc(), OrderDecision.id.desc()),
    OrderDecision.order_id,
    many=True,
    channel=Order.channel_id,
)


def orders_by_placed(*, descending: bool = True) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering("orders.placed", (Order.placed_at, Order.id), ("placed_at", "id"), parsers, descending)


def orders_by_updated(*, descending: bool = True) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering("orders.updated", (Order.updated_at, Order.id), ("updated_at", "id"), parsers, descending)


TRADES_BY_RECEIVED = Ordering(
    name="trades.received",
    columns=(Trade.received_at, Trade.id),
    keys=("received_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """Which orders; what is None does not matter."""

    statuses: Sequence[OrderStatus] | None = None
    kinds: Sequence[OrderKind] | None = None
    channel_ids: Sequence[UUID] | None = None
    warehouse_ids: Sequence[UUID] | None = None
    responsible_ids: Sequence[UUID] | None = None
    customer_ids: Sequence[UUID] | None = None
    held_for: Sequence[HoldReason] | None = None
    on_hold: bool | None = None
    numbers: Sequence[str] | None = None
    external_numbers: Sequence[str] | None = None
    receiver_phone: str | None = None
    number_contains: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    worklist: OrderWorklist | None = None
    search: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Turn the filter into conditions; each is served by an index."""
        listed = [] if self.worklist is None else [on_worklist(self.worklist, now())]
        searched = [] if self.search is None else found_by(self.search)
        return [*self._among(), *listed, *self._waiting(), *self._exactly(), *self._between(), *searched]

    def _among(self) -> list[ColumnElement[bool]]:
        chosen: tuple[tuple[Any, Sequence[Any] | None], ...] = (
            (Order.status, self.statuses),
            (Order.kind, self.kinds),
            (Order.number, self.numbers),
            (Order.external_number, self.external_numbers),
            (Order.channel_id, self.channel_ids),
            (Order.warehouse_id, self.warehouse_ids),
            (Order.responsible_id, self.responsible_ids),
            (Order.customer_id, self.customer_ids),
        )
        return [column.in_(values) for column, values in chosen if values is not None]

    def _waiting(self) -> list[ColumnElement[bool]]:
        if self.held_for is None and self.on_hold is None:
            return []
        waiting = select(1).where(Hold.order_id == Order.id, Hold.released_at.is_(None))
        conditions: list[ColumnElement[bool]] = []
        if self.held_for is not None:
            conditions.append(waiting.where(Hold.reason.in_(self.held_for)).exists())
        if self.on_hold is not None:
            conditions.append(waiting.exists() if self.on_hold else ~waiting.exists())
        return conditions

    def _exactly(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.receiver_phone is not None:
            conditions.append(Order.receiver_phone == self.receiver_phone)
        if self.number_contains is not None:
            within = (Order.number, Order.external_number)
            conditions.append(or_(*(each.icontains(self.number_contains, autoescape=True) for each in within)))
        return conditions

    def _between(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.placed_from is not None:
            conditions.append(Order.placed_at >= self.placed_from)
        if self.placed_to is not None:
            conditions.append(Order.placed_at < self.placed_to)
        return conditions


EVERYTHING = OrderFilter()


async def orders_by_number(read: Read, numbers: Sequence[str]) -> Mapping[str, Any]:
    statement = select(*ORDER_COLUMNS).where(Order.number.in_(numbers))
    return by_key(await read.rows(visible(statement, read.actor, channel=Order.channel_id)), "number")


async def orders_page(
    read: Read, request: PageRequest, where: OrderFilter = EVERYTHING, ordering: Ordering | None = None
) -> Page:
    """Read a page of orders, the latest placed first unless told otherwise."""
    statement, conditions = visible(ORDERS, read.actor, channel=Order.channel_id), where.conditions()
    statement = statement.where(*conditions) if conditions else statement
    return await page(read, statement, ordering or orders_by_placed(), request)


async def unreadable_trades_page(read: Read, request: PageRequest) -> Page:
    """Read a page of trades that no rule understands, the latest first."""
    statement = select(*TRADE_COLUMNS).where(Trade.state == TradeState.UNREADABLE)
    return await page(read, visible(statement, read.actor, channel=Trade.channel_id), TRADES_BY_RECEIVED, request)


async def trades_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    statement = select(*TRADE_COLUMNS).where(among(Trade.id, ids))
    return by_key(await read.rows(visible(statement, read.actor, channel=Trade.channel_id)))


async def trade_payloads(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Read trades as they were received; they hold the buyers' data."""
    statement = select(Trade.id, Trade.payload).where(among(Trade.id, ids))
    rows = await read.rows(visible(statement, read.actor, channel=Trade.channel_id))
    return {row.id: row.payload for row in rows}


def holders_of(trade_id: Any) -> Subquery:
    """Say which orders show what is known of a trade: those that have lines of it, and the one it became.

    One that lives on in others has none of its own.
    """
    line = table_of(OrderLine).c
    held = select(
        line.order_id.label("holder_id"), func.coalesce(line.origin_order_id, line.order_id).label("trade_id")
    )
    return union(held, select(trade_id.label("holder_id"), trade_id.label("trade_id"))).subquery("held")
