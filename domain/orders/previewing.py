"""What an edit would do (改单预览): it is done as it would be, looked at, and undone by the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.kernel import BadInput, Money, Quantity, UnitPrice, Work
from domain.orders import allocating, goods_edits, head_edits, loading
from domain.orders.goods_edits import AddedLine
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingReceiver
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason, Order
from domain.orders.shipping import open_of

EDITS_MAX = 50
LOOKING = "preview"
CLAIM = inventory.models.Claim


@dataclass(frozen=True, kw_only=True)
class LineEdit:
    """What would change of a line; no quantity and no price takes it out."""

    order_line_id: UUID
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None


@dataclass(frozen=True, kw_only=True)
class OrderEdit:
    """What would change of an order; what is None stays."""

    lines: Sequence[LineEdit] = ()
    added: Sequence[AddedLine] = ()
    discount_amount: Money | None = None
    freight_amount: Money | None = None
    receiver: IncomingReceiver | None = None
    warehouse_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PreviewedLine:
    """One line as it would be, and how much of it has its stock."""

    title: str
    wanted: Quantity
    claimed: Quantity
    line_amount: Money
    currency: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an order stands: what it costs, from where and with whom it goes."""

    status: OrderStatus
    currency: str
    goods_amount: Money
    discount_amount: Money
    freight_amount: Money
    total_amount: Money
    warehouse_id: UUID | None
    carrier_code: str | None


@dataclass(frozen=True, kw_only=True)
class PreviewedHold:
    """A reason to wait that would come or go."""

    reason: HoldReason
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """An order before and after an edit, with the reasons to wait that would come and go."""

    before: Standing
    after: Standing
    lines: Sequence[PreviewedLine]
    opened: Sequence[PreviewedHold]
    released: Sequence[PreviewedHold]


async def preview_edit(work: Work, order_id: UUID, edit: OrderEdit) -> Preview:
    """Carry an edit out, under the permissions of its actions, and say what came of it; the caller undoes it."""
    if len(edit.lines) + len(edit.added) > EDITS_MAX:
        raise BadInput(field="lines", problem=f"at most {EDITS_MAX} at once").at("input", "lines")
    order = await loading.order_for_change(work, order_id)
    before, held = _standing(order), await loading.open_reasons(work, order.id)
    await _carry_out(work, order_id, edit)
    await work.session.flush()
    order = await loading.order_for_change(work, order_id)
    now = await loading.open_reasons(work, order.id)
    return Preview(
        before=before,
        after=_standing(order),
        lines=await _lines(work, order),
        opened=_missing(now, held),
        released=_missing(held, now),
    )


async def _carry_out(work: Work, order_id: UUID, edit: OrderEdit) -> None:
    for line in edit.lines:
        if line.quantity is not None:
            await goods_edits.change_order_line_quantity(work, line.order_line_id, line.quantity, LOOKING)
        if line.unit_price is not None:
            await goods_edits.change_order_line_price(work, line.order_line_id, line.unit_price, LOOKING)
        if line.quantity is None and line.unit_price is None:
            await goods_edits.remove_order_line(work, line.order_line_id, LOOKING)
    for added in edit.added:
        await goods_edits.add_order_line(work, order_id, added, LOOKING)
    if edit.discount_amount is not None:
        await goods_edits.change_order_discount(work, order_id, edit.discount_amount, LOOKING)
    if edit.freight_amount is not None:
        await goods_edits.change_order_freight(work, order_id, edit.freight_amount, LOOKING)
    if edit.receiver is not None:
        await head_edits.change_order_receiver(work, order_id, edit.receiver, LOOKING)
    if edit.warehouse_id is not None:
        await allocating.allocate_order(work, order_id, edit.warehouse_id)


def _standing(order: Order) -> Standing:
    return Standing(**{key: getattr(order, key) for key in Standing.__dataclass_fields__})


def _missing(these: Mapping[HoldReason, str], others: Mapping[HoldReason, str]) -> list[PreviewedHold]:
    return [PreviewedHold(reason=key, evidence=each) for key, each in these.items() if key not in others]


async def _lines(work: Work, order: Order) -> list[PreviewedLine]:
    there = (CLAIM.order_id == order.id, CLAIM.claim_class != inventory.ClaimClass.PREORDER)
    rows = await work.rows(select(CLAIM.order_line_id, CLAIM.quantity).where(*there))
    claimed = {row.order_line_id: row.quantity for row in rows}
    return [
        PreviewedLine(
            title=each.title,
            wanted=open_of(each),
            claimed=claimed.get(each.id, NOTHING),
            line_amount=each.line_amount,
            currency=order.currency,
        )
        for each in await loading.lines_for_change(work, order)
    ]
