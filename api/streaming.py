"""Streams (订阅流): the results of one subscription, written, one after the other."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from graphql import ExecutionResult, subscribe

from api.door import Door
from api.errors import for_client
from api.execution import COERCION_ERRORS_MAX, Admitted
from schema.base import Context


class NotStreamed(Exception):  # noqa: N818 — A refusal is an answer, not a failure.
    """A subscription could not begin."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("the subscription could not begin")
        self.errors = errors


async def streamed(door: Door, admitted: Admitted, context: Context, request_id: str) -> AsyncGenerator[str, None]:
    """Run a subscription and write each result; `context.cursor` is that of the result just given."""
    stream: Any = subscribe(
        door.documents.core,
        admitted.operation.document,
        context_value=context,
        variable_values=dict(admitted.request.variables),
        operation_name=admitted.operation.name,
        max_coercion_errors=COERCION_ERRORS_MAX,
        executor_class=door.schema.execution_context_class,
        hide_suggestions=True,
        operation_extensions=None,
    )
    stream = await stream if asyncio.iscoroutine(stream) or asyncio.isfuture(stream) else stream
    if isinstance(stream, ExecutionResult):
        raise NotStreamed(for_client(stream.errors or [], request_id))
    async with contextlib.aclosing(stream) as results:
        async for result in results:
            context.forget()  # The next event reads the rows as they are then.
            yield _written(result, request_id)


def _written(result: ExecutionResult, request_id: str) -> str:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = for_client(result.errors, request_id)
    return orjson.dumps(answer, default=str).decode()
