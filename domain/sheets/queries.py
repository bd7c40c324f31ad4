"""Readers of imports (导入查询): everybody sees their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.inventory import StockDocument
from domain.kernel import Actor, Ordering, Page, PageRequest, Read, Reading, by_key, page
from domain.sheets.models import ImportedDocument, SheetImport
from domain.transfers import StockTransfer
from domain.uploads import Upload

COLUMNS = tuple(each for each in SheetImport.__table__.columns if each.name != "content")
NEWEST_FIRST = Ordering(
    name="sheet-imports.created",
    columns=(SheetImport.created_at, SheetImport.id),
    keys=("created_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)
# The drafts and arrivals that came of imports, in the order of their numbers.
documents_of_imports = Reading(
    select(*StockDocument.__table__.columns, ImportedDocument.import_id)
    .join(ImportedDocument, ImportedDocument.document_id == StockDocument.id)
    .order_by(ImportedDocument.import_id, StockDocument.number),
    ImportedDocument.import_id,
    many=True,
    warehouse=StockDocument.warehouse_id,
)
# The transfers that were asked for by imports, in the order of their numbers.
transfers_of_imports = Reading(
    select(*StockTransfer.__table__.columns, ImportedDocument.import_id)
    .join(ImportedDocument, ImportedDocument.document_id == StockTransfer.id)
    .order_by(ImportedDocument.import_id, StockTransfer.number),
    ImportedDocument.import_id,
    many=True,
    warehouse=(StockTransfer.from_warehouse_id, StockTransfer.to_warehouse_id),
)


def _own(actor: Actor) -> ColumnElement[bool]:
    return (SheetImport.owner_kind == actor.kind) & SheetImport.owner_id.is_not_distinct_from(actor.id)


async def sheet_imports(read: Read, request: PageRequest) -> Page:
    """Read one page of the caller's own imports, the newest first."""
    return await page(read, select(*COLUMNS).where(_own(read.actor)), NEWEST_FIRST, request)


async def sheet_imports_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(select(*COLUMNS).where(SheetImport.id.in_(ids), _own(read.actor))))


async def file_to_check(read: Read, import_id: UUID) -> Any | None:
    """Find which file an import is of, for whoever carries its job out."""
    columns = (Upload.file_key, Upload.kind, SheetImport.kind.label("sheet_kind"))
    return await read.one(
        select(*columns).join(Upload, Upload.id == SheetImport.upload_id).where(SheetImport.id == import_id)
    )
