"""Editing (改单): what of an order a person may change until when, and what every change has in common.

A change of what review vouches for (lines and amounts) sends a reviewed order back to review. Claims move in the same
transaction; what the platform said of a changed field is kept, so that its next version undoes no change (`keeping`).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.inventory import ClaimClass
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, Work, visible
from domain.orders import checking, giving, keeping, loading, reminders, waiting
from domain.orders.events import OrderEdited
from domain.orders.importing import NOTHING
from domain.orders.kinds import FOLLOWING, OrderKind
from domain.orders.lifecycle import WAITING, OrderStatus
from domain.orders.models import Order, OrderLine, OrderSource

S = OrderStatus
TEXT_LENGTH_MAX = 1_000


class Editable(StrEnum):
    """What of an order may be changed."""

    GOODS = "GOODS"
    RECEIVER = "RECEIVER"
    REMARK = "REMARK"
    MEMO = "MEMO"


WINDOWS: Mapping[Editable, tuple[OrderStatus, ...]] = {
    # Lines, prices, discount, freight, gifts: until the warehouse works on it; a released order is recalled first.
    Editable.GOODS: (*WAITING, S.REVIEWED),
    # Until the label is on the parcel.
    Editable.RECEIVER: (*WAITING, S.REVIEWED, S.RELEASED, S.PICKED),
    # Until the parcel has left.
    Editable.REMARK: (*WAITING, S.REVIEWED, S.RELEASED, S.PICKED, S.PACKED, S.PARTLY_SHIPPED),
    # A note of the house about the order, whatever became of it.
    Editable.MEMO: tuple(each for each in S if each not in (S.MERGED, S.SPLIT)),
}
"""The states in which each may change; until the last of them."""


class LineShipped(Refusal):
    """{title} was shipped or cancelled in part already: its {what} cannot be changed any more."""

    title: str
    what: str
    chinese = "{title} 已部分发货或取消，{what} 不能再修改"


class GoodsFixed(Refusal):
    """The goods and amounts of {kind} order {number} were agreed: cancel it and make another one to have others."""

    number: str
    kind: str
    chinese = "订单 {number}（{kind}）的商品和金额已约定，如需更改请取消后重新建单"


async def order_to_edit(work: Work, order_id: UUID, part: Editable, expected_version: int | None) -> Order:
    """Lock an order of which this part may still be changed, by this person."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, WINDOWS[part])
    if part is Editable.GOODS and _is_fixed(order):
        raise GoodsFixed(number=order.number, kind=order.kind.value).at("input", "id")
    return order


def _is_fixed(order: Order) -> bool:
    """Whether goods and amounts are what was agreed; those of a platform's deposit order until it is paid."""
    agreed = order.source is OrderSource.PLACED or order.status is OrderStatus.AWAITING_PAYMENT
    return order.kind in FOLLOWING or (order.kind is OrderKind.DEPOSIT and agreed)


async def line_to_edit(
    work: Work, order_line_id: UUID, expected_version: int | None
) -> tuple[Order, list[OrderLine], OrderLine]:
    """Lock the order of a line whose goods may still be changed; give the order, all its lines and the line."""
    statement = select(OrderLine.order_id).join(Order, Order.id == OrderLine.order_id)
    statement = visible(statement.where(OrderLine.id == order_line_id), work.actor, channel=Order.channel_id)
    order_id = await work.session.scalar(statement)
    if order_id is None:
        raise _no_line(order_line_id)
    order = await order_to_edit(work, order_id, Editable.GOODS, expected_version)
    lines = await loading.lines_for_change(work, order)
    line = next((each for each in lines if each.id == order_line_id), None)
    if line is None:  # It moved to another order while we waited for the lock.
        raise _no_line(order_line_id)
    return order, lines, line


def _no_line(order_line_id: UUID) -> Refusal:
    return NotFound(what="order line", which=str(order_line_id)).at("input", "orderLineId")


