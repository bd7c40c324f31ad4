"""What can be asked about orders (订单查询)."""

from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from domain import orders
from schema.base import Info, query
from schema.filters import IdFilter, PeriodFilter, SearchFilter, TextFilter, limited
from schema.orders.types import Order, Trade
from schema.orders.worklist_types import HoldCount, WorklistCount
from schema.paging import Connection, OrderDirection, page_request
from schema.scalars import bad_input, key_of

TEXT_LENGTH_MAX = 200


@strawberry.enum(description="What orders can be ordered by.")
class OrderOrderField(Enum):
    """Each is served by an index."""

    PLACED_AT = "PLACED_AT"
    UPDATED_AT = "UPDATED_AT"


@strawberry.input(description="How orders are ordered.")
class OrderOrder:
    """The latest first unless told otherwise."""

    field: OrderOrderField = strawberry.field(default=OrderOrderField.PLACED_AT, description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end first.")


@strawberry.input(description="Which orders.")
class OrderFilter:
    """Combined by AND."""

    statuses: list[orders.OrderStatus] | None = strawberry.field(default=None, description="Where they stand.")
    kinds: list[orders.OrderKind] | None = strawberry.field(default=None, description="What they are for.")
    channel_id: IdFilter | None = strawberry.field(default=None, description="The channel.")
    warehouse_id: IdFilter | None = strawberry.field(default=None, description="The warehouse.")
    responsible_id: IdFilter | None = strawberry.field(default=None, description="The person who took them.")
    customer_id: IdFilter | None = strawberry.field(default=None, description="The customer.")
    held_for: list[orders.HoldReason] | None = strawberry.field(
        default=None, description="They wait for one of these reasons."
    )
    on_hold: bool | None = strawberry.field(default=None, description="Whether they wait for any reason.")
    number: SearchFilter | None = strawberry.field(
        default=None, description="Our number; `contains` also finds the platform's."
    )
    external_number: TextFilter | None = strawberry.field(default=None, description="The number on the platform.")
    receiver_phone: str | None = strawberry.field(default=None, description="The receiver's phone, exactly.")
    placed_at: PeriodFilter | None = strawberry.field(default=None, description="When they were placed.")
    worklist: orders.OrderWorklist | None = strawberry.field(default=None, description="What is to be done next.")
    search: str | None = strawberry.field(
        default=None,
        description="At most 5 words, all of which are found in the order: in its numbers, buyer, receiver, address,"
        " remarks, in a SKU, barcode or name of its goods, or as its phone or the last 4 digits of it.",
    )


def filter_of(given: OrderFilter) -> orders.OrderFilter:
    """Read a filter as the domain wants it."""
    period, number, external = given.placed_at, given.number, given.external_number
    if number is not None and len(number.contains or "") > TEXT_LENGTH_MAX:
        raise bad_input(f"number: at most {TEXT_LENGTH_MAX} characters")
    return orders.OrderFilter(
        statuses=given.statuses,
        kinds=given.kinds,
        channel_ids=keys_in(given.channel_id, "Channel"),
        warehouse_ids=keys_in(given.warehouse_id, "Warehouse"),
        responsible_ids=keys_in(given.responsible_id, "Staff"),
        customer_ids=keys_in(given.customer_id, "Customer"),
        held_for=given.held_for,
        on_hold=given.on_hold,
        numbers=[number.eq] if number is not None and number.eq is not None else None,
        number_contains=number.contains if number is not None else None,
        external_numbers=_texts(external),
        receiver_phone=given.receiver_phone,
        placed_from=period.from_ if period is not None else None,
        placed_to=period.to if period is not None else None,
        worklist=given.worklist,
        search=given.search,
    )


def keys_in(given: IdFilter | None, type_name: str) -> list[UUID] | None:
    """List the keys that match; an id of another type matches nothing."""
    if given is None or (given.eq is None and given.in_ is None):
        return None
    values = limited(given.in_, type_name) if given.in_ is not None else [given.eq]
    keys = {key for each in values if each is not None and (key := key_of(type_name, each)) is not None}
    if given.eq is not None:
        keys &= {key_of(type_name, given.eq)}
    return sorted(keys)


def _person(responsible_id: strawberry.ID | None) -> list[UUID] | None:
    """Ask for the orders of one person; an id of another type is of nobody."""
    if responsible_id is None:
        return None
    key = key_of("Staff", responsible_id)
    return [key] if key is not None else []


def _texts(given: TextFilter | None) -> list[str] | None:
    if given is None or (given.eq is None and given.in_ is None):
        return None
    values = limited(given.in_, "externalNumber") if given.in_ is not None else [given.eq]
    return [each for each in values if given.eq is None or each == given.eq]


@strawberry.type
class OrdersQuery:
    """Root fields."""

    @query(Order | None, "One order; null when there is none that you may see.", needs="orders.view")
    async def order(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002
        key = key_of("Order", id)
        return None if key is None else await info.context.load(orders.orders_by_id, key)

    @query(Connection[Order], "Orders, the latest placed first unless told otherwise.", needs="orders.view")
    async def orders(  # noqa: PLR0917 — The arguments of a list are the contract.
        self,
        info: Info,
        where: OrderFilter | None = None,
        order_by: OrderOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        wanted = order_by or OrderOrder()
        by = orders.orders_by_placed if wanted.field is OrderOrderField.PLACED_AT else orders.orders_by_updated
        ordering = by(descending=wanted.direction is OrderDirection.DESC)
        request = page_request(first, after, last, before)
        return await orders.orders_page(info.context.read, request, filter_of(where or OrderFilter()), ordering)

    @query(list[WorklistCount], "How many orders are on each worklist.", needs="orders.view")
    async def order_worklists(self, info: Info, responsible_id: strawberry.ID | None = None) -> Any:
        return await orders.worklist_counts(info.context.read, _person(responsible_id))

    @query(list[HoldCount], "How many orders wait for each reason, the most frequent first.", needs="orders.view")
    async def order_hold_counts(self, info: Info, responsible_id: strawberry.ID | None = None) -> Any:
        return await orders.hold_counts(info.context.read, _person(responsible_id))

    @query(Connection[Trade], "Trades that no rule understands, the latest first.", needs="orders.view")
    async def unreadable_trades(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await orders.unreadable_trades_page(info.context.read, page_request(first, after, last, before))
