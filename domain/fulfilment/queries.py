"""Readers of parcels (发货查询): many keys in, many rows out, within the reader's channels and warehouses."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel import Read, by_key, grouped, visible

SHIPMENT_COLUMNS = tuple(Shipment.__table__.columns)


def _shipments(read: Read) -> Select[Any]:
    statement = select(*SHIPMENT_COLUMNS)
    return visible(statement, read.actor, channel=Shipment.channel_id, warehouse=Shipment.warehouse_id)


async def shipments_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(_shipments(read).where(Shipment.id.in_(ids))))


async def shipments_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List the parcels of each order, the first one first."""
    of_orders = _shipments(read).where(Shipment.order_id.in_(order_ids))
    return grouped(await read.rows(of_orders.order_by(Shipment.shipped_at, Shipment.id)), "order_id", order_ids)


async def lines_of_shipments(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List what is in each parcel, in the order of its lines."""
    columns = (*ShipmentLine.__table__.columns, Shipment.currency)
    of_parcels = select(*columns).join(Shipment).where(ShipmentLine.shipment_id.in_(ids))
    seen = visible(of_parcels, read.actor, channel=Shipment.channel_id, warehouse=Shipment.warehouse_id)
    rows = await read.rows(seen.order_by(ShipmentLine.shipment_id, ShipmentLine.position))
    return grouped(rows, "shipment_id", ids)
