"""Whatever a test asks of the served API is asked of both executors: they must answer alike."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from graphql import OperationType

from api import execution
from api.door import Door
from api.execution import Admitted
from schema.base import Context
from schema.compiled import Answer, Asked

# While one executor reads, the rest of the company may go on: what differs is asked again before it counts.
TRIES = 3

compiled_alone = execution.execute_compiled


def plain(data: Any) -> bytes:
    return orjson.dumps(orjson.loads(orjson.dumps(data, default=str)))


def both_ways(differences: list[str]) -> Callable[[Door, Admitted, Context], Any]:
    """Make a fast way that compares itself with the standard executor, and notes what differs."""

    async def compared(door: Door, admitted: Admitted, context: Context) -> Answer | None:
        if door.compiled is None or admitted.operation.kind is not OperationType.QUERY:
            return await compiled_alone(door, admitted, context)
        operation, request = admitted.operation, admitted.request
        asked = Asked(request.query, operation.document, operation.node, request.variables)
        for _ in range(TRIES):
            answer = await door.compiled.execute(asked, replace(context, loaders={}), eager=True)
            if answer is None:
                return None
            standard = await execution.execute_standard(door, admitted, replace(context, loaders={}))
            if not standard.errors and plain(standard.data) == plain(answer.data):
                return answer
        differences.append(f"{request.query}\n{request.variables}\n{standard.errors}")
        return None

    return compared
