"""What can be done with spreadsheets (导入变更)."""

from typing import Any

import strawberry

from domain import sheets
from schema.jobs.types import Job
from schema.mutating import Call, mutation
from schema.sheets.types import SheetImport, SheetKind


@strawberry.input(description="A spreadsheet to be imported.")
class ImportSheetInput:
    """The file was sent before."""

    kind: SheetKind = strawberry.field(description="What it says.")
    upload_id: strawberry.ID = strawberry.field(description="The file.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of which channel orders are; one of platform DIRECT."
    )


@strawberry.input(description="An import that was checked.")
class CommitSheetInput:
    """All of it, or nothing."""

    id: strawberry.ID = strawberry.field(description="The import.")


@strawberry.input(description="An empty spreadsheet with headings.")
class ExportSheetTemplateInput:
    """To be filled in and sent back."""

    kind: SheetKind = strawberry.field(description="For what.")


@strawberry.type
class SheetsMutation:
    """Mutations."""

    @mutation(SheetImport)
    async def import_sheet(self, call: Call, input: ImportSheetInput) -> Any:  # noqa: A002
        wanted = sheets.NewImport(
            kind=input.kind,
            upload_id=call.key("Upload", input.upload_id),
            channel_id=call.key("Channel", input.channel_id) if input.channel_id else None,
        )
        return await call.perform(sheets.import_sheet, wanted, chinese=call.context.chinese)

    @mutation(SheetImport)
    async def commit_sheet(self, call: Call, input: CommitSheetInput) -> Any:  # noqa: A002
        return await call.perform(sheets.commit_sheet, call.key("SheetImport", input.id))

    @mutation(Job)
    async def export_sheet_template(self, call: Call, input: ExportSheetTemplateInput) -> Any:  # noqa: A002
        return await call.perform(sheets.export_sheet_template, input.kind, chinese=call.context.chinese)
