"""Typed filters: what a list can be asked for; only what an index serves."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement

from schema.scalars import bad_input, key_of

VALUES_MAX = 100
TEXT_LENGTH_MAX = 200


@strawberry.input(description="A condition on an exact text, such as a number or a code.")
class TextFilter:
    """Conditions are combined by AND."""

    eq: str | None = strawberry.field(default=None, description="Equals.")
    in_: list[str] | None = strawberry.field(default=None, name="in", description="Is one of at most 100.")


@strawberry.input(description="A condition on a text that people search in.")
class SearchFilter:
    """Conditions are combined by AND."""

    eq: str | None = strawberry.field(default=None, description="Equals.")
    contains: str | None = strawberry.field(default=None, description="Contains, upper and lower case alike.")


@strawberry.input(description="A condition on the id of an object.")
class IdFilter:
    """Conditions are combined by AND."""

    eq: strawberry.ID | None = strawberry.field(default=None, description="Is this object.")
    in_: list[strawberry.ID] | None = strawberry.field(default=None, name="in", description="Is one of at most 100.")


@strawberry.input(description="A half-open period of instants.")
class PeriodFilter:
    """From is included, to is not."""

    from_: datetime | None = strawberry.field(default=None, name="from", description="At or after.")
    to: datetime | None = strawberry.field(default=None, description="Before.")


def limited(values: list[Any], field: str) -> list[Any]:
    """Refuse a list of values that is too long."""
    if len(values) > VALUES_MAX:
        raise bad_input(f"{field}: at most {VALUES_MAX} values, not {len(values)}")
    return values


def of_text(column: Any, given: TextFilter | SearchFilter | None, field: str) -> list[ColumnElement[bool]]:
    """Turn a text filter into conditions."""
    conditions: list[ColumnElement[bool]] = []
    if given is None:
        return conditions
    if given.eq is not None:
        conditions.append(column == given.eq)
    if isinstance(given, TextFilter) and given.in_ is not None:
        conditions.append(column.in_(limited(given.in_, field)))
    if isinstance(given, SearchFilter) and given.contains is not None:
        if len(given.contains) > TEXT_LENGTH_MAX:
            raise bad_input(f"{field}: at most {TEXT_LENGTH_MAX} characters")
        conditions.append(column.icontains(given.contains, autoescape=True))
    return conditions


def of_id(column: Any, given: IdFilter | None, type_name: str) -> list[ColumnElement[bool]]:
    """Turn an id filter into conditions; an id of another type matches nothing."""
    conditions: list[ColumnElement[bool]] = []
    if given is not None and given.eq is not None:
        conditions.append(column == key_of(type_name, given.eq))
    if given is not None and given.in_ is not None:
        keys = [key_of(type_name, each) for each in limited(given.in_, type_name)]
        conditions.append(column.in_([each for each in keys if each is not None]))
    return conditions


def of_period(column: Any, given: PeriodFilter | None) -> list[ColumnElement[bool]]:
    """Turn a period into conditions."""
    conditions: list[ColumnElement[bool]] = []
    if given is not None and given.from_ is not None:
        conditions.append(column >= given.from_)
    if given is not None and given.to is not None:
        conditions.append(column < given.to)
    return conditions
