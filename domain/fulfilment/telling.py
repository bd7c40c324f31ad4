"""Telling the channel (发货回传): what a platform must hear of a parcel, once, and in its own numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain import orders
from domain.fulfilment.models import Shipment, ShipmentId
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
    """A parcel in the words of its platform: `line_numbers` None means the whole trade, `last` that nothing is left.

    `order_id` is the order whose trade it is, which a merged or split order need not be.
    """

    shipment_id: ShipmentId
    order_id: UUID
    channel_id: UUID
    external_number: str
    carrier_code: str
    waybill: str
    line_numbers: tuple[str, ...] | None
    lines: tuple[ToldLine, ...]
    last: bool


async def shipments_to_tell(work: Work, shipment_id: ShipmentId) -> list[ShipmentToTell]:
    """Say what the channel must hear of a parcel, trade by trade; nothing when it knows, or when nobody waits for it.

    A parcel of a merged order is told to each of its trades, one of a part of a split order by sub-order. Platforms
    ship a sub-order as a whole: it is told with the first parcel that has a part of it, and the second part of the
    same sub-order has nothing left to tell. A bundle that is sold by its components is one sub-order: it is told with
    the parcel that has the last of them.
    """
    lines = await work.rows(_PARCEL_LINES, {"shipment_id": shipment_id})
    trades: dict[UUID, list[Any]] = {}
    for line in lines:
        trades.setdefault(line.trade_id, []).append(line)
    found = await work.rows(_TRADES, {"shipment_id": shipment_id, "trade_ids": sorted(trades)}) if trades else []
    told = [_to_tell(shipment_id, row, trades[row.trade_id]) for row in found]
    return [each for each in told if each is not None]


def _to_tell(shipment_id: ShipmentId, trade: Any, lines: Sequence[Any]) -> ShipmentToTell | None:
    first = list({line.told_as: _told_line(line) for line in lines if not line.told_otherwise}.values())
    numbers = tuple(dict.fromkeys(line.external_number for line in first if line.external_number is not None))
    if trade.partial and not numbers:
        return None
    return ShipmentToTell(
        shipment_id=shipment_id,
        order_id=trade.trade_id,
        channel_id=trade.channel_id,
        external_number=trade.external_number,
        carrier_code=trade.carrier_code,
        waybill=trade.waybill,
        line_numbers=numbers if trade.partial else None,
        lines=tuple(first),
        last=not trade.some_open,
    )


def _told_line(line: Any) -> ToldLine:
    return ToldLine(
        external_number=line.external_number and REPEATED.sub("", line.external_number),
        external_item=line.external_item,
        external_sku=line.external_sku,
        quantity=Quantity(line.quantity if line.bundle_quantity is None else line.bundle_quantity),
    )


async def note_told(work: Work, shipment_id: ShipmentId) -> None:
    """Note that the channel knows of a parcel; noting it twice changes nothing."""
    untold = (Shipment.id == shipment_id, Shipment.told_at.is_(None))
    await work.execute(update(Shipment).where(*untold).values(told_at=work.now))


async def note_order_told(work: Work, order_id: UUID) -> None:
    """Note that the channel knows of all parcels of a trade: it takes the last one for the whole."""
    line = orders.OrderLine
    of_trade = select(line.order_id).where(or_(line.origin_order_id == order_id, line.order_id == order_id))
    untold = (Shipment.order_id.in_(of_trade), Shipment.told_at.is_(None))
    await work.execute(update(Shipment).where(*untold).values(told_at=work.now))


async def untold_shipments(work: Work, order_id: UUID) -> list[ShipmentId]:
    """List the parcels of an order, and of those that took up its lines, of which no channel knows yet."""
    line = orders.OrderLine
    of_trade = select(line.order_id).where(or_(line.origin_order_id == order_id, line.order_id == order_id))
    wanted = select(Shipment.id).where(Shipment.order_id.in_(of_trade), Shipment.told_at.is_(None))
    return [row.id for row in await work.rows(wanted.order_by(Shipment.id))]


async def untold_bundles(work: Work, order_id: UUID) -> list[ShipmentId]:
    """List the parcels of which no channel knows yet and that have components of bundles of which an order has others.

    When an order is given up, nothing of its bundles may be open any more: then the last of these parcels is told.
    """
    return [row.id for row in await work.rows(_UNTOLD_BUNDLES, {"order_id": order_id})]


async def deliveries_of_trade(work: Work, order_id: UUID) -> list[Any]:
    """Say what became of each parcel with goods of a trade: `waybill`, and `delivery`, None while it is not known."""
    return await work.rows(_DELIVERIES, {"order_id": order_id})


_UNTOLD_BUNDLES = text("""
    SELECT DISTINCT parcel.id FROM order_lines AS given_up
    JOIN order_lines AS other ON other.bundle_line_id = given_up.bundle_line_id AND other.order_id <> given_up.order_id
    JOIN shipment_lines AS part ON part.order_line_id = other.id
    JOIN shipments AS parcel ON parcel.id = part.shipment_id AND parcel.told_at IS NULL
    WHERE given_up.order_id = :order_id AND given_up.bundle_line_id IS NOT NULL ORDER BY parcel.id
