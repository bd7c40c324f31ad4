"""Facts (事实) and their outbox: what happened is stored in the transaction in which it happened.

An event is a frozen dataclass of ids, measures, instants and plain values. It is written under
`<capability>.<ClassName>`; a changed meaning is a new class.
"""

import dataclasses
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from domain.kernel.measures import Measure


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; subclasses list their fields and say it in the docstring."""

    known: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        if cls.name() in Event.known:
            raise TypeError(f"two events are named {cls.name()}")
        Event.known[cls.name()] = cls

    @classmethod
    def name(cls) -> str:
        """Say the stored name, such as `orders.OrderReviewed`."""
        return f"{cls.__module__.split('.')[1]}.{cls.__name__}"

    def subject(self) -> str:
        """Say which document this is about: its reactions run one after the other per subject."""
        first = dataclasses.fields(self)[0].name
        return f"{first}:{getattr(self, first)}"

    def encode(self) -> dict[str, Any]:
        """Turn the event into plain JSON values."""
        return {each.name: _plain(getattr(self, each.name)) for each in dataclasses.fields(self)}

    @staticmethod
    def decode(name: str, payload: dict[str, Any]) -> "Event":
        """Build the event stored under `name`."""
        kind = Event.known[name]
        hints = typing.get_type_hints(kind)
        return kind(**{key: _typed(hints[key], value) for key, value in payload.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal, Measure)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (str, int, bool, type(None))):
        return value
    raise TypeError(f"{type(value).__name__} has no place in an event")


def _typed(hint: Any, value: Any) -> Any:
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    origin = typing.get_origin(hint)
    if value is None:
        return None
    if origin in (typing.Union, types.UnionType):
        return _typed(next(each for each in typing.get_args(hint) if each is not type(None)), value)
    if origin in (tuple, list):
        return origin(_typed(typing.get_args(hint)[0], each) for each in value)
    if hint in (datetime, date):
        return hint.fromisoformat(value)
    return hint(value) if isinstance(hint, type) and not isinstance(value, hint) else value
