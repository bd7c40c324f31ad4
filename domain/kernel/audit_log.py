"""Reading the audit log (查看审计日志): newest first, by subject, person or action."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.kernel.paging import Ordering, Page, PageRequest, page
from domain.kernel.reading import Read, by_key
from domain.kernel.records import AuditEntry

COLUMNS = [each for each in AuditEntry.__table__.columns if each.key != "transaction_number"]

NEWEST_FIRST = Ordering(
    name="audit",
    columns=(AuditEntry.at, AuditEntry.id),
    keys=("at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def audit_log(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of the log, newest first."""
    return await page(read, select(*COLUMNS).where(*conditions), NEWEST_FIRST, request)


async def audit_entries_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(select(*COLUMNS).where(AuditEntry.id.in_(ids))))
