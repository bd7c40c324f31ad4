"""Spreadsheets (XLSX 文件) written row by row in constant memory, of cells that can never be formulas.

A text is always written as text, whatever it begins with, and one that a program might take for a formula when somebody
edits or pastes it is marked with the quote prefix, as if typed with an apostrophe.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.kernel import Measure

ROWS_PER_SHEET = 1_000_000
TEXT_LENGTH_MAX = 32_000
DIGITS_MAX = 15
FORMULA_BEGINS = tuple("=+-@\t\r\n")
EIGHT_HOURS = 8 * 3600
ILLEGAL_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class Formats:
    """How cells look."""

    heading: Format
    text: Format
    quoted: Format
    day: Format
    moment: Format


class Spreadsheet:
    """One workbook with as many sheets as its rows need; only the row being written is in memory."""

    def __init__(self, place: Path, title: str, headings: Sequence[str], widths: Sequence[int]) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(place.parent),
        }
        self._book = Workbook(str(place), options)
        self._formats = Formats(
            heading=self._book.add_format({"bold": True, "bottom": 1}),
            text=self._book.add_format(),
            quoted=self._book.add_format({"quote_prefix": True}),
            day=self._book.add_format({"num_format": "yyyy-mm-dd"}),
            moment=self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        )
        self._title, self._headings, self._widths = title.translate(ILLEGAL_NAME)[:25], headings, widths
        self._sheets = 0
        self._turn_over()
        self.rows = 0

    def _turn_over(self) -> None:
        self._sheets += 1
        self._sheet: Worksheet = self._book.add_worksheet(f"{self._title} {self._sheets}".removesuffix(" 1"))
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, width)
        self._sheet.freeze_panes(1, 0)
        for place, heading in enumerate(self._headings):
            self._sheet.write_string(0, place, heading, self._formats.heading)
        self._line = 0

    def write(self, lines: Iterable[Sequence[Any]]) -> None:
        """Write lines of cells below what is there."""
        for cells in lines:
            if self._line == ROWS_PER_SHEET:
                self._turn_over()
            self._line += 1
            self.rows += 1
            for place, value in enumerate(cells):
                if value is not None:
                    self._write(place, value.value if isinstance(value, Measure) else value)

    def _write(self, place: int, value: Any) -> None:
        sheet, line = self._sheet, self._line
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif isinstance(value, (int, Decimal)) and _fits(value):
            sheet.write_number(line, place, float(value))
        elif isinstance(value, datetime):
            # Staff read the clock on their wall: UTC+8, as the company's days are.
            local = datetime.fromtimestamp(value.timestamp() + EIGHT_HOURS, tz=value.tzinfo).replace(tzinfo=None)
            sheet.write_datetime(line, place, local, self._formats.moment)
        elif isinstance(value, date):
            sheet.write_datetime(line, place, value, self._formats.day)
        else:
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            quoted = text.startswith(FORMULA_BEGINS)
            sheet.write_string(line, place, text[:TEXT_LENGTH_MAX], self._formats.quoted if quoted else None)

    def close(self) -> None:
        """Write the file whole."""
        self._book.close()

    def abandon(self) -> None:
        """Let go of what was written so far; the files themselves belong to whoever lent the folder."""
        for sheet in self._book.worksheets():
            sheet._opt_close()  # noqa: SLF001 — The library closes its temporary files only when it writes the whole.


def _fits(value: int | Decimal) -> bool:
    """Whether a spreadsheet's number holds it exactly: 15 digits."""
    return len(Decimal(value).normalize().as_tuple().digits) <= DIGITS_MAX
