"""Telling the channel (发货回传): what a platform must hear of a parcel, once, and in its own numbers."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from domain import orders
from domain.fulfilment.models import Shipment, ShipmentId, ShipmentLine
from domain.kernel import Quantity, Work

REPEATED = re.compile(r"#[0-9]+$")
"""What intake appends when a platform uses one line number twice in a trade."""


@dataclass(frozen=True, kw_only=True)
class ToldLine:
    """One of the platform's sub-orders in the parcel."""

    external_number: str | None
    external_item: str | None
    external_sku: str | None
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class ShipmentToTell:
    """A parcel in the words of its platform; `line_numbers` None means the whole order, `last` that nothing is left."""

    shipment_id: ShipmentId
    order_id: UUID
    channel_id: UUID
    external_number: str
    carrier_code: str
    waybill: str
    line_numbers: tuple[str, ...] | None
    lines: tuple[ToldLine, ...]
    last: bool


async def shipment_to_tell(work: Work, shipment_id: ShipmentId) -> ShipmentToTell | None:
    """Say what the channel must hear of a parcel; None when it knows, or when nobody outside waits for it.

    Platforms ship a sub-order as a whole: it is told with the first parcel that has a part of it, and the second
    part of the same sub-order has nothing left to tell.
    """
    order = orders.Order
    parcels = await work.rows(
        select(*Shipment.__table__.columns, order.external_number, order.status)
        .join(order, order.id == Shipment.order_id)
        .where(Shipment.id == shipment_id, Shipment.told_at.is_(None), order.external_number.is_not(None))
    )
    if not parcels:
        return None
    parcel, lines = parcels[0], await _first_told(work, shipment_id)
    numbers = tuple(dict.fromkeys(line.external_number for line in lines if line.external_number is not None))
    if parcel.partial and not numbers:
        return None
    return ShipmentToTell(
        shipment_id=parcel.id,
        order_id=parcel.order_id,
        channel_id=parcel.channel_id,
        external_number=parcel.external_number,
        carrier_code=parcel.carrier_code,
        waybill=parcel.waybill,
        line_numbers=numbers if parcel.partial else None,
        lines=tuple(lines),
        last=parcel.status not in orders.TO_SHIP,
    )


async def note_told(work: Work, shipment_id: ShipmentId) -> None:
    """Note that the channel knows of a parcel; noting it twice changes nothing."""
    untold = (Shipment.id == shipment_id, Shipment.told_at.is_(None))
    await work.execute(update(Shipment).where(*untold).values(told_at=work.now))


async def note_order_told(work: Work, order_id: UUID) -> None:
    """Note that the channel knows of all parcels of an order: it takes the last one for the whole."""
    untold = (Shipment.order_id == order_id, Shipment.told_at.is_(None))
    await work.execute(update(Shipment).where(*untold).values(told_at=work.now))


async def _first_told(work: Work, shipment_id: ShipmentId) -> list[ToldLine]:
    """List the lines whose first part is in this parcel; ids of parcels grow with time."""
    line, earlier = orders.OrderLine, aliased(ShipmentLine)
    before = exists().where(
        earlier.order_line_id == ShipmentLine.order_line_id, earlier.shipment_id < ShipmentLine.shipment_id
    )
    rows = await work.rows(
        select(line.external_number, line.external_item, line.external_sku, ShipmentLine.quantity)
        .join(ShipmentLine, ShipmentLine.order_line_id == line.id)
        .where(ShipmentLine.shipment_id == shipment_id, ~before)
        .order_by(line.position)
    )
    return [
        ToldLine(
            external_number=row.external_number and REPEATED.sub("", row.external_number),
            external_item=row.external_item,
            external_sku=row.external_sku,
            quantity=row.quantity,
        )
        for row in rows
    ]
