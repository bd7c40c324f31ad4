"""The GraphQL endpoint (图接口): GraphQL over HTTP as its specification says, one operation at a time."""

import secrets
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import orjson
import structlog
from graphql import ExecutionResult, OperationType
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import metrics
from api.answering import Written, response_of
from api.authentication import Authenticated
from api.budgets import Spending
from api.door import Door
from api.errors import BAD_INPUT, INTERNAL, InvalidDocument, Rejected, of_request
from api.execution import Admitted, admit, run, settled, written, written_with
from api.keeping import kept_by
from api.origins import allowing, allowing_preflight
from api.requests import GRAPHQL_TYPE, JSON_TYPE, REQUEST_ID, GraphQLRequest, IndexedRequest, answer_type, read_request

log = structlog.stdlib.get_logger(__name__)

BAD_REQUEST = 400
PATH = "/graphql"


def request_id_of(headers: Mapping[str, str]) -> str:
    """Take the caller's id for the request, or make one."""
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


class GraphQLFirst:
    """Answers POST /graphql before the router looks for it: nearly every request is one, and no error leaves it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        response = await graphql(IndexedRequest(scope, receive, send))
        await response(scope, receive, send)


async def graphql(request: Request) -> Response:
    """Answer a GraphQL request."""
    door: Door = request.app.state.door
    request_id, started = request_id_of(request.headers), perf_counter()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    response = await response_of(await _answered(door, request, request_id), request.headers)
    metrics.SECONDS.observe(perf_counter() - started)
    origin = request.headers.get("origin")
    if origin is not None and await door.origins.allows(origin):
        response.headers.update(allowing(origin))
    response.headers["X-Request-Id"] = request_id
    return response


async def _answered(door: Door, request: Request, request_id: str) -> Written:
    media_type = JSON_TYPE
    try:
        media_type = answer_type(request.headers.get("accept", ""))
        return await _executed(door, request, await read_request(request), media_type, request_id)
    except Rejected as rejected:
        return _refusal(rejected, media_type)
    except InvalidDocument as invalid:
        status = BAD_REQUEST if media_type == GRAPHQL_TYPE else 200
        return _failure(of_request(invalid.errors), invalid.spending, status, media_type)
    except Exception:
        log.exception("unexpected error")
        ours = Rejected(500, INTERNAL, "Something went wrong on our side.", traceId=request_id)
        return _refusal(ours, media_type)


async def _executed(door: Door, request: Request, given: GraphQLRequest, media_type: str, request_id: str) -> Written:
    caller, address = await door.authentication.by_headers(request.headers), address_of(request)
    try:
        admitted = await admit(door, caller, given, address)
    except Rejected as rejected:
        # The request was good HTTP: a client that asked for plain JSON is answered 200, as the specification says.
        rejected.status = 200 if rejected.status == BAD_REQUEST and media_type == JSON_TYPE else rejected.status
        raise
    if admitted.operation.kind is OperationType.SUBSCRIPTION:
        raise Rejected(BAD_REQUEST, BAD_INPUT, "Subscriptions are served over WebSocket (graphql-transport-ws).")
    result = await run(door, admitted, door.context(caller, request_id, request.headers, address))
    metrics.count_operation(admitted.operation.kind.value)
    if given.read_only and admitted.request.trusted and not result.errors:
        return _kept(door, caller, admitted, result, media_type)
    body = written(admitted, result, request_id)
    is_query = admitted.operation.kind is OperationType.QUERY
    return Written(body, _status(result, media_type), media_type, compressible=is_query)


def _kept(door: Door, caller: Authenticated, admitted: Admitted, result: ExecutionResult, media_type: str) -> Written:
    """Write an answer that may be kept: equal data gives equal bytes, so what is left to spend goes in headers."""
    spending = settled(admitted, result)
    # Text from the database marks its objects by line feeds, which JSON holds nowhere else; another run may have none.
    body = written_with(spending.cost(), result, "").replace(b"\n", b"")
    seconds = door.settings.catalogue_cache_seconds
    allowed = kept_by(caller.kind, seconds, is_public=admitted.operation.is_public)
    return Written(body, 200, media_type, compressible=True, cache_control=allowed, headers=spending.headers())


def _status(result: ExecutionResult, media_type: str) -> int:
    """Choose the status: what never came to be executed (a wrong variable) is a bad request, if the client can tell."""
    never_ran = result.data is None and result.errors and all(each.path is None for each in result.errors)
    return BAD_REQUEST if never_ran and media_type == GRAPHQL_TYPE else 200


def _refusal(rejected: Rejected, media_type: str) -> Written:
    metrics.REJECTED.labels(rejected.status).inc()
    return _failure([rejected.formatted()], rejected.spending, rejected.status, media_type, rejected.headers)


def _failure(
    errors: list[dict[str, Any]],
    spending: Spending | None,
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Written:
    """Write errors, with the cost when somebody has paid for them."""
    body: dict[str, Any] = {"errors": errors}
    if spending is not None:
        body["extensions"] = {"cost": spending.written()}
    return Written(orjson.dumps(body), status, media_type, headers=headers or {})


async def preflight(request: Request) -> Response:
    """Answer a browser that asks whether a page of another origin may call."""
    door: Door = request.app.state.door
    origin = request.headers.get("origin")
    if origin is None or not await door.origins.allows(origin):
        return Response(status_code=403)
    return Response(status_code=204, headers=allowing_preflight(origin))
