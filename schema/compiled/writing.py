"""Writing the program of an operation (编译): each level of the answer becomes one function over all its parents.

    async def customer(rows, answers, run):      # one such function per edge or asynchronous field of a level
        get = await run.read(customers_by_id, [row.customer_id for row in rows])
        for answer, row in zip(answers, rows):
            answer["customer"] = {"name": ...}   # the plain fields of the next level are written on the spot
        ...                                      # what of the next level must be read waits in two lists, and goes on

Objects that need nothing more than their row are written as expressions inside their parent's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from orjson import Fragment

from schema.base import Node
from schema.compiled.ahead import LookAhead
from schema.compiled.counting import Counter, objects_in
from schema.compiled.fields import Batch, Call, Kind, OpaqueId, Plain, declared, kind_of, needs_of
from schema.compiled.leaves import leaf_expression
from schema.compiled.running import (
    LIST_CLASSES,
    PLAIN_CLASSES,
    Place,
    is_list,
    is_object,
    is_promised_list,
    is_promised_object,
    refuse_type,
    together,
)
from schema.compiled.shapes import Shape, Shaper
from schema.compiled.surprises import CannotCompileError
from schema.scalars import global_id

WRITTEN_FIELDS_MAX = 4_000
ANY_ROW = Node.is_type_of.__code__


def is_checked(is_type_of: Callable[..., Any] | None) -> bool:
    """Say whether a row must be asked if it is of the type; nearly all types always say yes."""
    code = getattr(is_type_of, "__code__", None)
    always = code and (code.co_code, code.co_consts) == (ANY_ROW.co_code, ANY_ROW.co_consts)
    return is_type_of is not None and not always


@dataclass
class Scope:
    """One function being written: what stands at its top, and the lists in which rows wait for the next level."""

    top: list[str] = field(default_factory=list)
    infos: set[int] = field(default_factory=set)
    arguments: set[int] = field(default_factory=set)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)

    def beginning(self) -> list[str]:
        infos = [f"info{each} = run.info({each})" for each in sorted(self.infos)]
        arguments = [f"arguments{each} = run.arguments({each})" for each in sorted(self.arguments)]
        return [*infos, *arguments, *self.top]

    def ending(self) -> list[str]:
        """Go on to the next level, if anything of it is there."""
        if not self.waiting:
            return []
        if len(self.waiting) == 1:
            level, rows, answers = self.waiting[0]
            return [f"if {rows}: await {level}({rows}, {answers}, run)"]
        calls = ", ".join(f"{level}({rows}, {answers}, run)" for level, rows, answers in self.waiting)
        return [f"await together({calls})"]


class Writer:
    """Writes one operation, with its conditions decided."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, decided: VariableValues
    ) -> None:
        self.schema, self.operation, self.decided = schema, operation, decided
        fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        if any(each.variable_definitions for each in fragments):
            raise CannotCompileError("fragment variables")
        self.fragments = {each.name.value: each for each in fragments}
        self._details = {name: FragmentDetails(each) for name, each in self.fragments.items()}
        self.names: dict[str, Any] = {
            "plain": PLAIN_CLASSES,
            "lists": LIST_CLASSES,
            "is_object": is_object,
            "is_promised_object": is_promised_object,
            "is_list": is_list,
            "is_promised_list": is_promised_list,
            "refuse_type": refuse_type,
            "together": together,
            "global_id": global_id,
            "objects_in": objects_in,
            "Fragment": Fragment,
        }
        self.functions: list[str] = []
        self.places: list[Place] = []
        self.needs: set[str] = set()
        self._count = self._fields = 0
        self._shaper = Shaper(self._collected, lambda kind: is_checked(kind.is_type_of))
        self._ahead: LookAhead | None = None
        self._shaped: set[tuple[int, str]] = set()

    def name(self, beginning: str) -> str:
        self._count += 1
        return f"{beginning}_{self._count}"

    def bind(self, beginning: str, thing: Any) -> str:
        name = self.name(beginning)
        self.names[name] = thing
        return name

    def source(self) -> str:
        """Write the whole program; its entrance is `main(run)`."""
        query: Any = self.schema.query_type
        collected = collect_fields(
            self.schema, self._details, self.decided, query, self.operation, hide_suggestions=True
        )
        scope = Scope()
        answer, level = self._object("None", query, collected.grouped_field_set, scope)
        if level is not None:
            scope.waiting.append((level, "[None]", "[answer]"))
        lines = [*scope.beginning(), f"answer = {answer}", *scope.ending(), "return answer"]
        self._function("async def main(run)", lines)
        counter = Counter(self._collected, self._shaped)
        total = " + ".join(counter.fields("answer", query, collected.grouped_field_set)) or "0"
        self._function("def count(answer)", [f"return {total}"])
        return "\n\n".join(self.functions) + "\n"

    def _function(self, head: str, lines: list[str]) -> None:
        body = "\n".join(f"    {part}" for line in lines for part in line.split("\n"))
        self.functions.append(f"{head}:\n{body}")

    def _object(
        self, row: str, kind: GraphQLObjectType, fields: GroupedFieldSet, scope: Scope
    ) -> tuple[str, str | None]:
        """Write an object of a row: its answer, and the function that reads what the row does not hold."""
        parts: list[str] = []
        later: list[str] = []
        for key, details in fields.items():
            name = details[0].node.name.value
            if name == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            value = self._field(row, kind, key, details, scope)
            if value is None:
                value = "None"
                later.append(self._level_field(kind, key, details))
            parts.append(f"{key!r}: {value}")
        return "{" + ", ".join(parts) + "}", self._level(later)

    def _level(self, fields: list[str]) -> str | None:
        if len(fields) < 2:  # noqa: PLR2004 — One field is its level.
            return fields[0] if fields else None
        level = self.name("level")
        calls = ", ".join(f"{each}(rows, answers, run)" for each in fields)
        self._function(f"async def {level}(rows, answers, run)", [f"await together({calls})"])
        return level

    def _known(self, kind: GraphQLObjectType, details: FieldDetailsList) -> tuple[Any, Kind]:
        self._fields += 1
        if self._fields > WRITTEN_FIELDS_MAX:
            raise CannotCompileError("too large")
        name = details[0].node.name.value
        definition = kind.fields.get(name)
        if definition is None:
            raise CannotCompileError("introspection" if name.startswith("__") else "unknown field")
        needs = needs_of(declared(definition))
        if needs is not None:
            self.needs.add(needs)
        return definition, kind_of(definition)

    def _field(
        self, row: str, kind: GraphQLObjectType, key: str, details: FieldDetailsList, scope: Scope
    ) -> str | None:
        """Write a field that needs no waiting; None for one that does."""
        definition, how = self._known(kind, details)
        if isinstance(how, Plain):
            place = self._place(definition, kind, details)
            return self._value(f"{row}.{how.attribute}", definition.type, details, scope, place)
        if isinstance(how, OpaqueId):
            return f"global_id({kind.name!r}, {row}.id)"
        if isinstance(how, Batch) or how.awaited:
            return None
        place = self._place(definition, kind, details)
        return self._value(self._called(how, row, place, scope, key), definition.type, details, scope, place)

    def _called(self, how: Call, row: str, place: int, scope: Scope, key: str) -> str:
        resolve = self.bind(f"resolve_{key}", how.resolve)
        if any(what == "info" for _, what in how.parameters):
            scope.infos.add(place)
        told = {"row": row, "info": f"info{place}"}
        given = [f"{name}={told[what]}" if name else told[what] for name, what in how.parameters]
        if how.has_arguments:
            scope.arguments.add(place)
            given.append(f"**arguments{place}")
        return f"{resolve}({', '.join(given)})"

    def _place(self, definition: Any, kind: GraphQLObjectType, details: FieldDetailsList) -> int:
        nodes = [each.node for each in details]
        whole = (self.schema, self.fragments, self.operation)
        self.places.append(Place(definition, declared(definition), nodes, kind, *whole, self._ahead))
        return len(self.places) - 1

    def _level_field(self, kind: GraphQLObjectType, key: str, details: FieldDetailsList) -> str:
        """Write the function that reads one field for all rows of a level."""
        outer, self._ahead = self._ahead, LookAhead()
        function = self._level_function(kind, key, details)
        self._ahead = outer
        return function

    def _level_function(self, kind: GraphQLObjectType, key: str, details: FieldDetailsList) -> str:
        definition, how = self._known(kind, details)
        scope, function = Scope(), self.name(f"read_{key}")
        place = self._place(definition, kind, details)
        if isinstance(how, Batch):
            reader = self.bind("reader", how.edge.reader)
            reading = [
                f"keys = [row.{how.edge.key} for row in rows]",
                f"get = await run.read({reader}, keys, {place})",
                "values = [None if each is None else get(each) for each in keys]",
            ]
        elif isinstance(how, Call):
            call = self._called(how, "row", place, scope, key)
            reading = [f"values = await run.gathered({call} for row in rows)"]
        else:
            raise TypeError(how)
        value = self._value("value", definition.type, details, scope, place)
        filling = [f"for answer, value in zip(answers, values):\n    answer[{key!r}] = {value}"]
        lines = [*scope.beginning(), *reading, *filling, *scope.ending()]
        self._function(f"async def {function}(rows, answers, run)", lines)
        return function

    def _value(self, value: str, kind: Any, details: FieldDetailsList, scope: Scope, place: int) -> str:
        """Write a value of any type."""
        non_null = is_non_null_type(kind)
        inner = kind.of_type if non_null else kind
        name = value if value.isidentifier() else self.name("v")
        if is_leaf_type(inner):
            return leaf_expression(value, inner, name, self.bind, non_null=non_null)
        given = value if value == name else f"({name} := {value})"
        promised = "is_promised" if non_null else "is"
        if is_list_type(inner):
            each = self.name("each")
            item = self._value(each, inner.of_type, details, scope, place)
            known = f"{given}.__class__ in lists or {promised}_list({name})"
            return f"([{item} for {each} in {name}] if {known} else None)"
        written = self._composite(name, inner, details, scope, place)
        return f"({written} if {given}.__class__ in plain or {promised}_object({name}) else None)"

    def _composite(self, name: str, kind: Any, details: FieldDetailsList, scope: Scope, place: int) -> str:
        if is_object_type(kind):
            return self._row(name, kind, details, scope, place)
        if not is_abstract_type(kind):
            raise CannotCompileError("unknown type")
        return f"{self._choice(kind, details, scope, place)}({name})"

    def _row(self, name: str, kind: GraphQLObjectType, details: FieldDetailsList, scope: Scope, place: int) -> str:
        """Write an object of a known type; one that must read more waits for the next level."""
        fields = self._collected(kind, details)
        ahead, shape = self._ahead, self._shape(kind, details, fields)
        if shape is not None:
            self._ahead = None  # What is in the text needs no text of its own.
        checked = self._checked(kind, scope, place)
        answer, level = self._object(name, kind, fields, scope)
        self._ahead = ahead
        if level is not None:
            make, rows, answers = self.name("make"), self.name("rows"), self.name("answers")
            scope.top += [
                f"{rows}, {answers} = [], []",
                (
                    f"def {make}({name}):\n    answer = {answer}\n    {rows}.append({name})\n"
                    f"    {answers}.append(answer)\n    return answer"
                ),
            ]
            scope.waiting.append((level, rows, answers))
            answer = f"{make}({name})"
        if shape is not None:
            text = self.name("text")
            answer = f"(run.shaped({text}) if ({text} := getattr({name}, {shape!r}, None)) is not None else {answer})"
        return f"({answer} if {checked}({name}, info{place}) else refuse_type())" if checked else answer

    def _shape(self, kind: GraphQLObjectType, details: FieldDetailsList, fields: GroupedFieldSet) -> str | None:
        """Name the text that the database may write of a row, if the whole object is columns."""
        parts = self._shaper.parts(kind, fields) if self._ahead is not None else None
        if parts is None or self._ahead is None:
            return None
        shape = Shape(self.name("text_of"), parts)
        self._ahead.shapes.append(shape)
        self._shaped.add((id(details[0].node), kind.name))
        return shape.name

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return collect_subfields(
            self.schema, self._details, self.decided, self.operation, kind, details, hide_suggestions=True
        ).grouped_field_set

    def _checked(self, kind: GraphQLObjectType, scope: Scope, place: int) -> str | None:
        """Bind the function that says whether a row is of the type, unless it always says yes."""
        if not is_checked(kind.is_type_of):
            return None
        scope.infos.add(place)
        return self.bind("is_type_of", kind.is_type_of)

    def _choice(self, kind: Any, details: FieldDetailsList, scope: Scope, place: int) -> str:
        """Write the choice among the types an interface or union may be."""
        if kind.resolve_type is None:
            raise CannotCompileError("no type resolver")
        scope.infos.add(place)
        choices: list[str] = []
        ahead, self._ahead = self._ahead, None  # One text for each possible type of each row would be too much.
        for possible in self.schema.get_possible_types(kind):
            name, function = self.name("v"), self.name("choose")
            written = self._row(name, possible, details, scope, place)
            scope.top.append(f"def {function}({name}):\n    return {written}")
            choices.append(f"{possible.name!r}: {function}")
        self._ahead = ahead
        choose, row = self.name("choose"), self.name("v")
        resolve, abstract = self.bind("resolve_type", kind.resolve_type), self.bind("abstract", kind)
        scope.top.append(f"{choose}_of = {{{', '.join(choices)}}}")
        scope.top.append(
            f"def {choose}({row}):\n    return {choose}_of[{resolve}({row}, info{place}, {abstract})]({row})"
        )
        return choose
