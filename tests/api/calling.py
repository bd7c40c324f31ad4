"""Calling the served API as a client would: HTTP by aiohttp, sockets by websockets."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from api.door import Door
from api.encodings import zstd
from domain.kernel import Sessions

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "zstd": zstd.decompress,
}
SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  accessToken refreshToken expiresAt refusals { code message retryable } } }"""
REFRESH = """mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
  accessToken refreshToken expiresAt refusals { code message } } }"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        return DECODERS[self.headers.get("Content-Encoding", "identity")](self.body).decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.json.get("data")

    @property
    def codes(self) -> list[str]:
        return [each["extensions"]["code"] for each in self.json.get("errors", [])]

    @property
    def messages(self) -> str:
        return " ".join(each["message"] for each in self.json.get("errors", []))


@dataclass
class Served:
    """A running API and the ways to call it."""

    url: str
    door: Door
    sessions: Sessions
    http: aiohttp.ClientSession
    accounts: dict[str, Any] = field(default_factory=dict)

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/graphql"

    async def send(self, method: str, path: str = "/graphql", **given: Any) -> Answer:
        async with self.http.request(method, self.url + path, **given) as response:
            return Answer(response.status, response.headers, await response.read())

    async def ask(
        self, query: str, variables: Any = None, *, token: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """POST an operation, with a bearer token if there is one."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return await self.send("POST", data=json.dumps({"query": query, "variables": variables}), headers=sent)

    async def sign_in(self, email: str, password: str) -> Any:
        answer = await self.ask(SIGN_IN, {"input": {"email": email, "password": password}})
        return answer.data["signIn"]

    async def token(self, email: str) -> str:
        """Sign in with the password every test account has."""
        outcome = await self.sign_in(email, PASSWORD)
        assert outcome["refusals"] == []
        return str(outcome["accessToken"])

    @asynccontextmanager
    async def socket(self, payload: Any = None, **given: Any) -> AsyncIterator[ClientConnection]:
        """Open a socket; with a payload, initialise it and wait for the acknowledgement."""
        given.setdefault("subprotocols", ["graphql-transport-ws"])
        async with connect(self.socket_url, **given) as socket:
            if payload is not None:
                await tell(socket, {"type": "connection_init", "payload": payload})
                assert await hear(socket) == {"type": "connection_ack"}
            yield socket


async def tell(socket: ClientConnection, message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


PASSWORD = "correct horse battery"
