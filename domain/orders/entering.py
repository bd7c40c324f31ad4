"""Entering an order made here (录入订单): written, its stock claimed, its warehouse and carrier chosen, and checked.

The stock is taken as late as possible: the row that all buyers of one article want is locked as shortly as possible.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, update
from sqlalchemy.dialects.postgresql import insert

from domain import inventory
from domain.inventory import Choice, WantedLine
from domain.kernel import Refusal, Work
from domain.orders import bundling, carrying, checking, deposits, giving, holding, preorders
from domain.orders.batches import table_of
from domain.orders.blacklist import Key
from domain.orders.claiming import CLASS_OF
from domain.orders.events import OrderPlaced
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order, OrderLine

ORDERS = table_of(Order)
# Made once: building a statement anew costs more than running it.
INSERT_ORDER = insert(ORDERS).on_conflict_do_nothing().returning(ORDERS.c.number)
INSERT_LINES = insert(table_of(OrderLine))
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
    # The only warehouse is written at once, and the carrier from it; with several, stock decides.
    order.warehouse_id = sending.found.warehouses[0] if len(sending.found.warehouses) == 1 else None
    known = (order.warehouse_id, order.carrier_code)
    await _insert(work, order)
    await work.execute(INSERT_LINES, rows)
    work.record(OrderPlaced(order_id=order.id, channel_id=order.channel_id))
    try:
        choice = await _claim(work, order, rows, sending.found.warehouses)
    except inventory.StockShort as refused:
        try:
            await preorders.wait_for_goods(work, order, rows, sending.found.warehouses, refused)
        except inventory.PreordersFull as full:
            raise full.at(*_line_of(full.variant_id, rows)) from None
        choice = Choice(None, Decimal(0), ())
    await carrying.settle(work, order, sending, choice)
    if known != (order.warehouse_id, order.carrier_code):
        sent = {"order": order.id, "warehouse": order.warehouse_id, "carrier": order.carrier_code}
        await work.execute(SEND_OTHERWISE, sent)
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        await giving.give_gifts(work, [order.id])
    reasons = await checking.reasons_of(work, {order.id: carrying.as_row(order)}, {order.id: rows}, black)
    await holding.open_holds(work, {order.id: {**reasons[order.id], **deposits.unpaid_rest(order)}})
    return order


async def _insert(work: Work, order: Order) -> None:
    number = await work.session.scalar(INSERT_ORDER, {key: getattr(order, key) for key in INSERTED})
    if number is None:
        raise OrderExists(external_number=order.external_number or "").at("input", "externalNumber")
    order.number = number


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
