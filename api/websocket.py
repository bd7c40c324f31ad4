"""Subscriptions over WebSocket (订阅): graphql-transport-ws, with a token from the first message to the last.

Close codes: 4400 a message that is none, 4401 no valid token or its life has ended, 4403 may not, 4408 no
connection_init in time, 4409 an id used twice, 4412 your permissions have changed, 4413 too slow (come back with your
cursor; who does not read at all is cut off), 4429 too many: initialisations or operations, 1012 this process is going
down. A foreign page or another subprotocol gets no handshake.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from time import time
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from api import metrics
from api.authentication import Authenticated
from api.door import Door
from api.errors import InvalidDocument, Rejected, for_client, of_request
from api.execution import Admitted, admit, run, written
from api.graphql import address_of, request_id_of
from api.groups import Member, Told
from api.requests import parse_json, request_of
from api.sharing import Shared, rights, shared
from api.streaming import NotStreamed, streamed
from schema.base import Context

log = structlog.stdlib.get_logger(__name__)

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS_MAX = 10.0
MESSAGE_BYTES_MAX = 128 * 1024
OPERATIONS_MAX = 50
ID_LENGTH_MAX = 128
OUTGOING_MAX = 64
SLOW_SECONDS_MAX = 15.0
RECHECK_SECONDS = 30.0
ROOM_SECONDS = 0.01

BAD_MESSAGE = 4400
UNAUTHENTICATED = 4401
FORBIDDEN = 4403
INIT_TOO_LATE = 4408
ID_IN_USE = 4409
RIGHTS_CHANGED = 4412
TOO_SLOW = 4413
TOO_MANY = 4429
CLOSING_CODES = {401: UNAUTHENTICATED, 403: FORBIDDEN}


class Closed(Exception):  # noqa: N818 — The end of a conversation, not a failure.
    """The socket must be closed with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def graphql_socket(socket: WebSocket) -> None:
    """Serve one socket, if its page and its subprotocol are known to us."""
    door: Door = socket.app.state.door
    if not await door.origins.may_open_socket(socket.headers.get("origin"), socket.headers.get("host")):
        await socket.close(code=FORBIDDEN)  # Before accepting: the handshake is answered with 403.
        return
    if PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.close(code=BAD_MESSAGE)
        return
    await socket.accept(subprotocol=PROTOCOL)
    with metrics.SOCKETS.track_inprogress():
        await Conversation(door, socket).hold()


