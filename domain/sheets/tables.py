"""Tables of texts (表格): headings in Chinese or English, rows below, and what is wrong with a cell."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeVar

from domain.kernel import Inexact, Measure, Refusal

ROWS_MAX = 5_000
COLUMNS_MAX = 60
PROBLEMS_MAX = 500
NUMBER_LENGTH_MAX = 40

AMOUNT_MAX = Decimal(10) ** 10

YES_OR_NO: Mapping[str, bool] = {"是": True, "否": False, "YES": True, "NO": False, "Y": True, "N": False}

M = TypeVar("M", bound=Measure)
T = TypeVar("T")


class UnreadableSheet(Refusal):
    """The file cannot be read: {problem}."""

    problem: str
    chinese = "文件无法读取：{problem}"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a spreadsheet: what the program calls it, and its headings."""

    name: str
    chinese: str
    english: str
    required: bool = False

    @property
    def heading(self) -> str:
        return f"{self.chinese} {self.english}"

    def is_headed(self, text: str) -> bool:
        """Whether a cell is its heading, in either language or both."""
        plain = text.strip().rstrip("*").strip().casefold()
        return plain in (self.chinese.casefold(), self.english.casefold(), self.heading.casefold())


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong in a row, counted as a spreadsheet counts, and in which column."""

    row: int
    column: str
    message: str
    chinese: str

    def encode(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "message": self.message, "chinese": self.chinese}


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a file holds: rows of texts, and the cells whose numbers lost digits before they came to us."""

    rows: Sequence[Sequence[str]]
    lost: Sequence[tuple[int, int]] = ()

    def encode(self) -> dict[str, Any]:
        return {"rows": [list(row) for row in self.rows], "lost": [list(place) for place in self.lost]}

    @staticmethod
    def decode(given: Mapping[str, Any]) -> "Table":
        return Table(rows=given["rows"], lost=[(line, place) for line, place in given["lost"]])

    def digest(self) -> str:
        """Name the content, however the file was saved."""
        return digest_of(self.encode())


def digest_of(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


@dataclass
class Row:
    """A row by the names of its columns; reading a cell that is wrong notes the problem and gives nothing."""

    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, Column]
    problems: list[Problem]

    def wrong(self, name: str, message: str, chinese: str) -> None:
        self.problems.append(
            Problem(row=self.number, column=self.columns[name].heading, message=message, chinese=chinese)
        )

    def text(self, name: str, length_max: int = 500) -> str:
        text = self.cells.get(name, "")
        if len(text) > length_max:
            self.wrong(name, f"has more than {length_max} characters", f"超过 {length_max} 个字符")
            return ""
        if not text and self.columns[name].required:
            self.wrong(name, "is empty", "不能为空")
        return text

    def measure(self, name: str, kind: type[M]) -> M | None:
        """Read a number exactly, with or without commas between thousands; nothing for an empty cell."""
        text = self.text(name).replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥").strip()
        if not text:
            return None
        shown = text[:NUMBER_LENGTH_MAX]
        if shown != text or not text.removeprefix("-").removeprefix("+").replace(".", "", 1).isdecimal():
            self.wrong(name, f"{shown} is no number", f"{shown} 不是数字")
        elif abs(Decimal(text)) >= AMOUNT_MAX:
            self.wrong(name, f"{shown} is too large", f"{shown} 过大")
        else:
            try:
                return kind(Decimal(text))
            except Inexact:
                places = kind.places
                self.wrong(name, f"{text} has more than {places} decimal places", f"{text} 小数超过 {places} 位")
        return None

    def day(self, name: str) -> date | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text.replace("/", "-").replace(".", "-").split(" ")[0])
        except ValueError:
            self.wrong(name, f"{text} is no day such as 2026-11-11", f"{text} 不是日期，例如 2026-11-11")
            return None

    def moment(self, name: str, clock: tzinfo) -> datetime | None:
        """Read an instant; what names no zone is meant on the clock given."""
        text = self.text(name, NUMBER_LENGTH_MAX)
        if not text:
            return None
        try:
            read = datetime.fromisoformat(text.replace("/", "-"))
            return (read if read.tzinfo is not None else read.replace(tzinfo=clock)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(name, f"{text} is no moment such as 2026-11-11 09:30", f"{text} 不是时间，例如 2026-11-11 09:30")
            return None

    def choice(self, name: str, choices: Mapping[str, T]) -> T | None:
        text = self.text(name)
        if text and text.upper() not in choices:
            known = ", ".join(choices)
            self.wrong(name, f"{text} is none of: {known}", f"{text} 不在可选范围内：{known}")
        return choices.get(text.upper())


@dataclass
class Sheet:
    """A table under its headings, and everything that is wrong with it."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def grouped(self, name: str) -> Iterator[tuple[str, list[Row]]]:
        """Give the rows of each number together, in the order in which the numbers come first."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            if number := row.text(name, 100):
                groups.setdefault(number, []).append(row)
        yield from groups.items()


def check_same(rows: Sequence[Row], names: Sequence[str]) -> None:
    """Rows of one number say the same of it, or nothing: what the first of them says counts."""
    first = rows[0]
    for row in rows[1:]:
        for name in names:
            if row.cells.get(name, "") not in ("", first.cells.get(name, "")):
                chinese = f"与第 {first.number} 行同单号但不一致"
                row.wrong(name, f"differs from row {first.number}, of the same number", chinese)


def under_headings(table: Table, columns: Sequence[Column]) -> Sheet:
    """Find the columns by their headings in the first row; one that is needed and missing is a problem."""
    sheet = Sheet()
    headings = list(table.rows[0]) if table.rows else []
    places: dict[str, int] = {}
    for column in columns:
        found = [place for place, text in enumerate(headings) if column.is_headed(text)]
        if len(found) == 1:
            places[column.name] = found[0]
        elif found or column.required:
            message, chinese = ("comes twice", "重复") if found else ("is missing", "缺失")
            sheet.problems.append(
                Problem(row=1, column=column.heading, message=f"the heading {message}", chinese=f"表头{chinese}")
            )
    if sheet.problems:
        return sheet
    known, lost = {each.name: each for each in columns}, set(table.lost)
    for line, cells in enumerate(table.rows[1:], 1):
        if not any(cells):
            continue
        named = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
        row = Row(line + 1, named, known, sheet.problems)
        sheet.rows.append(row)
        for name, place in places.items():
            if (line, place) in lost:
                row.wrong(name, "lost digits as a number; format it as text", "数字过长已失真，请设为文本格式")
    if not sheet.rows:
        sheet.problems.append(Problem(row=2, column="", message="there are no rows", chinese="没有数据行"))
    return sheet
