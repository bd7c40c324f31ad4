"""Stock documents in steps (单据流程): written by one, approved by another, posted, and voided if need be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from domain.inventory import ledger
from domain.inventory.averages import FREE_OF_COST
from domain.inventory.backdating import check_moment
from domain.inventory.document_lines import DRAFTED, REASON_LENGTH_MAX, Line, check_document, lines_of, write_lines
from domain.inventory.document_partners import check_partner
from domain.inventory.documents import new_document
from domain.inventory.events import StockDocumentApproved
from domain.inventory.models import (
    DocumentStatus,
    Movement,
    MovementKind,
    StockDocument,
    StockDocumentId,
    StockDocumentLine,
    WarehouseId,
)
from domain.inventory.overriding import check_override
from domain.inventory.places import open_place
from domain.inventory.posting import DOCUMENT, post_document, tell
from domain.inventory.postings import Posting
from domain.inventory.refused_postings import MovedOn
from domain.inventory.statements import statement
from domain.inventory.supplier_returns import check_nothing_went_back, priced_by_receipts
from domain.kernel import (
    BadInput,
    Lifecycle,
    NotFound,
    Refusal,
    Work,
    WrongState,
    action,
    check_version,
    sees_warehouse,
    short_text,
)
from domain.partners import PartnerId

DRAFT, APPROVED, POSTED = DocumentStatus.DRAFT, DocumentStatus.APPROVED, DocumentStatus.POSTED
VOIDED, DISCARDED = DocumentStatus.VOIDED, DocumentStatus.DISCARDED

LIFECYCLE = Lifecycle(
    "stock document",
    {
        DRAFT: {APPROVED, DISCARDED},
        APPROVED: {DRAFT, POSTED, DISCARDED},
        POSTED: {VOIDED},
        VOIDED: set(),
        DISCARDED: set(),
    },
)


class StepOfAnother(Refusal):
    """Document {document} is a step of {origin}; correct it by a further step there, or by a document of your own."""

    document: str
    origin: str
    chinese = "单据 {document} 是 {origin} 的一个步骤，请在该单据上继续处理，或另开单据更正"


class PricedAnew(Refusal):
    """Receipt {document} was priced anew by {change}; price it back before you void it."""

    document: str
    change: str
    chinese = "单据 {document} 已由 {change} 调整价格，请先改回原价再作废"


@dataclass(frozen=True, kw_only=True)
class DraftedDocument:
    """What a document shall do, and why; a transfer names the warehouse it goes to."""

    kind: MovementKind
    warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId | None = None
    reason: str
    lines: Sequence[Line]
    effective_at: datetime | None = None
    override_reason: str | None = None
    partner_id: PartnerId | None = None


@action
async def draft_stock_document(work: Work, draft: DraftedDocument) -> StockDocument:
    """Write a stock document down; nothing moves before it is approved and posted."""
    document = new_document(work, draft.kind, draft.warehouse_id, draft.reason, draft.to_warehouse_id)
    document.effective_at, document.override_reason = draft.effective_at, draft.override_reason
    document.partner_id = draft.partner_id
    await _check(work, document, draft)
    work.session.add(document)
    await work.session.flush()
    await write_lines(work, document.id, draft.lines)
    return document


async def _check(work: Work, document: StockDocument, draft: DraftedDocument) -> None:
    if draft.kind not in DRAFTED:
        raise BadInput(field="kind", problem="is not a kind of document staff write").at("input", "kind")
    if draft.effective_at is not None:
        await check_moment(work, draft.effective_at)
    check_override(work, document)
    await check_partner(work, document)
    await check_document(work, document, draft.lines)
    await priced_by_receipts(work, document, draft.lines)


@action
async def change_stock_document(
    work: Work, document_id: StockDocumentId, draft: DraftedDocument, *, expected_version: int | None = None
) -> StockDocument:
    """Write a draft anew, all of it; an approved document becomes a draft again."""
    document = await _document(work, document_id)
    await check_version(work, document, expected_version)
    _refuse_carried_out(document)
    if document.status is not DRAFT:
        LIFECYCLE.check(document.number, document.status, DRAFT)
    document.kind, document.reason = draft.kind, draft.reason.strip()
    document.warehouse_id, document.to_warehouse_id = draft.warehouse_id, draft.to_warehouse_id
    document.effective_at, document.override_reason = draft.effective_at, draft.override_reason
    document.partner_id = draft.partner_id
    document.status, document.approved_by, document.approved_at = DRAFT, None, None
    document.version += 1
    with work.session.no_autoflush:
        await _check(work, document, draft)
    await work.execute(delete(StockDocumentLine).where(StockDocumentLine.document_id == document.id))
    await write_lines(work, document.id, draft.lines)
    return document


@action
async def approve_stock_document(work: Work, document_id: StockDocumentId) -> StockDocument:
    """Vouch for a draft: from now on it may be posted."""
    document = await _held(work, document_id, APPROVED)
    document.status, document.version = APPROVED, document.version + 1
    document.approved_by, document.approved_at = work.actor.name, work.now
    work.record(StockDocumentApproved(document_id=document.id))
    return document


@action
async def discard_stock_document(work: Work, document_id: StockDocumentId) -> StockDocument:
    """Throw away a document that was not posted; its number is not given again."""
    document = await _held(work, document_id, DISCARDED)
    document.status, document.version = DISCARDED, document.version + 1
    return document


@action
async def post_stock_document(work: Work, document_id: StockDocumentId) -> StockDocument:
    """Let an approved document move its stock, all of it or none."""
    document = await _held(work, document_id, POSTED)
    lines = await lines_of(work, document.id)
    await check_document(work, document, lines)
    await post_document(work, document, await priced_by_receipts(work, document, lines, hold=True))
    document.version += 1
    return document


CORRECTING = aliased(Movement)
CORRECTED = select(func.sum(CORRECTING.cost_amount)).where(CORRECTING.adjusts_id == Movement.id).scalar_subquery()
MOVEMENTS = select(*Movement.__table__.columns, CORRECTED.label("corrected")).where(
    Movement.document_type == DOCUMENT, Movement.adjusts_id.is_(None)
)


@action
async def void_stock_document(work: Work, document_id: StockDocumentId, reason: str) -> StockDocument:
    """Undo a posted document by another that takes back each of its movements exactly, and answer that one."""
    original = await _held(work, document_id, VOIDED)
    if original.voids_id is not None:
        raise WrongState(what="stock document", which=original.number, state="a void", needed="an original")
    if original.origin is not None:
        raise StepOfAnother(document=original.number, origin=original.origin).at("input", "id")
    return await _undo(work, original, reason)


async def void_step(work: Work, document_id: StockDocumentId, reason: str) -> StockDocument:
    """Undo a posted document for the paper it is a step of."""
    return await _undo(work, await _held(work, document_id, VOIDED), reason)


async def _undo(work: Work, original: StockDocument, reason: str) -> StockDocument:
    await _check_price(work, original)
    await check_nothing_went_back(work, original)
    for place, field in ((original.warehouse_id, "id"), (original.to_warehouse_id, "id")):
        if place is not None:
            await open_place(work, place, field)
    void = new_document(
        work,
        original.kind,
        original.warehouse_id,
        short_text(reason, "reason", REASON_LENGTH_MAX),
        original.to_warehouse_id,
    )
    void.voids_id, void.partner_id, void.status = original.id, original.partner_id, POSTED
    void.origin = original.origin
    void.posted_by, void.posted_at = work.actor.name, work.now
    await _take_back(work, original, void)
    work.session.add(void)
    await work.session.flush()
    await write_lines(work, void.id, await lines_of(work, original.id))
    original.status, original.version = VOIDED, original.version + 1
    original.voided_by, original.voided_at = work.actor.name, work.now
    return void


PRICED_ANEW = statement("""
    SELECT newest.number FROM (
        SELECT DISTINCT ON (anew.document_line) anew.document_line, anew.unit_cost, cost_changes.number
        FROM cost_change_lines AS anew JOIN cost_changes ON cost_changes.id = anew.change_id
        WHERE anew.document_id = :document_id ORDER BY anew.document_line, cost_changes.number DESC
    ) AS newest
    JOIN stock_document_lines AS line ON line.document_id = :document_id AND line.position = newest.document_line
    WHERE line.unit_cost <> newest.unit_cost ORDER BY line.position LIMIT 1
