"""Papers of transfers (外仓调拨下发): a partner lets approved goods leave, and takes in what is under way to it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, func, select

from domain.exchange.lifecycle import OVER
from domain.exchange.models import ExchangePaper, ExchangePaperLine, PaperSource
from domain.exchange.papers import (
    CANCELLED,
    NOTHING,
    Asked,
    NoPartner,
    NothingToAnnounce,
    Source,
    refuse_announced,
    write_paper,
)
from domain.exchange.partners import partners_of_warehouses
from domain.exchange.words import PaperKind, PaperType
from domain.kernel import NotFound, Quantity, Work, action, sees_warehouse
from domain.transfers import StockTransfer, StockTransferId, StockTransferLine, StockTransferLineId

TYPES = {PaperKind.ENTRY: PaperType.TRANSFER_ENTRY, PaperKind.STOCKOUT: PaperType.TRANSFER_OUT}


@action
async def announce_transfer(work: Work, transfer_id: StockTransferId) -> ExchangePaper:
    """Ask a partner to take in what of a transfer is under way to it, or else to let approved goods leave.

    Approving a transfer and sending its goods do that by themselves.
    """
    transfer = await held_transfer(work, transfer_id)
    if transfer is None or not _sees_either(work, transfer):
        raise NotFound(what="transfer", which=str(transfer_id)).at("input", "transferId")
    sides = await partners_of_warehouses(work, [transfer.from_warehouse_id, transfer.to_warehouse_id])
    if not sides:
        raise NoPartner(which=transfer.number).at("input", "transferId")
    lines = await lines_of(work, transfer.id)
    possible = [
        (PaperKind.ENTRY, transfer.to_warehouse_id, under_way(lines)),
        (PaperKind.STOCKOUT, transfer.from_warehouse_id, to_leave(lines)),
    ]
    possible = [each for each in possible if each[1] in sides and each[2]]
    if not possible:
        raise NothingToAnnounce(which=transfer.number).at("input", "transferId")
    live = await _live_kinds(work, transfer.id)
    kind, place, asked = next((each for each in possible if each[0] not in live), possible[0])
    await refuse_announced(work, transfer.id, kind, transfer.number, "transferId")
    return await write_paper(work, _source(transfer, kind, place), asked)


async def announce_leaving(work: Work, transfer: StockTransfer) -> None:
    """Ask the partner of the warehouse goods leave to let them out, unless it was asked."""
    asked = to_leave(await lines_of(work, transfer.id))
    await _announce(work, transfer, PaperKind.STOCKOUT, transfer.from_warehouse_id, asked)


async def announce_coming(work: Work, transfer: StockTransfer) -> None:
    """Ask the partner of the warehouse goods go to, to take in what left since it was asked before."""
    lines, told = await lines_of(work, transfer.id), await _told(work, transfer)
    rest = {each.id: each.shipped - told.get(each.id, NOTHING) for each in lines}
    asked = [_asked(each, min(rest[each.id], _rest(each))) for each in lines]
    asked = [each for each in asked if each.quantity > NOTHING]
    await _announce(work, transfer, PaperKind.ENTRY, transfer.to_warehouse_id, asked)


async def _announce(work: Work, transfer: StockTransfer, kind: PaperKind, place: UUID, asked: Sequence[Asked]) -> None:
    runs = await partners_of_warehouses(work, [place])
    if asked and runs and kind not in await _live_kinds(work, transfer.id):
        await write_paper(work, _source(transfer, kind, place), asked)


async def held_transfer(work: Work, transfer_id: StockTransferId | UUID) -> StockTransfer | None:
    """Load a transfer, locked: who announces it does so alone."""
    return await work.session.get(StockTransfer, transfer_id, with_for_update=True, populate_existing=True)


async def lines_of(work: Work, transfer_id: UUID) -> list[StockTransferLine]:
    """Load the lines of a transfer in their order."""
    line = StockTransferLine
    found = select(line).where(line.transfer_id == transfer_id).order_by(line.position)
    return list(await work.session.scalars(found.execution_options(populate_existing=True)))


def to_leave(lines: Sequence[StockTransferLine]) -> list[Asked]:
    """Say what was approved and has not left."""
    return [_asked(each, each.approved - each.shipped) for each in lines if each.approved > each.shipped]


def under_way(lines: Sequence[StockTransferLine]) -> list[Asked]:
    """Say what left and has not arrived."""
    return [_asked(each, _rest(each)) for each in lines if _rest(each) > NOTHING]


def _rest(line: StockTransferLine) -> Quantity:
    return line.shipped - line.received - line.lost


def _asked(line: StockTransferLine, quantity: Quantity) -> Asked:
    return Asked(variant_id=line.variant_id, quantity=quantity, source_line_id=line.id)


async def _told(work: Work, transfer: StockTransfer) -> dict[StockTransferLineId, Quantity]:
    """Say how much of each line a partner was asked to take in; of what was taken back, what it had done."""
    line, paper = ExchangePaperLine, ExchangePaper
    asked = case((paper.status == CANCELLED, line.confirmed), else_=line.planned)
    found = select(line.source_line_id, func.sum(asked, type_=line.planned.type).label("asked")).join(paper)
    found = found.where(paper.source_id == transfer.id, paper.kind == PaperKind.ENTRY).group_by(line.source_line_id)
    return {StockTransferLineId(row.source_line_id): row.asked for row in await work.rows(found)}


async def _live_kinds(work: Work, source_id: UUID) -> set[PaperKind]:
    paper = ExchangePaper
    found = select(paper.kind).where(paper.source_id == source_id, paper.status.not_in(OVER))
    return {row.kind for row in await work.rows(found)}


def _sees_either(work: Work, transfer: StockTransfer) -> bool:
    sides = (transfer.from_warehouse_id, transfer.to_warehouse_id)
    return any(sees_warehouse(work.actor, each) for each in sides)


def _source(transfer: StockTransfer, kind: PaperKind, place: UUID) -> Source:
    return Source(
        kind=kind,
        type=TYPES[kind],
        source=PaperSource.TRANSFER,
        id=transfer.id,
        number=transfer.number,
        warehouse_id=place,
    )
