"""A client as a site, an app or a console is one: HTTP and sockets, and nothing but the published schema."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from graphql import GraphQLField, get_named_type
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from schema.root import schema

MUTATIONS = schema._schema.mutation_type
REFUSALS = """refusals { __typename code message path retryable
  ... on StockShort { sku wanted available } ... on NegativeStock { wanted available }
  ... on VersionConflict { current changedBy changedAt } ... on OrderTaken { takenBy }
  ... on PriceChanged { expected total } ... on OrderOnHold { reasons } ... on WrongState { state needed } }"""
EVENT = "change cursor alert { kind level subjectId message evidence about { id } }"
HEAR_SECONDS_MAX = 10


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any

    @property
    def codes(self) -> list[str]:
        return [each["extensions"]["code"] for each in self.body.get("errors", [])]


@dataclass
class Client:
    """Somebody with a token or a key, or nobody."""

    http: aiohttp.ClientSession
    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def with_token(self, token: str) -> "Client":
        return Client(self.http, self.url, {"Authorization": f"Bearer {token}"})

    def with_key(self, key: str) -> "Client":
        return Client(self.http, self.url, {"X-Api-Key": key})

    async def send(self, operation: str, variables: dict[str, Any] | None = None, **headers: str) -> Answer:
        body = {"query": operation, "variables": variables or {}}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=self.headers | headers) as response:
            return Answer(response.status, await response.json(content_type=None))

    async def ask(self, operation: str, **variables: Any) -> Any:
        """Return the data of an operation that must not fail."""
        answer = await self.send(operation, variables)
        assert answer.status == 200, answer.body
        assert "errors" not in answer.body, answer.body["errors"]
        return answer.body["data"]

    async def codes(self, operation: str, **variables: Any) -> list[str]:
        """Return the codes of the errors of an operation."""
        return (await self.send(operation, variables)).codes

    async def do(
        self, mutation: str, wanted: str, given: Any, *, key: str | None = None, rehearse: bool = False
    ) -> Any:
        """Perform a mutation and return its outcome, or outcomes when it is a bulk one."""
        argument, kind, selection = shape_of(mutation, wanted)
        operation = (
            f"mutation ($given: {kind}, $key: String, $rehearse: Boolean! = false) {{ "
            f"{mutation}({argument}: $given, idempotencyKey: $key, validateOnly: $rehearse) {{ {selection} }} }}"
        )
        return (await self.ask(operation, given=given, key=key, rehearse=rehearse))[mutation]

    async def done(self, mutation: str, wanted: str, given: Any, **more: Any) -> Any:
        """Perform a mutation that must not be refused and return its entity."""
        outcome = await self.do(mutation, wanted, given, **more)
        assert outcome["refusals"] == [], (mutation, outcome["refusals"])
        return outcome[entity_of(mutation)]

    async def refused(self, mutation: str, given: Any, **more: Any) -> Any:
        """Perform a mutation that must be refused and return the refusal."""
        outcome = await self.do(mutation, "id", given, **more)
        assert outcome[entity_of(mutation)] is None, outcome
        (refusal,) = outcome["refusals"]
        return refusal

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[ClientConnection]:
        """Open a socket and say who we are."""
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": self.headers}))
            yield socket

    @asynccontextmanager
    async def listening(self, field_name: str, arguments: str = "", wanted: str = EVENT) -> AsyncIterator["Listener"]:
        """Listen to a subscription; who leaves the block hangs up."""
        operation = f"subscription {{ {field_name}{arguments} {{ {wanted} }} }}"
        async with self.socket() as socket:
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": operation}}))
            # Answered after the subscription was begun: what happens from now on is heard.
            await socket.send(json.dumps({"type": "ping"}))
            listener = Listener(socket, field_name)
            await listener.hear_pong()
            yield listener


@dataclass
class Listener:
    """The receiving end of one subscription."""

    socket: ClientConnection
    field_name: str
    waiting: list[Any] = field(default_factory=list)

    async def hear_pong(self) -> None:
        while (message := await self._message())["type"] != "pong":
            self.waiting.append(message)

    async def next(self) -> Any:
        """Wait for the next event."""
        message = self.waiting.pop(0) if self.waiting else await self._message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"][self.field_name]

    async def about(self, subject_id: str, change: str = "OPENED") -> Any:
        """Wait for the next event about one subject."""
        while True:
            event = await self.next()
            if event["alert"]["subjectId"] == subject_id and event["change"] == change:
                return event

    async def silent(self, seconds: float = 0.3) -> bool:
        """Say whether nothing comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                self.waiting.append(json.loads(await self.socket.recv()))
        except TimeoutError:
            return not self.waiting
        return False

    async def closed_with(self) -> int | None:
        """Wait until the other side hangs up, and say its code."""
        try:
            while True:
                await self._message()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    async def _message(self) -> Any:
        async with asyncio.timeout(HEAR_SECONDS_MAX):
            return json.loads(await self.socket.recv())


def _mutation(name: str) -> GraphQLField:
    assert MUTATIONS is not None
    known: GraphQLField = MUTATIONS.fields[name]
    return known


def entity_of(mutation: str) -> str:
    """Say under which field a mutation answers its entity."""
    fields: Any = get_named_type(_mutation(mutation).type)
    return str(next(name for name in fields.fields if name != "refusals"))


def shape_of(mutation: str, wanted: str) -> tuple[str, str, str]:
    """Say the argument, its type and the selection of a mutation, as any client reads them in the schema."""
    known = _mutation(mutation)
    argument = "inputs" if "inputs" in known.args else "input"
    fields: Any = get_named_type(known.type)
    scalars = mutation in {"signIn", "refreshSession"}
    selection = wanted if scalars else f"{entity_of(mutation)} {{ {wanted} }}"
    more = " key" if "key" in fields.fields else ""
    return argument, str(known.args[argument].type), f"{selection}{more} {REFUSALS}"
