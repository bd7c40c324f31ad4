"""One request over and over (压测): keep-alive connections on bare sockets, so that the client costs little."""

import asyncio
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter
from typing import Any

import uvloop

CONNECTIONS = 16
WARM_SECONDS = 0.4
SECONDS = 0.5
FIRST_ANSWER_SECONDS_MAX = 20


@dataclass(frozen=True)
class Load:
    """What came of it."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int
    requests: int


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Write an HTTP request."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Caller(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is complete."""

    def __init__(self, sent: bytes, taken: list[float]) -> None:
        self.sent, self.taken = sent, taken
        self.transport: Any = None
        self.buffer, self.wanted, self.started = bytearray(), 0, 0.0
        self.failure: str | None = None
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.buffer.clear()
        self.wanted, self.started = 0, perf_counter()
        self.transport.write(self.sent)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.wanted:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            if b" 200 " not in head[:20]:
                self.failure = head.decode(errors="replace")
                self.transport.close()
                return
            length = head.index(b"content-length:") + 15
            self.wanted = end + 4 + int(head[length:].split(b"\r\n", 1)[0])
        if len(self.buffer) >= self.wanted:
            self.taken.append(perf_counter() - self.started)
            self.body = bytes(self.buffer[self.buffer.index(b"\r\n\r\n") + 4 :])
            self.send()


async def _run(port: int, sent: bytes, seconds: float, connections: int) -> Load:
    loop, taken = asyncio.get_running_loop(), list[float]()
    callers = [
        (await loop.create_connection(lambda: Caller(sent, taken), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    taken.clear()
    started = perf_counter()
    await asyncio.sleep(seconds)
    while not taken and perf_counter() - started < FIRST_ANSWER_SECONDS_MAX:  # noqa: ASYNC110 — It happens once.
        await asyncio.sleep(0.05)
    elapsed, requests = perf_counter() - started, list(taken)
    for each in callers:
        each.transport.close()
    failed = [each.failure for each in callers if each.failure]
    if failed or not requests or b'"errors"' in callers[0].body:
        raise RuntimeError(f"the server answered {failed[:1] or [callers[0].body[-300:]]}")
    cuts = quantiles(requests, n=100) if len(requests) > 1 else [requests[0]] * 99
    size = len(callers[0].body)
    return Load(len(requests) / elapsed, cuts[49] * 1000, cuts[98] * 1000, size, len(requests))


async def load(port: int, sent: bytes, seconds: float = SECONDS, connections: int = CONNECTIONS) -> Load:
    """Send one request over and over from another thread, on the faster loop."""

    def run() -> Load:
        return uvloop.run(_run(port, sent, seconds, connections))

    return await asyncio.to_thread(run)