""")
_DELIVERIES = text("""
    SELECT DISTINCT parcel.id, parcel.waybill, parcel.delivery, parcel.delivery_remark
    FROM order_lines AS line JOIN shipment_lines AS part ON part.order_line_id = line.id
    JOIN shipments AS parcel ON parcel.id = part.shipment_id
    WHERE line.origin_order_id = :order_id OR (line.origin_order_id IS NULL AND line.order_id = :order_id)
    ORDER BY parcel.id
""")
# Ids of parcels grow with time. A line of a merged or split order knows the order whose trade names it. A component
# of a bundle is told with the last parcel that has one of them, once none is open any more.
_PARCEL_LINES = text("""
    SELECT coalesce(line.origin_order_id, line.order_id) AS trade_id, line.external_number, line.external_item,
        line.external_sku, part.quantity, line.bundle_quantity, coalesce(line.bundle_line_id, line.id) AS told_as,
        CASE WHEN line.bundle_line_id IS NOT NULL THEN EXISTS (
            SELECT FROM order_lines AS other JOIN orders ON orders.id = other.order_id
            WHERE other.bundle_line_id = line.bundle_line_id AND orders.status NOT IN ('MERGED', 'SPLIT')
              AND other.quantity > other.shipped_quantity + other.cancelled_quantity
        ) OR EXISTS (
            SELECT FROM order_lines AS other JOIN shipment_lines AS later ON later.order_line_id = other.id
            WHERE other.bundle_line_id = line.bundle_line_id AND later.shipment_id > part.shipment_id
        ) ELSE EXISTS (
            SELECT FROM shipment_lines AS earlier JOIN order_lines AS other ON other.id = earlier.order_line_id
            WHERE earlier.shipment_id < part.shipment_id AND other.id = line.id
        ) OR (line.external_number IS NOT NULL AND EXISTS (
            SELECT FROM order_lines AS other JOIN shipment_lines AS earlier ON earlier.order_line_id = other.id
            WHERE other.origin_order_id = line.origin_order_id AND other.external_number = line.external_number
              AND earlier.shipment_id < part.shipment_id
        )) END AS told_otherwise
    FROM shipment_lines AS part JOIN order_lines AS line ON line.id = part.order_line_id
    WHERE part.shipment_id = :shipment_id ORDER BY line.position
""")

_TRADES = text("""
    WITH line AS (
        SELECT line.id, coalesce(line.origin_order_id, line.order_id) AS trade_id,
            greatest(line.quantity, 0) - line.cancelled_quantity AS wanted, line.shipped_quantity
        FROM order_lines AS line JOIN orders ON orders.id = line.order_id
        WHERE (line.origin_order_id = ANY (:trade_ids)
            OR (line.origin_order_id IS NULL AND line.order_id = ANY (:trade_ids)))
          AND orders.status NOT IN ('MERGED', 'SPLIT')
    )
    SELECT trade.id AS trade_id, trade.channel_id, trade.external_number, parcel.carrier_code, parcel.waybill,
        bool_or(line.wanted > line.shipped_quantity) AS some_open,
        CASE WHEN trade.id = parcel.order_id AND NOT EXISTS (
            SELECT FROM order_lines WHERE order_id = trade.id AND origin_order_id IS NOT NULL
        ) THEN parcel.partial ELSE bool_or(line.wanted <> coalesce(part.quantity, 0)) END AS partial
    FROM orders AS trade
    JOIN shipments AS parcel ON parcel.id = :shipment_id AND parcel.told_at IS NULL
    JOIN line ON line.trade_id = trade.id
    LEFT JOIN shipment_lines AS part ON part.shipment_id = parcel.id AND part.order_line_id = line.id
    WHERE trade.id = ANY (:trade_ids) AND trade.external_number IS NOT NULL
    GROUP BY trade.id, parcel.id ORDER BY trade.id
""").bindparams(bindparam("trade_ids", type_=ARRAY(Uuid)))
