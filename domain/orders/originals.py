"""Orders that refer to another one (补发换货): what of the original they may name, and how they begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.kernel import BadInput, Money, Quantity, Refusal, Work, identifier
from domain.orders import holds, importing, loading
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingReceiver
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order, OrderLine, OrderSource
from domain.orders.sharing import CENT

NAMED_MAX = 200
COPIED = (
    "channel_id",
    "customer_id",
    "receiver_name",
    "receiver_phone",
    "province",
    "city",
    "district",
    "town",
    "address_detail",
    "postal_code",
    "address_token",
    "currency",
)

# What lives on in parts is counted there, of what was cancelled only what really came, and what came back without an
# exchange is worth its share of the line.
USED = text("""
    SELECT line.id, coalesce(resent.quantity, 0) AS resent,
        coalesce(back.quantity, 0) + line.returned_quantity - coalesce(back.came, 0) AS returned,
        coalesce(back.credit, 0) + trunc(
            line.line_amount * (line.returned_quantity - coalesce(back.came, 0)) / nullif(line.quantity, 0), 2
        ) AS credit
    FROM order_lines AS line
    LEFT JOIN LATERAL (
        SELECT sum(other.quantity - other.cancelled_quantity) AS quantity
        FROM order_lines AS other JOIN orders ON orders.id = other.order_id
        WHERE other.original_line_id = line.id AND orders.status NOT IN ('MERGED', 'SPLIT')
    ) AS resent ON true
    LEFT JOIN LATERAL (
        SELECT sum(CASE orders.status
                WHEN 'CANCELLED' THEN received_quantity ELSE expected_returns.quantity END) AS quantity,
            sum(received_quantity) AS came, sum(CASE orders.status
                WHEN 'CANCELLED' THEN trunc(credit_amount * received_quantity / expected_returns.quantity, 2)
                ELSE credit_amount END) AS credit
        FROM expected_returns JOIN orders ON orders.id = expected_returns.order_id
        WHERE expected_returns.original_line_id = line.id
    ) AS back ON true
    WHERE line.id = ANY (:line_ids)
""").bindparams(bindparam("line_ids", type_=ARRAY(Uuid)))


class MoreThanShipped(Refusal):
    """Of {title} {shipped} were shipped and {used} of them named before; {wanted} more cannot be."""

    title: str
    shipped: Quantity
    used: Quantity
    wanted: Quantity
    chinese = "{title} 已发货 {shipped}，此前已登记 {used}，不能再登记 {wanted}"


@dataclass(frozen=True, kw_only=True)
class NamedLine:
    """How much of a shipped line."""

    order_line_id: UUID
    quantity: Quantity


@dataclass(frozen=True)
class Named:
    """A line of the original, how much of it is named, and what that was worth to the buyer."""

    line: OrderLine
    quantity: Quantity
    credit: Money


async def original_for(work: Work, order_id: UUID, expected_version: int | None) -> Order:
    """Lock the order that another one is to refer to, so that nobody names its goods at the same time."""
    return await loading.order_for_change(work, order_id, expected_version, by_anyone=True)


async def named(
    work: Work, original: Order, given: Sequence[NamedLine], kind: OrderKind, field: str = "lines"
) -> list[Named]:
    """Read which shipped goods are named: no more of a line than was shipped and not named before."""
    if not 1 <= len(given) <= NAMED_MAX:
        raise BadInput(field=field, problem=f"there must be 1 to {NAMED_MAX}").at("input", field)
    lines: dict[UUID, OrderLine] = {each.id: each for each in await loading.lines_for_change(work, original)}
    used = {row.id: row for row in await work.rows(USED, {"line_ids": list(lines)})}
    found: dict[UUID, Named] = {}
    for index, each in enumerate(given):
        line, place = lines.get(each.order_line_id), ("input", field, str(index))
        if line is None or line.variant_id is None:
            raise BadInput(field="orderLineId", problem="is no line of this order with an article").at(*place)
        if line.id in found:
            raise BadInput(field="orderLineId", problem="names the same line twice").at(*place)
        if each.quantity <= NOTHING:
            raise BadInput(field="quantity", problem=f"must be more than 0, not {each.quantity}").at(*place, "quantity")
        before = Quantity(used[line.id].resent if kind is OrderKind.RESEND else used[line.id].returned)
        if before + each.quantity > line.shipped_quantity:
            raise MoreThanShipped(
                title=line.title, shipped=line.shipped_quantity, used=before, wanted=each.quantity
            ).at(*place, "quantity")
        found[line.id] = Named(line, each.quantity, credit(line, before, Money(used[line.id].credit), each.quantity))
    return list(found.values())


def credit(line: OrderLine, before: Quantity, credited: Money, part: Quantity) -> Money:
    """Say what a part of a line was worth to the buyer: cut to the cent, and the last part takes the remainder."""
    if before + part >= line.quantity:
        return max(line.line_amount - credited, Money(0))
    return min(cut(line.line_amount, part, line.quantity), max(line.line_amount - credited, Money(0)))


def cut(amount: Money, part: Quantity, whole: Quantity) -> Money:
    """Say what a part of an amount is, cut to the cent."""
    return Money((amount.value * part.value / whole.value).quantize(CENT, ROUND_DOWN))


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """What an order that refers to another one is: its kind, why, and to whom it goes if not to the same."""

    kind: OrderKind
    reason: str
    receiver: IncomingReceiver | None = None


def head_of(work: Work, original: Order, follow_up: FollowUp, amounts: Mapping[str, Money]) -> Order:
    """Make the head of an order that refers to another one; what costs nothing waits for review at once."""
    if follow_up.receiver is not None:
        holds.check_receiver(follow_up.receiver)
    owed = amounts["total_amount"] > Money(0)
    values: dict[str, Any] = {
        **{key: getattr(original, key) for key in COPIED},
        **(importing.receiver_of(follow_up.receiver) if follow_up.receiver is not None else {}),
        **amounts,
        "id": identifier(),
        "source": OrderSource.PLACED,
        "status": OrderStatus.AWAITING_PAYMENT if owed else OrderStatus.UNREVIEWED,
        "kind": follow_up.kind,
        "kind_reason": follow_up.reason,
        "original_id": original.id,
        "placed_at": work.now,
        "paid_at": None if owed else work.now,
        "modified_at": work.now,
        "paid_amount": Money(0),
        "created_at": work.now,
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    return Order(**values)
