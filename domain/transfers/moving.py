"""Goods on the move (发运与收货): they leave and arrive in parts, and what is missing is written off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from domain import inventory
from domain.inventory import BinId, LotId, MovementKind, WarehouseId, WarehouseKind
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, short_text
from domain.transfers.events import TransferShipped
from domain.transfers.models import (
    StockTransfer,
    StockTransferId,
    StockTransferLine,
    StockTransferLineId,
    TransitLot,
)
from domain.transfers.requesting import (
    DONE,
    IN_TRANSIT,
    LINES_MAX,
    NOTHING,
    REASON_LENGTH_MAX,
    finish,
    free_rest,
    held_transfer,
    lines_of,
)


class MoreThanThere(Refusal):
    """Of line {line} {wanted} are given, and only {available} are to come."""

    line: int
    wanted: Quantity
    available: Quantity
    chinese = "第 {line} 行填写 {wanted}，最多还可处理 {available}"


@dataclass(frozen=True, kw_only=True)
class SentLine:
    """How much of a line leaves now; without a lot, what expires first."""

    line_id: StockTransferLineId
    quantity: Quantity
    lot_id: LotId | None = None
    bin_id: BinId | None = None


@action
async def ship_transfer(
    work: Work, transfer_id: StockTransferId, lines: Sequence[SentLine] | None = None
) -> StockTransfer:
    """Let approved goods leave, all that have not left yet or the lines given, at their cost and with their lots."""
    transfer = await held_transfer(work, transfer_id, "from", IN_TRANSIT)
    await inventory.open_place(work, transfer.from_warehouse_id, "id")
    asked = await lines_of(work, transfer.id)
    if lines is None:
        lines = [
            SentLine(line_id=line.id, quantity=line.approved - line.shipped)
            for line in asked
            if line.approved > line.shipped
        ]
    by_id = _checked(asked, lines, {line.id: line.approved - line.shipped for line in asked})
    leaving = [
        inventory.Line(
            variant_id=by_id[line.line_id].variant_id, quantity=line.quantity, lot_id=line.lot_id, bin_id=line.bin_id
        )
        for line in lines
    ]
    await inventory.check_named(work, leaving, transfer.from_warehouse_id)
    paper = _paper(work, transfer, MovementKind.TRANSFER_OUT, transfer.from_warehouse_id)
    moved = await inventory.send(work, paper, leaving, transfer.to_warehouse_id)
    for under_way in moved:
        line = by_id[lines[under_way.posting.line - 1].line_id]
        line.shipped += under_way.quantity
        left = TransitLot(
            transfer_id=transfer.id,
            line_id=line.id,
            document_id=paper.id,
            lot_id=under_way.lot_id,
            movement_id=under_way.id,
            quantity=under_way.quantity,
            rest=under_way.quantity,
        )
        work.session.add(left)
    transfer.status, transfer.version = IN_TRANSIT, transfer.version + 1
    transfer.shipped_at = transfer.shipped_at or work.now
    await work.session.flush()
    work.record(TransferShipped(transfer_id=transfer.id))
    return transfer


@dataclass(frozen=True, kw_only=True)
class ArrivedLine:
    """How much of a line arrived; without a lot, what left first."""

    line_id: StockTransferLineId
    quantity: Quantity
    lot_id: LotId | None = None
    bin_id: BinId | None = None


@action
async def receive_transfer(
    work: Work,
    transfer_id: StockTransferId,
    lines: Sequence[ArrivedLine] | None = None,
    into_warehouse_id: WarehouseId | None = None,
) -> StockTransfer:
    """Take in what arrived, everything under way or the lines given; what is damaged, into a warehouse for that.

    What arrives is worth what it was worth when it left. More than is under way is refused.
    """
    transfer = await held_transfer(work, transfer_id, "to", DONE)
    place = await _destination(work, transfer, into_warehouse_id)
    asked = await lines_of(work, transfer.id)
    under_way = await _under_way(work, transfer)
    if lines is None:
        lines = [ArrivedLine(line_id=each.id, quantity=_rest(each)) for each in asked if _rest(each) > NOTHING]
    by_id = _checked(asked, lines, {line.id: _rest(line) for line in asked})
    pieces = []
    for index, line in enumerate(lines):
        pieces += _pieces(index, line, by_id[line.line_id], under_way)
        by_id[line.line_id].received += line.quantity
    named = [each.line() for each in pieces]
    await inventory.check_named(work, named, place)
    paper = _paper(work, transfer, MovementKind.TRANSFER_IN, place)
    await inventory.arrive(work, paper, pieces, transfer.to_warehouse_id)
    transfer.version += 1
    if all(_rest(line) == NOTHING and line.shipped == line.approved for line in asked):
        finish(work, transfer, DONE, None)
    await work.session.flush()
    return transfer


@action
async def close_transfer(work: Work, transfer_id: StockTransferId, reason: str) -> StockTransfer:
    """End a transfer with a difference: what is under way is written off, what has not left is free again."""
    transfer = await held_transfer(work, transfer_id, "to", DONE)
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    asked = await lines_of(work, transfer.id)
    under_way = await _under_way(work, transfer)
    variants = {line.id: line.variant_id for line in asked}
    pieces = [_taken(lot, variants[lot.line_id], lot.rest) for lot in under_way]
    if pieces:
        paper = _paper(work, transfer, MovementKind.ADJUSTMENT_OUT, inventory.IN_TRANSIT, stated)
        await inventory.lose(work, paper, pieces, transfer.to_warehouse_id)
    for line in asked:
        line.lost += _rest(line)
    await free_rest(work, transfer, asked)
    finish(work, transfer, DONE, stated)
    await work.session.flush()
    return transfer


def _rest(line: StockTransferLine) -> Quantity:
    return line.shipped - line.received - line.lost


def _checked(
    asked: Sequence[StockTransferLine], lines: Sequence[Any], possible: dict[StockTransferLineId, Quantity]
) -> dict[StockTransferLineId, StockTransferLine]:
    """Refuse lines that are not of the transfer, or together more than is possible."""
    by_id, left = {line.id: line for line in asked}, dict(possible)
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}, of what is to come").at("input", "lines")
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index))
        if line.line_id not in by_id:
            raise NotFound(what="transfer line", which=str(line.line_id)).at(*where, "lineId")
        if line.quantity <= NOTHING:
            raise BadInput(field="quantity", problem="must be more than 0").at(*where, "quantity")
        if line.quantity > left[line.line_id]:
            more = MoreThanThere(line=by_id[line.line_id].position, wanted=line.quantity, available=left[line.line_id])
            raise more.at(*where, "quantity")
        left[line.line_id] -= line.quantity
    return by_id


async def _destination(work: Work, transfer: StockTransfer, into: WarehouseId | None) -> WarehouseId:
    """Say where it is taken in: its destination, a place for what is damaged, or, sent back, where it came from."""
    place = await inventory.open_place(work, into or transfer.to_warehouse_id, "intoWarehouseId" if into else "id")
    usual = place.id in (transfer.to_warehouse_id, transfer.from_warehouse_id)
    if not usual and place.kind not in (WarehouseKind.DEFECTIVE, WarehouseKind.RETURNS):
        problem = "must be a warehouse of the transfer, or one for defective or returned goods"
        raise BadInput(field="intoWarehouseId", problem=problem).at("input", "intoWarehouseId")
    return WarehouseId(place.id)


async def _under_way(work: Work, transfer: StockTransfer) -> list[TransitLot]:
    lot = TransitLot
    found = select(lot).where(lot.transfer_id == transfer.id, lot.rest > NOTHING).order_by(lot.id)
    return list((await work.session.scalars(found.execution_options(populate_existing=True))).all())


def _pieces(
    index: int, arrived: ArrivedLine, line: StockTransferLine, under_way: Sequence[TransitLot]
) -> list[inventory.Piece]:
    """Take what arrived from what left, the first that left first."""
    wanted, pieces = arrived.quantity, []
    for lot in under_way:
        if wanted > NOTHING and lot.line_id == line.id and arrived.lot_id in (None, lot.lot_id) and lot.rest > NOTHING:
            share = min(wanted, lot.rest)
            pieces.append(_taken(lot, line.variant_id, share, arrived.bin_id))
            wanted -= share
    if wanted > NOTHING:
        more = MoreThanThere(line=line.position, wanted=arrived.quantity, available=arrived.quantity - wanted)
        raise more.at("input", "lines", str(index), "lotId")
    return pieces


def _taken(lot: TransitLot, variant_id: Any, share: Quantity, bin_id: BinId | None = None) -> inventory.Piece:
    """Cut a share off what is under way."""
    lot.rest -= share
    return inventory.Piece(
        variant_id=variant_id, lot_id=lot.lot_id, quantity=share, movement_id=lot.movement_id, bin_id=bin_id
    )


def _paper(
    work: Work, transfer: StockTransfer, kind: MovementKind, place: WarehouseId, reason: str | None = None
) -> inventory.StockDocument:
    """Begin the document of one step of a transfer."""
    paper = inventory.new_document(work, kind, place, f"{transfer.number} {reason or transfer.reason}")
    paper.origin, paper.origin_id = transfer.number, transfer.id
    return paper
