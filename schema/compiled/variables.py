"""Variables (变量): read with the executor's own functions, but their types are looked up once per document."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    coerce_input_value,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    input_is_nested_too_deeply,
    maybe_use_default_value,
)

from schema.compiled.surprises import CannotCompileError, SurpriseError

CONDITIONS = frozenset({"include", "skip"})


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._known: list[tuple[Any, bool]] = []
        for each in definitions:
            signature = get_variable_signature(schema, each)
            if isinstance(signature, GraphQLError):
                raise CannotCompileError("variables")
            self._known.append((signature, each.default_value is not None))

    def read(self, given: Mapping[str, Any]) -> VariableValues:
        """Read the values of a request; what is wrong with them the standard executor says better."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, has_default in self._known:
            name, value = signature.name, given.get(signature.name, Undefined)
            if value is Undefined:
                sources[name] = VariableValueSource(signature)
                if has_default:
                    maybe_use_default_value(coerced, name, signature, _surprise)
                    continue
                if not is_non_null_type(signature.type):
                    continue
                raise SurpriseError("variable")
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = _read(value, signature.type)
        return VariableValues(sources, coerced)


def _read(value: Any, type_: Any) -> Any:
    read = Undefined if input_is_nested_too_deeply(value, type_) else coerce_input_value(value, type_)
    if read is Undefined:
        raise SurpriseError("variable")
    return read


def _surprise(error: GraphQLError, _path: list[str | int]) -> None:
    raise SurpriseError("variable") from error


def condition_variables(parts: Iterable[Node]) -> tuple[str, ...]:
    """Name the variables that decide, by @include and @skip, what an operation asks."""
    found: set[str] = set()
    waiting: list[Any] = list(parts)
    while waiting:
        node = waiting.pop()
        selections = getattr(node, "selection_set", None)
        waiting.extend(selections.selections if selections else ())
        for directive in getattr(node, "directives", None) or ():
            found.update(_names(directive))
    return tuple(sorted(found))


def _names(directive: DirectiveNode) -> list[str]:
    if directive.name.value not in CONDITIONS:
        return []
    values = [each.value for each in directive.arguments or ()]
    return [each.name.value for each in values if isinstance(each, VariableNode)]


def outcome(names: Iterable[str], variables: VariableValues) -> tuple[bool, ...]:
    """Say how the conditions come out; anything but yes or no is for the standard executor."""
    values = tuple(variables.coerced.get(name) for name in names)
    if not all(each is True or each is False for each in values):
        raise SurpriseError("condition")
    return values  # type: ignore[return-value]
