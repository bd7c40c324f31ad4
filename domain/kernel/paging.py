"""Keyset pages (分页): a list is read from where the last page ended, never by offset, and never without a limit.

A cursor holds the order it was made for and the values of the last row, so that it is refused under another order.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal_column, select, tuple_

from domain.kernel.reading import Read, constant, is_constant
from domain.kernel.refusals import BadInput

PAGE_ROWS_MAX = 100
PAGE_ROWS_DEFAULT = 20
COUNT_MAX = 10_000
# Written out: a limit that is a parameter hides from the planner how far it will read.
ONE = literal_column("1", Integer).label("one")
AT_MOST: ColumnElement[int] = literal_column(str(COUNT_MAX + 1), Integer)


@dataclass(frozen=True)
class Ordering:
    """A total order that an index serves: columns of the statement, the last one unique, all in one direction."""

    name: str
    columns: tuple[Any, ...]
    keys: tuple[str, ...]
    parsers: tuple[Callable[[str], Any], ...]
    descending: bool = False


@dataclass(frozen=True)
class PageRequest:
    """Which page: `first` after a cursor, or `last` before one; at most 100 rows."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def size(self) -> int:
        """Return the number of rows asked for, or refuse it."""
        if self.first is not None and self.last is not None:
            raise BadInput(field="last", problem="give first or last, not both").at("last")
        name, asked = ("last", self.last) if self.last is not None else ("first", self.first)
        if asked is None:
            return PAGE_ROWS_DEFAULT
        if not 0 <= asked <= PAGE_ROWS_MAX:
            raise BadInput(field=name, problem=f"must lie between 0 and {PAGE_ROWS_MAX}, not {asked}").at(name)
        return asked


@dataclass(frozen=True)
class Page:
    """Rows of one page, in the stated order, with what is needed to go on and to count."""

    rows: Sequence[Any]
    ordering: Ordering
    has_next: bool
    has_previous: bool
    read: Read
    uncut: Select[Any]

    @cached_property
    def cursors(self) -> Sequence[str]:
        """The cursors of all rows; most lists are read without looking at them."""
        return [encode_cursor(self.ordering, row) for row in self.rows]

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The cursors of the first and of the last row."""
        if not self.rows:
            return None, None
        return encode_cursor(self.ordering, self.rows[0]), encode_cursor(self.ordering, self.rows[-1])

    async def count(self) -> int:
        """Count the whole list, at most one more than 10,000."""
        rows = self.uncut.with_only_columns(ONE, maintain_column_froms=True).order_by(None)
        cut = rows.limit(AT_MOST).subquery()
        return int(await self.read.value(select(func.count()).select_from(cut)) or 0)


def encode_cursor(ordering: Ordering, row: Any) -> str:
    values = [ordering.name, *(_text(getattr(row, key)) for key in ordering.keys)]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(ordering: Ordering, cursor: str, field: str) -> tuple[Any, ...]:
    """Read a cursor back, or refuse one that was not made for this list."""
    try:
        return _decoded(ordering, cursor)
    except (ValueError, TypeError, ArithmeticError, binascii.Error, RecursionError):
        raise BadInput(field=field, problem="is not a cursor of this list in this order").at(field) from None


def _decoded(ordering: Ordering, cursor: str) -> tuple[Any, ...]:
    name, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if name != ordering.name or not all(isinstance(each, str) for each in texts):
        raise ValueError("made for another list")
    return tuple(_in_utc(parse(each)) for parse, each in zip(ordering.parsers, texts, strict=True))


async def page(read: Read, statement: Select[Any], ordering: Ordering, request: PageRequest) -> Page:
    """Read one page of a statement by keyset; one row more than asked tells whether there is a next page."""
    size, backwards = request.size(), request.last is not None
    if is_constant(statement) and request.after is None and request.before is None:
        rows = await read.rows(_first_page(statement, ordering, size, backwards=backwards), {})
        return _page(read, statement, ordering, request, rows)
    limited = statement
    for cursor, field, beyond in ((request.after, "after", True), (request.before, "before", False)):
        if cursor is not None:
            limited = limited.where(_beyond(ordering, decode_cursor(ordering, cursor, field), greater=beyond))
    rows = await read.rows(_ordered(limited, ordering, backwards=backwards).limit(size + 1))
    return _page(read, statement, ordering, request, rows)


def _ordered(statement: Select[Any], ordering: Ordering, *, backwards: bool) -> Select[Any]:
    downwards = ordering.descending != backwards
    return statement.order_by(*(each.desc() if downwards else each.asc() for each in ordering.columns))


def _first_page(statement: Select[Any], ordering: Ordering, size: int, *, backwards: bool) -> Select[Any]:
    """Build the statement of a list's first or last page once for each size: most pages are first ones.

    The size is written into it: the database plans a statement whose limit is a parameter anew each time.
    """
    key = (id(statement), ordering.name, ordering.descending, backwards, size)
    if key not in _first_pages:
        ordered = _ordered(statement, ordering, backwards=backwards)
        _first_pages[key] = constant(ordered.limit(literal_column(str(size + 1), Integer)))
    return _first_pages[key]


_first_pages: dict[tuple[int, str, bool, bool, int], Select[Any]] = {}


def _page(read: Read, statement: Select[Any], ordering: Ordering, request: PageRequest, rows: list[Any]) -> Page:
    """Cut the row too many off, and say what it tells."""
    size, backwards = request.size(), request.last is not None
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    return Page(
        rows=rows,
        ordering=ordering,
        has_next=more if not backwards else request.before is not None,
        has_previous=more if backwards else request.after is not None,
        read=read,
        uncut=statement,
    )


def _beyond(ordering: Ordering, values: tuple[Any, ...], *, greater: bool) -> Any:
    left, right = tuple_(*ordering.columns), tuple_(*values)
    return left > right if greater != ordering.descending else left < right


def _in_utc(value: Any) -> Any:
    """Refuse an instant that the database could not place: without a zone, or beyond the calendar in UTC."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("no zone")
    return value.astimezone(UTC)


def _text(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
