"""Imports of spreadsheets (表格导入) as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import jobs, sheets
from schema.base import Info, Node, edge, entity
from schema.inventory.documents import StockDocument
from schema.jobs.types import Job
from schema.transfers.types import StockTransfer

SheetKind = sheets.SheetKind
SheetState = sheets.SheetState
VIEW = "sheets.view"


@strawberry.type(description="What is wrong with a cell of a spreadsheet.")
class SheetProblem:
    """Rows are counted as a spreadsheet counts them: the headings are row 1."""

    row: int = strawberry.field(description="In which row.")
    column: str = strawberry.field(description="Under which heading.")
    message: str = strawberry.field(description="What is wrong.")


@entity(
    reader=sheets.sheet_imports_by_id,
    needs=VIEW,
    description="A spreadsheet being imported: checked first, then committed whole; you see your own.",
)
class SheetImport(Node):
    """While it is being checked all numbers are 0."""

    kind: SheetKind = strawberry.field(description="What it says.")
    state: SheetState = strawberry.field(description="How far it has come.")
    file_name: str = strawberry.field(description="What the file is called.")
    created_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    rows: int = strawberry.field(description="How many rows it has below the headings.")
    documents: int = strawberry.field(description="How many documents, counts, transfers, arrivals or orders it says.")
    problem_count: int = strawberry.field(description="How many things are wrong; nothing is imported before it is 0.")
    created: int = strawberry.field(description="How many of them it made.")
    updated: int = strawberry.field(description="How many orders it changed.")
    unchanged: int = strawberry.field(description="How many had come before, and changed nothing.")
    committed_at: datetime | None = strawberry.field(description="When it was committed, in UTC.")
    committed_by: str | None = strawberry.field(description="Who committed it.")
    job: Job | None = edge(
        Job | None, jobs.jobs_by_id, "job_id", "The job that checks it; its file lists what is wrong."
    )
    stock_documents: list[StockDocument] | None = edge(
        list[StockDocument] | None,
        sheets.documents_of_imports,
        "id",
        "The stock documents that came of it: drafts, or what arrived of transfers.",
        needs="inventory.view",
    )
    transfers: list[StockTransfer] | None = edge(
        list[StockTransfer] | None,
        sheets.transfers_of_imports,
        "id",
        "The transfers that were asked for by it.",
        needs="transfers.view",
    )

    @strawberry.field(description="What is wrong, row by row, the first 500.")
    def problems(root: strawberry.Parent[Any], info: Info) -> list[SheetProblem]:  # noqa: N805
        language = "chinese" if info.context.chinese else "message"
        return [SheetProblem(row=each["row"], column=each["column"], message=each[language]) for each in root.problems]
