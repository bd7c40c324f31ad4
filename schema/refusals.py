"""Refusals as clients see them: one interface, and a type with its own data for each refusal of the business.

The types are made from the domain's classes, so a new refusal touches one file. The printed schema shows each.
"""

import dataclasses
import typing
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from domain import kernel, wiring
from schema.base import Info
from schema.scalars import DecimalValue, QuantityValue

__all__ = ["REFUSAL_TYPES", "RefusalInterface", "shown", "wiring"]

CODES: Any = Enum("RefusalCode", {code: code for code in sorted(kernel.Refusal.known)})
RefusalCode: Any = strawberry.enum(CODES, description="Which refusal it is; one code per type.")

FIELD_TYPES: dict[Any, Any] = {
    str: str,
    int: int,
    bool: bool,
    datetime: datetime,
    kernel.Quantity: QuantityValue,
    kernel.Money: DecimalValue,
    kernel.UnitPrice: DecimalValue,
}


@strawberry.interface(name="Refusal", description="Something the business refuses, with its data and the way out.")
class RefusalInterface:
    """Every refusal has a code, a sentence, the input field in the way, and whether the same again may succeed."""

    @strawberry.field(description="Which refusal it is.", graphql_type=RefusalCode)
    def code(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return CODES(root.code())

    @strawberry.field(description="The sentence for the person, in the language of Accept-Language (en, zh).")
    def message(root: strawberry.Parent[Any], info: Info) -> str:  # noqa: N805
        return str(root.message_in_chinese() if info.context.chinese else root.message())

    @strawberry.field(description="The input field that stands in the way; empty when it is none alone.")
    def path(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return list(root.path)

    @strawberry.field(description="Whether the same request may succeed later, unchanged.")
    def retryable(root: strawberry.Parent[Any]) -> bool:  # noqa: N805
        return bool(root.retryable)

    @classmethod
    def is_type_of(cls, _refusal: Any, _info: Any) -> bool:
        return True

    @classmethod
    def resolve_type(cls, refusal: Any, _info: Any, _abstract: Any) -> str:
        return type(refusal.refusal).__name__


@dataclasses.dataclass(frozen=True)
class Shown:
    """A refusal as an object: GraphQL takes an exception that is the value of a field for a failure of that field."""

    refusal: kernel.Refusal

    def __getattr__(self, name: str) -> Any:
        return getattr(self.refusal, name)


def shown(refusals: Iterable[kernel.Refusal]) -> list[Any]:
    """Make refusals answers."""
    return [Shown(each) for each in refusals]


def _graphql_type(hint: Any) -> Any:
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    if typing.get_origin(hint) is tuple:
        return list[_graphql_type(typing.get_args(hint)[0])]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str
    return FIELD_TYPES.get(hint, str)


def _type_for(refusal: type[kernel.Refusal]) -> type:
    hints = typing.get_type_hints(refusal)
    names = [each.name for each in dataclasses.fields(refusal)]
    body: dict[str, Any] = {"__annotations__": {name: _graphql_type(hints[name]) for name in names}}
    body |= {name: strawberry.field(description=f"The {name.replace('_', ' ')} in the message.") for name in names}
    kind = type(refusal.__name__, (RefusalInterface,), body)
    return strawberry.type(kind, name=refusal.__name__, description=(refusal.__doc__ or "").strip())


REFUSAL_TYPES = [_type_for(kind) for _, kind in sorted(kernel.Refusal.known.items())]
