"""What every type of the schema is made of: the request's context, nodes, edges with a permission, and root fields.

A type lists its fields; the parents are rows of the readers, so a plain field is an attribute of the row. An edge names
its batch reader and the attribute of the row that is its key; write a resolver (`field_of`) only for what neither is:

    lines: list[OrderLine] = edge(list[OrderLine], orders.lines_of, "id", "Its lines.", needs="orders.view")
    customer: Customer | None = edge(Customer | None, customers.customers_by_id, "customer_id", "Buyer.")
"""

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from domain import kernel
from schema.scalars import global_id, split_id

Reader = Callable[[kernel.Read, Sequence[Any]], Awaitable[Mapping[Any, Any]]]

GRAPHQL_CODES = {
    kernel.NotAllowed: "FORBIDDEN",
    kernel.NotFound: "NOT_FOUND",
    kernel.BadInput: "BAD_INPUT",
    kernel.KeyReused: "CONFLICT",
}


class Live(Protocol):
    """The live tail: wakes whenever a change of an alert was committed (and now and then, to be safe)."""

    def wakeups(self) -> AsyncIterator[None]: ...


@dataclass(frozen=True)
class Tail:
    """A subscription that is a live tail: its events have rising cursors, `after` says where it begins."""

    needs: str
    cursor_of: Callable[[str], int]
    latest: Callable[[kernel.Read], Awaitable[int]]


@dataclass
class Context:
    """What one request may use: who asks, where rows come from, and the batches of this request.

    `cursor` is where a live tail stands: set before it begins it is where it begins, then that of its last event.
    """

    read: kernel.Read
    sessions: kernel.Sessions
    actor: kernel.Actor
    live: Live | None = None
    idempotency_key: str | None = None
    chinese: bool = False
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    rehearsals: AsyncExitStack = field(default_factory=AsyncExitStack)
    services: Mapping[str, Any] = field(default_factory=dict)
    cursor: int | None = None

    async def load(self, reader: Reader, key: Any) -> Any:
        """Load one key through a batch reader: all keys of one tick go in one call."""
        loader = self.loaders.get(reader)
        if loader is None:

            async def batch(keys: list[Any]) -> list[Any]:
                found = await reader(self.read, keys)
                return [found.get(each) for each in keys]

            loader = self.loaders[reader] = DataLoader(load_fn=batch)
        return await loader.load(key)

    def require(self, permission: str) -> None:
        """Raise FORBIDDEN, or UNAUTHENTICATED for a caller nobody knows, unless the actor has the permission."""
        if not self.actor.may(permission):
            raise forbidden(self.actor, permission)

    def forget(self) -> None:
        """Drop what was loaded: after a mutation the rows may have changed."""
        self.loaders.clear()

    async def close(self) -> None:
        """Undo rehearsals; the door calls this when the answer is complete."""
        await self.rehearsals.aclose()


Info = StrawberryInfo[Context, None]


def forbidden(actor: kernel.Actor, permission: str) -> GraphQLError:
    if actor.kind is kernel.ActorKind.ANONYMOUS:
        return GraphQLError("Sign in first.", extensions={"code": "UNAUTHENTICATED"})
    return GraphQLError(f"You lack the permission {permission}.", extensions={"code": "FORBIDDEN"})


def as_error(refusal: kernel.Refusal, *, chinese: bool = False) -> GraphQLError:
    """Turn a refusal of a query into a GraphQL error of the closed list of codes."""
    code = next((code for kind, code in GRAPHQL_CODES.items() if isinstance(refusal, kind)), "BAD_INPUT")
    message = refusal.message_in_chinese() if chinese else refusal.message()
    return GraphQLError(message, extensions={"code": code, "path": list(refusal.path)})


@strawberry.interface(description="An object with an opaque, stable id that `node` finds again.")
class Node:
    """Rows of readers are the objects, so a type is known by its field, not by the class of its parent."""

    @strawberry.field(description="The opaque id; give it back as it is.")
    def id(root: strawberry.Parent[Any], info: Info) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(global_id(info._raw_info.parent_type.name, root.id))  # noqa: SLF001 — Info hides it.

    @classmethod
    def is_type_of(cls, _row: Any, _info: Any) -> bool:
        return True

    @classmethod
    def resolve_type(cls, found: Any, _info: Any, _abstract: Any) -> str:
        return str(found.type_name)


