"""Batches (批量): many rows travel in one statement as arrays, so that a hundred orders cost what one costs."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Insert,
    Select,
    Table,
    TableValuedAlias,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from domain.kernel import Table as Entity
from domain.kernel import Work


def table_of(entity: type[Entity]) -> Table:
    table = entity.__table__
    assert isinstance(table, Table)  # noqa: S101 — every entity of the house is one plain table.
    return table


def unnested(
    columns: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]], name: str = "given"
) -> TableValuedAlias:
    """Make the rows a relation: one array per column, in the order of the rows."""
    arrays = [literal([row[each.key] for row in rows], ARRAY(each.type)) for each in columns]
    aliased = func.unnest(*arrays).table_valued(*(column(each.key, each.type) for each in columns), name=name)
    return aliased.render_derived()


Rows = Sequence[Mapping[str, Any]]


async def insert_rows(work: Work, entity: type[Entity], rows: Rows) -> None:
    """Insert all rows in one statement; all have the keys of the first."""
    await insert_together(work, (entity, rows))


async def insert_together(work: Work, *parts: tuple[type[Entity], Rows]) -> None:
    """Insert rows of several tables in one statement; those of a table all have the keys of its first."""
    filled = [(table_of(entity), rows) for entity, rows in parts if rows]
    if filled:
        statement = _inserting(tuple((table, tuple(rows[0])) for table, rows in filled))
        await work.execute(statement, arrays_of(filled))


def arrays_of(parts: Iterable[tuple[Table, Rows]]) -> dict[str, Any]:
    """Give rows as the parameters of `given_rows`: one array for each column."""
    return {f"{table.name}_{key}": [row[key] for row in rows] for table, rows in parts for key in rows[0]}


def given_rows(table: Table, keys: Sequence[str]) -> Select[Any]:
    """Make rows of a table a relation of parameters, so that a statement is built once for all of its kind."""
    columns = [table.c[key] for key in keys]
    arrays = [bindparam(f"{table.name}_{each.key}", type_=ARRAY(each.type)) for each in columns]
    aliased = func.unnest(*arrays).table_valued(*(column(each.key, each.type) for each in columns), name="given")
    return select(*aliased.render_derived().c)


def inserting(table: Table, keys: Sequence[str], rows: Select[Any]) -> Insert:
    """Insert selected rows; what they leave out gets its default, also where the insertion is a part of a statement."""
    defaults = {
        each.key: literal(each.default.arg, each.type)
        for each in table.c
        if each.key not in keys and isinstance(each.default, ScalarElementColumnDefault)
    }
    return insert(table).from_select([*keys, *defaults], rows.add_columns(*defaults.values()), include_defaults=False)


@functools.cache
def _inserting(parts: tuple[tuple[Table, tuple[str, ...]], ...]) -> Insert:
    """Build an insertion once for each set of columns: building it costs more than running it."""
    *others, last = [inserting(table, keys, given_rows(table, keys)) for table, keys in parts]
    return last.add_cte(*(each.cte(f"other_{number}") for number, each in enumerate(others)))


def among(attribute: Any, keys: Sequence[Any]) -> ColumnElement[bool]:
    """Build the condition that a column is one of many ids, sent as one array."""
    return attribute == any_(literal(list(keys), ARRAY(Uuid)))  # type: ignore[no-any-return]
