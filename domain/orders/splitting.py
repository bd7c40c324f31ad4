"""Splitting (拆单): an order lives on in parts that add up to it in every amount; undone while no part has moved on.

The original keeps its lines as they were and becomes SPLIT; each part has lines of its own that know what they are a
part of, and whose trade names them. Claims move along; a part without its stock waits for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.inventory import MovedClaim
from domain.kernel import BadInput, Money, Quantity, Refusal, Work, action, identifier
from domain.orders import checking, going_along, holding, keeping, loading, reminders, sharing, telling, waiting
from domain.orders.batches import among, insert_rows, table_of
from domain.orders.events import OrderEdited
from domain.orders.importing import NO_BUNDLE, NOTHING
from domain.orders.kinds import UNDIVIDED
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order, OrderLine, OrderSource
from domain.orders.shipping import open_of

PARTS_MAX = 50
HEAD_COPIED = (
    "channel_id",
    "source",
    "kind",
    "kind_reason",
    "original_id",
    "placed_at",
    "paid_at",
    "promised_ship_at",
    "modified_at",
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
    "buyer_message",
    "seller_memo",
    "seller_flag",
    "cash_on_delivery",
    "on_account",
    "currency",
    "warehouse_id",
    "external_warehouse",
    "carrier_code",
    "carrier_set_by",
    "responsible_id",
    "responsible_name",
    "taken_at",
)
LINE_COPIED = (
    "external_number",
    "external_item",
    "external_sku",
    "seller_code",
    "barcode",
    "variant_id",
    "title",
    "specification",
    "unit_price",
    "refund",
    "original_line_id",
    "ships_on",
    "gift_rule_id",
    *NO_BUNDLE,
)
ORDERS, LINES = table_of(Order), table_of(OrderLine)


class NothingToSplit(Refusal):
    """Order {number} would stay one order."""

    number: str
    chinese = "订单 {number} 无需拆分"


class KindNotSplit(Refusal):
    """Order {number} is a {kind} order: what was agreed for the whole of it is not split."""

    number: str
    kind: str
    chinese = "订单 {number}（{kind}）不能拆分"


class PartMovedOn(Refusal):
    """Part {number} is {state} or was changed: the split can only be undone while no part has moved on."""

    number: str
    state: str
    chinese = "拆分出的订单 {number} 状态为 {state} 或已被修改，不能撤销拆分"


@dataclass(frozen=True, kw_only=True)
class SplitLine:
    """How much of a line goes into a part."""

    order_line_id: UUID
    quantity: Quantity


TOLD_OF_PART = ("status", "goods_amount", "discount_amount", "freight_amount", "total_amount", "paid_amount")
Share = Mapping[UUID, Quantity]
"""What of each line goes into one part."""


@action
async def split_order(
    work: Work, order_id: UUID, parts: Sequence[Sequence[SplitLine]], expected_version: int | None = None
) -> Order:
    """Split an order by hand into these parts; what no part names becomes one more."""
    order, lines = await order_to_split(work, order_id, expected_version)
    return await split(work, order, lines, shares_of(lines, parts))


async def order_to_split(work: Work, order_id: UUID, expected_version: int | None) -> tuple[Order, list[OrderLine]]:
    """Lock an order that may be split: nobody has vouched for it yet."""
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, (OrderStatus.UNREVIEWED,))
    if order.kind in UNDIVIDED:
        raise KindNotSplit(number=order.number, kind=order.kind.value).at("input", "id")
    return order, await loading.lines_for_change(work, order)


def shares_of(lines: Sequence[OrderLine], parts: Sequence[Sequence[SplitLine]]) -> list[Share]:
    """Read which part gets what; every line that is still open may be named, no more of it than is there."""
    if not 1 <= len(parts) <= PARTS_MAX:
        raise BadInput(field="parts", problem=f"there must be 1 to {PARTS_MAX}").at("input", "parts")
    left: dict[UUID, Quantity] = {each.id: each.quantity for each in lines if divisible(each)}
    shares: list[Share] = []
    for index, part in enumerate(parts):
        share: dict[UUID, Quantity] = {}
        for place, line in enumerate(part):
            if problem := _problem(line, left, share):
                raise BadInput(field="lines", problem=problem).at("input", "parts", str(index), "lines", str(place))
            share[line.order_line_id] = line.quantity
            left[line.order_line_id] -= line.quantity
        if not share:
            raise BadInput(field="lines", problem="a part must have a line").at("input", "parts", str(index), "lines")
        shares.append(share)
    return shares


def _problem(line: SplitLine, left: Mapping[UUID, Quantity], share: Share) -> str:
    rest = left.get(line.order_line_id)
    if rest is None:
        return "is not an open line of this order"
    if line.order_line_id in share:
        return "names the same line twice"
    if not NOTHING < line.quantity <= rest:
        return f"{line.quantity} cannot go into this part, {rest} is left"
    return ""


def divisible(line: OrderLine) -> bool:
    """Say whether a line can be divided; what is cancelled or of no quantity goes along with the last part."""
    return line.quantity > NOTHING and open_of(line) == line.quantity


async def split(
    work: Work, order: Order, lines: Sequence[OrderLine], shares: Sequence[Share], *, sent_anew: bool = False
) -> Order:
    """Make the parts of a locked order, the rest being the last one.

    `sent_anew` lets parts that are claimed where their goods may not be sent from be claimed elsewhere.
    """
    complete = with_rest(lines, shares)
    if len(complete) <= 1:
        raise NothingToSplit(number=order.number)
    if len(complete) > PARTS_MAX:
        raise BadInput(field="parts", problem=f"an order is split into at most {PARTS_MAX}").at("input", "parts")
    rows = part_lines(order, lines, complete)
    heads = _heads(work, order, rows)
    await insert_rows(work, Order, heads)
    for head in heads:
        telling.tell_changes(work, head["id"], "Order", head["id"], {}, {key: head[key] for key in TOLD_OF_PART})
    await insert_rows(work, OrderLine, [each for part in rows for each in part])
    await _move_claims(work, order, [each for part in rows for each in part])
    if sent_anew:
        await _give_back_misplaced(work, [each["id"] for each in heads])
    await going_along.copy_holds(work, order.id, {each["id"]: part for each, part in zip(heads, rows, strict=True)})
    if order.source is OrderSource.IMPORTED:
        order.kept = keeping.sharing(order.kept, [keeping.row_of(each) for each in lines], order.freight_amount)
    loading.become(work, order, OrderStatus.SPLIT)
    await reminders.stop_reminding(work, [order.id])
    await work.session.flush()
    await waiting.claim_for_waiting(work, [each["id"] for each in heads])
    checking.check_at_closing(work, [each["id"] for each in heads])
    parts = await loading.orders_for_change(work, [each["id"] for each in heads])
    going_along.tell(work, list(parts.values()), {"split_from": order.number})
    work.record(OrderEdited(order_id=order.id, fields=["split"]))
    await work.session.refresh(order)
    return order


def with_rest(lines: Sequence[OrderLine], shares: Sequence[Share]) -> list[dict[UUID, Quantity]]:
    """Add the part of what no part names; what cannot be divided goes along with the last."""
    complete = [dict(each) for each in shares]
    rest: dict[UUID, Quantity] = {}
    for line in lines:
        if divisible(line):
            left = line.quantity - Quantity.total(each.get(line.id, NOTHING) for each in shares)
            if left > NOTHING:
                rest[line.id] = left
    if rest:
        complete.append(rest)
    for line in lines:
        if not divisible(line):
            complete[-1][line.id] = line.quantity
    return complete


def part_lines(order: Order, lines: Sequence[OrderLine], shares: Sequence[Share]) -> list[list[dict[str, Any]]]:
    """Make the lines of each part; amounts are shared by quantity, and the last part of a line takes the remainder."""
    parts: list[list[dict[str, Any]]] = [[] for _ in shares]
    for line in lines:
        holding_it = [index for index, each in enumerate(shares) if line.id in each]
        quantities = [shares[index][line.id] for index in holding_it]
        listed = sharing.by_quantity(line.list_amount, quantities)
        paid = sharing.by_quantity(line.line_amount, quantities)
        for index, quantity, list_amount, line_amount in zip(holding_it, quantities, listed, paid, strict=True):
            parts[index].append(
                {
                    "id": identifier(),
                    "position": len(parts[index]) + 1,
                    **{key: getattr(line, key) for key in LINE_COPIED},
                    "quantity": quantity,
                    "list_amount": list_amount,
                    "line_amount": line_amount,
                    "shipped_quantity": NOTHING,
                    "cancelled_quantity": line.cancelled_quantity,
                    "origin_order_id": line.origin_order_id or order.id,
                    "split_from_line_id": line.id,
                }
            )
    return parts


def _heads(work: Work, order: Order, parts: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Make the head of each part, and name it in the part's lines."""
    paid_for = [Money.total(each["line_amount"] for each in part) for part in parts]
    freights = sharing.by_amount(order.freight_amount, paid_for)
    totals = [goods + freight for goods, freight in zip(paid_for, freights, strict=True)]
    paid = sharing.by_amount(order.paid_amount, totals)
    heads = []
    for part, goods, freight, total, paid_amount in zip(parts, paid_for, freights, totals, paid, strict=True):
        listed = Money.total(each["list_amount"] for each in part)
        head = {
            "id": identifier(),
            "status": OrderStatus.UNREVIEWED,
            **{key: getattr(order, key) for key in HEAD_COPIED},
            "goods_amount": listed,
            "discount_amount": listed - goods,
            "freight_amount": freight,
            "total_amount": total,
            "paid_amount": paid_amount,
            "kept": {key: value for key, value in order.kept.items() if key not in keeping.OF_GOODS},
            "split_from_id": order.id,
            "version": 1,
            "created_at": work.now,
            "updated_at": work.now,
            "updated_by": work.actor.name,
        }
        for each in part:
            each["order_id"] = head["id"]
        heads.append(head)
    return heads


