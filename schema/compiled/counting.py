"""Counting the objects of an answer (计数), which is what it really cost: written for the operation, like its program.

Objects of one level with nothing below them are counted by the length of their list; only where the answer decides
(interfaces, free JSON) is it walked through.
"""

from collections.abc import Callable, Collection
from typing import Any

from graphql import GraphQLScalarType, is_leaf_type, is_list_type, is_non_null_type, is_object_type
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

EXACT_SCALARS = frozenset(
    {"String", "ID", "Int", "Float", "Boolean", "DateTime", "Date", "Time", "Decimal", "Quantity"}
)

Collect = Callable[[Any, FieldDetailsList], GroupedFieldSet]


def objects_in(value: Any) -> int:
    """Count the objects in any value."""
    count, parts = 0, [value]
    while parts:
        each = parts.pop()
        if each.__class__ is dict:
            count += 1
            parts.extend(each.values())
        elif each.__class__ is list:
            parts.extend(each)
    return count


class Counter:
    """Writes the expression that counts the objects of an answer."""

    def __init__(self, collect: Collect, shaped: Collection[tuple[int, str]] = ()) -> None:
        """`shaped` are the objects that the database may have written: their node and type; the run counted them."""
        self._collect, self._shaped = collect, shaped
        self._names = 0

    def fields(self, answer: str, kind: Any, grouped: GroupedFieldSet) -> list[str]:
        """Write what the fields of one object add: expressions, none for leaves."""
        parts: list[str] = []
        for key, details in grouped.items():
            definition = kind.fields.get(details[0].node.name.value)
            if definition is not None:
                parts.append(self._value(f"{answer}[{key!r}]", definition.type, details))
        return [each for each in parts if each != "0"]

    def _value(self, value: str, kind: Any, details: FieldDetailsList) -> str:
        nullable, inner = not is_non_null_type(kind), kind.of_type if is_non_null_type(kind) else kind
        if is_leaf_type(inner):
            known = not isinstance(inner, GraphQLScalarType) or inner.name in EXACT_SCALARS
            return "0" if known else f"objects_in({value})"
        self._names += 1
        name = f"c_{self._names}"
        if is_list_type(inner):
            return self._list(value, inner.of_type, details, name, nullable=nullable)
        if not is_object_type(inner):
            return f"objects_in({value})"
        if (id(details[0].node), inner.name) in self._shaped:
            parts = self.fields(name, inner, self._collect(inner, details))
            nothing = f"({name} := {value}).__class__ is Fragment or {name} is None"
            return f"(0 if {nothing} else {' + '.join(['1', *parts])})"
        given = f"({name} := {value})" if nullable else value
        parts = self.fields(name if nullable else value, inner, self._collect(inner, details))
        total = " + ".join(["1", *parts])
        return f"(({total}) if {given} is not None else 0)" if nullable else f"({total})" if parts else "1"

    def _list(self, value: str, item: Any, details: FieldDetailsList, name: str, *, nullable: bool) -> str:
        each = f"each_{name}"
        counted = self._value(each, item, details)
        if counted == "0":
            return "0"
        given = f"({value} or ())" if nullable else value
        if counted == "1":
            return f"len({given})"
        return f"sum([{counted} for {each} in {given}])"
