"""Requests (请求): what GraphQL over HTTP may look like; everything else is refused before it is understood."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from api.errors import BAD_INPUT, Rejected

BODY_BYTES_MAX = 1024 * 1024
DISCARDED_BYTES_MAX = 32 * 1024 * 1024
NESTING_MAX = 32
BRACKETS_FREE_MAX = 32
PREFLIGHT_HEADERS = ("apollo-require-preflight", "x-requested-with")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# PostgreSQL has no place for the character NUL, and no name or text of the business needs it.
NUL = re.compile(r"\\u0000|\\u\{0*\}|\x00")
JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"


@dataclass(frozen=True)
class GraphQLRequest:
    """A document, the operation in it, and its variables.

    Instead of the document there may be its id; `document_hash` is that of automatic persisted queries, and may come
    with the document. `trusted` says that a build of the client has registered it.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    read_only: bool = False
    preflighted: bool = True
    document_id: str | None = None
    document_hash: str | None = None
    trusted: bool = False


class IndexedHeaders(Headers):
    """Headers by name: the door asks for a dozen of them, and each search would begin anew."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._by_name: dict[str, str] = {}
        for name, value in self._list:
            self._by_name.setdefault(name.decode("latin-1"), value.decode("latin-1"))

    def __getitem__(self, key: str) -> str:
        return self._by_name[key.lower()]

    def __contains__(self, key: object) -> bool:
        return str(key).lower() in self._by_name


class IndexedRequest(Request):
    """A request whose headers are looked up by name."""

    @cached_property
    def headers(self) -> Headers:
        return IndexedHeaders(self.scope)


async def read_request(request: Request) -> GraphQLRequest:
    """Read a GraphQL request from GET or POST, or refuse it with the status HTTP has for it."""
    if request.method == "GET":
        return _from_query(request)
    if request.method != "POST":
        rejected = Rejected(405, BAD_INPUT, "Use POST, or GET for queries.")
        rejected.headers["Allow"] = "GET, POST"
        raise rejected
    _check_content(request.headers)
    return request_of(parse_json(await read_body(request, BODY_BYTES_MAX)))


def _from_query(request: Request) -> GraphQLRequest:
    """GET is for queries only: trusted ones, or with a header that no page can send across origins unasked."""
    given = request.query_params
    body = {
        "query": given.get("query"),
        "documentId": given.get("documentId"),
        "operationName": given.get("operationName") or None,
        "variables": parse_json(given["variables"].encode()) if given.get("variables") else None,
        "extensions": parse_json(given["extensions"].encode()) if given.get("extensions") else None,
    }
    if any(name in request.headers for name in PREFLIGHT_HEADERS):
        return replace(request_of(body), read_only=True)
    if body["query"] is not None:
        raise without_preflight()
    return replace(request_of(body), read_only=True, preflighted=False)


def without_preflight() -> Rejected:
    names = " or ".join(PREFLIGHT_HEADERS)
    return Rejected(400, BAD_INPUT, f"GET needs the id of a trusted document, or a header {names}.")


def _check_content(headers: Mapping[str, str]) -> None:
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() != JSON_TYPE or charset not in {"", "charset=utf-8"}:
        raise Rejected(415, BAD_INPUT, f"Use the content type {JSON_TYPE} in UTF-8.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Rejected(415, BAD_INPUT, "A compressed body is not understood.")


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Read a body, but keep no more than is allowed.

    A little too much is read and thrown away: a client that is cut off while it sends never sees the answer.
    """
    body, length = bytearray(), 0
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > DISCARDED_BYTES_MAX:
        raise _too_long(bytes_max)
    try:
        async for part in request.stream():
            length += len(part)
            if length > DISCARDED_BYTES_MAX:
                break
            if length <= bytes_max:
                body += part
    except ClientDisconnect:
        raise Rejected(400, BAD_INPUT, "The body ended too early.") from None
    if length > bytes_max:
        raise _too_long(bytes_max)
    return bytes(body)


def _too_long(bytes_max: int) -> Rejected:
    rejected = Rejected(413, BAD_INPUT, f"The body may have {bytes_max} bytes at most.")
    rejected.headers["Connection"] = "close"
    return rejected


def parse_json(body: bytes) -> Any:
    """Parse JSON that is UTF-8, not nested deeply, and without the character NUL."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected(400, BAD_INPUT, "The body is not JSON in UTF-8.") from None
    if body.count(b"[") + body.count(b"{") > BRACKETS_FREE_MAX and _nesting(parsed) > NESTING_MAX:
        raise Rejected(400, BAD_INPUT, f"The JSON is nested more than {NESTING_MAX} times.")
    if NUL.search(body.decode()):
        raise Rejected(400, BAD_INPUT, "The character NUL is not understood.")
    return parsed


def _nesting(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= NESTING_MAX:
        containers = [each for each in level if isinstance(each, (dict, list))]
        level = [part for each in containers for part in (each.values() if isinstance(each, dict) else each)]
        depth += bool(containers)
    return depth


def request_of(body: Any) -> GraphQLRequest:
    """Check the parts of a request; several at once are refused, aliases do that better."""
    if not isinstance(body, dict):
        raise Rejected(400, BAD_INPUT, "The body is one JSON object; send one operation at a time.")
    query, name, variables = body.get("query"), body.get("operationName"), body.get("variables")
    document_id, extensions = body.get("documentId"), body.get("extensions")
    if name is not None and not isinstance(name, str):
        raise Rejected(400, BAD_INPUT, "operationName: is a string.")
    if variables is not None and not isinstance(variables, dict):
        raise Rejected(400, BAD_INPUT, "variables: is an object.")
    if extensions is not None and not isinstance(extensions, dict):
        raise Rejected(400, BAD_INPUT, "extensions: is an object.")
    document_hash = _hash_in(extensions) if extensions else None
    if query is None and (document_id is not None or document_hash is not None):
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise Rejected(400, BAD_INPUT, "query: a GraphQL document is needed, or the id of one.")
    elif document_id is not None:
        raise Rejected(400, BAD_INPUT, "documentId: comes without a query.")
    if document_id is not None and (not isinstance(document_id, str) or not document_id):
        raise Rejected(400, BAD_INPUT, "documentId: is a string.")
    return GraphQLRequest(query, name or None, variables or {}, document_id=document_id, document_hash=document_hash)


def _hash_in(extensions: Mapping[str, Any]) -> str | None:
    """Read the hash of automatic persisted queries; Apollo's clients send ids of any kind in it."""
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    found = given.get("sha256Hash") if isinstance(given, dict) and given.get("version") == 1 else None
    if not isinstance(found, str) or not found:
        raise Rejected(400, BAD_INPUT, "extensions.persistedQuery: is {version: 1, sha256Hash: the hash of the query}.")
    return found


def answer_type(accept: str) -> str:
    """Choose the content type of the answer: the one made for GraphQL when asked for, else JSON."""
    wanted = [each.partition(";")[0].strip().lower() for each in accept.split(",") if each.strip()]
    if GRAPHQL_TYPE in wanted:
        return GRAPHQL_TYPE
    if not wanted or not {JSON_TYPE, "*/*", "application/*"}.isdisjoint(wanted):
        return JSON_TYPE
    raise Rejected(406, BAD_INPUT, f"The answer is {GRAPHQL_TYPE} or {JSON_TYPE}.")
