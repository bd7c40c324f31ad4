"""Stock documents posted at once (即时单据): staff receive goods, put in or take out for a reason, and move stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.inventory.document_lines import Line, check_document, write_lines
from domain.inventory.document_partners import check_partner
from domain.inventory.models import BinId, LotId, MovementKind, StockDocument, WarehouseId
from domain.inventory.posting import post_document
from domain.kernel import Quantity, UnitPrice, Work, action
from domain.partners import PartnerId


@dataclass(frozen=True, kw_only=True)
class ReceivedLine:
    """What was received of a variant, what one cost, which lot it is of, and the bin it was put into."""

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice
    lot_code: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Goods that arrived in a warehouse."""

    warehouse_id: WarehouseId
    reason: str
    lines: Sequence[ReceivedLine]
    effective_at: datetime | None = None
    partner_id: PartnerId | None = None


@action
async def receive_stock(work: Work, receipt: Receipt) -> StockDocument:
    """Receive goods into a warehouse at their cost."""
    document = new_document(work, MovementKind.RECEIPT, receipt.warehouse_id, receipt.reason)
    document.effective_at, document.partner_id = receipt.effective_at, receipt.partner_id
    await check_partner(work, document)
    lines = [
        Line(
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_cost=line.unit_cost,
            lot_code=line.lot_code,
            produced_on=line.produced_on,
            expires_on=line.expires_on,
            bin_id=line.bin_id,
        )
        for line in receipt.lines
    ]
    return await post_at_once(work, document, lines)


class AdjustmentKind(StrEnum):
    """Whether stock is put in (其他入库) or taken out (其他出库)."""

    IN = "IN"
    OUT = "OUT"


@dataclass(frozen=True, kw_only=True)
class AdjustedLine:
    """How much of a variant, of which lot and bin.

    In without a unit cost enters at the current average; out without a lot takes what expires first.
    """

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice | None = None
    lot_id: LotId | None = None
    bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """Stock that is put in or taken out for another reason than trade."""

    warehouse_id: WarehouseId
    kind: AdjustmentKind
    reason: str
    lines: Sequence[AdjustedLine]
    effective_at: datetime | None = None
    override_reason: str | None = None
    partner_id: PartnerId | None = None


@action
async def adjust_stock(work: Work, adjustment: Adjustment) -> StockDocument:
    """Put stock in or take it out for a stated reason; what is promised to buyers cannot be taken.

    More than is there only by the right `inventory.override_negative`.
    """
    enters = adjustment.kind is AdjustmentKind.IN
    kind = MovementKind.ADJUSTMENT_IN if enters else MovementKind.ADJUSTMENT_OUT
    document = new_document(work, kind, adjustment.warehouse_id, adjustment.reason)
    document.effective_at, document.override_reason = adjustment.effective_at, adjustment.override_reason
    document.partner_id = adjustment.partner_id
    await check_partner(work, document)
    lines = [
        Line(
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_cost=line.unit_cost,
            lot_id=line.lot_id,
            bin_id=line.bin_id,
        )
        for line in adjustment.lines
    ]
    return await post_at_once(work, document, lines)


@dataclass(frozen=True, kw_only=True)
class TransferredLine:
    """How much of a variant moves, from which bin to which; without a lot, what expires first."""

    variant_id: UUID
    quantity: Quantity
    lot_id: LotId | None = None
    bin_id: BinId | None = None
    to_bin_id: BinId | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Stock that moves from one warehouse to another (调拨)."""

    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    reason: str
    lines: Sequence[TransferredLine]
    effective_at: datetime | None = None


@action
async def transfer_stock(work: Work, transfer: Transfer) -> StockDocument:
    """Move stock from one warehouse to another at once, at its cost and with its lots."""
    document = new_document(
        work, MovementKind.TRANSFER_OUT, transfer.from_warehouse_id, transfer.reason, transfer.to_warehouse_id
    )
    document.effective_at = transfer.effective_at
    lines = [
        Line(
            variant_id=line.variant_id,
            quantity=line.quantity,
            lot_id=line.lot_id,
            bin_id=line.bin_id,
            to_bin_id=line.to_bin_id,
        )
        for line in transfer.lines
    ]
    return await post_at_once(work, document, lines)


def new_document(
    work: Work, kind: MovementKind, warehouse_id: WarehouseId, reason: str, to_warehouse_id: WarehouseId | None = None
) -> StockDocument:
    """Begin a document in the actor's name."""
    return StockDocument(
        kind=kind,
        warehouse_id=warehouse_id,
        to_warehouse_id=to_warehouse_id,
        reason=reason.strip(),
        drafted_by=work.actor.name,
        drafted_at=work.now,
    )


async def post_at_once(work: Work, document: StockDocument, lines: Sequence[Line]) -> StockDocument:
    """Write a document down and post it, in one step."""
    await check_document(work, document, lines)
    await post_document(work, document, lines)
    await work.session.flush()
    await write_lines(work, document.id, lines)
    return document
