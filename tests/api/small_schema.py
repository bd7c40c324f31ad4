"""A small schema with the traps a client may set: a field that fails, a cycle, an echo; beside the real one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.alerts.subscriptions import AlertsSubscription
from schema.identity.mutations import IdentityMutation
from schema.identity.queries import IdentityQuery
from schema.refusals import REFUSAL_TYPES
from schema.root import Query as RootQuery
from schema.scalars import SCALARS


@strawberry.type
class Thing:
    """A thing in things."""

    name: str = "thing"

    @strawberry.field
    def thing(self) -> "Thing":
        return Thing()

    @strawberry.field
    def things(self) -> "list[Thing]":
        return [Thing(), Thing()]


@strawberry.type
class Query(RootQuery, IdentityQuery):
    """Root fields of the tests beside the real ones."""

    @strawberry.field
    def thing(self) -> Thing:
        return Thing()

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def number(self, value: int) -> int:
        return value

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("SELECT secret FROM staff -- asyncpg at /usr/lib/python3")

    @strawberry.field
    def hollow(self) -> str:
        return None  # type: ignore[return-value]


@strawberry.type
class Subscription(AlertsSubscription):
    """Subscriptions of the tests beside the real ones."""

    @strawberry.subscription
    async def count(self, to: int, size: int = 0) -> AsyncIterator[str]:
        for each in range(to):
            await asyncio.sleep(0)
            yield f"{each}{'x' * size}"

    @strawberry.subscription
    async def failing(self) -> AsyncIterator[str]:
        yield "first"
        raise RuntimeError("SELECT secret FROM staff")


TYPES: list[Any] = REFUSAL_TYPES
schema = strawberry.Schema(
    query=Query,
    mutation=strawberry.type(type("Mutation", (IdentityMutation,), {})),
    subscription=Subscription,
    types=TYPES,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
