"""Readers of transfers (调拨查询): by period, product, warehouse, state and person; within scope of either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from domain import catalogue, inventory
from domain.kernel import Ordering, Page, PageRequest, Quantity, Read, Reading, constant, page, visible
from domain.transfers.models import StockTransfer, StockTransferLine, TransferStatus, TransitLot

TEXT_LENGTH_MAX = 100
SIDES = (StockTransfer.from_warehouse_id, StockTransfer.to_warehouse_id)
TRANSFERS = constant(select(*StockTransfer.__table__.columns))

stock_transfers_by_id = Reading(TRANSFERS, StockTransfer.id, warehouse=SIDES)
lines_of_transfers = Reading(
    select(*StockTransferLine.__table__.columns, catalogue.Variant.sku)
    .join(StockTransfer, StockTransfer.id == StockTransferLine.transfer_id)
    .join(catalogue.Variant, catalogue.Variant.id == StockTransferLine.variant_id)
    .order_by(StockTransferLine.transfer_id, StockTransferLine.position),
    StockTransferLine.transfer_id,
    many=True,
    warehouse=SIDES,
)
# What of a line is still under way, by lot and shipment.
MOVED, CORRECTING = aliased(inventory.Movement), aliased(inventory.Movement)
CORRECTED = select(func.sum(CORRECTING.cost_amount)).where(CORRECTING.adjusts_id == MOVED.id).scalar_subquery()
OF_LOT = or_(
    MOVED.id == TransitLot.movement_id, and_(MOVED.carries_id == TransitLot.movement_id, MOVED.quantity < Quantity(0))
)
REST_AMOUNT = (
    select(func.sum(MOVED.cost_amount + func.coalesce(CORRECTED, literal_column("0")), type_=MOVED.cost_amount.type))
    .where(OF_LOT)
    .correlate(TransitLot)
    .scalar_subquery()
)
transit_of_lines = Reading(
    select(*TransitLot.__table__.columns, REST_AMOUNT.label("rest_amount"))
    .join(StockTransfer, StockTransfer.id == TransitLot.transfer_id)
    .where(TransitLot.rest > Quantity(0))
    .order_by(TransitLot.line_id, TransitLot.id),
    TransitLot.line_id,
    many=True,
    warehouse=SIDES,
)
# The documents of the steps of transfers; whoever sees the transfer sees them.
documents_of_transfers = Reading(
    select(*inventory.StockDocument.__table__.columns)
    .join(StockTransfer, StockTransfer.id == inventory.StockDocument.origin_id)
    .order_by(inventory.StockDocument.origin_id, inventory.StockDocument.id),
    inventory.StockDocument.origin_id,
    many=True,
    warehouse=SIDES,
)


@dataclass(frozen=True, kw_only=True)
class TransferFilter:
    """Which transfers; what is None does not matter. The period is half open; a person asked, approved or closed."""

    statuses: Sequence[TransferStatus] | None = None
    from_warehouses: Sequence[UUID] | None = None
    to_warehouses: Sequence[UUID] | None = None
    variants: Sequence[UUID] | None = None
    person: str | None = None
    number: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


NEWEST_FIRST = Ordering(
    name="transfers.requested",
    columns=(StockTransfer.requested_at, StockTransfer.id),
    keys=("requested_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def stock_transfers(read: Read, where: TransferFilter, request: PageRequest) -> Page:
    """Read one page of transfers, the last asked for first."""
    statement = visible(TRANSFERS, read.actor, warehouse=SIDES)
    for condition in _conditions(where):
        statement = statement.where(condition)
    return await page(read, statement, NEWEST_FIRST, request)


def _conditions(where: TransferFilter) -> list[Any]:
    transfer, conditions = StockTransfer, list[Any]()
    among = (
        (transfer.status, where.statuses),
        (transfer.from_warehouse_id, where.from_warehouses),
        (transfer.to_warehouse_id, where.to_warehouses),
    )
    conditions += [column.in_(values) for column, values in among if values is not None]
    if where.variants is not None:
        of_transfer = StockTransferLine.transfer_id == transfer.id
        conditions.append(exists().where(of_transfer, StockTransferLine.variant_id.in_(where.variants)))
    if where.person is not None:
        hands = (transfer.requested_by, transfer.approved_by, transfer.closed_by)
        conditions.append(or_(*(name == where.person[:TEXT_LENGTH_MAX] for name in hands)))
    if where.number is not None:
        conditions.append(transfer.number == where.number[:TEXT_LENGTH_MAX])
    if where.from_at is not None:
        conditions.append(transfer.requested_at >= where.from_at)
    if where.to_at is not None:
        conditions.append(transfer.requested_at < where.to_at)
    return conditions
