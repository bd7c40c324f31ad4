"""Exchanges (换货): goods come back, others go out, and the difference is paid or refunded, exact to the cent.

What goes out of an article that comes back costs what was paid for it; everything else costs the price in force. The
order waits (`AWAITING_RETURN`) until the goods are back, or until a person who may lets it go before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from domain.kernel import BadInput, Money, Work, action, identifier
from domain.orders import coming_back, entering, importing, originals, placing, sharing
from domain.orders.batches import insert_rows
from domain.orders.events import ReturnExpected
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingReceiver
from domain.orders.kind_models import ExpectedReturn
from domain.orders.kinds import OrderKind
from domain.orders.models import Order
from domain.orders.originals import FollowUp, Named, NamedLine
from domain.orders.placing import PlacedLine, Sold
from domain.orders.review import reason_of

NO_MONEY = Money(0)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What of an order comes back, what goes out for it, why, and what the buyer pays for freight."""

    returns: Sequence[NamedLine]
    lines: Sequence[PlacedLine]
    reason: str
    freight_amount: Money = NO_MONEY
    currency: str | None = None
    receiver: IncomingReceiver | None = None


@dataclass(frozen=True)
class Outgoing:
    """An article that goes out and what it is worth: as was paid for what comes back of it, else at today's price."""

    sold: Sold
    worth: Money


@action
async def exchange_order(work: Work, order_id: UUID, exchange: Exchange, expected_version: int | None = None) -> Order:
    """Exchange shipped goods of an order for others: a new order that waits until they are back, then for review."""
    reason = reason_of(exchange.reason)
    wanted = placing.check_lines(exchange.lines)
    placing.check_amount(exchange.freight_amount, "freightAmount")
    original = await originals.original_for(work, order_id, expected_version)
    if exchange.currency not in (None, original.currency):
        problem = f"is in {exchange.currency}, the order is in {original.currency}"
        raise BadInput(field="freightAmount", problem=problem).at("input", "freightAmount", "currency")
    back = await originals.named(work, original, exchange.returns, OrderKind.EXCHANGE, "returns")
    outgoing = worths(await placing.sold_lines(work, original.channel_id, wanted), back)
    amounts = settled(outgoing, back, exchange.freight_amount)
    follow_up = FollowUp(kind=OrderKind.EXCHANGE, reason=reason, receiver=exchange.receiver)
    order = originals.head_of(work, original, follow_up, amounts)
    rows = await placing.exploded(work, order, _rows(order, outgoing), [each.sold for each in outgoing])
    await entering.enter(work, order, rows)
    await insert_rows(work, ExpectedReturn, [_expected(order, each) for each in back])
    await _await_return(work, order, back)
    work.record(ReturnExpected(exchange_order_id=order.id))
    return order


def worths(sold: Sequence[Sold], back: Sequence[Named]) -> list[Outgoing]:
    """Say what goes out is worth: one article for the same is even, whatever it costs today."""
    left: dict[UUID | None, list[Named]] = {}
    for each in back:
        left.setdefault(each.line.variant_id, []).append(each)
    return [_worth(each, left.get(each.variant.id, [])) for each in sold]


def _worth(sold: Sold, left: list[Named]) -> Outgoing:
    wanted, worth = sold.quantity, NO_MONEY
    while left and wanted > NOTHING:
        same = left.pop(0)
        part = min(wanted, same.quantity)
        share = sharing.by_quantity(same.credit, [part, same.quantity - part])[0]
        worth, wanted = worth + share, wanted - part
        if part < same.quantity:
            left.insert(0, replace(same, quantity=same.quantity - part, credit=same.credit - share))
    return Outgoing(sold, worth + sold.unit_price * wanted)


def settled(outgoing: Sequence[Outgoing], back: Sequence[Named], freight: Money) -> dict[str, Money]:
    """Take what comes back off what goes out; what comes back beyond that is to be refunded."""
    goods, returned = Money.total(each.worth for each in outgoing), Money.total(each.credit for each in back)
    discount = min(goods, returned)
    return {
        "goods_amount": goods,
        "discount_amount": discount,
        "freight_amount": freight,
        "total_amount": goods - discount + freight,
    }


def _rows(order: Order, outgoing: Sequence[Outgoing]) -> list[dict[str, Any]]:
    """Make the lines, each with its share of what comes back."""
    shares = sharing.by_amount(order.discount_amount, [each.worth for each in outgoing])
    rows = []
    for position, (each, share) in enumerate(zip(outgoing, shares, strict=True), start=1):
        paid = each.worth - share
        priced = {"list_amount": each.worth, "line_amount": paid}
        one = importing.unit_price_of(paid, each.sold.quantity)
        rows.append(placing.line_of(order, position, each.sold) | priced | {"unit_price": one})
    return rows


def _expected(order: Order, back: Named) -> dict[str, Any]:
    return {
        "id": identifier(),
        "order_id": order.id,
        "original_line_id": back.line.id,
        "quantity": back.quantity,
        "credit_amount": back.credit,
        "received_quantity": NOTHING,
    }


async def _await_return(work: Work, order: Order, back: Sequence[Named]) -> None:
    await coming_back.wait_for(work, order, [(each.quantity, each.line.title) for each in back])
