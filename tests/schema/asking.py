"""Asking the schema of goods, customers, channels and prices as a client would, without the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain.kernel import Actor, Read, Sessions, system
from schema.base import Context, Info, Node, find_node
from schema.catalogue.mutations import CatalogueMutation
from schema.catalogue.queries import CatalogueQuery
from schema.channels.mutations import ChannelsMutation
from schema.channels.queries import ChannelsQuery
from schema.customers.mutations import CustomersMutation
from schema.customers.queries import CustomersQuery
from schema.pricing.mutations import PricingMutation
from schema.pricing.queries import PricingQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS


@strawberry.type
class Query(CatalogueQuery, ChannelsQuery, CustomersQuery, PricingQuery):
    """The queries under test, and `node`."""

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        found: Any = await find_node(info.context, id)
        return found  # type: ignore[no-any-return]


@strawberry.type
class Mutation(CatalogueMutation, ChannelsMutation, CustomersMutation, PricingMutation):
    """The mutations under test."""


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, types=REFUSAL_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
)

REFUSALS = "refusals { code message path retryable }"


def seal(credentials: Mapping[str, str]) -> str:
    """Seal as a test can check: the words are turned round."""
    return ";".join(f"{name}={value[::-1]}" for name, value in sorted(credentials.items()))


@dataclass
class Client:
    """Sends operations as one actor."""

    engine: AsyncEngine
    sessions: Sessions
    actor: Actor

    def as_actor(self, actor: Actor) -> "Client":
        return Client(self.engine, self.sessions, actor)

    async def execute(self, operation: str, **variables: Any) -> Any:
        context = Context(
            read=Read(engine=self.engine, actor=self.actor),
            sessions=self.sessions,
            actor=self.actor,
            services={"seal": seal},
        )
        try:
            return await SCHEMA.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()

    async def ask(self, operation: str, **variables: Any) -> Any:
        """Return the data of an operation that must not fail."""
        result = await self.execute(operation, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def fails(self, operation: str, **variables: Any) -> list[str]:
        """Return the codes of an operation that must fail."""
        result = await self.execute(operation, **variables)
        return [(each.extensions or {}).get("code", each.message) for each in result.errors or []]

    async def do(self, name: str, kind: str, wanted: str, given: dict[str, Any], **more: Any) -> Any:
        """Perform a mutation and return its outcome."""
        entity = kind[0].lower() + kind[1:]
        arguments = "$input: %sInput!, $key: String, $only: Boolean! = false" % (name[0].upper() + name[1:])
        call = f"{name}(input: $input, idempotencyKey: $key, validateOnly: $only)"
        operation = f"mutation ({arguments}) {{ {call} {{ {entity} {{ {wanted} }} {REFUSALS} }} }}"
        return (await self.ask(operation, input=given, **more))[name]

    async def done(self, name: str, kind: str, wanted: str, given: dict[str, Any], **more: Any) -> Any:
        """Perform a mutation that must not be refused and return its entity."""
        answer = await self.do(name, kind, wanted, given, **more)
        assert answer["refusals"] == []
        return answer[kind[0].lower() + kind[1:]]

    async def refused(self, name: str, kind: str, given: dict[str, Any], **more: Any) -> tuple[str, list[str]]:
        """Perform a mutation that must be refused and return the code and the field in the way."""
        (refusal,) = (await self.do(name, kind, "id", given, **more))["refusals"]
        return refusal["code"], refusal["path"]


def client(engine: AsyncEngine, sessions: Sessions) -> Client:
    return Client(engine, sessions, system("tests"))
