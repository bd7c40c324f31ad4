"""Reading spreadsheets (读取表格): XLSX and CSV become rows of texts; what is too large, or no table, is refused.

An XLSX is a zip: its parts are unpacked once within bounds, and looked through for cells far out, before a library that
trusts them opens it. No cell is ever computed: a formula is what it last showed, what looks like one is a text.
"""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from domain.sheets import COLUMNS_MAX, ROWS_MAX, Table, UnreadableSheet
from domain.uploads import UploadKind

UNPACKED_BYTES_MAX = 64 * 1024 * 1024
PARTS_MAX = 500
TAGS_MAX = 10 * ROWS_MAX * COLUMNS_MAX
PIECE_BYTES = 256 * 1024
CELL_LENGTH_MAX = 2_000
DIGITS_MAX = 15
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,9})([0-9]{1,19})["']""")
PLACE_LENGTH_MAX = 48
NO_XLSX = "it is no XLSX file (不是 XLSX 文件)"
NO_CSV = "it is no CSV file in UTF-8 or GBK (不是 UTF-8 或 GBK 编码的 CSV 文件)"
ENCODINGS = ("utf-8-sig", "gb18030")


def problem_of_file(place: Path, kind: UploadKind) -> str | None:
    """Say what is wrong with a file as a whole, without unpacking it."""
    if kind is UploadKind.CSV:
        return None if _decoded(place.read_bytes()) is not None else NO_CSV
    try:
        with zipfile.ZipFile(place) as book:
            parts = book.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return NO_XLSX
    names = {each.filename for each in parts}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return NO_XLSX
    return _too_large(len(parts), sum(each.file_size for each in parts))


def _too_large(parts: int, unpacked: int) -> str | None:
    if parts > PARTS_MAX or unpacked > UNPACKED_BYTES_MAX:
        return f"unpacked it is larger than {UNPACKED_BYTES_MAX} bytes (解压后过大)"
    return None


def read_table(place: Path, kind: UploadKind) -> Table:
    """Read the first sheet as rows of texts."""
    problem = problem_of_file(place, kind)
    if problem is not None:
        raise UnreadableSheet(problem=problem)
    return _of_csv(place) if kind is UploadKind.CSV else _of_xlsx(place)


def _decoded(content: bytes) -> str | None:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _of_csv(place: Path) -> Table:
    text = _decoded(place.read_bytes()) or ""
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append([_cut(each) for each in row])
            _bounded(len(rows) - 1, len(row))
    except csv.Error as problem:
        raise UnreadableSheet(problem=f"row {len(rows) + 1}: {problem}") from None
    return Table(rows=_trimmed(rows))


def _of_xlsx(place: Path) -> Table:
    _look_through(place)
    try:
        with CalamineWorkbook.from_path(str(place)) as book:
            found = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError):
        raise UnreadableSheet(problem=NO_XLSX) from None
    lost: list[tuple[int, int]] = []
    rows = [[_text(cell, (line, place), lost) for place, cell in enumerate(row)] for line, row in enumerate(found)]
    rows = _trimmed(rows)
    _bounded(len(rows) - 1, max(map(len, rows), default=0))
    return Table(rows=rows, lost=lost)


def _look_through(place: Path) -> None:
    """Unpack each part piece by piece, and refuse more than there may be, whatever the zip says of itself."""
    unpacked = tags = 0
    try:
        with zipfile.ZipFile(place) as book:
            for part in book.infolist():
                is_sheet, tail = SHEET_PART.fullmatch(part.filename) is not None, b""
                with book.open(part) as content:
                    while piece := content.read(PIECE_BYTES):
                        unpacked += len(piece)
                        if problem := _too_large(0, unpacked):
                            raise UnreadableSheet(problem=problem)
                        if is_sheet:
                            tags += piece.count(b"<")
                            if tags > TAGS_MAX:
                                _bounded(tags, 0)
                            _check_places(tail + piece)
                            tail = piece[-PLACE_LENGTH_MAX:]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise UnreadableSheet(problem=NO_XLSX) from None


def _check_places(content: bytes) -> None:
    """Refuse a cell far out: the library makes room for everything up to it."""
    if b"\0" in content:
        raise UnreadableSheet(problem=NO_XLSX)
    for letters, row in set(PLACE.findall(content)):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        _bounded(int(row) - 1, column)


def _bounded(rows: int, columns: int) -> None:
    if rows > ROWS_MAX or columns > COLUMNS_MAX:
        problem = f"it has more than {ROWS_MAX} rows below the headings, or {COLUMNS_MAX} columns (行或列过多)"
        raise UnreadableSheet(problem=problem)


def _text(cell: Any, place: tuple[int, int], lost: list[tuple[int, int]]) -> str:
    """Write a cell as a person would; a number with more digits than a spreadsheet keeps is told."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, (int, float)):
        number = Decimal(repr(cell))
        if number.is_finite() and number.adjusted() >= DIGITS_MAX:
            lost.append(place)
        return format(number.normalize() + 0, "f")
    return _cut(str(cell))


def _cut(text: str) -> str:
    return text.replace("\0", "").strip()[:CELL_LENGTH_MAX]


def _trimmed(rows: Sequence[list[str]]) -> list[list[str]]:
    """Leave out what is empty at the end."""
    kept = list(rows)
    while kept and not any(kept[-1]):
        kept.pop()
    return kept
