"""Batches (批量): many rows travel in one statement as arrays, so that a hundred orders cost what one costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, TableValuedAlias, Uuid, any_, column, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

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


async def insert_rows(work: Work, entity: type[Entity], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert all rows in one statement; all have the keys of the first."""
    if not rows:
        return
    table = table_of(entity)
    columns = [table.c[key] for key in rows[0]]
    await work.execute(insert(table).from_select(columns, select(*unnested(columns, rows).c)))


def among(attribute: Any, keys: Sequence[Any]) -> ColumnElement[bool]:
    """Build the condition that a column is one of many ids, sent as one array."""
    return attribute == any_(literal(list(keys), ARRAY(Uuid)))  # type: ignore[no-any-return]
