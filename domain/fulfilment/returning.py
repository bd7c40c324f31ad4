"""Goods that come back (退货入库): of a parcel, line by line, into stock at what they had cost when they left.

What can be sold goes where goods are sold, what is defective where none are. Money is not given back by this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import distributors, inventory, partners
from domain.fulfilment.models import Shipment, ShipmentId, ShipmentLine
from domain.fulfilment.shipping import SHIPMENT
from domain.kernel import BadInput, NotFound, Quantity, Work, action, sees_channel

LINES_MAX = 500


@dataclass(frozen=True, kw_only=True)
class ReturnedLine:
    """How much of an order line came back of a parcel, and the bin it is put into."""

    order_line_id: UUID
    quantity: Quantity
    bin_id: inventory.BinId | None = None


@dataclass(frozen=True, kw_only=True)
class ParcelReturn:
    """What came back of a parcel, in which condition, and where it is put."""

    shipment_id: ShipmentId
    warehouse_id: inventory.WarehouseId
    condition: inventory.ReturnCondition
    reason: str
    lines: Sequence[ReturnedLine]


@dataclass(frozen=True, kw_only=True)
class StillOut:
    """How much of an order line of a parcel is still with the buyer."""

    order_line_id: UUID
    variant_id: UUID
    quantity: Quantity


async def parcel_still_out(work: Work, shipment_id: ShipmentId) -> tuple[Shipment, list[StillOut]]:
    """Find a parcel of the actor's channels and hold it; say what of it is still with the buyer, line by line."""
    shipment = await _held(work, shipment_id)
    left = await inventory.still_out(work, inventory.Document(type=SHIPMENT, id=shipment.id))
    line = ShipmentLine
    columns = (line.order_line_id, line.position, line.variant_id)
    rows = await work.rows(select(*columns).where(line.shipment_id == shipment.id).order_by(line.position))
    return shipment, [
        StillOut(
            order_line_id=row.order_line_id,
            variant_id=row.variant_id,
            quantity=left.get(row.position, Quantity(0)),
        )
        for row in rows
    ]


@action
async def receive_return(work: Work, returned: ParcelReturn) -> inventory.StockDocument:
    """Take goods of a parcel back into stock at what they had cost: good ones to be sold, defective ones apart."""
    shipment = await _held(work, returned.shipment_id)
    if not 1 <= len(returned.lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    columns = (ShipmentLine.order_line_id, ShipmentLine.position, ShipmentLine.variant_id)
    rows = await work.rows(select(*columns).where(ShipmentLine.shipment_id == shipment.id))
    packed = {row.order_line_id: row for row in rows}
    brought = []
    for index, line in enumerate(returned.lines):
        if line.order_line_id not in packed:
            problem = f"is not in parcel {shipment.number}"
            raise BadInput(field="orderLineId", problem=problem).at("input", "lines", str(index), "orderLineId")
        row = packed[line.order_line_id]
        brought.append(
            inventory.BroughtBack(
                position=row.position, variant_id=row.variant_id, quantity=line.quantity, bin_id=line.bin_id
            )
        )
    paper = inventory.return_paper(work, returned.warehouse_id, returned.reason)
    account = (await distributors.accounts_of(work, [shipment.channel_id])).get(shipment.channel_id)
    paper.partner_id = partners.PartnerId(account.id) if account is not None else None
    left = inventory.Document(type=SHIPMENT, id=shipment.id)
    return await inventory.take_back(work, left, brought, paper, returned.condition)


async def _held(work: Work, shipment_id: ShipmentId) -> Shipment:
    """Find a parcel of the actor's channels and hold it: two returns of it take turns."""
    shipment = await work.session.get(Shipment, shipment_id, with_for_update=True, populate_existing=True)
    if shipment is None or not sees_channel(work.actor, shipment.channel_id):
        raise NotFound(what="shipment", which=str(shipment_id)).at("input", "shipmentId")
    return shipment
