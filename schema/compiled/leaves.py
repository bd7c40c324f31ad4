"""Leaves (叶): how a value of a scalar or an enum is written, exactly as the standard executor writes it.

Each leaf is an expression of Python that tests the one class the value nearly always has and writes it on the spot;
every other value goes to the scalar's own function, after the checks that the standard executor makes.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.types.base_scalars import isoformat

from domain import kernel
from schema.compiled.surprises import SurpriseError
from schema.scalars import write_decimal

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
AS_IT_IS = {GraphQLString: "str", GraphQLID: "str", GraphQLBoolean: "bool"}
MOMENTS: tuple[Any, ...] = (isoformat, datetime.isoformat, date.isoformat)
MOMENT_CLASSES = {"DateTime": datetime, "Date": date}
MEASURES = frozenset({kernel.Money, kernel.Quantity, kernel.Rate, kernel.UnitPrice})

Bind = Callable[[str, Any], str]


def refuse_unreadable(value: Any) -> None:
    """Leave the fast way for what the standard executor raises or awaits."""
    if value is Undefined or isinstance(value, Exception):
        raise SurpriseError(type(value).__name__)
    if optimized_is_awaitable(value):
        getattr(value, "close", lambda: None)()  # A coroutine that nobody awaits would complain.
        raise SurpriseError("awaitable")


def written_by(leaf: GraphQLLeafType, *, non_null: bool) -> Callable[[Any], Any]:
    """Make the careful way to write a value of this type."""
    coerce = leaf.coerce_output_value

    def write(value: Any) -> Any:
        if value is None and not non_null:
            return None
        refuse_unreadable(value)
        written = None if value is None else coerce(value)
        if written is None or written is Undefined:
            raise SurpriseError("null")
        return written

    return write


def leaf_expression(expression: str, leaf: GraphQLLeafType, name: str, bind: Bind, *, non_null: bool) -> str:
    """Write the expression that writes `expression`; `name` is free for the value."""
    careful = bind("write", written_by(leaf, non_null=non_null))
    value = name if expression == name else f"({name} := {expression})"
    if leaf in AS_IT_IS:
        return f"({name} if {value}.__class__ is {AS_IT_IS[leaf]} else {careful}({name}))"
    if leaf is GraphQLInt:
        fits = f"{value}.__class__ is int and {INT_MIN} <= {name} <= {INT_MAX}"
        return f"({name} if {fits} else {careful}({name}))"
    if isinstance(leaf, GraphQLEnumType):
        return _enum_expression(value, leaf, name, bind, careful)
    coerce = leaf.coerce_output_value
    if coerce in MOMENTS and leaf.name in MOMENT_CLASSES:
        moment = bind("kind", MOMENT_CLASSES[leaf.name])
        return f"({name}.isoformat() if {value}.__class__ is {moment} else {careful}({name}))"
    if coerce is write_decimal:
        measures, decimal = bind("kinds", MEASURES), bind("kind", Decimal)
        exact = f'format({name}.value, "f") if {value}.__class__ in {measures}'
        return f'({exact} else format({name}, "f") if {name}.__class__ is {decimal} else {careful}({name}))'
    return f"{careful}({expression})"


def _enum_expression(value: str, leaf: GraphQLEnumType, name: str, bind: Bind, careful: str) -> str:
    members: Any = getattr(leaf, "wrapped_cls", None)
    if not (isinstance(members, type) and issubclass(members, Enum)):
        return f"{careful}({value})"
    names = {each: leaf.coerce_output_value(each) for each in members}
    return f"({bind('names', names)}[{name}] if {value}.__class__ is {bind('kind', members)} else {careful}({name}))"
