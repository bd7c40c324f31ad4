"""Announcing by approval (审核即下发): what concerns a partner's warehouse is told to it without anybody asking.

What cannot be announced, since goods that are to leave are promised to buyers, is an alert and tried again.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import alerts, inventory, transfers
from domain.alerts import AlertKind
from domain.exchange import alarms
from domain.exchange.lifecycle import OVER
from domain.exchange.models import ExchangePaper, ExchangePaperLine, PaperSource
from domain.exchange.papers import CANCELLING, DOCUMENTS, announce_stock_document
from domain.exchange.partners import partners_of_warehouses
from domain.exchange.transfer_papers import announce_coming, announce_leaving, held_transfer, lines_of, to_leave
from domain.exchange.withdrawing import withdraw
from domain.exchange.words import PaperKind
from domain.inventory import DocumentStatus, StockDocument, StockDocumentId
from domain.kernel import Refusal, Work, routine

TRIED_AT_ONCE = 100


async def announce_approved(work: Work, fact: inventory.StockDocumentApproved) -> None:
    """Ask the partner that runs the warehouse of an approved document to carry it out."""
    await _announce(work, fact.document_id)


@routine
async def announce_waiting(work: Work) -> int:
    """Announce what could not be announced when it was approved, the oldest first; what is not wanted is forgotten."""
    alert = alerts.Alert
    waiting = select(alert.place_id).where(alert.kind == AlertKind.NOT_ANNOUNCED, alert.resolved_at.is_(None))
    rows = await work.rows(waiting.order_by(alert.opened_at, alert.id).limit(TRIED_AT_ONCE))
    for row in rows:
        await _announce(work, row.place_id)
    return len(rows)


async def _announce(work: Work, document_id: StockDocumentId | UUID) -> None:
    document = await work.session.get_one(StockDocument, document_id, with_for_update=True, populate_existing=True)
    wanted = document.status is DocumentStatus.APPROVED and document.origin is None and document.kind in DOCUMENTS
    if not wanted or not await partners_of_warehouses(work, [document.warehouse_id]):
        await alarms.settle_announcement(work, document)
        return
    attempt, said = await work.session.begin_nested(), len(work.facts)
    try:
        await announce_stock_document(work, StockDocumentId(document.id))
    except Refusal as refusal:
        await attempt.rollback()
        del work.facts[said:]
        await work.session.refresh(document)
        await alarms.warn_of_announcement(work, document, refusal.message())
    else:
        await attempt.commit()


async def announce_approved_transfer(work: Work, fact: transfers.TransferApproved) -> None:
    """Ask the partner that has the goods of an approved transfer to let them leave."""
    transfer = await held_transfer(work, fact.transfer_id)
    if transfer is not None:
        await announce_leaving(work, transfer)


async def follow_shipped_transfer(work: Work, fact: transfers.TransferShipped) -> None:
    """Ask the partner to which goods are under way to take them in; who was to let them leave need not any more."""
    transfer = await held_transfer(work, fact.transfer_id)
    if transfer is None:
        return
    await announce_coming(work, transfer)
    if not to_leave(await lines_of(work, transfer.id)):
        await _withdraw_unfinished(work, transfer.id, [PaperKind.STOCKOUT])


async def withdraw_ended_transfer(work: Work, fact: transfers.TransferEnded) -> None:
    """Ask partners for nothing more of a transfer that is over."""
    await _withdraw_unfinished(work, fact.transfer_id, [PaperKind.STOCKOUT, PaperKind.ENTRY])


async def _withdraw_unfinished(work: Work, transfer_id: UUID, kinds: list[PaperKind]) -> None:
    """Take back papers of which something is still to be done; the others end by their last report."""
    paper, line = ExchangePaper, ExchangePaperLine
    open_line = select(line.position).where(line.paper_id == paper.id, line.planned > line.confirmed)
    found = select(paper).where(paper.source == PaperSource.TRANSFER, paper.source_id == transfer_id)
    found = found.where(paper.kind.in_(kinds), paper.status.not_in((*OVER, CANCELLING)), open_line.exists())
    locked: Any = found.order_by(paper.id).with_for_update().execution_options(populate_existing=True)
    for each in await work.session.scalars(locked):
        await withdraw(work, each)
