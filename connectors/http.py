"""HTTP to strangers (对外通信): one shared session, hard time-outs, bounded answers, and a log without secrets.

Nothing is repeated here: only the caller knows whether a call may be made twice.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from connectors.faults import PlatformFault, UnreadableAnswer
from connectors.throttle import Throttle

log = logging.getLogger(__name__)

answer_bytes_max = 16 * 1024 * 1024
chunk_bytes_max = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """How long and how much a partner may answer."""

    connect_seconds: float = 1.0
    total_seconds: float = 15.0
    connections_max: int = 100
    connections_per_host_max: int = 20
    answer_bytes_max: int = answer_bytes_max
    calls_per_second: float | None = None
    """In place of what each platform's protocol declares, where an account has been granted another rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request, built and signed; `operation` names it in the log in place of its parameters."""

    method: str
    url: str
    operation: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back, whatever its status."""

    status: int
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)


class Http:
    """Holds the one aiohttp session of a process; made inside its event loop, closed at its end."""

    def __init__(self, limits: HttpLimits | None = None) -> None:
        self.limits = limits or HttpLimits()
        self._session: aiohttp.ClientSession | None = None
        self._throttles: dict[str, Throttle] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def throttle_for(self, account: str, calls_per_second: float, burst: int) -> Throttle:
        """Answer the one throttle of an account, shared by all who call in its name."""
        rate = self.limits.calls_per_second or calls_per_second
        return self._throttles.setdefault(account, Throttle(rate, max(burst, 1)))

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Send once. A lost connection, a time-out or too long an answer is a fault of the platform."""
        started = monotonic()
        try:
            answer = await self._send(request)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as lost:
            raise self._lost(request, started, lost, outcome_unknown=False) from lost
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as lost:
            raise self._lost(request, started, lost, outcome_unknown=True) from lost
        milliseconds = (monotonic() - started) * 1000
        log.debug(
            "%s %s answered %d, %d bytes in %.0f ms",
            _host(request), request.operation, answer.status, len(answer.body), milliseconds,
        )  # fmt: skip
        return answer

    async def _send(self, request: HttpRequest) -> HttpAnswer:
        # The address goes out as it was signed, escape by escape.
        async with self._open_session().request(
            request.method,
            URL(request.url, encoded=True),
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
        ) as response:
            body = await self._bounded_body(request, response)
            return HttpAnswer(status=response.status, body=body, headers=dict(response.headers))

    async def _bounded_body(self, request: HttpRequest, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(chunk_bytes_max):
            body += chunk
            if len(body) > self.limits.answer_bytes_max:
                raise UnreadableAnswer(f"{_host(request)} {request.operation}: an answer of unbounded length")
        return bytes(body)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=self.limits.total_seconds, sock_connect=self.limits.connect_seconds
                ),
                connector=aiohttp.TCPConnector(
                    limit=self.limits.connections_max, limit_per_host=self.limits.connections_per_host_max
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )
        return self._session

    @staticmethod
    def _lost(request: HttpRequest, started: float, lost: Exception, *, outcome_unknown: bool) -> PlatformFault:
        # The exception's own text may quote the address with its query; only its class is safe to show.
        message = f"{_host(request)} {request.operation}: {type(lost).__name__} after {monotonic() - started:.1f} s"
        log.warning("%s", message)
        return PlatformFault(message, outcome_unknown=outcome_unknown)


def _host(request: HttpRequest) -> str:
    return urlsplit(request.url).netloc.rpartition("@")[2]