""")


async def _check_price(work: Work, original: StockDocument) -> None:
    """Refuse to take back a receipt at a price that no longer stands."""
    for row in await work.rows(PRICED_ANEW, {"document_id": original.id}):
        raise PricedAnew(document=original.number, change=row.number).at("input", "id")


async def _take_back(work: Work, original: StockDocument, void: StockDocument) -> None:
    """Reverse the movements, the last first: what came in last is what can leave first."""
    rows = await work.rows(MOVEMENTS.where(Movement.document_id == original.id).order_by(Movement.position.desc()))
    books = await ledger.open_books(work, {(row.variant_id, row.warehouse_id) for row in rows})
    moved = [
        each
        for row in rows
        for each in books.reverse(_negative(row), row.leg, -row.corrected if row.corrected else FREE_OF_COST)
    ]
    # What was taken back at its own price may miss a fixed cost, also one that was set since.
    at_last = {(each.posting.variant_id, each.posting.warehouse_id): each.posting for each in moved}
    for key, posting in at_last.items():
        if books.company_wide and books.worth(key).unsound():
            raise MovedOn(variant_id=posting.variant_id, line=posting.line).at("input", "id")
    moved += [misfit for posting in at_last.values() for misfit in books.settle(posting)]
    origin = ledger.Document(type=DOCUMENT, id=void.id, reason=void.reason)
    await ledger.write(work, origin, books, moved)
    tell(work, void, moved)


def _negative(row: Any) -> Posting:
    return Posting(
        variant_id=row.variant_id,
        warehouse_id=row.warehouse_id,
        quantity=-row.quantity,
        kind=row.kind,
        line=row.document_line,
        lot_id=row.lot_id,
        bin_id=row.bin_id,
        counterpart_id=row.counterpart_id,
        amount=-row.cost_amount,
        reverses_id=row.id,
    )


async def _held(work: Work, document_id: StockDocumentId, following: DocumentStatus) -> StockDocument:
    """Find a document of the actor's scope that may come to a state, and hold it."""
    document = await _document(work, document_id)
    LIFECYCLE.check(document.number, document.status, following)
    _refuse_carried_out(document)
    return document


