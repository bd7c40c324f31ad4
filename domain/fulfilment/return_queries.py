"""Readers of returns (退货查询): many keys in, many rows out, within the reader's channels."""

from sqlalchemy import select

from domain.fulfilment.return_models import GoodsReturn, GoodsReturnLine
from domain.kernel import Reading

RETURNS = select(*GoodsReturn.__table__.columns)
LINES = select(*GoodsReturnLine.__table__.columns, GoodsReturn.currency).join(GoodsReturn)
CHANNEL = GoodsReturn.channel_id
FIRST_FIRST = RETURNS.order_by(GoodsReturn.id)

returns_by_id = Reading(RETURNS, GoodsReturn.id, channel=CHANNEL)
# What came back of each order, of each parcel and for each exchange, the first return first; voided ones among them.
returns_of_orders = Reading(FIRST_FIRST, GoodsReturn.order_id, many=True, channel=CHANNEL)
returns_of_shipments = Reading(FIRST_FIRST, GoodsReturn.shipment_id, many=True, channel=CHANNEL)
returns_of_exchanges = Reading(FIRST_FIRST, GoodsReturn.exchange_id, many=True, channel=CHANNEL)
lines_of_returns = Reading(
    LINES.order_by(GoodsReturnLine.position), GoodsReturnLine.return_id, many=True, channel=CHANNEL
)
