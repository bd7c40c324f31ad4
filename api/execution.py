"""Execution (执行): one way for HTTP and WebSocket to admit an operation, run it and say what it cost."""

import inspect
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

import orjson
from graphql import ExecutionResult, OperationType, execute
from strawberry.execution import optimized_is_awaitable

from api import metrics
from api.authentication import Authenticated
from api.budgets import Purse, Spending
from api.door import Door
from api.errors import BAD_INPUT, FORBIDDEN, THROTTLED, UNAUTHENTICATED, InvalidDocument, Rejected, for_client
from api.limits import MUTATION_COST, check
from api.operations import Operation
from api.requests import GraphQLRequest
from api.trusted import identified
from domain.kernel import ActorKind
from schema.base import Context
from schema.compiled import Answer, Asked
from schema.moments import as_of_one_moment

# What somebody may ask whom nobody knows: to be let in.
PUBLIC_FIELDS = frozenset({"signIn", "refreshSession", "__typename"})
MAY_INTROSPECT = "identity.view_schema"
STRANGERS_RESTORE_RATE = 200
KNOCKING_COST = 1
COERCION_ERRORS_MAX = 10
OBJECTS = "objects"


@dataclass(frozen=True)
class Admitted:
    """An operation that may run, and what was taken for it from whose purse."""

    operation: Operation
    request: GraphQLRequest
    spending: Spending
    purse: Purse


async def admit(door: Door, caller: Authenticated, request: GraphQLRequest, address: str) -> Admitted:
    """Let an operation in: parsed, permitted, within the limits and paid for; raises what stands in the way.

    Knocking costs a little, so that who sends nothing but documents we refuse is throttled like everybody else.
    """
    stranger = caller.actor.kind is ActorKind.ANONYMOUS
    purse = _purse(door, caller, address, stranger=stranger)
    if not purse.has(KNOCKING_COST):
        raise _throttled(purse.spend(KNOCKING_COST))
    try:
        request = await identified(door, caller, request)
        operation = _operation(door, caller, request, stranger=stranger)
        weight = operation.weigh(request.variables)
        check(weight, operation.node)
    except (Rejected, InvalidDocument) as refused:
        refused.spending = purse.spend(KNOCKING_COST)
        raise
    spending = purse.spend(max(weight.cost, KNOCKING_COST))
    if spending.wait_seconds:
        raise _throttled(spending)
    return Admitted(operation, request, spending, purse)


def _purse(door: Door, caller: Authenticated, address: str, *, stranger: bool) -> Purse:
    if stranger:
        return door.budgets.purse(f"address:{address}", STRANGERS_RESTORE_RATE)
    return door.budgets.purse(caller.budget_key, caller.restore_rate)


def _throttled(spending: Spending) -> Rejected:
    """Say how long to wait, with the figures."""
    seconds = max(spending.wait_seconds, 1)
    rejected = Rejected(429, THROTTLED, f"Your budget is spent; try again in {seconds} s.", cost=spending.written())
    rejected.headers["Retry-After"] = str(seconds)
    rejected.spending = spending
    return rejected


def _operation(door: Door, caller: Authenticated, request: GraphQLRequest, *, stranger: bool) -> Operation:
    document = door.documents.read(request.query, stranger=stranger, trusted=request.trusted)
    if document.errors:
        raise InvalidDocument(document.errors)
    operation = document.operation(request.operation_name)
    _permit(caller, operation, request, stranger=stranger)
    return operation


def _permit(caller: Authenticated, operation: Operation, request: GraphQLRequest, *, stranger: bool) -> None:
    if request.read_only and operation.kind is not OperationType.QUERY:
        rejected = Rejected(405, BAD_INPUT, "GET is for queries only.")
        rejected.headers["Allow"] = "POST"
        raise rejected
    if stranger and not operation.root_fields <= PUBLIC_FIELDS:
        rejected = Rejected(401, UNAUTHENTICATED, "Sign in first.")
        rejected.headers["WWW-Authenticate"] = "Bearer"
        raise rejected
    if operation.introspects and not caller.actor.may(MAY_INTROSPECT):
        raise Rejected(403, FORBIDDEN, f"You lack the permission {MAY_INTROSPECT}.")


async def run(door: Door, admitted: Admitted, context: Context) -> ExecutionResult:
    """Execute a query or mutation: the fast way if it can, else by the standard executor."""
    try:
        answer = await execute_compiled(door, admitted, context)
        if answer is not None:
            return ExecutionResult(answer.data, None, {OBJECTS: answer.objects})
        return await execute_standard(door, admitted, context)
    finally:
        await context.close()


async def execute_standard(door: Door, admitted: Admitted, context: Context) -> ExecutionResult:
    """Execute by the standard executor, which knows what to do with everything that goes wrong."""
    async with as_of_one_moment(context, admitted.operation.node.directives):
        result = _executed(door, admitted, context)
        return await result if inspect.isawaitable(result) else result


def _executed(door: Door, admitted: Admitted, context: Context) -> Awaitable[ExecutionResult] | ExecutionResult:
    return execute(
        door.documents.core,
        admitted.operation.document,
        context_value=context,
        variable_values=dict(admitted.request.variables),
        operation_name=admitted.operation.name,
        max_coercion_errors=COERCION_ERRORS_MAX,
        executor_class=door.schema.execution_context_class,
        is_awaitable=cast("Any", optimized_is_awaitable),
        hide_suggestions=True,
        operation_extensions=None,
    )


async def execute_compiled(door: Door, admitted: Admitted, context: Context) -> Answer | None:
    """Answer a query without errors the fast way; None leaves it to the standard executor."""
    if door.compiled is None:
        return None
    operation, request = admitted.operation, admitted.request
    asked = Asked(request.query, operation.document, operation.node, request.variables)
    # What is trusted comes again: it is compiled at first sight.
    return await door.compiled.execute(asked, context, eager=request.trusted)


def written(admitted: Admitted, result: ExecutionResult, request_id: str) -> bytes:
    """Write the answer with its errors masked and its cost settled."""
    return written_with(settled(admitted, result).written(), result, request_id)


def settled(admitted: Admitted, result: ExecutionResult) -> Spending:
    """Give back what was taken and not used."""
    objects = result.extensions[OBJECTS] if result.extensions else _objects(result.data)
    actual = objects + MUTATION_COST * (admitted.operation.kind is OperationType.MUTATION)
    return admitted.purse.settle(admitted.spending, max(actual, KNOCKING_COST))


def written_with(cost: dict[str, Any], result: ExecutionResult, request_id: str) -> bytes:
    """Write data, cost and errors in one step; what the database wrote as text is taken over as it is."""
    answer: dict[str, Any] = {"data": result.data, "extensions": {"cost": cost}}
    if result.errors:
        answer["errors"] = for_client(result.errors, request_id)
        for each in answer["errors"]:
            metrics.ERRORS.labels(each["extensions"]["code"]).inc()
    return orjson.dumps(answer, default=str)


def _objects(value: Any) -> int:
    """Count the objects of an answer: what it really cost."""
    count, parts = -1, [value]
    while parts:
        each = parts.pop()
        if isinstance(each, dict):
            count += 1
            parts.extend(part for part in each.values() if isinstance(part, (dict, list)))
        elif isinstance(each, list):
            parts.extend(part for part in each if isinstance(part, (dict, list)))
    return count
