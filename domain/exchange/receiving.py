"""Taking reports of partners (回传接收): kept word for word, once however often they come, until settled."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.exchange import alarms
from domain.exchange.events import ReportReceived
from domain.exchange.models import ExchangeReport, ExchangeReportId, ReportStatus
from domain.kernel import Lifecycle, NotFound, Work, action, identifier, routine, short_text, visible

PROBLEM_LENGTH_MAX = 500
RETRIED_AT_ONCE = 100
R = ReportStatus

REPORTS = Lifecycle[ReportStatus](
    "report",
    {
        R.RECEIVED: {R.APPLIED, R.WAITING, R.UNREADABLE, R.SET_ASIDE},
        R.WAITING: {R.RECEIVED, R.APPLIED, R.WAITING, R.UNREADABLE, R.SET_ASIDE},
        R.UNREADABLE: {R.RECEIVED, R.SET_ASIDE},
        R.APPLIED: set(),
        R.SET_ASIDE: set(),
    },
)
REUSED = "the partner used this number before, for a report with other content"


async def take_report(
    work: Work, partner: Any, method: str, report_key: str, content: bytes
) -> ExchangeReportId | None:
    """Keep a report; None when it was here before. Another content under a known number is kept beside it."""
    row = {
        "id": identifier(),
        "partner_id": partner.id,
        "warehouse_id": partner.warehouse_id,
        "method": method,
        "report_key": report_key,
        "content_hash": hashlib.sha256(content).hexdigest(),
        "first": True,
        "content": content.decode("utf-8", "replace").replace("\x00", "\ufffd"),
        "status": ReportStatus.RECEIVED,
        "received_at": work.now,
    }
    if await work.change(insert(ExchangeReport).values(row).on_conflict_do_nothing()):
        work.record(ReportReceived(report_id=row["id"]))
        return ExchangeReportId(row["id"])
    row |= {"first": False, "status": ReportStatus.UNREADABLE, "problem": REUSED}
    if await work.change(insert(ExchangeReport).values(row).on_conflict_do_nothing()):
        report = await work.session.get_one(ExchangeReport, row["id"])
        await alarms.warn_of_report(work, report, REUSED)
    return None


async def report_to_apply(work: Work, report_id: ExchangeReportId | UUID) -> Any | None:
    """Read a report that is to be applied; None when that was done meanwhile."""
    report = ExchangeReport
    found = select(*report.__table__.columns).where(report.id == report_id, report.status.in_((R.RECEIVED, R.WAITING)))
    rows = await work.rows(found)
    return rows[0] if rows else None


@routine
async def note_report_unreadable(work: Work, report_id: ExchangeReportId | UUID, problem: str) -> None:
    """Note that no rule understands a report: it is kept, and a person looks."""
    await _wait(work, report_id, R.UNREADABLE, problem)


@routine
async def note_report_waiting(work: Work, report_id: ExchangeReportId | UUID, problem: str) -> None:
    """Note that a report could not be applied to our books yet: it is tried again, and a person looks."""
    await _wait(work, report_id, R.WAITING, problem)


async def _wait(work: Work, report_id: UUID, status: ReportStatus, problem: str) -> None:
    report = await locked_report(work, report_id)
    if REPORTS.allows(report.status, status):
        report.status, report.problem = status, problem[:PROBLEM_LENGTH_MAX]
        await alarms.warn_of_report(work, report, problem)


async def locked_report(work: Work, report_id: ExchangeReportId | UUID) -> ExchangeReport:
    """Load a report, locked: whoever applies it does so alone."""
    return await work.session.get_one(ExchangeReport, report_id, with_for_update=True, populate_existing=True)


async def settle(work: Work, report: ExchangeReport, status: ReportStatus, problem: str | None = None) -> None:
    """Note that nothing is left to do about a report."""
    report.status, report.problem = status, problem
    report.settled_at, report.settled_by = work.now, work.actor.name
    await alarms.settle_report(work, report)


@action
async def retry_exchange_report(work: Work, report_id: ExchangeReportId) -> ExchangeReport:
    """Apply a report again, after the cause is gone; one under a reused number is applied as a report of its own."""
    report = await _report(work, report_id)
    REPORTS.check(report.report_key, report.status, R.RECEIVED)
    report.status, report.problem = R.RECEIVED, None
    await alarms.settle_report(work, report)
    work.record(ReportReceived(report_id=report.id))
    return report


@action
async def set_aside_exchange_report(work: Work, report_id: ExchangeReportId, reason: str) -> ExchangeReport:
    """Decide that nothing follows from a report, for a stated reason; it stays readable."""
    report = await _report(work, report_id)
    REPORTS.check(report.report_key, report.status, R.SET_ASIDE)
    await settle(work, report, R.SET_ASIDE, short_text(reason, "reason", PROBLEM_LENGTH_MAX))
    return report


@routine
async def retry_waiting_reports(work: Work) -> int:
    """Try the reports again that wait, the oldest first: what stood in the way may be gone."""
    report = ExchangeReport
    waiting = select(report.id).where(report.status == R.WAITING).order_by(report.received_at, report.id)
    rows = await work.rows(waiting.limit(RETRIED_AT_ONCE))
    work.record(*(ReportReceived(report_id=row.id) for row in rows))
    return len(rows)


async def _report(work: Work, report_id: ExchangeReportId) -> ExchangeReport:
    statement = select(ExchangeReport).where(ExchangeReport.id == report_id)
    statement = visible(statement, work.actor, warehouse=ExchangeReport.warehouse_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    report: ExchangeReport | None = (await work.session.scalars(locked)).one_or_none()
    if report is None:
        raise NotFound(what="report", which=str(report_id)).at("input", "id")
    return report