async def _move_claims(work: Work, order: Order, rows: Sequence[Mapping[str, Any]]) -> None:
    claim = inventory.models.Claim
    held = {row.order_line_id for row in await work.rows(select(claim.order_line_id).where(claim.order_id == order.id))}
    moves = [
        MovedClaim(each["split_from_line_id"], each["order_id"], each["id"], each["quantity"])
        for each in rows
        if each["split_from_line_id"] in held
    ]
    if moves:
        await inventory.move_claims(work, moves)


async def _give_back_misplaced(work: Work, part_ids: Sequence[UUID]) -> None:
    """Give back what parts claimed in a warehouse that is not the one designated for their goods."""
    claim = inventory.models.Claim
    columns = (claim.order_id, claim.variant_id, claim.warehouse_id)
    held = await work.rows(select(*columns).where(among(claim.order_id, part_ids)))
    designated = await inventory.designated_among(work, sorted({row.variant_id for row in held}))
    wrong = {row.order_id for row in held if row.warehouse_id not in designated.get(row.variant_id, {row.warehouse_id})}
    if wrong:
        await inventory.release(work, sorted(wrong))


@action
async def undo_order_split(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Put a split order together again, while none of its parts was reviewed, changed or split further."""
    statement = select(Order.id).where(Order.split_from_id == order_id, Order.merged_into_id.is_(None))
    part_ids = [row.id for row in await work.rows(statement)]
    locked = await loading.orders_for_change(work, [order_id, *part_ids])
    order = loading.of_version(locked.get(order_id), order_id, expected_version)
    loading.needs_state(order, (OrderStatus.SPLIT,))
    parts = [locked[each] for each in sorted(part_ids) if each in locked]
    for part in parts:
        if part.status is not OrderStatus.UNREVIEWED:
            raise PartMovedOn(number=part.number, state=part.status.value)
    lines = await loading.lines_for_change(work, order)
    of_parts = list(await work.session.scalars(select(OrderLine).where(among(OrderLine.order_id, part_ids))))
    _refuse_changed(order, lines, parts, of_parts)
    for line in lines:
        own = [each for each in of_parts if each.split_from_line_id == line.id]
        line.cancelled_quantity = Quantity.total(each.cancelled_quantity for each in own)
        line.refund = going_along.worst(each.refund for each in own)
    return await _together(work, order, lines, parts, of_parts)


def _refuse_changed(
    order: Order, lines: Sequence[OrderLine], parts: Sequence[Order], of_parts: Sequence[OrderLine]
) -> None:
    """Refuse to put together what no longer adds up to the original: somebody changed a part meanwhile."""
    before: dict[UUID | None, tuple[Quantity, Money, Money]] = {
        each.id: (each.quantity, each.list_amount, each.line_amount) for each in lines
    }
    now = dict.fromkeys(before, (NOTHING, Money(0), Money(0)))
    for each in of_parts:
        quantity, listed, paid = now.get(each.split_from_line_id, (NOTHING, Money(0), Money(0)))
        now[each.split_from_line_id] = (quantity + each.quantity, listed + each.list_amount, paid + each.line_amount)
    freight = Money.total(each.freight_amount for each in parts)
    if now != before or freight != order.freight_amount:
        changed = max(parts, key=lambda each: each.version)
        raise PartMovedOn(number=changed.number, state=changed.status.value)


async def _together(
    work: Work, order: Order, lines: Sequence[OrderLine], parts: Sequence[Order], of_parts: Sequence[OrderLine]
) -> Order:
    loading.become(work, order, OrderStatus.UNREVIEWED)
    order.kept = keeping.unsharing(order.kept)
    await _claims_back(work, order, parts, of_parts)
    await going_along.move_holds(work, [each.id for each in parts], order.id)
    for part in parts:
        loading.become(work, part, OrderStatus.MERGED)
        part.merged_into_id = order.id
    await reminders.stop_reminding(work, [each.id for each in parts])
    order.content_version = order.version
    work.record(OrderEdited(order_id=order.id, fields=["split"]))
    if lines and not any(open_of(each) > NOTHING for each in lines):
        return await going_along.give_up(work, order, "its parts were cancelled on the platform")
    await work.session.flush()
    await waiting.claim_for_waiting(work, [order.id])
    await holding.release_holds(work, [each.id for each in parts])
    await work.session.refresh(order)
    return order


async def _claims_back(work: Work, order: Order, parts: Sequence[Order], of_parts: Sequence[OrderLine]) -> None:
    """Hand the claims of the parts back if they are alike, in one warehouse; else give back, to be claimed anew."""
    claim = inventory.models.Claim
    part_ids = [each.id for each in parts]
    columns = (claim.order_line_id, claim.quantity, claim.warehouse_id, claim.claim_class)
    held = {row.order_line_id: row for row in await work.rows(select(*columns).where(among(claim.order_id, part_ids)))}
    wanted = [each for each in of_parts if each.variant_id is not None and open_of(each) > NOTHING]
    whole = all(each.id in held and held[each.id].quantity == open_of(each) for each in wanted)
    if whole and len({(row.warehouse_id, row.claim_class) for row in held.values()}) == 1:
        order.warehouse_id = next(iter(held.values())).warehouse_id
        lines = {each.id: each.split_from_line_id for each in wanted}
        moves = [MovedClaim(each, order.id, lines[each] or each, row.quantity) for each, row in held.items()]
        await inventory.move_claims(work, moves)
    else:
        await inventory.release(work, part_ids)
