"""Metrics (指标): how many operations, how long, how many errors and open sockets; at /metrics for Prometheus."""

from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

OPERATIONS = Counter("zhanggui_graphql_operations", "GraphQL operations answered.", ["kind"])
SECONDS = Histogram(
    "zhanggui_graphql_seconds",
    "Time to answer an operation.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
ERRORS = Counter("zhanggui_graphql_errors", "GraphQL errors by code.", ["code"])
REJECTED = Counter("zhanggui_http_rejected", "Requests the door did not let in.", ["status"])
READS = Counter("zhanggui_graphql_reads", "Operations by the way they ran: compiled, or why not.", ["way"])
SOCKETS = Gauge("zhanggui_sockets", "Open WebSocket connections.")
SUBSCRIPTIONS = Gauge("zhanggui_subscriptions", "Open subscriptions.")


@cache
def _read(way: str) -> Counter:
    return READS.labels(way)


def count_read(way: str) -> None:
    """Count an operation by its way; the ways are few, and looking one up costs more than counting."""
    _read(way).inc()


@cache
def _operation(kind: str) -> Counter:
    return OPERATIONS.labels(kind)


def count_operation(kind: str) -> None:
    _operation(kind).inc()


async def metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
