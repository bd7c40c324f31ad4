"""Goods that come back to orders (退换货到货): counted on their lines, and on the exchanges that expect them.

What is expected for an exchange comes back for it: its worth pays for what goes out, and only what is beyond that is
owed to the buyer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel import BadInput, Money, Quantity, Refusal, Work
from domain.orders import holding, loading
from domain.orders.batches import among
from domain.orders.importing import NOTHING
from domain.orders.kind_models import ExpectedReturn
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order, OrderLine
from domain.orders.originals import NamedLine, cut

NO_MONEY = Money(0)


class NoExchange(Refusal):
    """Order {number} is no exchange: nothing is expected back for it."""

    number: str
    chinese = "订单 {number} 不是换货单，没有待退回的商品"


class ExpectedByExchange(Refusal):
    """{quantity} of {title} are expected back for exchange {number}; receive them there (receiveExchangeReturn)."""

    quantity: Quantity
    title: str
    number: str
    chinese = "{title} 有 {quantity} 件属于换货单 {number} 的待退回商品，请在该换货单上收货"


@dataclass(frozen=True)
class CameBack:
    """How much of a line of the original came back, and what that was worth to the buyer."""

    line_id: UUID
    quantity: Quantity
    worth: Money


@dataclass(frozen=True)
class CameForExchange:
    """What came back for an exchange, and how much of its worth goes beyond what goes out for it."""

    order: Order
    original_id: UUID
    lines: Sequence[CameBack]
    credit: Money


async def refuse_expected(work: Work, order_id: UUID, back: Mapping[UUID, Quantity]) -> None:
    """Hold an order of which goods come back, and refuse what an exchange expects: that comes back for it only."""
    order = await loading.order_for_change(work, order_id, by_anyone=True)
    expected = await _still_expected(work, list(back))
    for line in await loading.lines_for_change(work, order) if expected else ():
        still, number = expected.get(line.id, (NOTHING, ""))
        if still and line.returned_quantity + back[line.id] + still > line.shipped_quantity:
            raise ExpectedByExchange(quantity=still, title=line.title, number=number).at("input", "lines")


async def note_returned(work: Work, order_id: UUID, back: Mapping[UUID, Quantity]) -> None:
    """Count what came back of the lines of an order, or (negative) did not after all; holds the order."""
    order = await loading.order_for_change(work, order_id, by_anyone=True)
    for line in await loading.lines_for_change(work, order):
        if line.id in back:
            line.returned_quantity = line.returned_quantity + back[line.id]
    loading.touch(work, order)


async def _still_expected(work: Work, line_ids: Sequence[UUID]) -> dict[UUID, tuple[Quantity, str]]:
    """Say how much of lines is still to come for exchanges, and for which one first."""
    found: dict[UUID, tuple[Quantity, str]] = {}
    for each in await expected_by_exchanges(work, line_ids):
        before, number = found.get(each.line_id, (NOTHING, each.number))
        found[each.line_id] = (before + each.quantity, number)
    return found


@dataclass(frozen=True)
class StillExpected:
    """How much of a line an exchange still expects back."""

    exchange_id: UUID
    number: str
    line_id: UUID
    quantity: Quantity


async def expected_by_exchanges(work: Work, line_ids: Sequence[UUID]) -> list[StillExpected]:
    """List what is still to come of lines for exchanges that go on, the oldest exchange first."""
    back = ExpectedReturn
    waiting = (
        select(back.order_id, Order.number, back.original_line_id, back.quantity, back.received_quantity)
        .join(Order, Order.id == back.order_id)
        .where(among(back.original_line_id, line_ids), Order.status != OrderStatus.CANCELLED)
        .where(back.quantity > back.received_quantity)
        .order_by(Order.number)
    )
    return [
        StillExpected(row.order_id, row.number, row.original_line_id, row.quantity - row.received_quantity)
        for row in await work.rows(waiting)
    ]


async def note_exchange_return(
    work: Work, order_id: UUID, lines: Sequence[NamedLine], expected_version: int | None = None
) -> CameForExchange:
    """Note which of the goods that an exchange expects back have come; when all have, the order waits no longer."""
    order = await loading.order_for_change(work, order_id, expected_version, by_anyone=True)
    if order.kind is not OrderKind.EXCHANGE or order.original_id is None:
        raise NoExchange(number=order.number).at("input", "id")
    loading.needs_state(order, tuple(each for each in OrderStatus if each is not OrderStatus.CANCELLED))
    expected = await _expected(work, order)
    if not lines:
        raise BadInput(field="lines", problem="nothing has come").at("input", "lines")
    before = _worth(expected.values())
    back = [_receive(work, expected.get(each.order_line_id), each.quantity, at) for at, each in enumerate(lines)]
    if all(each.received_quantity == each.quantity for each in expected.values()):
        await holding.release_holds(work, [order.id], [HoldReason.AWAITING_RETURN])
    loading.touch(work, order)
    beyond = [max(each - order.discount_amount, NO_MONEY) for each in (before, _worth(expected.values()))]
    return CameForExchange(order, order.original_id, back, beyond[1] - beyond[0])


async def take_exchange_return_back(work: Work, order_id: UUID, back: Mapping[UUID, Quantity]) -> Order:
    """Let an exchange expect again what had been noted as received by mistake; only while it waits for review."""
    order = await loading.order_for_change(work, order_id, by_anyone=True)
    loading.needs_state(order, (OrderStatus.AWAITING_PAYMENT, OrderStatus.UNREVIEWED))
    expected = await _expected(work, order)
    for line_id, quantity in back.items():
        expected[line_id].received_quantity -= quantity
    await work.session.flush()
    titles = select(OrderLine.id, OrderLine.title).where(among(OrderLine.id, list(expected)))
    named = {row.id: row.title for row in await work.rows(titles.order_by(OrderLine.position))}
    rest = {key: each.quantity - each.received_quantity for key, each in expected.items()}
    await wait_for(work, order, [(rest[key], title) for key, title in named.items() if rest[key] > NOTHING])
    loading.touch(work, order)
    return order


async def wait_for(work: Work, order: Order, back: Sequence[tuple[Quantity, str]]) -> None:
    """Let an exchange wait until so much of these articles is back."""
    evidence = ", ".join(f"{quantity} of {title}" for quantity, title in back)
    await holding.settle_hold(work, HoldReason.AWAITING_RETURN, {order.id: f"expected back: {evidence}"})


async def _expected(work: Work, order: Order) -> dict[UUID, ExpectedReturn]:
    statement = select(ExpectedReturn).where(ExpectedReturn.order_id == order.id).with_for_update()
    found = await work.session.scalars(statement.execution_options(populate_existing=True))
    return {each.original_line_id: each for each in found}


def _worth(expected: Any) -> Money:
    """Say what the goods that came were worth to the buyer."""
    return Money.total(cut(each.credit_amount, each.received_quantity, each.quantity) for each in expected)


def _receive(work: Work, expected: ExpectedReturn | None, quantity: Quantity, index: int) -> CameBack:
    place = ("input", "lines", str(index))
    if expected is None:
        raise BadInput(field="orderLineId", problem="is no line this exchange expects back").at(*place, "orderLineId")
    rest = expected.quantity - expected.received_quantity
    if not NOTHING < quantity <= rest:
        problem = f"{quantity} cannot have come, {rest} is still expected"
        raise BadInput(field="quantity", problem=problem).at(*place, "quantity")
    before = _worth([expected])
    expected.received_quantity += quantity
    expected.received_at, expected.received_by = work.now, work.actor.name
    return CameBack(expected.original_line_id, quantity, _worth([expected]) - before)
