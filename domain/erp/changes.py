"""Changes of the ERP (ERP 库存变动): kept word for word, once however often they come, applied whole in any order."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import alerts, catalogue, inventory, partners
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.erp.events import ErpChangeReceived
from domain.erp.models import ErpChange, ErpChangeRowId, ErpChangeStatus, PartnerErp
from domain.erp.words import ErpChangeKind, IncomingChange, RawChange
from domain.inventory import Line, MovementKind
from domain.kernel import (
    Lifecycle,
    NotFound,
    Refusal,
    Work,
    action,
    identifier,
    routine,
    short_text,
    visible,
)

PROBLEM_LENGTH_MAX = 500
RETRIED_AT_ONCE = 100
REUSED = "the ERP used this number before, for a change with other content"
C = ErpChangeStatus
KINDS = {
    ErpChangeKind.RECEIPT: MovementKind.RECEIPT,
    ErpChangeKind.ENTRY: MovementKind.ADJUSTMENT_IN,
    ErpChangeKind.ISSUE: MovementKind.ADJUSTMENT_OUT,
}
CHANGES = Lifecycle[ErpChangeStatus](
    "change",
    {
        C.RECEIVED: {C.APPLIED, C.WAITING, C.UNREADABLE, C.SET_ASIDE},
        C.WAITING: {C.RECEIVED, C.APPLIED, C.WAITING, C.UNREADABLE, C.SET_ASIDE},
        C.UNREADABLE: {C.RECEIVED, C.SET_ASIDE},
        C.APPLIED: set(),
        C.SET_ASIDE: set(),
    },
)


class UnknownThere(Refusal):
    """The ERP speaks of {what} {which}, which our books do not know."""

    what: str
    which: str
    chinese = "ERP 提到的{what} {which} 在我方不存在"


async def take_changes(work: Work, partner_id: UUID, told: Sequence[RawChange]) -> int:
    """Keep changes; those that were here before are not new. Another content under a known number is kept beside it."""
    new = 0
    for each in told:
        row = _row(work, partner_id, each)
        if await work.change(insert(ErpChange).values(row).on_conflict_do_nothing()):
            work.record(ErpChangeReceived(change_row_id=row["id"]))
            new += 1
            continue
        row |= {"first": False, "status": C.UNREADABLE, "problem": REUSED}
        new += await work.change(insert(ErpChange).values(row).on_conflict_do_nothing())
    return new


def _row(work: Work, partner_id: UUID, told: RawChange) -> dict[str, Any]:
    return {
        "id": identifier(),
        "partner_id": partner_id,
        "change_id": told.change_id,
        "content_hash": hashlib.sha256(told.content.encode()).hexdigest(),
        "first": True,
        "content": told.content,
        "status": C.RECEIVED,
        "received_at": work.now,
    }


async def change_to_apply(work: Work, change_row_id: ErpChangeRowId | UUID) -> Any | None:
    """Read a change that is to be applied; None when that was done meanwhile."""
    change = ErpChange
    found = select(*change.__table__.columns).where(
        change.id == change_row_id, change.status.in_((C.RECEIVED, C.WAITING))
    )
    rows = await work.rows(found)
    return rows[0] if rows else None


@routine
async def apply_erp_change(work: Work, change_row_id: ErpChangeRowId | UUID, told: IncomingChange) -> None:
    """Post what an ERP changed as one stock document, as of now; a second time changes nothing."""
    change = await work.session.get_one(ErpChange, change_row_id, with_for_update=True, populate_existing=True)
    if change.status not in (C.RECEIVED, C.WAITING):
        return
    warehouse_id = await _warehouse(work, told.warehouse)
    partner = await work.session.get_one(PartnerErp, change.partner_id)
    reason = f"{partner.code} {told.change_id} {told.reason}"[: inventory.REASON_LENGTH_MAX]
    document = inventory.new_document(work, KINDS[told.kind], warehouse_id, reason)
    document.partner_id = partners.PartnerId(partner.id)
    change.warehouse_id, change.document_id = warehouse_id, document.id
    await inventory.post_at_once(work, document, await _lines(work, told))
    await _settle(work, change, C.APPLIED, None)


async def _warehouse(work: Work, code: str) -> inventory.WarehouseId:
    rows = await work.rows(select(inventory.Warehouse.id).where(inventory.Warehouse.code == code))
    if not rows:
        raise UnknownThere(what="warehouse", which=code)
    return inventory.WarehouseId(rows[0].id)


async def _lines(work: Work, told: IncomingChange) -> list[Line]:
    """Translate articles; goods that leave take what expires first, whatever lot is named."""
    variant = catalogue.Variant
    rows = await work.rows(select(variant.id, variant.sku).where(variant.sku.in_(sorted({e.sku for e in told.lines}))))
    known = {row.sku: row.id for row in rows}
    unknown = [each.sku for each in told.lines if each.sku not in known]
    if unknown:
        raise UnknownThere(what="article", which=", ".join(unknown[:5]))
    comes = told.kind is not ErpChangeKind.ISSUE
    return [
        Line(
            variant_id=known[each.sku],
            quantity=each.quantity,
            unit_cost=each.unit_cost if comes else None,
            lot_code=each.lot_code if comes else None,
            expires_on=each.expires_on if comes and each.lot_code else None,
        )
        for each in told.lines
    ]


@routine
async def note_change_unreadable(work: Work, change_row_id: ErpChangeRowId | UUID, problem: str) -> None:
    """Note that no rule understands a change: it is kept, and a person looks."""
    await _wait(work, change_row_id, C.UNREADABLE, problem, None)


@routine
async def note_change_waiting(
    work: Work, change_row_id: ErpChangeRowId | UUID, problem: str, warehouse: str | None = None
) -> None:
    """Note that a change could not be applied to our books yet: it is tried again, and a person looks."""
    await _wait(work, change_row_id, C.WAITING, problem, warehouse)


async def _wait(work: Work, change_row_id: UUID, status: ErpChangeStatus, problem: str, warehouse: str | None) -> None:
    change = await work.session.get_one(ErpChange, change_row_id, with_for_update=True, populate_existing=True)
    if not CHANGES.allows(change.status, status):
        return
    change.status, change.problem = status, problem[:PROBLEM_LENGTH_MAX]
    if warehouse is not None:
        found = await work.rows(select(inventory.Warehouse.id).where(inventory.Warehouse.code == warehouse))
        change.warehouse_id = found[0].id if found else None
    if change.warehouse_id is not None:
        await _warn(work, change, change.warehouse_id)


async def _warn(work: Work, change: ErpChange, warehouse_id: UUID) -> None:
    told = change.problem or ""
    alert = NewAlert(
        subject=AlertSubject.WAREHOUSE,
        subject_id=warehouse_id,
        place_id=change.id,
        kind=AlertKind.REPORT_NOT_APPLIED,
        level=AlertLevel.SEVERE,
        warehouse_id=warehouse_id,
        message=f"Change {change.change_id} of the ERP could not be applied: {told}",
        message_chinese=f"ERP 变动 {change.change_id} 未能入账：{told}",
        evidence={"change": change.change_id, "problem": told},
    )
    await alerts.open_alerts(work, [alert])


async def _settle(work: Work, change: ErpChange, status: ErpChangeStatus, problem: str | None) -> None:
    change.status, change.problem = status, problem
    change.settled_at, change.settled_by = work.now, work.actor.name
    await _resolve(work, change)


async def _resolve(work: Work, change: ErpChange) -> None:
    if change.warehouse_id is not None:
        kinds = [AlertKind.REPORT_NOT_APPLIED]
        await alerts.resolve_alerts_of_place(work, change.warehouse_id, change.id, kinds)


@action
async def retry_erp_change(work: Work, change_row_id: ErpChangeRowId) -> ErpChange:
    """Apply a change again, after the cause is gone; one under a reused number is applied as a change of its own."""
    change = await _change(work, change_row_id)
    CHANGES.check(change.change_id, change.status, C.RECEIVED)
    change.status, change.problem = C.RECEIVED, None
    await _resolve(work, change)
    work.record(ErpChangeReceived(change_row_id=change.id))
    return change


@action
async def set_aside_erp_change(work: Work, change_row_id: ErpChangeRowId, reason: str) -> ErpChange:
    """Decide that nothing follows from a change of the ERP, for a stated reason; it stays readable."""
    change = await _change(work, change_row_id)
    CHANGES.check(change.change_id, change.status, C.SET_ASIDE)
    await _settle(work, change, C.SET_ASIDE, short_text(reason, "reason", PROBLEM_LENGTH_MAX))
    return change


@routine
async def retry_waiting_changes(work: Work) -> int:
    """Try the changes again that wait, the oldest first: what stood in the way may be gone."""
    waiting = select(ErpChange.id).where(ErpChange.status == C.WAITING)
    rows = await work.rows(waiting.order_by(ErpChange.received_at, ErpChange.id).limit(RETRIED_AT_ONCE))
    work.record(*(ErpChangeReceived(change_row_id=row.id) for row in rows))
    return len(rows)


async def _change(work: Work, change_row_id: ErpChangeRowId) -> ErpChange:
    statement = select(ErpChange).where(ErpChange.id == change_row_id)
    statement = visible(statement, work.actor, warehouse=ErpChange.warehouse_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    change: ErpChange | None = (await work.session.scalars(locked)).one_or_none()
    if change is None:
        raise NotFound(what="change", which=str(change_row_id)).at("input", "id")
    return change