@dataclass(frozen=True)
class Found:
    """A row found by `node`, which alone does not know its type."""

    type_name: str
    row: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True)
class Entity:
    """A type that `node` finds and mutations return: its reader by id and the permission to see it."""

    type_name: str
    reader: Reader
    needs: str


ENTITIES: dict[str, Entity] = {}


def entity(*, reader: Reader, needs: str, description: str) -> Callable[[type], type]:
    """Make a class a GraphQL type with an id: `@entity(reader=orders.orders_by_id, needs="orders.view", ...)`."""

    def decorate(kind: type) -> type:
        ENTITIES[kind.__name__] = Entity(kind.__name__, reader, needs)
        return strawberry.type(kind, description=description)

    return decorate


async def find_node(context: Context, opaque_id: str) -> Found | None:
    """Find any object by its opaque id; what is not yours is not there."""
    parts = split_id(opaque_id)
    known = ENTITIES.get(parts[0]) if parts else None
    if parts is None or known is None:
        return None
    context.require(known.needs)
    try:
        key = UUID(parts[1])
    except ValueError:
        return None
    row = await context.load(known.reader, key)
    return None if row is None else Found(known.type_name, row)


def field_of(graphql_type: Any, description: str, *, needs: str | None = None) -> Callable[[Callable[..., Any]], Any]:
    """Declare an edge or a guarded field; without the permission it is null with a FORBIDDEN error."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        if needs is not None:
            resolver = _guarded(resolver, needs)
        return strawberry.field(resolver, description=description, graphql_type=graphql_type)

    return decorate


@dataclass(frozen=True)
class Edge:
    """How an edge is read: one call of the reader for the keys of all parents of a level."""

    reader: Reader
    key: str
    needs: str | None


def edge(graphql_type: Any, reader: Reader, key: str, description: str, *, needs: str | None = None) -> Any:
    """Declare an edge by its batch reader and the attribute of the parent row that is the key; no key is null."""

    async def resolver(root: strawberry.Parent[Any], info: Info) -> Any:
        if needs is not None:
            info.context.require(needs)
        value = getattr(root, key)
        return None if value is None else await info.context.load(reader, value)

    sentence = description if needs is None else f"{description} Requires `{needs}`."
    metadata = {"edge": Edge(reader, key, needs)}
    return strawberry.field(resolver, description=sentence, graphql_type=graphql_type, metadata=metadata)


@dataclass(frozen=True)
class IdOf:
    """Of which type's object an attribute of the row is the key."""

    type_name: str
    attribute: str


def id_of(type_name: str, attribute: str, description: str, *, optional: bool = False) -> Any:
    """Declare the opaque id of another object by the attribute of the row that is its key."""

    def resolver(root: strawberry.Parent[Any]) -> Any:
        key = getattr(root, attribute)
        return None if key is None else strawberry.ID(global_id(type_name, key))

    metadata = {"id_of": IdOf(type_name, attribute)}
    graphql_type: Any = strawberry.ID | None if optional else strawberry.ID
    return strawberry.field(resolver, description=description, graphql_type=graphql_type, metadata=metadata)


def part(graphql_type: Any, description: str) -> Any:
    """Declare a part of the row that has a type of its own: its parent's row is its row."""

    def resolver(root: strawberry.Parent[Any]) -> Any:
        return root

    return strawberry.field(resolver, description=description, graphql_type=graphql_type, metadata={"part": True})


def query(graphql_type: Any, description: str, *, needs: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a field of Query: it always states its permission, and refusals become errors."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        guarded = _guarded(resolver, needs)
        return strawberry.field(
            guarded,
            description=f"{description} Requires `{needs}`.",
            graphql_type=graphql_type,
            metadata={"needs": needs},
        )

    return decorate


def _guarded(resolver: Callable[..., Any], needs: str) -> Callable[..., Any]:
    if "info" not in inspect.signature(resolver).parameters:
        raise TypeError(f"{resolver.__qualname__} needs the parameter `info`: it is guarded by {needs}")

    @functools.wraps(resolver)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        context: Context = kwargs["info"].context
        context.require(needs)
        try:
            answer = resolver(*args, **kwargs)
            return await answer if inspect.isawaitable(answer) else answer
        except kernel.Refusal as refusal:
            raise as_error(refusal, chinese=context.chinese) from None

    guarded.__dict__["needs"] = needs  # Compiled reads ask once per operation instead of once per row.
    return guarded
