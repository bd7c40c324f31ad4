"""Asking for goods (调拨申请): written by who needs them, approved by who has them; approved goods are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, inventory
from domain.inventory import WarehouseId
from domain.kernel import (
    BadInput,
    Lifecycle,
    NotFound,
    Quantity,
    Work,
    action,
    check_version,
    sees_warehouse,
    short_text,
)
from domain.transfers.events import TransferApproved, TransferEnded
from domain.transfers.models import (
    StockTransfer,
    StockTransferId,
    StockTransferLine,
    StockTransferLineId,
    TransferStatus,
)

LINES_MAX = 500
REASON_LENGTH_MAX = 300
NOTHING = Quantity(0)

REQUESTED, APPROVED = TransferStatus.REQUESTED, TransferStatus.APPROVED
IN_TRANSIT, DONE, CANCELLED = TransferStatus.IN_TRANSIT, TransferStatus.DONE, TransferStatus.CANCELLED

LIFECYCLE = Lifecycle(
    "transfer",
    {
        REQUESTED: {APPROVED, CANCELLED},
        APPROVED: {IN_TRANSIT, CANCELLED},
        IN_TRANSIT: {IN_TRANSIT, DONE},
        DONE: set(),
        CANCELLED: set(),
    },
)


@dataclass(frozen=True, kw_only=True)
class WantedGoods:
    """How much of a variant is wanted; each variant stands on a transfer once."""

    variant_id: UUID
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class NewTransfer:
    """What one warehouse asks of another, and why."""

    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    reason: str
    lines: Sequence[WantedGoods]


@action
async def request_transfer(work: Work, new: NewTransfer) -> StockTransfer:
    """Ask a warehouse for goods; nothing is held or moved before it is approved.

    Whoever sees a warehouse may ask the one that supplies it, also without seeing that.
    """
    target = await inventory.open_place(work, new.to_warehouse_id, "toWarehouseId")
    supplier = target.supplied_by_id == new.from_warehouse_id
    await inventory.open_place(work, new.from_warehouse_id, "fromWarehouseId", anybody=supplier)
    if new.from_warehouse_id == new.to_warehouse_id:
        raise BadInput(field="toWarehouseId", problem="must be another warehouse").at("input", "toWarehouseId")
    await _check_lines(work, new.lines)
    transfer = StockTransfer(
        from_warehouse_id=new.from_warehouse_id,
        to_warehouse_id=new.to_warehouse_id,
        reason=short_text(new.reason, "reason", REASON_LENGTH_MAX),
        requested_by=work.actor.name,
        requested_at=work.now,
    )
    work.session.add(transfer)
    await work.session.flush()
    work.session.add_all(
        StockTransferLine(transfer_id=transfer.id, position=position, variant_id=line.variant_id, wanted=line.quantity)
        for position, line in enumerate(new.lines, 1)
    )
    await work.session.flush()
    return transfer


async def _check_lines(work: Work, lines: Sequence[WantedGoods]) -> None:
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    seen = set[UUID]()
    variants = catalogue.Variant
    known = {
        row.id
        for row in await work.rows(select(variants.id).where(variants.id.in_({line.variant_id for line in lines})))
    }
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index))
        if line.quantity <= NOTHING:
            raise BadInput(field="quantity", problem="must be more than 0").at(*where, "quantity")
        if line.variant_id not in known:
            raise NotFound(what="variant", which=str(line.variant_id)).at(*where, "variantId")
        if line.variant_id in seen:
            raise BadInput(field="variantId", problem="stands on another line already").at(*where, "variantId")
        seen.add(line.variant_id)


@dataclass(frozen=True, kw_only=True)
class ApprovedLine:
    """How much of a line may leave; 0 refuses it."""

    line_id: StockTransferLineId
    quantity: Quantity


@action
async def approve_transfer(
    work: Work,
    transfer_id: StockTransferId,
    lines: Sequence[ApprovedLine] | None = None,
    *,
    expected_version: int | None = None,
) -> StockTransfer:
    """Let goods leave, all that was asked for or less of some lines, and hold them: no buyer can have them now."""
    transfer = await held_transfer(work, transfer_id, "from", APPROVED)
    await check_version(work, transfer, expected_version)
    await inventory.open_place(work, transfer.from_warehouse_id, "id")
    asked = await lines_of(work, transfer.id)
    given = {line.line_id: line.quantity for line in lines or ()}
    _check_approved(asked, lines or ())
    for line in asked:
        line.approved = given.get(line.id, line.wanted)
    wanted = {line.variant_id: line.approved for line in asked if line.approved > NOTHING}
    if not wanted:
        raise BadInput(field="lines", problem="leave nothing to send; cancel the transfer").at("input", "lines")
    await inventory.hold_goods(work, transfer.from_warehouse_id, wanted)
    transfer.status, transfer.version = APPROVED, transfer.version + 1
    transfer.approved_by, transfer.approved_at = work.actor.name, work.now
    await work.session.flush()
    work.record(TransferApproved(transfer_id=transfer.id))
    return transfer


def _check_approved(asked: Sequence[StockTransferLine], lines: Sequence[ApprovedLine]) -> None:
    by_id = {line.id: line for line in asked}
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index))
        if line.line_id not in by_id:
            raise NotFound(what="transfer line", which=str(line.line_id)).at(*where, "lineId")
        if not NOTHING <= line.quantity <= by_id[line.line_id].wanted:
            raise BadInput(field="quantity", problem="must be 0 to what was asked for").at(*where, "quantity")


@action
async def cancel_transfer(work: Work, transfer_id: StockTransferId, reason: str) -> StockTransfer:
    """Call off a transfer of which nothing has left; what was held for it is free again."""
    transfer = await held_transfer(work, transfer_id, "either", CANCELLED)
    if transfer.status is APPROVED:
        await free_rest(work, transfer, await lines_of(work, transfer.id))
    finish(work, transfer, CANCELLED, short_text(reason, "reason", REASON_LENGTH_MAX))
    return transfer


async def free_rest(work: Work, transfer: StockTransfer, lines: Sequence[StockTransferLine]) -> None:
    """Free what was approved and will not leave."""
    rest = {line.variant_id: line.approved - line.shipped for line in lines if line.approved > line.shipped}
    if rest:
        await inventory.give_back_goods(work, transfer.from_warehouse_id, rest)
    for line in lines:
        line.approved = line.shipped


def finish(work: Work, transfer: StockTransfer, status: TransferStatus, reason: str | None) -> None:
    """End a transfer, by whom and why."""
    transfer.status, transfer.version = status, transfer.version + 1
    transfer.closed_by, transfer.closed_at, transfer.closing_reason = work.actor.name, work.now, reason
    work.record(TransferEnded(transfer_id=transfer.id))


async def held_transfer(
    work: Work, transfer_id: StockTransferId, side: str, following: TransferStatus
) -> StockTransfer:
    """Find a transfer that may come to a state and hold it, by an actor who sees the side it concerns."""
    found = await work.session.get(StockTransfer, transfer_id, with_for_update=True, populate_existing=True)
    if found is not None:
        sees_from = sees_warehouse(work.actor, found.from_warehouse_id)
        sees_to = sees_warehouse(work.actor, found.to_warehouse_id)
        if {"from": sees_from, "to": sees_to, "either": sees_from or sees_to}[side]:
            LIFECYCLE.check(found.number, found.status, following)
            return found
    raise NotFound(what="transfer", which=str(transfer_id)).at("input", "id")


async def lines_of(work: Work, transfer_id: StockTransferId) -> list[StockTransferLine]:
    """Load the lines of a transfer that is held, in their order."""
    line = StockTransferLine
    found = select(line).where(line.transfer_id == transfer_id).order_by(line.position)
    return list((await work.session.scalars(found.execution_options(populate_existing=True))).all())
