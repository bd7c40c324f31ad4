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
    if isinstance(refusal, kernel.WrongState) and not refusal.path:
        return _of_what_was_named(refusal, given)
    if len(refusal.path) < 2:  # noqa: PLR2004 — It names no field.
        return refusal
    fields = list(_fields(given))
    # The domain may know a list of lines where the input says one of them in its own fields.
    for name, rest in ((refusal.path[1], refusal.path[2:]), (refusal.path[-1], ())):
        found = [path for path in fields if path[-1] == name]
        if len(found) == 1:
            return refusal.at("input", *found[0], *rest)
        if found:
            return refusal
    return refusal


def _of_what_was_named(refusal: kernel.WrongState, given: Any) -> kernel.Refusal:
    """Point at the id of what is in another state, when the input names it."""
    names = ("id", f"{to_camel_case(refusal.what.replace(' ', '_'))}Id")
    named = [path for path in _fields(given) if len(path) == 1 and path[0] in names]
    return refusal.at("input", *named[0]) if named else refusal


def _missing(refusal: kernel.NotFound, given: Any) -> kernel.Refusal:
    """Name what is not there by the id that was given, at the place where it was given."""
    found = [(path, text) for path, text in _texts(given) if refusal.which in (text, _key_in(text))]
    if not found:
        return refusal
    path, text = max(found, key=lambda each: _likeness(refusal, each[0]))  # The first of those that are most alike.
    return kernel.NotFound(what=refusal.what, which=text[:SHOWN_MAX]).at("input", *path)


def _likeness(refusal: kernel.NotFound, path: Path) -> tuple[bool, bool, bool]:
    """Say how much a place looks like the one that was meant: one id may be given in several, and be wrong in one."""
    meant = refusal.what.replace(" ", "") + "id"
    return path == refusal.path[1:], path[-1:] == refusal.path[-1:], path[-1].lower().endswith(meant)


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