class Conversation:
    """One socket: who it is, its running operations, and a short queue of what is still to be sent."""

    def __init__(self, door: Door, socket: WebSocket) -> None:
        self.door, self.socket = door, socket
        self.caller: Authenticated | None = None
        self.authorization: tuple[str | None, str | None] = (None, None)
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.outgoing: list[str] = []
        self.sending: asyncio.Task[None] | None = None
        self.request_id = request_id_of(socket.headers)
        self.memberships: dict[str, Callable[[], None]] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.rechecking: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None

    async def hold(self) -> None:
        """Talk until one side ends it; whatever part ends first ends all."""
        parts: list[asyncio.Future[None]] = [
            asyncio.create_task(self._listen()), self.failed
        ]  # fmt: skip
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            ending = next(iter(done)).exception()
        finally:
            self._leave_groups()
            own = [each for each in (self.rechecking, self.sending) if each is not None]
            await self._end([*parts, *own, *self.operations.values()])
        if isinstance(ending, Closed):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                await asyncio.wait_for(self.socket.close(ending.code, ending.reason), SLOW_SECONDS_MAX)
        elif ending is not None and not isinstance(ending, WebSocketDisconnect):
            log.error("the socket broke", exc_info=ending)
            with contextlib.suppress(RuntimeError):
                await self.socket.close(1011)

    async def _end(self, tasks: Sequence[asyncio.Future[None]]) -> None:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        await self._initialise()
        while True:
            message = await self._receive()
            match message.get("type"):
                case "subscribe":
                    self._start(message)
                case "complete":
                    self._stop(message)
                case "ping":
                    await self.put({"type": "pong"})
                case "pong":
                    pass
                case "connection_init":
                    raise Closed(TOO_MANY, "Too many initialisation requests")
                case _:
                    raise Closed(BAD_MESSAGE, "Unknown message type")

    async def _initialise(self) -> None:
        """Wait for connection_init with a token or key in its payload; pings may come before it."""
        try:
            async with asyncio.timeout(INIT_SECONDS_MAX):
                message = await self._receive()
                while message.get("type") in {"ping", "pong"}:
                    message = await self._receive()
        except TimeoutError:
            raise Closed(INIT_TOO_LATE, "Connection initialisation timeout") from None
        if message.get("type") == "subscribe":
            raise Closed(UNAUTHENTICATED, "Unauthorized")
        if message.get("type") != "connection_init":
            raise Closed(BAD_MESSAGE, "connection_init is expected")
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise Closed(BAD_MESSAGE, "The payload is an object")
        given = {str(key).lower(): value for key, value in payload.items() if isinstance(value, str)}
        self.authorization = (given.get("authorization"), given.get("apikey") or given.get("x-api-key"))
        self.caller = await self._identify()
        self._watch(self.caller)
        await self.put({"type": "connection_ack"})

    async def _identify(self) -> Authenticated:
        authorization, api_key = self.authorization
        if authorization is None and api_key is None:
            raise Closed(UNAUTHENTICATED, "Unauthorized")
        try:
            return await self.door.authentication.identify(authorization, api_key, self.socket.headers.get("origin"))
        except Rejected as rejected:
            raise Closed(CLOSING_CODES.get(rejected.status, UNAUTHENTICATED), "Unauthorized") from None

    def _watch(self, caller: Authenticated) -> None:
        """Look again when the token's life ends, and now and then whether it was revoked; a timer, not a task."""
        ends = caller.expires_at
        left = RECHECK_SECONDS if ends is None else min(RECHECK_SECONDS, max(ends - time(), 0))
        self.timer = asyncio.get_running_loop().call_later(left, self._begin_recheck)

    def _begin_recheck(self) -> None:
        self.rechecking = asyncio.create_task(self._recheck(cast("Authenticated", self.caller)))

    async def _recheck(self, before: Authenticated) -> None:
        try:
            self.caller = await self._still(before)
            self._watch(self.caller)
        except Exception as ending:  # noqa: BLE001 — Whatever it is, the conversation ends with it.
            self._fail(ending)

    async def _still(self, before: Authenticated) -> Authenticated:
        """Identify the caller anew; who may something else now begins anew."""
        if before.expires_at is not None and time() >= before.expires_at:
            raise Closed(UNAUTHENTICATED, "The token has expired")
        caller = await self._identify()
        if rights(caller) != rights(before) and (self.operations or self.memberships):
            raise Closed(RIGHTS_CHANGED, "Your permissions have changed: come back with your cursor")
        return caller

    def _fail(self, ending: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(ending)

    def _leave_groups(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        while self.memberships:
            self._leave(next(iter(self.memberships)))

    def _leave(self, name: str) -> None:
        self.memberships.pop(name)()
        metrics.SUBSCRIPTIONS.dec()

    async def _receive(self) -> dict[str, Any]:
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        if text is None or len(text) > MESSAGE_BYTES_MAX:
            raise Closed(BAD_MESSAGE, "Messages are short JSON texts")
        try:
            parsed = parse_json(text.encode())
        except (Rejected, UnicodeEncodeError):
            raise Closed(BAD_MESSAGE, "The message is not JSON") from None
        if not isinstance(parsed, dict):
            raise Closed(BAD_MESSAGE, "The message is a JSON object")
        return parsed

    async def put(self, message: dict[str, Any]) -> None:
        await self.put_text(orjson.dumps(message, default=str).decode())

    async def put_text(self, text: str) -> None:
        """Queue a message; who does not read for long must come back later."""
        if len(self.outgoing) >= OUTGOING_MAX:
            try:
                async with asyncio.timeout(SLOW_SECONDS_MAX):
                    while len(self.outgoing) >= OUTGOING_MAX:  # noqa: ASYNC110 — It happens to the slow only.
                        await asyncio.sleep(ROOM_SECONDS)
            except TimeoutError:
                raise Closed(TOO_SLOW, "Too slow: come back with your cursor") from None
        self._queue(text)

    def _queue(self, text: str) -> None:
        """Queue a message; a task sends what is queued, and is gone when nothing is."""
        self.outgoing.append(text)
        if self.sending is None or self.sending.done():
            self.sending = asyncio.create_task(self._send())

    def tell(self, text: str) -> None:
        """Queue a message of a group, which waits for nobody; who has not read the ones before must come back."""
        if len(self.outgoing) >= OUTGOING_MAX:
            self._fail_slow()
        else:
            self._queue(text)

    def _fail_slow(self) -> None:
        self._fail(Closed(TOO_SLOW, "Too slow: come back with your cursor"))

    async def _send(self) -> None:
        try:
            while self.outgoing:
                # A bare timer, because this is done once per socket and event.
                patience = asyncio.get_running_loop().call_later(SLOW_SECONDS_MAX, self._fail_slow)
                try:
                    await self.socket.send_text(self.outgoing[0])
                finally:
                    patience.cancel()
                del self.outgoing[0]
        except Exception as broken:  # noqa: BLE001 — The conversation ends with its socket.
            self._fail(broken)

    def _start(self, message: dict[str, Any]) -> None:
        name = message.get("id")
        if not isinstance(name, str) or not 0 < len(name) <= ID_LENGTH_MAX:
            raise Closed(BAD_MESSAGE, "An operation needs an id")
        if name in self.operations or name in self.memberships:
            raise Closed(ID_IN_USE, f"Subscriber for {name[:40]} already exists")
        if len(self.operations) + len(self.memberships) >= OPERATIONS_MAX:
            raise Closed(TOO_MANY, f"At most {OPERATIONS_MAX} operations at once")
        self.operations[name] = asyncio.create_task(self._operate(name, message.get("payload")))

    def _stop(self, message: dict[str, Any]) -> None:
        name = str(message.get("id"))
        task = self.operations.pop(name, None)
        if task is not None:
            task.cancel()
        if name in self.memberships:
            self._leave(name)

    async def _operate(self, name: str, payload: Any) -> None:
        """Run one operation: its results, then complete, or its errors."""
        try:
            errors = await self._results(name, payload)
            if name in self.memberships:
                self.operations.pop(name, None)  # From now on it is a member of a group, and no task.
                return
            message = {"id": name, "type": "error", "payload": errors} if errors else {"id": name, "type": "complete"}
            if self.operations.pop(name, None) is not None:
                await self.put(message)
        except Closed as closed:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self.socket.close(closed.code, closed.reason)

    async def _results(self, name: str, payload: Any) -> list[dict[str, Any]] | None:
        caller = cast("Authenticated", self.caller)
        try:
            admitted = await admit(self.door, caller, request_of(payload), address_of(self.socket))
            prefix = f'{{"id":{orjson.dumps(name).decode()},"type":"next","payload":'
            plan = shared(admitted, caller, chinese=self._context(caller).chinese)
            if plan is not None:
                await self._share(name, prefix, admitted, caller, plan)
                return None
            async for text in self._stream(admitted, caller):
                await self.put_text(f"{prefix}{text}}}")
        except Closed:
            raise
        except Exception as problem:  # noqa: BLE001 — The client is told what of it is for it.
            return self._errors(problem)
        return None

    async def _stream(self, admitted: Admitted, caller: Authenticated) -> AsyncIterator[str]:
        context = self._context(caller)
        if admitted.operation.kind is not OperationType.SUBSCRIPTION:
            result = await run(self.door, admitted, context)
            yield written(admitted, result, self.request_id).decode()
            return
        with metrics.SUBSCRIPTIONS.track_inprogress():
            async with contextlib.aclosing(streamed(self.door, admitted, context, self.request_id)) as texts:
                async for text in texts:
                    yield text

    async def _share(self, name: str, prefix: str, admitted: Admitted, caller: Authenticated, plan: Shared) -> None:
        """Take part in what equal subscriptions are told; who is behind them catches up first."""
        context = self._context(caller)
        if plan.after is not None:
            seen = plan.tail.cursor_of(plan.after)
        else:
            seen = await plan.tail.latest(context.read)
        with metrics.SUBSCRIPTIONS.track_inprogress():
            while not self.door.groups.may_join(plan.key, seen):
                seen = await self._catch_up(prefix, admitted, plan, replace(context, cursor=seen, loaders={}))
        member = Member(seen, lambda text: self.tell(f"{prefix}{text}}}"), partial(self._group_ended, name))
        metrics.SUBSCRIPTIONS.inc()
        self.memberships[name] = self.door.groups.join(
            plan.key, member, lambda start: self._told(admitted, context, start)
        )

    def _group_ended(self, name: str, problem: Exception | None) -> None:
        """Tell the client that its subscription has ended with its group, and why."""
        if name not in self.memberships:
            return
        self._leave(name)
        message: dict[str, Any] = {"id": name, "type": "complete"}
        if problem is not None:
            message = {"id": name, "type": "error", "payload": self._errors(problem)}
        self.tell(orjson.dumps(message, default=str).decode())

    def _errors(self, problem: Exception) -> list[dict[str, Any]]:
        """Say what is wrong: a refusal as it is; what failed on our side is logged and masked."""
        match problem:
            case Rejected():
                return [problem.formatted()]
            case InvalidDocument():
                return of_request(problem.errors)
            case NotStreamed():
                return problem.errors
        error = problem if isinstance(problem, GraphQLError) else GraphQLError("", original_error=problem)
        return for_client([error], self.request_id)

    async def _catch_up(self, prefix: str, admitted: Admitted, plan: Shared, context: Context) -> int:
        """Tell what was missed until nothing is left that the others were told."""
        async with contextlib.aclosing(streamed(self.door, admitted, context, self.request_id)) as texts:
            async for text in texts:
                await self.put_text(f"{prefix}{text}}}")
                if self.door.groups.may_join(plan.key, cast("int", context.cursor)):
                    break
        return cast("int", context.cursor)

    async def _told(self, admitted: Admitted, context: Context, start: int) -> AsyncIterator[Told]:
        """Run the subscription for all who are equal to this one."""
        context = replace(context, cursor=start, loaders={})
        async with contextlib.aclosing(streamed(self.door, admitted, context, self.request_id)) as texts:
            async for text in texts:
                yield cast("int", context.cursor), text

    def _context(self, caller: Authenticated) -> Context:
        return self.door.context(caller, self.request_id, self.socket.headers, address_of(self.socket))
