"""Parcels (包裹): what others need to know of a shipment to book it, announce it or follow it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.fulfilment.models import Shipment, ShipmentId
from domain.kernel import Money, NotFound, Work


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One shipment as those see it who react to it."""

    id: ShipmentId
    number: str
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    warehouse_id: UUID
    carrier_code: str
    waybill: str
    partial: bool
    currency: str
    goods_amount: Money
    freight_amount: Money
    cost_amount: Money
    shipped_at: datetime


COLUMNS = tuple(Shipment.__table__.c[name] for name in Parcel.__dataclass_fields__)


async def parcel(work: Work, shipment_id: ShipmentId) -> Parcel:
    """Find a shipment, or refuse."""
    rows = await work.rows(select(*COLUMNS).where(Shipment.id == shipment_id))
    if not rows:
        raise NotFound(what="shipment", which=str(shipment_id))
    return Parcel(**{name: getattr(rows[0], name) for name in Parcel.__dataclass_fields__})
