"""What can be asked about imports (导入查询)."""

from typing import Any

import strawberry

from domain import sheets
from schema.base import Info, query
from schema.paging import Connection, page_request
from schema.sheets.types import VIEW, SheetImport


@strawberry.type
class SheetsQuery:
    """Root fields."""

    @query(Connection[SheetImport], "Your own imports of spreadsheets, the newest first.", needs=VIEW)
    async def sheet_imports(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await sheets.sheet_imports(info.context.read, page_request(first, after, last, before))
