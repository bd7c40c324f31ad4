"""Many sockets in one process (听众): bare frames on bare connections, so that the clients cost little.

    python -m bench.listeners PORT KEY SOCKETS

Writes `ready SECONDS` when all are subscribed, then for each event the moment at which the last socket had it
(the monotonic clock, which all processes of a machine share).
"""

import asyncio
import base64
import json
import os
import resource
import sys
from time import monotonic
from typing import Any

import uvloop

AT_ONCE = 100
QUERY = """subscription($after: String) { orderAlerts(after: $after) { cursor change at
  alert { id kind level message openedAt } } }"""


def masked(message: object) -> bytes:
    """Write a text frame as a client must, with a mask; a mask of nothing is one too."""
    body = json.dumps(message).encode()
    length = bytes([0x80 | len(body)]) if len(body) < 126 else bytes([0xFE]) + len(body).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + body


class Listener(asyncio.Protocol):
    """One socket: it shakes hands, subscribes, and tells when an event has come."""

    def __init__(self, hall: "Hall") -> None:
        self.hall = hall
        self.transport: Any = None
        self.subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /graphql HTTP/1.1", "Host: bench", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws",
        ]  # fmt: skip
        self.transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        events = data.count(b'"type":"next"')
        if events:
            self.hall.came(events)
        if b"101 Switching" in data:
            self.transport.write(masked({"type": "connection_init", "payload": {"apiKey": self.hall.key}}))
        if b"connection_ack" in data:
            self.transport.write(masked({"type": "subscribe", "id": "a", "payload": {"query": QUERY}}))
            self.transport.write(masked({"type": "ping"}))
        if b'"pong"' in data and not self.subscribed.done():
            self.subscribed.set_result(None)

    def connection_lost(self, _problem: Exception | None) -> None:
        self.hall.lost += 1
        if not self.subscribed.done():
            self.subscribed.set_exception(ConnectionError("closed before it was subscribed"))


class Hall:
    """All sockets of the process."""

    def __init__(self, key: str, sockets: int) -> None:
        self.key, self.sockets = key, sockets
        self.heard = self.lost = 0

    def came(self, events: int) -> None:
        """Count what came; when everybody has it, say when that was."""
        self.heard += events
        if self.heard >= self.sockets:
            self.heard -= self.sockets
            print(f"heard {monotonic()} {self.lost}", flush=True)

    async def fill(self, port: int) -> None:
        loop, started = asyncio.get_running_loop(), monotonic()
        for start in range(0, self.sockets, AT_ONCE):
            count = min(AT_ONCE, self.sockets - start)
            opened = await asyncio.gather(
                *(loop.create_connection(lambda: Listener(self), "127.0.0.1", port) for _ in range(count))
            )
            await asyncio.gather(*(listener.subscribed for _, listener in opened))
        print(f"ready {monotonic() - started}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Listen until killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(Hall(sys.argv[2], int(sys.argv[3])).fill(int(sys.argv[1])))


if __name__ == "__main__":
    main()
