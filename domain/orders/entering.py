"""Entering an order made here (录入订单): written, its stock claimed, its warehouse and carrier chosen, and checked.

The stock is taken as late as possible: the row that all buyers of one article want is locked as shortly as possible.
"""

import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, Uuid, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from domain import inventory
from domain.inventory import Choice, WantedLine
from domain.kernel import Refusal, Work
from domain.orders import bundling, carrying, checking, decisions, deposits, giving, holding, preorders
from domain.orders.batches import Rows, arrays_of, given_rows, inserting, table_of
from domain.orders.blacklist import Key
from domain.orders.claiming import CLASS_OF
from domain.orders.events import OrderPlaced
from domain.orders.grounds import Row
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order, OrderDecision, OrderLine

ORDERS = table_of(Order)
# Made once: building a statement anew costs more than running it.
LINES, DECISIONS = table_of(OrderLine), table_of(OrderDecision)
INSERTED = tuple(each.key for each in ORDERS.c if each.key != "number")
SEND_OTHERWISE = (
    update(ORDERS)
    .where(ORDERS.c.id == bindparam("order"))
    .values(warehouse_id=bindparam("warehouse", type_=Uuid()), carrier_code=bindparam("carrier"))
)


class OrderExists(Refusal):
    """Order {external_number} was placed already."""

    external_number: str
    chinese = "订单 {external_number} 已存在"


async def enter(
    work: Work, order: Order, rows: Sequence[dict[str, Any]], black: Mapping[Key, Any] | None = None
) -> Order:
    """Write an order with its lines and claim its stock, all of it or it is refused."""
    sending = await carrying.prepare(work, order, rows)
    # With one warehouse all is decided before its stock is held; with several, stock decides.
    places = sending.found.warehouses
    expected = Choice(inventory.WarehouseId(places[0]) if len(places) == 1 else None, Decimal(0), ())
    order.warehouse_id = expected.warehouse_id
    said, blocked = carrying.decide(order, sending, expected) if len(places) == 1 else ([], {})
    known = (order.warehouse_id, order.carrier_code)
    await _insert(work, order, rows, decisions.rows_of(work, said))
    work.record(OrderPlaced(order_id=order.id, channel_id=order.channel_id))
    heads: dict[UUID, Row] = {order.id: carrying.as_row(order)}
    reasons = (await checking.reasons_of(work, heads, {order.id: rows}, black, sending.grounds))[order.id]
    choice = await _claim_or_wait(work, order, rows, places)
    if not said or choice != expected:
        if said:
            await decisions.take_back_decisions(work, order.id)
        await carrying.settle(work, order, sending, choice)
        blocked = {}
    if known != (order.warehouse_id, order.carrier_code):
        sent = {"order": order.id, "warehouse": order.warehouse_id, "carrier": order.carrier_code}
        await work.execute(SEND_OTHERWISE, sent)
    if order.status is not OrderStatus.AWAITING_PAYMENT and sending.grounds.has_gifts:
        await giving.give_gifts(work, [order.id])
    await holding.open_holds(work, {order.id: {**blocked, **reasons, **deposits.unpaid_rest(order)}})
    return order


async def _insert(work: Work, order: Order, lines: Rows, said: Rows) -> None:
    """Write an order with its lines and what was decided about it, or nothing of it if there is one of its number."""
    parts = [(table, rows) for table, rows in ((LINES, lines), (DECISIONS, said)) if rows]
    statement = _entering(tuple((table, tuple(rows[0])) for table, rows in parts))
    head = {key: getattr(order, key) for key in INSERTED}
    number = await work.session.scalar(statement, arrays_of([(ORDERS, [head]), *parts]))
    if number is None:
        raise OrderExists(external_number=order.external_number or "").at("input", "externalNumber")
    order.number = number


@functools.cache
def _entering(parts: tuple[tuple[Table, tuple[str, ...]], ...]) -> Select[Any]:
    """Build the statement once for each set of columns: building it costs more than running it."""
    order = insert(ORDERS).from_select(list(INSERTED), given_rows(ORDERS, INSERTED)).on_conflict_do_nothing()
    made = order.returning(ORDERS.c.number).cte("made")
    others = [
        inserting(table, keys, given_rows(table, keys).where(exists(select(made)))).cte(f"{table.name}_made")
        for table, keys in parts
    ]
    return select(made.c.number).add_cte(*others)


async def _claim_or_wait(
    work: Work, order: Order, rows: Sequence[dict[str, Any]], warehouses: Sequence[UUID]
) -> Choice:
    """Claim the stock of an order; one that is short of preorder goods alone waits for them."""
    try:
        return await _claim(work, order, rows, warehouses)
    except inventory.StockShort as refused:
        try:
            await preorders.wait_for_goods(work, order, rows, warehouses, refused)
        except inventory.PreordersFull as full:
            raise full.at(*_line_of(full.variant_id, rows)) from None
        return Choice(None, Decimal(0), ())


async def _claim(work: Work, order: Order, rows: Sequence[Mapping[str, Any]], warehouses: Sequence[UUID]) -> Choice:
    wanted = [WantedLine(each["id"], each["variant_id"], each["quantity"], each["unit_price"]) for each in rows]
    places = [inventory.WarehouseId(each) for each in warehouses]
    try:
        return await inventory.claim_explained(work, order.id, places, wanted, CLASS_OF[order.status])
    except inventory.StockShort as refusal:
        raise refusal.at(*_line_of(refusal.variant_id, rows)) from None


def _line_of(variant_id: UUID, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Point to the line of what there is too little of."""
    short = next(each for each in rows if each["variant_id"] == variant_id)
    index = next(i for i, each in enumerate(bundling.grouped(rows)) if short in each)
    return ("input", "lines", str(index), "quantity")
