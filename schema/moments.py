"""One moment for a whole query (同一时刻): `query @snapshot { … }` reads all it asks as of one moment."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from graphql import DirectiveNode
from strawberry.directive import DirectiveLocation, DirectiveValue

from domain import kernel
from schema.base import Context

SNAPSHOT = "snapshot"

DESCRIPTION = (
    "Read everything the query asks as of one moment: what is committed while it runs is seen nowhere in the answer. "
    "For figures that must add up across fields. It holds one connection and reads one statement after the other, so "
    "it is slower; without it each root field is as new as it can be."
)


@strawberry.directive(name=SNAPSHOT, locations=[DirectiveLocation.QUERY], description=DESCRIPTION)
def snapshot(value: DirectiveValue[Any]) -> Any:
    """Say that the query is read as of one moment; it stands on queries only, so no field is ever given to it."""
    return value


def wants_one_moment(directives: Sequence[DirectiveNode] | None) -> bool:
    return any(each.name.value == SNAPSHOT for each in directives or ())


@asynccontextmanager
async def as_of_one_moment(context: Context, directives: Sequence[DirectiveNode] | None) -> AsyncIterator[None]:
    """Let what is read within be read as of one moment, if the directives of the operation say so."""
    if not wants_one_moment(directives):
        yield
        return
    before = context.read
    async with kernel.snapshot(before) as held:
        context.read = held
        try:
            yield
        finally:
            context.read = before
            context.forget()
