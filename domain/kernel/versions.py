"""Versions (版本): an edit may say which version it was made from, and is refused when someone was faster."""

from typing import Any

from sqlalchemy import select

from domain.kernel.records import AuditEntry
from domain.kernel.refusals import VersionConflict
from domain.kernel.work import Work


async def check_version(work: Work, row: Any, expected: int | None) -> None:
    """Refuse an edit of a row made from an older version, naming who changed it and when from the audit log."""
    if expected is None or row.version == expected:
        return
    of_row = (AuditEntry.subject_type == type(row).__name__, AuditEntry.subject_id == row.id)
    latest = select(AuditEntry.actor_name, AuditEntry.at).where(*of_row)
    await work.write_down()
    found = await work.rows(latest.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1))
    changed_by, changed_at = (found[0].actor_name, found[0].at) if found else ("an import", row.created_at)
    conflict = VersionConflict(current=row.version, changed_by=changed_by, changed_at=changed_at.isoformat())
    raise conflict.at("input", "expectedVersion")
