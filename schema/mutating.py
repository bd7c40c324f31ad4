"""Mutations (变更): an action of the same name, one input, an outcome of the entity and the refusals.

Each runs in one transaction, is idempotent by key, can be rehearsed with `validateOnly`, and is tried again by us when
the database had to choose between two of them. `@mutation(Order)` adds the arguments; the body is one line:

    @mutation(Order)
    async def review_order(self, call: Call, input: ReviewOrderInput) -> Any:
        return await call.perform(orders.review_order, call.key("Order", input.id), ...)

`@bulk_mutation(Order)` named with the plural does the same for at most 250 inputs, one outcome per item in order.
"""

import dataclasses
import functools
import hashlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry

from domain import kernel
from domain.kernel import idempotency
from schema.base import ENTITIES, Context, Info, as_error, forbidden
from schema.pointing import pointed, words
from schema.refusals import RefusalInterface, shown
from schema.scalars import bad_input, key_of

BULK_INPUTS_MAX = 250
TOGETHER_INPUTS_MAX = 1_000
TOGETHER_ROWS_MAX = 250


@strawberry.enum(description="What a bulk mutation does when an item is refused.")
class OnRefusal(Enum):
    """Skip the refused items, or undo all of them."""

    SKIP = "SKIP"
    REJECT_ALL = "REJECT_ALL"


@dataclass(frozen=True)
class Outcome:
    """What came of a mutation: the id of its subject, or why not; `extra` are answers that are no entity."""

    subject: UUID | None = None
    refusals: Sequence[kernel.Refusal] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class RejectedError(Exception):
    """One item of an all-or-nothing bulk was refused: leaves the transaction that must be undone."""


