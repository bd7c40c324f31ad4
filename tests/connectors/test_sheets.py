"""Spreadsheets of strangers: real files are read to the digit, and bombs do not go off."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from connectors.sheets.reading import problem_of_file, read_table
from domain.sheets import COLUMNS_MAX, ROWS_MAX, UnreadableSheet
from domain.uploads import UploadKind

XLSX, CSV = UploadKind.XLSX, UploadKind.CSV


def a_book(place: Path, *rows: tuple[object, ...]) -> Path:
    with Workbook(str(place), {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("FORMULA"):
                    sheet.write_formula(line, column, "=1+1", None, 2)
                else:
                    sheet.write(line, column, cell)
    return place


def repacked(place: Path, name: str, content: bytes) -> Path:
    """Put another part in the place of one of a book."""
    with zipfile.ZipFile(place) as book:
        parts = {each: book.read(each) for each in book.namelist()}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as book:
        for each, kept in {**parts, name: content}.items():
            book.writestr(each, kept)
    return place


def test_cells_are_texts_to_the_digit(tmp_path: Path) -> None:
    row = ("  订单 ", 0.1, 12, 1234567.89, "=1+1", "FORMULA", date(2026, 11, 11), True, "013800000000", None)
    table = read_table(a_book(tmp_path / "a.xlsx", ("h",), row), XLSX)
    said = ["订单", "0.1", "12", "1234567.89", "=1+1", "2", "2026-11-11", "是", "013800000000"]
    assert list(table.rows[1])[:9] == said
    assert table.lost == []


def test_a_number_that_lost_digits_is_told(tmp_path: Path) -> None:
    rows = (("h", "k"), ("x", 12345678901234567890), ("y", 123456789012345))
    table = read_table(a_book(tmp_path / "a.xlsx", *rows), XLSX)
    assert table.lost == [(1, 1)]
    assert table.rows[2][1] == "123456789012345"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    place = tmp_path / "a.csv"
    place.write_bytes('订单号,品名\r\n"A,1","连花""清瘟\n胶囊"\r\n\r\n'.encode(encoding))
    assert read_table(place, CSV).rows == [["订单号", "品名"], ["A,1", '连花"清瘟\n胶囊']]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "a"
    for content in (b"", b"hello", b"PK\x03\x04" + b"x" * 100, b"\xd0\xcf\x11\xe0" * 20):
        place.write_bytes(content)
        assert problem_of_file(place, XLSX) is not None
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as book:
        book.writestr("word/document.xml", "<a/>")
    place.write_bytes(other.getvalue())
    assert problem_of_file(place, XLSX) is not None
    place.write_bytes(b"a\x00b,c")
    assert problem_of_file(place, CSV) is not None
    place.write_bytes(b'a,b\n"unclosed,c')
    with pytest.raises(UnreadableSheet):
        read_table(place, CSV)


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    part = "xl/worksheets/sheet1.xml"
    place = repacked(a_book(tmp_path / "a.xlsx", ("h",)), part, b"<worksheet>" + b" " * (70 * 1024 * 1024))
    assert place.stat().st_size < 200_000
    assert problem_of_file(place, XLSX) is not None
    lying = place.read_bytes().replace((70 * 1024 * 1024 + 11).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    place.write_bytes(lying)
    with pytest.raises(UnreadableSheet):
        read_table(place, XLSX)


@pytest.mark.parametrize("cell", [b"XFD1", b"A1048576", b"A99999999999", b"ZZZZZZ1"])
def test_a_cell_far_out_is_refused(tmp_path: Path, cell: bytes) -> None:
    """The library makes room for everything up to the last cell: a file of 1 KB would take all memory."""
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    far = (
        start
        + b'<row r="1"><c r="A1"><v>1</v></c></row><row><c r="'
        + cell
        + b'"><v>1</v></c></row></sheetData></worksheet>'
    )
    place = repacked(a_book(tmp_path / "a.xlsx", ("h",)), "xl/worksheets/sheet1.xml", far)
    with pytest.raises(UnreadableSheet, match="rows"):
        read_table(place, XLSX)


def test_rows_and_columns_are_bounded(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    place.write_text("h\n" + "1\n" * ROWS_MAX)
    assert len(read_table(place, CSV).rows) == ROWS_MAX + 1
    for text in ("h\n" + "1\n" * (ROWS_MAX + 1), "," * COLUMNS_MAX):
        place.write_text(text)
        with pytest.raises(UnreadableSheet):
            read_table(place, CSV)
