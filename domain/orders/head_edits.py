"""Changed heads (改地址、改备注): who gets an order, what the buyer remarked, the seller's memo and flag."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from domain import channels
from domain.kernel import BadInput, Work, action
from domain.orders import carrying, checking, editing, holding, holds, importing, loading
from domain.orders.editing import Editable
from domain.orders.events import OrderMemoChanged
from domain.orders.incoming import IncomingReceiver
from domain.orders.models import HoldReason, Order, OrderLine
from domain.orders.policies import FLAG_MAX
from domain.orders.review import reason_of

MEMO_LENGTH_MAX = 300
"""What every platform takes: Taobao 1,000 bytes, of which a Chinese character needs three."""


@dataclass(frozen=True, kw_only=True)
class MemoToTell:
    """What the channel must hear of the seller's memo of an order, in its own number."""

    channel_id: UUID
    external_number: str
    memo: str
    flag: int


@action
async def change_order_receiver(
    work: Work, order_id: UUID, receiver: IncomingReceiver, reason: str, expected_version: int | None = None
) -> Order:
    """Send an order to another receiver or address, with the reason, until its label is on the parcel."""
    reason_of(reason)
    holds.check_receiver(receiver)
    fields = importing.receiver_of(receiver)
    for key, text in fields.items():
        editing.text_of(text, key)
    order = await editing.order_to_edit(work, order_id, Editable.RECEIVER, expected_version)
    if changed := editing.change_fields(order, fields):
        await holding.release_holds(work, [order.id], [HoldReason.ADDRESS_INCOMPLETE])
        await carrying.carry_again(work, order)
        editing.note_edit(work, order, changed)
    return order


@action
async def change_order_remark(
    work: Work, order_id: UUID, buyer_message: str | None, expected_version: int | None = None
) -> Order:
    """Write down anew what the buyer wants of an order; an empty text takes the remark away."""
    message = editing.text_of(buyer_message, "buyerMessage")
    order = await editing.order_to_edit(work, order_id, Editable.REMARK, expected_version)
    if changed := editing.change_fields(order, {"buyer_message": message}):
        editing.note_edit(work, order, changed)
    return order


@action
async def change_order_memo(
    work: Work, order_id: UUID, seller_memo: str | None, seller_flag: int | None, expected_version: int | None = None
) -> Order:
    """Note something about an order for colleagues, with a flag from 0 to 5 or the one it has; its platform is told."""
    memo = editing.text_of(seller_memo, "sellerMemo")
    if memo is not None and len(memo) > MEMO_LENGTH_MAX:
        problem = f"must have at most {MEMO_LENGTH_MAX} characters"
        raise BadInput(field="sellerMemo", problem=problem).at("input", "sellerMemo")
    if seller_flag is not None and not 0 <= seller_flag <= FLAG_MAX:
        problem = f"must lie between 0 and {FLAG_MAX}, not {seller_flag}"
        raise BadInput(field="sellerFlag", problem=problem).at("input", "sellerFlag")
    order = await editing.order_to_edit(work, order_id, Editable.MEMO, expected_version)
    # A platform always has a flag: what was none comes back as 0, and shall be no change.
    flag = seller_flag if seller_flag is not None else order.seller_flag or 0
    if editing.change_fields(order, {"seller_memo": memo, "seller_flag": flag}):
        loading.touch(work, order)
        order.content_version = order.version
        checking.check_at_closing(work, [order.id])
        if order.external_number is not None or order.split_from_id is not None:
            work.record(OrderMemoChanged(order_id=order.id, channel_id=order.channel_id))
    return order


async def memo_to_tell(work: Work, order_id: UUID) -> MemoToTell | None:
    """Say what a platform must hear of the memo of an order: always the present one, however late it is told.

    A part of a split order speaks for the trade of which it has lines: there the latest word of any part stands.
    What the platform has said since stands in the order already, so that nothing is pushed back that came from there.
    """
    trade = aliased(Order)
    of_trade = (
        select(trade.external_number)
        .join(OrderLine, OrderLine.origin_order_id == trade.id)
        .where(OrderLine.order_id == Order.id, Order.split_from_id.is_not(None))
        .order_by(OrderLine.position)
        .limit(1)
        .scalar_subquery()
    )
    number = func.coalesce(Order.external_number, of_trade)
    columns = (Order.channel_id, number.label("external_number"), Order.seller_memo, Order.seller_flag)
    rows = await work.rows(select(*columns).where(Order.id == order_id, number.is_not(None)))
    if not rows:
        return None
    row = rows[0]
    return MemoToTell(
        channel_id=channels.ChannelId(row.channel_id),
        external_number=row.external_number,
        memo=row.seller_memo or "",
        flag=row.seller_flag or 0,
    )