@dataclass(frozen=True)
class Call:
    """One mutation being carried out: its request context, its key, and whether it is only rehearsed."""

    context: Context
    name: str
    given: Any
    idempotency_key: str | None
    validate_only: bool

    @property
    def actor(self) -> kernel.Actor:
        return self.context.actor

    def key(self, type_name: str, opaque_id: str) -> Any:
        """Read an id of the given type; another's id answers exactly as one that does not exist."""
        key = key_of(type_name, opaque_id)
        if key is None:
            raise kernel.NotFound(what=words(type_name), which=opaque_id).at("input", "id")
        return key

    async def perform(self, action: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Outcome:
        """Carry out one action in one transaction and say what came of it."""
        return await kernel.tried(lambda: self._once(action, args, kwargs, self.idempotency_key))

    async def perform_each(
        self,
        action: Callable[..., Awaitable[Any]],
        calls: Sequence[Callable[[], dict[str, Any]]],
        on_refusal: OnRefusal,
    ) -> list[Outcome]:
        """Carry out an action for each item: one transaction each, or one for all, undone when one is refused."""
        if len(calls) > BULK_INPUTS_MAX:
            raise bad_input(f"inputs: at most {BULK_INPUTS_MAX} at once, not {len(calls)}")
        if on_refusal is OnRefusal.REJECT_ALL:
            return await kernel.tried(lambda: self._all_or_nothing(action, calls))
        return [await self._item(action, each, index) for index, each in enumerate(calls)]

    async def perform_together(
        self,
        many: Callable[[kernel.Work, Sequence[Any]], Awaitable[Sequence[kernel.Item]]],
        calls: Sequence[Callable[[], Any]],
        on_refusal: OnRefusal,
    ) -> list[Outcome]:
        """Carry out the plural of an action: parts of 250 in a transaction each, or one for all."""
        if len(calls) > TOGETHER_INPUTS_MAX:
            raise bad_input(f"inputs: at most {TOGETHER_INPUTS_MAX} at once, not {len(calls)}")
        if on_refusal is OnRefusal.REJECT_ALL or self.validate_only:
            return await kernel.tried(lambda: self._together(many, calls, range(len(calls)), on_refusal))
        outcomes: list[Outcome] = []
        for start in range(0, len(calls), TOGETHER_ROWS_MAX):
            part = range(start, min(start + TOGETHER_ROWS_MAX, len(calls)))
            outcomes += await kernel.tried(functools.partial(self._together, many, calls, part, on_refusal))
        return outcomes

    async def _together(
        self,
        many: Callable[[kernel.Work, Sequence[Any]], Awaitable[Sequence[kernel.Item]]],
        calls: Sequence[Callable[[], Any]],
        part: range,
        on_refusal: OnRefusal,
    ) -> list[Outcome]:
        """Do a part in one transaction; what was done before under the same key is answered again."""
        outcomes, wanted = dict[int, Outcome](), dict[int, Any]()
        for index in part:
            try:
                wanted[index] = calls[index]()
            except kernel.Refusal as refusal:
                outcomes[index] = self.of_item(index).refused(refusal)
        try:
            async with self._opened() as work:
                await self._do_together(work, many, wanted, outcomes)
                for each in outcomes.values() if on_refusal is OnRefusal.REJECT_ALL else ():
                    _undo_if(each)
        except RejectedError:
            return [Outcome(refusals=outcomes[index].refusals) for index in part]
        except kernel.Refusal as refusal:
            return [self.refused(refusal)] * len(part)
        self.context.forget()
        return [outcomes[index] for index in part]

    async def _do_together(
        self,
        work: kernel.Work,
        many: Callable[[kernel.Work, Sequence[Any]], Awaitable[Sequence[kernel.Item]]],
        wanted: Mapping[int, Any],
        outcomes: dict[int, Outcome],
    ) -> None:
        keys = self._keys_of(wanted)
        for key, first in (await idempotency.claim_keys(work, self._owner, keys)).items():
            outcomes[int(key.rpartition("#")[2])] = _from_answer(first)
        left = [index for index in wanted if index not in outcomes]
        new = {key: each for key, each in keys.items() if int(key.rpartition("#")[2]) in left}
        for index, item in zip(left, await many(work, [wanted[each] for each in left]), strict=True):
            refusal = item.refusal
            outcomes[index] = Outcome(item.subject[1]) if refusal is None else self.of_item(index).refused(refusal)
        await idempotency.keep_answers(work, self._owner, _answers(new, outcomes))

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[kernel.Work]:
        """Open a transaction that commits, or one that is only rehearsed and stays to be read until the answer is."""
        if not self.validate_only:
            async with kernel.begin(self.context.sessions, self.actor) as work:
                yield work
            return
        session = await self.context.rehearsals.enter_async_context(self.context.sessions())
        work = kernel.Work(session=session, actor=self.actor, now=kernel.now())
        yield work
        await work.close()
        self.context.read = kernel.SessionRead(engine=self.context.read.engine, actor=self.actor, session=session)

    @property
    def _owner(self) -> str:
        return f"{self.actor.kind.value}:{self.actor.id}:{self.name}"

    def _keys_of(self, wanted: Mapping[int, Any]) -> dict[str, str]:
        if self.idempotency_key is None or self.validate_only:
            return {}
        return {
            f"{self.idempotency_key}#{index}": self.of_item(index)._request_hash(each)  # noqa: SLF001 — of the same class.
            for index, each in wanted.items()
        }

    async def _item(
        self, action: Callable[..., Awaitable[Any]], given: Callable[[], dict[str, Any]], index: int
    ) -> Outcome:
        key = f"{self.idempotency_key}#{index}" if self.idempotency_key else None
        item = self.of_item(index)
        try:
            kwargs = given()
        except kernel.Refusal as refusal:
            return item.refused(refusal)
        return await kernel.tried(lambda: item._once(action, (), kwargs, key))  # noqa: SLF001 — of the same class.

    def of_item(self, index: int) -> "Call":
        """Make the call of one item of a bulk: its refusals point into that item."""
        return dataclasses.replace(self, given=self.given[index])

    async def _all_or_nothing(
        self, action: Callable[..., Awaitable[Any]], calls: Sequence[Callable[[], dict[str, Any]]]
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            async with kernel.begin(self.context.sessions, self.actor, rehearsal=self.validate_only) as work:
                for index, each in enumerate(calls):
                    outcomes.append(await self.of_item(index)._attempt(work, action, each))  # noqa: SLF001 — as above.
                    _undo_if(outcomes[-1])
        except RejectedError:
            return [Outcome(refusals=each.refusals) for each in outcomes] + [Outcome()] * (len(calls) - len(outcomes))
        return outcomes

    async def _attempt(
        self, work: kernel.Work, action: Callable[..., Awaitable[Any]], given: Callable[[], dict[str, Any]]
    ) -> Outcome:
        try:
            return Outcome(subject=_id_of(await action(work, **given())))
        except kernel.Refusal as refusal:
            return self.refused(refusal)

    async def _once(
        self, action: Callable[..., Awaitable[Any]], args: Sequence[Any], kwargs: dict[str, Any], key: str | None
    ) -> Outcome:
        if self.validate_only:
            return await self._rehearse(action, args, kwargs)
        try:
            async with kernel.begin(self.context.sessions, self.actor) as work:
                if key is not None:
                    first = await idempotency.claim_key(work, self._owner, key, self._request_hash(kwargs))
                    if first is not None:
                        return _from_answer(first)
                outcome = _outcome_of(await action(work, *args, **kwargs))
                if key is not None:
                    work.keep_answer(self._owner, key, _to_answer(outcome))
        except kernel.Refusal as refusal:
            await self._keep_fact(refusal)
            return self.refused(refusal)
        self.context.forget()
        return outcome

    async def _rehearse(self, action: Callable[..., Awaitable[Any]], args: Sequence[Any], kwargs: Any) -> Outcome:
        """Do all of it, let the answer be read inside the open transaction, and undo it when the answer is complete."""
        try:
            async with self._opened() as work:
                outcome = _outcome_of(await action(work, *args, **kwargs))
        except kernel.Refusal as refusal:
            return self.refused(refusal)
        self.context.forget()
        return outcome

    def refused(self, refusal: kernel.Refusal) -> Outcome:
        """Answer a refusal, or raise what is not the business's to refuse."""
        if isinstance(refusal, kernel.NotAllowed):
            raise forbidden(self.actor, refusal.permission) from None
        if isinstance(refusal, kernel.KeyReused):
            raise as_error(refusal, chinese=self.context.chinese) from None
        return Outcome(refusals=[pointed(refusal, self.given)])

    async def _keep_fact(self, refusal: kernel.Refusal) -> None:
        fact = refusal.fact()
        if fact is not None:
            async with kernel.begin(self.context.sessions, self.actor) as work:
                work.record(fact)

    def _request_hash(self, kwargs: Any) -> str:
        text = orjson.dumps([self.name, _hashable(self.given), _hashable(kwargs)], default=str)
        return hashlib.sha256(text).hexdigest()


def _answers(keys: Mapping[str, str], outcomes: Mapping[int, Outcome]) -> dict[str, dict[str, Any] | None]:
    """Say what is kept under each key; of what was refused nothing is, so that it may be tried again."""
    found = {key: outcomes[int(key.rpartition("#")[2])] for key in keys}
    return {key: None if each.refusals else _to_answer(each) for key, each in found.items()}


def _undo_if(outcome: Outcome) -> None:
    if outcome.refusals:
        raise RejectedError


def _hashable(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _hashable(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [_hashable(each) for each in value]
    return {str(key): _hashable(each) for key, each in value.items()} if isinstance(value, dict) else str(value)


def _id_of(subject: Any) -> UUID | None:
    return subject if isinstance(subject, UUID) else getattr(subject, "id", None)


def _outcome_of(result: Any) -> Outcome:
    if isinstance(result, Outcome):
        return result
    extra = getattr(result, "answers", None)
    return Outcome(subject=_id_of(result), extra=extra if isinstance(extra, dict) else {})


def _to_answer(outcome: Outcome) -> dict[str, Any]:
    return {"subject": str(outcome.subject) if outcome.subject else None}


def _from_answer(answer: dict[str, Any]) -> Outcome:
    subject = answer.get("subject")
    return Outcome(subject=UUID(subject) if subject else None)


OUTCOMES: dict[str, type] = {}


def outcome_type(kind: type) -> type:
    """Make `OrderOutcome { order, refusals }` from the type `Order`, once."""
    name = kind.__name__
    if name not in OUTCOMES:
        entity, field_name = ENTITIES[name], "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

        async def subject(root: strawberry.Parent[Any], info: Info) -> Any:
            return None if root.subject is None else await info.context.load(entity.reader, root.subject)

        body = {
            field_name: strawberry.field(
                subject, graphql_type=kind | None, description="What came of it; null when it was refused."
            ),
            "refusals": strawberry.field(
                lambda root: shown(root.refusals),
                graphql_type=list[RefusalInterface],
                description="Why not; empty when it was done.",
            ),
        }
        made = type(f"{name}Outcome", (), body)
        OUTCOMES[name] = strawberry.type(made, description=f"What came of a mutation of one {name}, or why not.")
    return OUTCOMES[name]


MUTATIONS: dict[str, str] = {}
"""GraphQL mutations by the name of their action: a house test proves that the two sets are equal."""


def mutation(kind: type | None = None, *, outcome: type | None = None) -> Callable[[Callable[..., Any]], Any]:
    """Make a mutation of the action of the same name; `outcome` replaces the entity's outcome type if it has none."""

    def decorate(function: Callable[..., Awaitable[Any]]) -> Any:
        action = kernel.ACTIONS[function.__name__]
        input_type = inspect.signature(function).parameters["input"].annotation

        async def resolver(
            info: Info,
            input: Any,  # noqa: A002 — The argument is called so in every GraphQL mutation.
            idempotency_key: str | None = None,
            validate_only: bool = False,
        ) -> Any:
            # Asked before any input is looked at: who may not do it learns nothing of what is there.
            info.context.require(kernel.permission_of(action))
            key = idempotency_key or info.context.idempotency_key
            call = Call(info.context, function.__name__, input, key, validate_only)
            try:
                return await function(None, call, input)
            except kernel.Refusal as refusal:
                return call.refused(refusal)

        resolver.__annotations__["input"] = input_type
        MUTATIONS[function.__name__] = function.__name__
        graphql_type = outcome_type(kind) if kind is not None else outcome
        return strawberry.field(resolver, graphql_type=graphql_type, description=_sentence(action))

    return decorate


def bulk_mutation(kind: type, inputs_max: int = BULK_INPUTS_MAX) -> Callable[[Callable[..., Any]], Any]:
    """Make the plural of a mutation: `review_orders` does `review_order` for each of at most 250 inputs."""

    def decorate(function: Callable[..., Awaitable[Any]]) -> Any:
        parameter = inspect.signature(function).parameters["inputs"].annotation
        action = kernel.ACTIONS[_singular(function.__name__)]

        async def resolver(
            info: Info,
            inputs: Any,
            on_refusal: OnRefusal = OnRefusal.SKIP,
            idempotency_key: str | None = None,
            validate_only: bool = False,
        ) -> Any:
            info.context.require(kernel.permission_of(action))
            key = idempotency_key or info.context.idempotency_key
            call = Call(info.context, function.__name__, inputs, key, validate_only)
            return await function(None, call, inputs, on_refusal)

        resolver.__annotations__["inputs"] = parameter
        MUTATIONS[function.__name__] = _singular(function.__name__)
        sentence = f"{_sentence(action)} For each of at most {inputs_max:,} inputs; one outcome per item, in order."
        return strawberry.field(resolver, graphql_type=list[outcome_type(kind)], description=sentence)

    return decorate


def _singular(name: str) -> str:
    return next(each for each in kernel.ACTIONS if name in (f"{each}s", f"{each}es", f"{each[:-1]}ies"))


def _sentence(action: Callable[..., Any]) -> str:
    return f"{inspect.getdoc(action)} Requires `{kernel.permission_of(action)}`."
