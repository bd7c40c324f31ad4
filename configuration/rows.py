"""Rows (行): the driver's own records, whose columns are attributes, converted when they are looked at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import asyncpg

of_record = asyncpg.Record.__getitem__

Process = Callable[[Any], Any] | None
Told = Callable[[str], None]


def row_kind(
    columns: Sequence[tuple[str, Process]],
    names: Sequence[str] = (),
    *,
    note: Told | None = None,
    miss: Told | None = None,
) -> type[asyncpg.Record]:
    """Make the class of the rows of a statement.

    `names` are the columns it would have had if all were read: `note` is told which of them is looked at, `miss` of one
    that was not read; the places of columns are those of `names`.
    """
    asked = tuple(names) or tuple(name for name, _ in columns)

    def get(row: asyncpg.Record, key: Any) -> Any:
        if isinstance(key, slice):
            return tuple(row)[key]
        return getattr(row, asked[key] if isinstance(key, int) else key)

    def iterate(row: asyncpg.Record) -> Iterator[Any]:
        return (getattr(row, name) for name in asked)

    body: dict[str, Any] = {
        name: _column(place, process, note if name in asked else None, name)
        for place, (name, process) in enumerate(columns)
    }
    body |= {name: _missing(miss, name) for name in asked if name not in body}
    if names or any(process for _, process in columns):
        body |= {"__getitem__": get, "__iter__": iterate}
    body["__slots__"] = ()
    body["_mapping"] = property(lambda row: {name: getattr(row, name) for name in asked})
    return type("Row", (asyncpg.Record,), body)


def _column(place: int, process: Process, note: Told | None, name: str) -> property:
    if note is not None:

        def noted(row: asyncpg.Record) -> Any:
            note(name)
            value = of_record(row, place)
            return value if process is None else process(value)

        return property(noted)
    if process is None:
        return property(lambda row: of_record(row, place))
    return property(lambda row: process(of_record(row, place)))


def _missing(miss: Told | None, name: str) -> property:
    def missed(_row: asyncpg.Record) -> None:
        if miss is not None:
            miss(name)

    return property(missed)
