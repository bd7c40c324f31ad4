"""Where a lot came from and who got it (批次追溯): its movements in and out of places, with parcel, order and buyer.

A recall asks it from the lot to the buyers, also of what goods of it became: under another number, or in a bundle.
A complaint asks it from the order, or the buyer, back to the lots.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from domain import catalogue, fulfilment, inventory
from domain.kernel import BadInput, Ordering, Page, PageRequest, Quantity, Read, page, visible, within

MOVED = inventory.Movement
PARCEL, IN_PARCEL = fulfilment.Shipment, fulfilment.ShipmentLine
IN_ORDER = Ordering(name="lot-trace", columns=(MOVED.position,), keys=("position",), parsers=(int,))

OF_PARCEL = and_(MOVED.document_type == fulfilment.SHIPMENT, PARCEL.id == MOVED.document_id)
OF_LINE = and_(IN_PARCEL.shipment_id == PARCEL.id, IN_PARCEL.position == MOVED.document_line)
LOT_MOVED = or_(inventory.crosses(MOVED), MOVED.kind == inventory.MovementKind.LOT_CHANGE)
"""From bin to bin is no news of a lot; that goods became another lot is."""

KINDS = inventory.MovementKind
BECOMES = (KINDS.LOT_CHANGE, KINDS.ASSEMBLY, KINDS.DISASSEMBLY)


@dataclass(frozen=True, kw_only=True)
class TraceFilter:
    """Whose trace: of a lot, or of what was shipped for an order or to a customer; exactly one of them."""

    lot_id: UUID | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None

    def checked(self) -> "TraceFilter":
        """Return itself, or refuse to look for everything or for nothing in particular."""
        given = [each for each in (self.lot_id, self.order_id, self.customer_id) if each is not None]
        if len(given) != 1:
            raise BadInput(field="where", problem="give exactly one of lotId, orderId and customerId").at("where")
        return self


def traced(read: Read, where: TraceFilter) -> Select[Any]:
    """Build the movements of a lot and what was made of it, or of lots shipped for an order or to a customer."""
    statement: Select[Any] = (
        select(
            *MOVED.__table__.columns,
            catalogue.Variant.sku,
            PARCEL.id.label("shipment_id"),
            PARCEL.order_id,
            PARCEL.customer_id,
            IN_PARCEL.order_line_id,
        )
        .join(catalogue.Variant, catalogue.Variant.id == MOVED.variant_id)
        .join(PARCEL, OF_PARCEL, isouter=where.lot_id is not None)
        .join(IN_PARCEL, OF_LINE, isouter=where.lot_id is not None)
        .where(LOT_MOVED, MOVED.lot_id.is_not(None))
    )
    if where.lot_id is not None:
        statement = statement.where(MOVED.lot_id.in_(_with_made_of(where.lot_id)))
    if where.order_id is not None:
        statement = statement.where(PARCEL.order_id == where.order_id)
    if where.customer_id is not None:
        statement = statement.where(PARCEL.customer_id == where.customer_id)
    return _in_scope(statement, read)


def _with_made_of(lot_id: UUID) -> Select[Any]:
    """List a lot and all lots that goods of it became: under another number, put together, or taken apart.

    What was undone counts for nothing. Of a document that makes something, all that went in is in all that came of it.
    """
    gone, came, undone = aliased(MOVED), aliased(MOVED), aliased(MOVED)
    lots = select(literal(lot_id, Uuid).label("lot_id")).cte("of_lot", recursive=True)
    same_paper = and_(came.document_type == gone.document_type, came.document_id == gone.document_id)
    same_line = or_(gone.kind != KINDS.LOT_CHANGE, came.document_line == gone.document_line)
    became = (
        select(came.lot_id)
        .join(gone, same_paper)
        .join(lots, gone.lot_id == lots.c.lot_id)
        .where(gone.kind.in_(BECOMES), gone.quantity < Quantity(0), gone.reverses_id.is_(None))
        .where(came.kind.in_(BECOMES), came.quantity > Quantity(0), came.lot_id.is_not(None), same_line)
        .where(~exists().where(undone.reverses_id == gone.id))
    )
    return select(lots.union(became).c.lot_id)


def _in_scope(statement: Select[Any], read: Read) -> Select[Any]:
    """Leave out warehouses and channels beyond the actor's; what was not sold belongs to no channel."""
    sold_there = within(PARCEL.channel_id, read.actor.channels)
    if sold_there is not None:
        statement = statement.where(or_(PARCEL.id.is_(None), sold_there))
    return visible(statement, read.actor, warehouse=MOVED.warehouse_id)


async def lot_traces(read: Read, where: TraceFilter, request: PageRequest) -> Page:
    """Read one page of a trace, in the order in which it was posted."""
    return await page(read, traced(read, where.checked()), IN_ORDER, request)
