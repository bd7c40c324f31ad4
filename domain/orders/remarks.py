"""Remarks (留言备注): what buyers wrote and sellers noted of an order and of the orders that live on in it (合单)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from domain.kernel import Read, visible
from domain.orders.batches import among
from domain.orders.models import Order

COLUMNS: tuple[Any, ...] = (
    Order.id,
    Order.number,
    Order.external_number,
    Order.buyer_message,
    Order.seller_memo,
    Order.seller_flag,
    Order.merged_into_id,
)


async def remarks_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read the remarks of orders and of those merged into them, an order's own first; who said nothing is left out."""
    said = or_(Order.buyer_message.is_not(None), Order.seller_memo.is_not(None))
    here = or_(among(Order.id, order_ids), among(Order.merged_into_id, order_ids))
    # A part that was put together again says what its whole says.
    apart = Order.split_from_id.is_distinct_from(Order.merged_into_id)
    statement = select(*COLUMNS).where(said, here, or_(Order.merged_into_id.is_(None), apart))
    found: dict[UUID, list[Any]] = {each: [] for each in order_ids}
    ordered = statement.order_by(Order.merged_into_id.is_not(None), Order.placed_at, Order.id)
    for row in await read.rows(visible(ordered, read.actor, channel=Order.channel_id)):
        for order_id in {row.id, row.merged_into_id} & found.keys():
            found[order_id].append(row)
    return found
