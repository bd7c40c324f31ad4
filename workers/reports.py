"""Writing a report (生成报表文件): rows by a cursor, a part at a time, into a spreadsheet; memory does not grow."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import reporting
from workers.spreadsheets import Spreadsheet

if TYPE_CHECKING:
    from workers.jobs import Doing

ROWS_PER_PART = 1_000
# A report may sort everything before its first row; that takes longer than any question of a person may.
PATIENCE = text("SET LOCAL statement_timeout = '20min'")
READ_ONLY = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def write_report(doing: "Doing") -> None:
    """Write the report a job asks for."""
    request = reporting.ReportRequest.decode(doing.job.parameters)
    sheet = await reporting.sheet_of(doing.read, request)
    async with doing.outside.engine.connect() as connection:
        await connection.execute(READ_ONLY)
        await connection.execute(PATIENCE)
        if sheet.count is not None:
            doing.rows_total = await connection.scalar(sheet.count)
        book = Spreadsheet(doing.place, sheet.title, sheet.headings, sheet.widths)
        try:
            await _write_rows(doing, connection, sheet, book)
        except BaseException:
            book.abandon()
            raise
    await asyncio.to_thread(book.close)
    doing.rows_done = book.rows


async def _write_rows(doing: "Doing", connection: AsyncConnection, sheet: reporting.Sheet, book: Spreadsheet) -> None:
    async with connection.stream(sheet.statement, execution_options={"yield_per": ROWS_PER_PART}) as found:
        async for part in found.partitions():
            await asyncio.to_thread(_write_part, book, sheet, part)
            doing.note(book.rows)


def _write_part(book: Spreadsheet, sheet: reporting.Sheet, rows: Sequence[Any]) -> None:
    book.write(sheet.cells(rows))
