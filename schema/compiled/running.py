"""One run of a compiled operation (一次执行): its variables, what resolvers are told, and how keys become rows."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import is_iterable
from orjson import Fragment
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from domain.kernel import Read
from schema.base import Context, Info, Reader
from schema.compiled.ahead import LookAhead, Looking
from schema.compiled.leaves import refuse_unreadable
from schema.compiled.surprises import SurpriseError
from schema.compiled.texts import MISSING, OBJECT

CLASSES_MAX = 2_000

# Classes whose objects are what they seem: neither nothing, nor a failure, nor something to be awaited.
PLAIN_CLASSES: set[type] = set()
LIST_CLASSES: set[type] = {list, tuple}


def is_object(value: Any) -> bool:
    """Look at an object of a class not seen before; False for nothing, a surprise for what is no object."""
    if value is None:
        return False
    refuse_unreadable(value)
    if len(PLAIN_CLASSES) < CLASSES_MAX:
        PLAIN_CLASSES.add(value.__class__)
    return True


def is_promised_object(value: Any) -> bool:
    """Look at an object that must not be missing."""
    if not is_object(value):
        raise SurpriseError("null")
    return True


def is_list(value: Any) -> bool:
    """Look at a list that is neither a list nor a tuple; False for nothing."""
    if value is None:
        return False
    refuse_unreadable(value)
    if not is_iterable(value) or hasattr(value, "__aiter__"):
        raise SurpriseError("no list")
    return True


def is_promised_list(value: Any) -> bool:
    """Look at a list that must not be missing."""
    if not is_list(value):
        raise SurpriseError("null")
    return True


def refuse_type() -> None:
    """Leave the fast way: the object is not of the type that was promised."""
    raise SurpriseError("type")


@dataclass(frozen=True)
class Place:
    """Where a field with a resolver stands in an operation: all that is the same in every run."""

    definition: GraphQLField
    declared: StrawberryField
    nodes: list[FieldNode]
    parent_type: GraphQLObjectType
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    operation: OperationDefinitionNode
    ahead: LookAhead | None = None
    constant: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def is_constant(self) -> bool:
        """Whether its arguments are the same in every run."""
        waiting: list[Any] = [each.value for each in self.nodes[0].arguments or ()]
        while waiting:
            node = waiting.pop()
            if isinstance(node, VariableNode):
                return False
            waiting += getattr(node, "values", ()) or ()
            waiting += [each.value for each in getattr(node, "fields", ()) or ()]
        return True


class RawInfo:
    """What a resolver may ask about its field; the path is not known here, and asking for it ends the fast way."""

    is_awaitable = staticmethod(optimized_is_awaitable)
    abort_signal = root_value = operation_extensions = None

    def __init__(self, place: Place, run: "Run") -> None:
        self.field_name = place.nodes[0].name.value
        self.field_nodes = place.nodes
        self.return_type = place.definition.type
        self.parent_type = place.parent_type
        self.schema = place.schema
        self.fragments = place.fragments
        self.operation = place.operation
        self.variable_values = run.variables.coerced
        self.context = run.context_at(place)

    @property
    def path(self) -> Any:
        raise SurpriseError("path")

    @property
    def async_helpers(self) -> Any:
        raise SurpriseError("helpers")


class Run:
    """What one run knows."""

    __slots__ = ("context", "infos", "objects", "places", "variables")

    def __init__(self, context: Context, variables: VariableValues, places: Sequence[Place]) -> None:
        self.context, self.variables, self.places = context, variables, places
        self.infos: dict[int, Any] = {}
        self.objects = 0

    def info(self, number: int) -> Any:
        """Tell the resolver at a place where it stands, once per run."""
        info = self.infos.get(number)
        if info is None:
            place = self.places[number]
            raw: Any = RawInfo(place, self)
            info = self.infos[number] = Info(_raw_info=raw, _field=place.declared)
        return info

    def arguments(self, number: int) -> dict[str, Any]:
        """Read the arguments of the field at a place, once per level; where no variable decides, once for all."""
        place = self.places[number]
        if place.constant:
            return place.constant
        given = get_argument_values(place.definition, place.nodes[0], self.variables, None, hide_suggestions=True)
        converter = place.schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].schema_converter
        read = convert_arguments(
            given, place.declared.arguments, converter.scalar_registry, converter.config, self.info(number)
        )
        if place.is_constant:
            place.constant.update(read)
        return read

    def read_at(self, place: Place) -> Read:
        """Read as the place looks at rows, if they come the direct way."""
        read = self.context.read
        if place.ahead is None or read.direct is None:
            return read
        return replace(read, direct=Looking(read.direct, place.ahead, read.actor))

    def context_at(self, place: Place) -> Context:
        """Give the resolver at a place a context of its own, because it reads what only that place asks for."""
        read = self.read_at(place)
        return self.context if read is self.context.read else replace(self.context, read=read, loaders={})

    async def read(self, reader: Reader, keys: Iterable[Any], number: int) -> Callable[[Any], Any]:
        """Read the rows of all keys of a level by one call; no key is no row."""
        wanted = dict.fromkeys(keys)
        wanted.pop(None, None)
        if not wanted:
            return {}.get
        found = await reader(self.read_at(self.places[number]), list(wanted))
        return found.get

    def shaped(self, text: str) -> Fragment:
        """Take an object as the database wrote it, and count what is in it."""
        if MISSING in text:
            raise SurpriseError("null")
        self.objects += text.count(OBJECT)
        return Fragment(text)

    @staticmethod
    async def gathered(results: Iterable[Any]) -> list[Any]:
        """Call the resolvers of a level and await those that are to be awaited, together."""
        values: list[Any] = []
        try:
            values.extend(results)
        except BaseException:
            for each in values:
                if asyncio.iscoroutine(each):
                    each.close()
            raise
        if len(values) == 1:
            return [await values[0]] if optimized_is_awaitable(values[0]) else values
        waiting = [number for number, each in enumerate(values) if optimized_is_awaitable(each)]
        awaited = await all_of([values[number] for number in waiting])
        for number, value in zip(waiting, awaited, strict=True):
            values[number] = value
        return values


async def all_of(waiting: Sequence[Any]) -> list[Any]:
    """Await all, to the end, so that nothing of a run goes on after it; then raise what was raised first."""
    results: list[Any] = await asyncio.gather(*waiting, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return results


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run the fields of a level at the same time."""
    await all_of(parts)
