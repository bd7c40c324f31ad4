"""What came of the numbers of sheets (单号去重): the same rows again change nothing, other rows are a problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain.kernel import Refusal, Work
from domain.sheets.codes import TEXTS
from domain.sheets.models import ImportedDocument, SheetImport, SheetKind
from domain.sheets.tables import Problem, Row, Sheet, digest_of

D = TypeVar("D")
KNOWN = select(ImportedDocument.sheet_number, ImportedDocument.content_hash).where(
    ImportedDocument.kind == bindparam("kind", type_=ImportedDocument.kind.type),
    ImportedDocument.sheet_number == any_(TEXTS),
)


@dataclass(frozen=True)
class Wanted(Generic[D]):
    """A paper of a sheet: its number there, the rows that say it, and what it shall become."""

    reference: str
    rows: Sequence[Row]
    draft: D

    def content_hash(self) -> str:
        return digest_of([dict(row.cells) for row in self.rows])

    def refused(self, refusal: Refusal) -> Problem:
        """Say in which row stands what the house refuses."""
        path = refusal.path
        line = int(path[2]) if len(path) > 2 and path[2].isdecimal() else 0  # noqa: PLR2004 — input.lines.N
        row, column = self.rows[min(line, len(self.rows) - 1)], path[-1] if path else ""
        return Problem(row=row.number, column=column, message=refusal.message(), chinese=refusal.message_in_chinese())


@dataclass(frozen=True)
class Found(Generic[D]):
    """What a sheet says: what is wrong with it, how many papers it has, and those of them that are new."""

    sheet: Sheet
    papers: int
    wanted: Sequence[Wanted[D]]
    created: int


async def only_new(work: Work, kind: SheetKind, sheet: Sheet, wanted: Sequence[Wanted[D]]) -> Found[D]:
    """Leave out what came before with the same rows; other rows under a number that came before are a problem."""
    given = {"kind": kind, "codes": [each.reference for each in wanted]}
    known = {row.sheet_number: row.content_hash for row in await work.rows(KNOWN, given)}
    for each in wanted:
        if each.reference in known and known[each.reference] != each.content_hash():
            each.rows[0].wrong(
                "number",
                "was imported before with another content; change or void that document, and use a new number",
                "该单号此前已导入且内容不同，请修改或作废原单据，并使用新的单号",
            )
    new = [each for each in wanted if each.reference not in known]
    return Found(sheet, sum(1 for _ in sheet.grouped("number")), new, len(new))


def remember(work: Work, sheet_import: SheetImport, wanted: Wanted[D], document_id: UUID) -> None:
    """Write down what came of a number, so that nothing comes of it again."""
    work.session.add(
        ImportedDocument(
            kind=sheet_import.kind,
            sheet_number=wanted.reference,
            content_hash=wanted.content_hash(),
            document_id=document_id,
            import_id=sheet_import.id,
        )
    )