async def begin_goods(work: Work, order: Order, lines: Sequence[OrderLine]) -> None:
    """Remember what the platform says of the goods, and take a reviewed order back to review."""
    if order.source is OrderSource.IMPORTED:
        before = keeping.goods_before([keeping.row_of(each) for each in lines], order.freight_amount)
        order.kept = keeping.noting(order.kept, {keeping.GOODS: before})
    if order.status is OrderStatus.REVIEWED:
        loading.become(work, order, OrderStatus.UNREVIEWED)
        order.reviewed_by = order.reviewed_at = order.finance_reviewed_by = order.finance_reviewed_at = None
        await inventory.promote(work, [order.id], ClaimClass.TO_REVIEW)
        await reminders.stop_reminding(work, [order.id])


async def finish_goods(work: Work, order: Order, lines: Sequence[OrderLine], *, claims: bool) -> Order:
    """Total an order anew from its lines, and claim what it now needs."""
    total(order, lines)
    note_edit(work, order, [keeping.GOODS])
    await work.session.flush()
    if claims:
        await waiting.claim_for_waiting(work, [order.id])
        await work.session.refresh(order)
    taken_out = any(each.gift_rule_id is not None and each.quantity == NOTHING for each in lines)
    if not taken_out and order.split_from_id is None:
        # Who took a gift out wants none, and a part has its share of them; else the rules look at the order as it is.
        await giving.take_gifts_back(work, [order.id])
        await giving.give_gifts(work, [order.id])
    await checking.check_orders(work, [order.id])
    return order


def total(order: Order, lines: Sequence[OrderLine]) -> None:
    """Make the amounts of an order those of its lines; total = goods − discount + freight."""
    order.goods_amount = Money.total(each.list_amount for each in lines)
    order.discount_amount = order.goods_amount - Money.total(each.line_amount for each in lines)
    order.total_amount = order.goods_amount - order.discount_amount + order.freight_amount


def note_edit(work: Work, order: Order, fields: Sequence[str]) -> None:
    """Note who changed an order, tell the company, and let it be checked as it is now."""
    loading.touch(work, order)
    order.content_version = order.version
    checking.check_at_closing(work, [order.id])
    work.record(OrderEdited(order_id=order.id, fields=list(fields)))


def change_fields(order: Order, changed: Mapping[str, Any]) -> list[str]:
    """Set fields of an order and remember what the platform says of them; says which really changed."""
    differing = {key: value for key, value in changed.items() if getattr(order, key) != value}
    if order.source is OrderSource.IMPORTED:
        order.kept = keeping.noting(order.kept, {key: getattr(order, key) for key in differing})
    for key, value in differing.items():
        setattr(order, key, value)
    return sorted(differing)


def refuse_moved(line: OrderLine, what: str) -> None:
    """Refuse to change a line of which a part has left or was cancelled: parcels and refunds count on it."""
    if line.shipped_quantity > NOTHING or line.cancelled_quantity > NOTHING:
        raise LineShipped(title=line.title, what=what).at("input", "orderLineId")


def check_currency(order: Order, currency: str | None, field: str) -> None:
    """Refuse an amount in another currency than the order's."""
    if currency not in (None, order.currency):
        problem = f"is in {currency}, the order is in {order.currency}"
        raise BadInput(field=field, problem=problem).at("input", field, "currency")


def text_of(given: str | None, field: str) -> str | None:
    """Read a text that may be empty (then it is none), or refuse what no column or platform can hold."""
    text = (given or "").strip()
    if len(text) > TEXT_LENGTH_MAX or "\0" in text:
        problem = f"must have at most {TEXT_LENGTH_MAX} characters, all of them text"
        raise BadInput(field=field, problem=problem).at("input", field)
    return text or None


def scaled(amount: Money, part: Quantity, whole: Quantity) -> Money:
    """Give an amount the size it has for another quantity, rounded half up to the cent."""
    return Money.rounded(amount.value * part.value / whole.value)