def _refuse_carried_out(document: StockDocument) -> None:
    """Leave a plan alone that another paper carries out."""
    if document.origin is not None and document.status is APPROVED:
        raise StepOfAnother(document=document.number, origin=document.origin).at("input", "id")


async def _document(work: Work, document_id: StockDocumentId) -> StockDocument:
    document = await work.session.get(StockDocument, document_id, with_for_update=True, populate_existing=True)
    if document is None or not sees_warehouse(work.actor, document.warehouse_id):
        raise NotFound(what="stock document", which=str(document_id)).at("input", "id")
    return document


async def hand_over(work: Work, document_id: StockDocumentId, origin: str, origin_id: UUID) -> StockDocument:
    """Let another paper carry out an approved document: from now on only that paper's own steps move its goods."""
    document = await _held(work, document_id, POSTED)
    document.origin, document.origin_id, document.version = origin, origin_id, document.version + 1
    return document


async def take_over(work: Work, document_id: StockDocumentId, *, carried_out: bool) -> None:
    """End that another paper carries out a document: all of it was posted by that paper's steps, or nothing was."""
    document = await work.session.get_one(StockDocument, document_id, with_for_update=True, populate_existing=True)
    if document.status is APPROVED and document.origin is not None:
        document.version += 1
        if carried_out:
            document.status = DISCARDED
        else:
            document.origin = document.origin_id = None
