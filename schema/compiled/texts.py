"""Texts (文本): the SQL that writes the JSON of a shape, character for character what Python would have written.

Two characters that JSON never holds unescaped carry what else there is to know: a line feed stands after the brace of
each object, so that objects can be counted, and U+0001 stands where a value was promised and none is there.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum as PythonEnum
from typing import Any

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLID, GraphQLInt, GraphQLString
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Enum,
    Integer,
    Select,
    String,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.types import TypeEngine

from domain.kernel import Actor
from domain.kernel.measures import MeasureColumn
from schema.base import IdOf
from schema.compiled.leaves import INT_MAX, INT_MIN, MOMENT_CLASSES, MOMENTS
from schema.compiled.shapes import Amount, Constant, Found, Id, Leaf, NoShapeError, Part, Parts, Same
from schema.measures import Currency
from schema.scalars import write_decimal

MISSING = "\x01"
OBJECT = "\n"
PIECES_MAX = 90  # PostgreSQL's functions take at most 100 arguments.
# encode() breaks lines after so many bytes; an id of 36 characters and a colon leave 20 for the type's name.
ID_TYPE_LENGTH_MAX = 20

Columns = Mapping[str, ColumnElement[Any]]
Piece = str | ColumnElement[Any]


def literal_text(text: str) -> ColumnElement[Any]:
    """Write a constant; all of them are ours: keys of the operation are GraphQL names."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace(MISSING, "\\x01")
    return literal_column(f"E'{escaped}'", Text)


def joined(pieces: list[Piece]) -> ColumnElement[Any]:
    """Join texts; neighbouring constants become one."""
    merged: list[Piece] = []
    for each in pieces:
        if isinstance(each, str) and merged and isinstance(merged[-1], str):
            merged[-1] += each
        else:
            merged.append(each)
    parts = [literal_text(each) if isinstance(each, str) else each for each in merged]
    while len(parts) > PIECES_MAX:
        parts = [
            func.concat(*parts[start : start + PIECES_MAX], type_=Text) for start in range(0, len(parts), PIECES_MAX)
        ]
    return func.concat(*parts, type_=Text)


def or_nothing(text: ColumnElement[Any], *, non_null: bool) -> ColumnElement[Any]:
    return func.coalesce(text, literal_text(MISSING if non_null else "null"), type_=Text)


def quoted(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return literal_text('"') + text + literal_text('"')


def column_of(columns: Columns, name: str) -> ColumnElement[Any]:
    if name not in columns:
        raise NoShapeError
    return columns[name]


def leaf_text(column: ColumnElement[Any], leaf: Any) -> ColumnElement[Any]:
    """Write a column as a leaf of this type, if both are known to agree; null stays null."""
    if isinstance(leaf, GraphQLEnumType):
        return _enum_text(column, leaf)
    for known, kind, write in LEAVES:
        if known is _way_of(leaf) and isinstance(column.type, kind):
            return write(column)
    raise NoShapeError


def _way_of(leaf: Any) -> Any:
    """Tell scalars apart by how they are written: a name alone says nothing."""
    coerce = getattr(leaf, "coerce_output_value", None)
    if coerce in MOMENTS:
        return MOMENT_CLASSES.get(leaf.name)
    return write_decimal if coerce is write_decimal else leaf


def _string_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Enum):
        raise NoShapeError
    return cast(func.to_json(column), Text)


def _integer_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write an integer; one that GraphQL's Int does not hold is an error."""
    fits = column.between(literal_column(str(INT_MIN)), literal_column(str(INT_MAX)))
    return case((fits, cast(column, Text)), (column.is_not(None), literal_text(MISSING)))


def _boolean_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, Text)


def _date_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return quoted(func.to_char(column, literal_text("YYYY-MM-DD"), type_=Text))


def _decimal_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return quoted(cast(column, Text))


def _moment_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write an instant as Python does: in UTC, with microseconds only where there are some."""
    if not getattr(column.type, "timezone", False):
        raise NoShapeError
    exact = func.to_char(
        func.timezone(literal_text("UTC"), column), literal_text('YYYY-MM-DD"T"HH24:MI:SS.US'), type_=Text
    )
    return quoted(func.replace(exact, literal_text(".000000"), literal_text(""), type_=Text) + literal_text("+00:00"))


LEAVES: tuple[tuple[Any, type[TypeEngine[Any]], Callable[[ColumnElement[Any]], ColumnElement[Any]]], ...] = (
    (GraphQLString, String, _string_text),
    (GraphQLID, String, _string_text),
    (GraphQLInt, Integer, _integer_text),
    (GraphQLBoolean, Boolean, _boolean_text),
    (datetime, DateTime, _moment_text),
    (date, Date, _date_text),
    (write_decimal, MeasureColumn, _decimal_text),
)


def _enum_text(column: ColumnElement[Any], leaf: GraphQLEnumType) -> ColumnElement[Any]:
    members: Any = getattr(leaf, "wrapped_cls", None)
    same = isinstance(members, type) and issubclass(members, PythonEnum) and isinstance(column.type, Enum)
    if not same or column.type.enum_class is not members:  # type: ignore[attr-defined]
        raise NoShapeError
    if any(leaf.coerce_output_value(each) != each.name for each in members):
        raise NoShapeError
    return quoted(cast(column, Text))


def id_text(column: ColumnElement[Any], type_name: str) -> ColumnElement[Any]:
    """Write an opaque id; no byte of a type's name or a UUID makes a character that is not safe in addresses."""
    if not isinstance(column.type, Uuid) or len(type_name) > ID_TYPE_LENGTH_MAX:
        raise NoShapeError
    plain = func.convert_to(literal_text(f"{type_name}:") + cast(column, Text), literal_text("UTF8"))
    return quoted(func.rtrim(func.encode(plain, literal_text("base64")), literal_text("="), type_=Text))


