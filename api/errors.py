"""Errors (错误): a short closed list of codes; what is ours goes to the log and leaves only a trace id."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from graphql import GraphQLError

from api.budgets import Spending

log = structlog.stdlib.get_logger(__name__)

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
NOT_FOUND = "NOT_FOUND"
BAD_INPUT = "BAD_INPUT"
COST_EXCEEDED = "COST_EXCEEDED"
THROTTLED = "THROTTLED"
CONFLICT = "CONFLICT"
INTERNAL = "INTERNAL"
# The words of a protocol: clients of automatic persisted queries look for them, and for them alone.
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
CODES = frozenset({UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, BAD_INPUT, COST_EXCEEDED, THROTTLED, CONFLICT, INTERNAL})
ERRORS_MAX = 50
MESSAGE_LENGTH_MAX = 500
SUGGESTION = re.compile(r"\s*Did you mean [^?]*\?")


class Rejected(Exception):  # noqa: N818 — A refusal is an answer, not a failure.
    """The door does not let a request in; `status` is what HTTP answers."""

    def __init__(self, status: int, code: str, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.extensions = status, code, message, extensions
        self.headers: dict[str, str] = {}
        self.spending: Spending | None = None

    def formatted(self) -> dict[str, Any]:
        return {"message": self.message, "extensions": {"code": self.code, **self.extensions}}


class InvalidDocument(Exception):  # noqa: N818 — A refusal is an answer, not a failure.
    """The document does not fit the schema."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("invalid document")
        self.errors = errors
        self.spending: Spending | None = None


def for_client(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """Write errors as the client may see them: only known codes pass, everything else is masked and logged."""
    return [_formatted(each, request_id) for each in list(errors)[:ERRORS_MAX]]


def of_request(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Write errors of the document itself, which nothing of ours has touched."""
    return [_plain(each, each.message, BAD_INPUT, {}) for each in errors[:ERRORS_MAX]]


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    cause = error.original_error
    known = error if cause is None else cause
    if isinstance(known, GraphQLError):
        extensions = dict(known.extensions or {})
        code = extensions.pop("code", None)
        if code in CODES:
            return _plain(error, error.message, code, extensions)
        if error.path is None:  # Variables and the operation's name are checked before anything of ours runs.
            return _plain(error, error.message, BAD_INPUT, {})
    log.error("unexpected error", path=error.path, exc_info=cause or error)
    return _plain(error, "Something went wrong on our side.", INTERNAL, {"traceId": request_id})


def _plain(error: GraphQLError, message: str, code: str, extensions: dict[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"message": SUGGESTION.sub("", message)[:MESSAGE_LENGTH_MAX]}
    if error.locations:
        written["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path is not None:
        written["path"] = error.path
    written["extensions"] = {"code": code, **extensions}
    return written
