"""The action (业务动作): one function = one transaction = one permission = one audit entry = one mutation.

The permission is `<capability>.<function name>`; it is checked for the outermost action, and what that one calls runs
under it. The docstring is what clients read.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from domain.kernel import audit
from domain.kernel.refusals import NotAllowed
from domain.kernel.work import Work

P = ParamSpec("P")
R = TypeVar("R")

ACTIONS: dict[str, Callable[..., Awaitable[Any]]] = {}
ROUTINES: dict[str, Callable[..., Awaitable[Any]]] = {}


def permission_of(function: Callable[..., Any]) -> str:
    """Say the permission of an action: its capability and its name."""
    return f"{function.__module__.split('.')[1]}.{function.__name__}"


def action(
    function: Callable[Concatenate[Work, P], Awaitable[R]],
) -> Callable[Concatenate[Work, P], Coroutine[Any, Any, R]]:
    """Make a function of the business an action: somebody may click it, so it is a mutation of the schema."""
    return _registered(function, ACTIONS)


def routine(
    function: Callable[Concatenate[Work, P], Awaitable[R]],
) -> Callable[Concatenate[Work, P], Coroutine[Any, Any, R]]:
    """Make a function a routine: like an action, but only the house itself does it, so it is no mutation."""
    return _registered(function, ROUTINES)


def _registered(
    function: Callable[Concatenate[Work, P], Awaitable[R]], register: dict[str, Callable[..., Awaitable[Any]]]
) -> Callable[Concatenate[Work, P], Coroutine[Any, Any, R]]:
    name, permission, signature = function.__name__, permission_of(function), inspect.signature(function)
    if not function.__doc__:
        raise TypeError(f"action {name} needs a sentence for the person who clicks it")
    if name in ACTIONS or name in ROUTINES:
        raise TypeError(f"two actions are named {name}")

    @functools.wraps(function)
    async def run(work: Work, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if work.running is not None:
            return await function(work, *args, **kwargs)
        if not work.actor.may(permission):
            raise NotAllowed(permission=permission)
        work.running = name
        try:
            result = await function(work, *args, **kwargs)
        finally:
            work.running = None
        given = signature.bind(work, *args, **kwargs).arguments
        given.pop(next(iter(given)))
        await work.session.flush()
        audit.write(work, permission, dict(given), result)
        return result

    register[name] = run
    return run
