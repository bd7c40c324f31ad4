"""Checking spreadsheets (检查导入表格): read within bounds, checked as their owner; what is wrong is written down."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from connectors.sheets.reading import read_table
from domain import kernel, sheets, uploads
from workers.spreadsheets import Spreadsheet

if TYPE_CHECKING:
    from workers.jobs import Doing

HEADINGS = ("行 Row", "列 Column", "问题", "Problem")
WIDTHS = (10, 28, 50, 60)
COLUMN_WIDTH = 22


async def check_sheet(doing: "Doing") -> None:
    """Check the file of an import; the job's own file lists what is wrong, row by row."""
    import_id = UUID(doing.job.parameters["import_id"])
    try:
        table = await _read(doing, import_id)
    except sheets.UnreadableSheet as refusal:
        async with kernel.begin(doing.outside.sessions, doing.read.actor) as work:
            problems = await sheets.note_unreadable(work, import_id, refusal)
    else:
        doing.rows_total = max(len(table.rows) - 1, 0)
        async with kernel.begin(doing.outside.sessions, doing.read.actor) as work:
            problems = await sheets.note_checked(work, import_id, table)
    lines = [(each.row, each.column, each.chinese, each.message) for each in problems]
    await asyncio.to_thread(_write, doing.place, "问题 Problems", HEADINGS, WIDTHS, lines)
    doing.rows_done = doing.rows_total or 0


async def _read(doing: "Doing", import_id: UUID) -> sheets.Table:
    from workers.jobs import files_of  # noqa: PLC0415 — The jobs know who does them, so they come first.

    file = await sheets.file_to_check(doing.read, import_id)
    if file is None or file.file_key is None:
        raise sheets.UnreadableSheet(problem="it is not kept any more")
    with tempfile.TemporaryDirectory(prefix="zhanggui-sheet.") as folder:
        place = Path(folder) / "sheet"
        with place.open("wb") as copy:
            async for piece in files_of(doing.outside).reading(file.file_key):
                copy.write(piece)
        return await asyncio.to_thread(read_table, place, uploads.UploadKind(file.kind))


async def write_template(doing: "Doing") -> None:
    """Write an empty spreadsheet with the headings of a kind of import."""
    headings = sheets.heading_of(sheets.kind_of(doing.job.parameters))
    await asyncio.to_thread(_write, doing.place, doing.job.title, headings, [COLUMN_WIDTH] * len(headings), [])


def _write(
    place: Path, title: str, headings: Sequence[str], widths: Sequence[int], lines: Sequence[Sequence[object]]
) -> None:
    book = Spreadsheet(place, title, headings, widths)
    try:
        book.write(lines)
    except BaseException:
        book.abandon()
        raise
    book.close()