class Texts:
    """Writes the texts of one statement's rows for one actor's scope."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def object(self, parts: Parts, columns: Columns) -> ColumnElement[Any]:
        return joined(self._object(parts, columns))

    def _object(self, parts: Parts, columns: Columns) -> list[Piece]:
        pieces: list[Piece] = ["{" + OBJECT]
        for number, (key, part) in enumerate(parts):
            pieces.append(f'{"," if number else ""}"{key}":')
            pieces += self._part(part, columns)
        return [*pieces, "}"]

    def _part(self, part: Part, columns: Columns) -> list[Piece]:
        if isinstance(part, Constant):
            return [part.text]
        if isinstance(part, Leaf):
            text = leaf_text(column_of(columns, part.attribute), part.leaf)
            return [or_nothing(text, non_null=part.non_null)]
        if isinstance(part, Id):
            return [self._id(part.of, columns, non_null=part.non_null)]
        if isinstance(part, Amount):
            return [self._amount(part, columns)]
        if isinstance(part, Same):
            return self._object(part.parts, columns)
        return self._found(part, columns)

    def _id(self, of: IdOf, columns: Columns, *, non_null: bool) -> ColumnElement[Any]:
        return or_nothing(id_text(column_of(columns, of.attribute), of.type_name), non_null=non_null)

    def _amount(self, part: Amount, columns: Columns) -> ColumnElement[Any]:
        amount, currency = column_of(columns, part.of.amount), column_of(columns, part.of.currency)
        if not isinstance(amount.type, MeasureColumn) or not isinstance(currency.type, String):
            raise NoShapeError
        known = currency.in_([literal_text(each.value) for each in Currency])
        currency_text = case((known, quoted(currency)), else_=literal_text(MISSING))
        pieces: list[Piece] = ["{" + OBJECT]
        for number, (key, field) in enumerate(part.parts):
            pieces.append(f'{"," if number else ""}"{key}":')
            if isinstance(field, Constant):
                pieces.append(field.text)
            elif isinstance(field, Leaf):
                pieces.append(quoted(cast(amount, Text)) if field.attribute == "amount" else currency_text)
            else:
                raise NoShapeError
        nothing = literal_text(MISSING if part.non_null else "null")
        return case((amount.is_(None), nothing), else_=joined([*pieces, "}"]))

    def _found(self, part: Found, columns: Columns) -> list[Piece]:
        """Write what a reader finds as a statement inside the statement, within the actor's scope."""
        reading, key = part.reading, column_of(columns, part.key)
        rows = reading.within(reading.statement, self._actor)
        inside = rows.order_by(None).subquery()
        text = self.object(part.parts, named(inside.c))
        same = column_of(named(inside.c), reading.key.key) == key
        if not reading.many:
            return [or_nothing(select(text).where(same).scalar_subquery(), non_null=part.non_null)]
        comma: Any = literal_text(",")
        order = [_within(each, rows, inside) for each in rows._order_by_clauses]  # noqa: SLF001 — Nothing else tells.
        listed = func.string_agg(text, aggregate_order_by(comma, *order) if order else comma, type_=Text)
        found = select(listed).where(same).scalar_subquery()
        if getattr(key, "primary_key", False):
            return ["[", func.coalesce(found, literal_text(""), type_=Text), "]"]
        nothing = literal_text(MISSING if part.non_null else "null")
        return [case((key.is_(None), nothing), else_=joined(["[", found, "]"]))]


def named(columns: Any) -> dict[str, ColumnElement[Any]]:
    """Name columns as their rows do; rows of columns with equal names have no names."""
    pairs = {each.key: each for each in columns if each.key is not None}
    if len(pairs) != len(list(columns)):
        raise NoShapeError
    return pairs


def _within(clause: Any, statement: Select[Any], inside: Any) -> Any:
    """Translate what a statement is ordered by to the columns of it as a part of another."""
    if isinstance(clause, UnaryExpression) and clause.modifier is operators.desc_op:
        return _within(clause.element, statement, inside).desc()
    column = inside.corresponding_column(clause) if isinstance(clause, ColumnElement) else None
    if column is None:
        raise NoShapeError
    return column
