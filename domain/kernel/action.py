"""The action (业务动作): one function = one transaction = one permission = one audit entry = one mutation.

The permission is `<capability>.<function name>`; it is checked for the outermost action, and what that one calls runs
under it. The docstring is what clients read.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from domain.kernel import audit
from domain.kernel.refusals import NotAllowed, Refusal
from domain.kernel.work import Work

P = ParamSpec("P")
R = TypeVar("R")

ACTIONS: dict[str, Callable[..., Awaitable[Any]]] = {}
ROUTINES: dict[str, Callable[..., Awaitable[Any]]] = {}
RIGHTS: set[str] = set()
"""Permissions finer than an action, which that action asks for itself."""


def permission_of(function: Callable[..., Any]) -> str:
    """Say the permission of an action: its capability and its name."""
    return f"{function.__module__.split('.')[1]}.{function.__name__}"


def right(permission: str) -> str:
    """Declare a permission that an action asks for beside its own, so that roles may grant it."""
    RIGHTS.add(permission)
    return permission


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


@dataclass(frozen=True, kw_only=True)
class Item:
    """One subject of a plural: what was given for it, why it was refused, or what changed of it."""

    subject: tuple[str, UUID]
    given: dict[str, Any] = field(default_factory=dict)
    refusal: Refusal | None = None
    changes: Sequence[Any] = ()


def plural(
    of: Callable[..., Awaitable[Any]],
) -> Callable[
    [Callable[Concatenate[Work, P], Awaitable[Sequence[Item]]]],
    Callable[Concatenate[Work, P], Coroutine[Any, Any, Sequence[Item]]],
]:
    """Make a function the plural of an action: many subjects in one transaction, with the one's permission.

    Each subject has its own outcome, and its own audit entry under the action's name when it was done.
    """
    permission = permission_of(of)

    def decorate(
        function: Callable[Concatenate[Work, P], Awaitable[Sequence[Item]]],
    ) -> Callable[Concatenate[Work, P], Coroutine[Any, Any, Sequence[Item]]]:
        @functools.wraps(function)
        async def run(work: Work, /, *args: P.args, **kwargs: P.kwargs) -> Sequence[Item]:
            if not work.actor.may(permission):
                raise NotAllowed(permission=permission)
            work.running = function.__name__
            try:
                items = await function(work, *args, **kwargs)
            finally:
                work.running = None
            for each in items:
                if each.refusal is None:
                    audit.note(work, permission, each.given, each.subject, each.changes)
            return items

        return run

    return decorate


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
