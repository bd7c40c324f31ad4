"""Kinds of fields (字段种类): read off the row, called for each row, or read for a whole level at once."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.base import Edge, Node
from schema.compiled.surprises import CannotCompileError


@dataclass(frozen=True)
class Plain:
    """An attribute of the row."""

    attribute: str


@dataclass(frozen=True)
class OpaqueId:
    """The id of a node, made of the type's name and the row's id."""


@dataclass(frozen=True)
class Batch:
    """An edge: one call of its reader for all parents."""

    edge: Edge


@dataclass(frozen=True)
class Call:
    """A resolver, called with the parent and the info under the names it has for them, and with its arguments."""

    resolve: Callable[..., Any]
    awaited: bool
    parameters: tuple[tuple[str, str], ...]
    has_arguments: bool


Kind = Plain | OpaqueId | Batch | Call


def declared(definition: GraphQLField) -> StrawberryField:
    """Find what Strawberry was told about a field."""
    found = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(found, StrawberryField):
        raise CannotCompileError("foreign field")
    return found


def needs_of(field: StrawberryField) -> str | None:
    """Return the permission that a field's guard asks for."""
    edge = field.metadata.get("edge")
    if edge is not None:
        return edge.needs  # type: ignore[no-any-return]
    return getattr(_function(field), "needs", None)


def kind_of(definition: GraphQLField) -> Kind:
    """Say how a field is read."""
    field = declared(definition)
    if field.extensions:
        raise CannotCompileError("field extension")
    edge = field.metadata.get("edge")
    if isinstance(edge, Edge):
        return Batch(edge)
    if field.base_resolver is None:
        if field.default_resolver is not getattr:
            raise CannotCompileError("default resolver")
        return Plain(field.python_name)
    if _function(field) is NODE_ID:
        return OpaqueId()
    return _called(field, has_arguments=bool(definition.args))


def _function(field: StrawberryField) -> Callable[..., Any] | None:
    return None if field.base_resolver is None else field.base_resolver.wrapped_func  # type: ignore[return-value]


def _called(field: StrawberryField, *, has_arguments: bool) -> Call:
    """Call the function itself: its guard was asked before the run, and a refusal ends the fast way anyhow."""
    resolver: Any = field.base_resolver
    function = resolver.wrapped_func
    while getattr(function, "needs", None) is not None:
        function = function.__wrapped__
    named = {
        "parent": resolver.parent_parameter,
        "root": resolver.root_parameter,
        "info": resolver.info_parameter,
    }
    parameters = {(each.name, "info" if what == "info" else "row") for what, each in named.items() if each}
    if resolver.self_parameter:
        parameters.add(("", "row"))
    awaited = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    return Call(function, awaited, tuple(sorted(parameters)), has_arguments)


def _node_id() -> Callable[..., Any] | None:
    definition: Any = Node.__strawberry_definition__  # type: ignore[attr-defined]
    return _function(next(each for each in definition.fields if each.python_name == "id"))


NODE_ID = _node_id()
