"""Shapes (形状): objects whose whole text the database can write, because every field is a column of their row.

A shape is what an operation asks of such an object, down to the rows that declared readers find for it. It says nothing
of SQL: `texts.py` writes that. A field with a resolver of its own, a type that must be looked at, or a reader that is a
function makes no shape; such objects are made of rows in Python.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLLeafType, is_leaf_type, is_list_type, is_non_null_type, is_object_type
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from domain.kernel import Reading
from schema.base import Edge, IdOf
from schema.compiled.fields import Batch, OpaqueId, Plain, declared, kind_of
from schema.measures import AmountOf


@dataclass(frozen=True)
class Constant:
    """The name of the type."""

    text: str


@dataclass(frozen=True)
class Leaf:
    """A column, written as the leaf says."""

    attribute: str
    leaf: GraphQLLeafType
    non_null: bool


@dataclass(frozen=True)
class Id:
    """The opaque id of the row or of another object whose key it holds."""

    of: IdOf
    non_null: bool


@dataclass(frozen=True)
class Amount:
    """An amount of money with its currency; `parts` says which of both, under which keys."""

    of: AmountOf
    parts: "Parts"
    non_null: bool


@dataclass(frozen=True)
class Same:
    """A part of the same row."""

    parts: "Parts"


@dataclass(frozen=True)
class Found:
    """The row, or with `many` the rows, that a declared reader finds by a key of the row."""

    reading: Reading
    key: str
    parts: "Parts"
    non_null: bool


Part = Constant | Leaf | Id | Amount | Same | Found
Parts = tuple[tuple[str, Part], ...]


@dataclass(frozen=True)
class Shape:
    """What is asked of an object; its text is the column `name` of its row, where a statement can write it."""

    name: str
    parts: Parts


class NoShapeError(Exception):
    """Something is asked that is no column."""


class Shaper:
    """Finds the shapes of one operation."""

    def __init__(
        self, collect: Callable[[Any, FieldDetailsList], GroupedFieldSet], is_checked: Callable[[Any], bool]
    ) -> None:
        self._collect, self._is_checked = collect, is_checked

    def parts(self, kind: Any, fields: GroupedFieldSet) -> Parts | None:
        """Say what is asked of an object, if all of it is columns."""
        try:
            return self._parts(kind, fields)
        except NoShapeError:
            return None

    def _parts(self, kind: Any, fields: GroupedFieldSet) -> Parts:
        if self._is_checked(kind):
            raise NoShapeError
        return tuple((key, self._part(kind, details)) for key, details in fields.items())

    def _part(self, kind: Any, details: FieldDetailsList) -> Part:
        name = details[0].node.name.value
        if name == "__typename":
            return Constant(f'"{kind.name}"')
        definition = kind.fields.get(name)
        if definition is None:
            raise NoShapeError
        how, non_null = kind_of(definition), is_non_null_type(definition.type)
        inner = definition.type.of_type if non_null else definition.type
        if isinstance(how, Batch):
            return self._found(how.edge, inner, details, non_null=non_null)
        if isinstance(how, OpaqueId):
            return Id(IdOf(kind.name, "id"), non_null)
        if isinstance(how, Plain):
            if not is_leaf_type(inner):
                raise NoShapeError
            return Leaf(how.attribute, inner, non_null)
        return self._declared(declared(definition).metadata, inner, details, non_null=non_null)

    def _declared(self, metadata: Any, inner: Any, details: FieldDetailsList, *, non_null: bool) -> Part:
        if isinstance(key := metadata.get("id_of"), IdOf):
            return Id(key, non_null)
        if isinstance(amount := metadata.get("amount"), AmountOf):
            return Amount(amount, self._parts(inner, self._collect(inner, details)), non_null)
        if metadata.get("part") and is_object_type(inner):
            return Same(self._parts(inner, self._collect(inner, details)))
        raise NoShapeError

    def _found(self, edge: Edge, inner: Any, details: FieldDetailsList, *, non_null: bool) -> Part:
        if not isinstance(edge.reader, Reading) or edge.reader.many != is_list_type(inner):
            raise NoShapeError
        row = inner
        if is_list_type(inner):
            row = inner.of_type.of_type if is_non_null_type(inner.of_type) else inner.of_type
        if not is_object_type(row):
            raise NoShapeError
        return Found(edge.reader, edge.key, self._parts(row, self._collect(row, details)), non_null)
