"""Readers of parcels (发货查询): many keys in, many rows out, within the reader's channels and warehouses."""

from sqlalchemy import select

from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel import Reading

SHIPMENTS = select(*Shipment.__table__.columns)
LINES = select(*ShipmentLine.__table__.columns, Shipment.currency).join(Shipment)
CHANNEL, PLACE = Shipment.channel_id, Shipment.warehouse_id

shipments_by_id = Reading(SHIPMENTS, Shipment.id, channel=CHANNEL, warehouse=PLACE)
# The parcels of each order, the first one first.
shipments_of = Reading(
    SHIPMENTS.order_by(Shipment.shipped_at, Shipment.id), Shipment.order_id, many=True, channel=CHANNEL, warehouse=PLACE
)
# What is in each parcel, in the order of its lines.
lines_of_shipments = Reading(
    LINES.order_by(ShipmentLine.position), ShipmentLine.shipment_id, many=True, channel=CHANNEL, warehouse=PLACE
)
