"""What was sold of virtual bundles (套件销量): counted by the lines that they were, not by their components."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.kernel import Money, Quantity, Read

SALES_MAX = 500

# A bundle counts whose line is not cancelled whole, also when its components are in several parts of a split order.
SOLD = (
    text("""
    SELECT bundle_id, channel_id, currency, count(DISTINCT trade_id) AS orders, sum(quantity) AS quantity,
        sum(amount) AS amount
    FROM (
        SELECT line.bundle_id, orders.channel_id, orders.currency, line.bundle_line_id,
            max(line.bundle_quantity) AS quantity, sum(line.line_amount) AS amount,
            min(coalesce(line.origin_order_id, line.order_id)::text) AS trade_id
        FROM orders JOIN order_lines AS line ON line.order_id = orders.id
        WHERE line.bundle_id IS NOT NULL AND orders.placed_at >= :placed_from AND orders.placed_at < :placed_to
          AND orders.status NOT IN ('AWAITING_PAYMENT', 'CANCELLED', 'MERGED', 'SPLIT')
          AND line.quantity > line.cancelled_quantity
          AND (:channel_ids IS NULL OR orders.channel_id = ANY (:channel_ids))
          AND (:bundle_ids IS NULL OR line.bundle_id = ANY (:bundle_ids))
        GROUP BY line.bundle_id, orders.channel_id, orders.currency, line.bundle_line_id
    ) AS sold
    GROUP BY bundle_id, channel_id, currency
    ORDER BY quantity DESC, bundle_id, channel_id LIMIT :most
""")
    .bindparams(
        bindparam("placed_from", type_=DateTime(timezone=True)),
        bindparam("placed_to", type_=DateTime(timezone=True)),
        bindparam("channel_ids", type_=ARRAY(Uuid)),
        bindparam("bundle_ids", type_=ARRAY(Uuid)),
    )
    .columns(bundle_id=Uuid, channel_id=Uuid, currency=Text, orders=Integer)
)


@dataclass(frozen=True, slots=True)
class BundleSale:
    """How many of a bundle a channel sold in a period, in how many orders and for how much."""

    bundle_id: UUID
    channel_id: UUID
    currency: str
    orders: int
    quantity: Quantity
    amount: Money


async def bundle_sales(
    read: Read,
    placed_from: datetime,
    placed_to: datetime,
    *,
    channel_ids: Sequence[UUID] | None = None,
    bundle_ids: Sequence[UUID] | None = None,
) -> list[BundleSale]:
    """Say what was sold of bundles within the caller's channels, the most sold first, at most 500 rows."""
    seen = read.actor.channels
    if seen is not None:
        channel_ids = sorted(seen if channel_ids is None else seen & set(channel_ids))
    given = {
        "placed_from": placed_from,
        "placed_to": placed_to,
        "channel_ids": channel_ids,
        "bundle_ids": bundle_ids,
        "most": SALES_MAX,
    }
    return [
        BundleSale(row.bundle_id, row.channel_id, row.currency, row.orders, Quantity(row.quantity), Money(row.amount))
        for row in await read.rows(SOLD, given)
    ]
