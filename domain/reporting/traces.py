"""Where a lot came from and who got it (批次追溯): its movements in and out of places, with parcel, order and buyer.

A recall asks it from the lot to the buyers, also of what goods of it became: under another number, or in a bundle.
A complaint asks it from the order, or the buyer, back to the lots, and to the lots that those were made of.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Select, Uuid, and_, bindparam, column, or_, select, text

from domain import catalogue, fulfilment, inventory
from domain.kernel import BadInput, Ordering, Page, PageRequest, Read, page, visible, within

MOVED = inventory.Movement
PARCEL, IN_PARCEL = fulfilment.Shipment, fulfilment.ShipmentLine
IN_ORDER = Ordering(name="lot-trace", columns=(MOVED.position,), keys=("position",), parsers=(int,))

OF_PARCEL = and_(MOVED.document_type == fulfilment.SHIPMENT, PARCEL.id == MOVED.document_id)
OF_LINE = and_(IN_PARCEL.shipment_id == PARCEL.id, IN_PARCEL.position == MOVED.document_line)
LOT_MOVED = or_(inventory.crosses(MOVED), MOVED.kind == inventory.MovementKind.LOT_CHANGE)
"""From bin to bin is no news of a lot; that goods became another lot is."""

# What was shipped, as far as the actor may see it; what it was made of is nobody's secret then.
SHIPPED = f"""
        SELECT NULL::uuid AS root, moved.id, moved.lot_id, moved.variant_id, moved.warehouse_id, moved.position,
            true AS sure
        FROM shipments AS parcel
        JOIN stock_ledger AS moved ON moved.document_type = '{fulfilment.SHIPMENT}' AND moved.document_id = parcel.id
        WHERE (parcel.order_id = :order_id OR parcel.customer_id = :customer_id)
          AND (CAST(:channels AS uuid[]) IS NULL OR parcel.channel_id = ANY (:channels))
          AND (CAST(:warehouses AS uuid[]) IS NULL OR moved.warehouse_id = ANY (:warehouses))
"""  # noqa: S608 — The word is ours.
CAME_FROM = f"""
    {inventory.BACK.format(base=SHIPPED)}
    SELECT id, bool_or(sure) AS certain FROM went WHERE lot_id IS NOT NULL GROUP BY id
"""  # noqa: S608 — As above.
COLUMNS = (column("id", Uuid), column("certain", Boolean))


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
    """Build the movements of a lot and what became of it, or of what was shipped and what that was made of."""
    found = _found(read, where).subquery("traced")
    statement: Select[Any] = (
        select(
            *MOVED.__table__.columns,
            catalogue.Variant.sku,
            PARCEL.id.label("shipment_id"),
            PARCEL.order_id,
            PARCEL.customer_id,
            IN_PARCEL.order_line_id,
            found.c.certain,
        )
        .join(found, found.c.id == MOVED.id)
        .join(catalogue.Variant, catalogue.Variant.id == MOVED.variant_id)
        .join(PARCEL, OF_PARCEL, isouter=True)
        .join(IN_PARCEL, OF_LINE, isouter=True)
        .where(LOT_MOVED)
    )
    return _in_scope(statement, read)


def _found(read: Read, where: TraceFilter) -> Any:
    """Find the movements, each with whether it is certainly of what is traced."""
    if where.lot_id is not None:
        return text(inventory.TRACED).bindparams(bindparam("lot_id", where.lot_id, type_=Uuid)).columns(*COLUMNS)
    actor, several = read.actor, ARRAY(Uuid)
    channels, warehouses = (None if each is None else sorted(each) for each in (actor.channels, actor.warehouses))
    given = (
        bindparam("order_id", where.order_id, type_=Uuid),
        bindparam("customer_id", where.customer_id, type_=Uuid),
        bindparam("channels", channels, type_=several),
        bindparam("warehouses", warehouses, type_=several),
    )
    return text(CAME_FROM).bindparams(*given).columns(*COLUMNS)


def _in_scope(statement: Select[Any], read: Read) -> Select[Any]:
    """Leave out warehouses and channels beyond the actor's; what was not sold belongs to no channel."""
    sold_there = within(PARCEL.channel_id, read.actor.channels)
    if sold_there is not None:
        statement = statement.where(or_(PARCEL.id.is_(None), sold_there))
    return visible(statement, read.actor, warehouse=MOVED.warehouse_id)


async def lot_traces(read: Read, where: TraceFilter, request: PageRequest) -> Page:
    """Read one page of a trace, in the order in which it was posted."""
    return await page(read, traced(read, where.checked()), IN_ORDER, request)
