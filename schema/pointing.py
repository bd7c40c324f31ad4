"""Where a refusal points (拒绝所指): at the field of the client's own input, and by the id the client gave.

The domain knows what was wrong, in its own words and with its own keys; how an input nests them is the schema's.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from strawberry.utils.str_converters import to_camel_case

from domain import kernel
from schema.scalars import split_id

SHOWN_MAX = 80
Path = tuple[str, ...]


def words(type_name: str) -> str:
    """Say a type as a person would: a PriceList is a price list."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type_name).strip()


def pointed(refusal: kernel.Refusal, given: Any) -> kernel.Refusal:
    """Let a refusal point into the input it answers, as far as that can be said."""
    if isinstance(refusal, kernel.NotFound):
        return _missing(refusal, given)
    names = [path for path in _fields(given) if path[-1] == refusal.path[1]] if len(refusal.path) > 1 else []
    if len(names) == 1:
        refusal.at("input", *names[0], *refusal.path[2:])
    return refusal


def _missing(refusal: kernel.NotFound, given: Any) -> kernel.Refusal:
    """Name what is not there by the id that was given, at the place where it was given."""
    for path, text in _texts(given):
        if refusal.which in (text, _key_in(text)):
            return kernel.NotFound(what=refusal.what, which=text[:SHOWN_MAX]).at("input", *path)
    return refusal


def _key_in(opaque_id: str) -> str:
    parts = split_id(opaque_id)
    try:
        return str(UUID(parts[1])) if parts else ""
    except ValueError:
        return ""


def _parts(given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, list):
        yield from ((str(place), each) for place, each in enumerate(given))
    elif dataclasses.is_dataclass(given):
        yield from ((to_camel_case(each.name), getattr(given, each.name)) for each in dataclasses.fields(given))


def _fields(given: Any, above: Path = ()) -> Iterator[Path]:
    for name, value in _parts(given):
        yield (*above, name)
        yield from _fields(value, (*above, name))


def _texts(given: Any, above: Path = ()) -> Iterator[tuple[Path, str]]:
    for name, value in _parts(given):
        if isinstance(value, str):
            yield (*above, name), value
        yield from _texts(value, (*above, name))
