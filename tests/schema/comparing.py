"""Running an operation by both executors and comparing what they answer, to the byte."""

import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import strawberry
from graphql import ExecutionResult, OperationDefinitionNode, execute, parse, validate
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.execution import optimized_is_awaitable

from api.execution import _objects
from domain.kernel import Actor, ActorKind, Read, Sessions
from domain.kernel.reading import Direct
from schema.base import Context
from schema.compiled import Answer, Asked, Compiled
from schema.moments import as_of_one_moment
from schema.root import schema as real_schema


def actor(*permissions: str, **given: Any) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=None, name="tester", permissions=frozenset(permissions), **given)


EVERYTHING = actor("*")


def written(data: Any, errors: Any) -> bytes:
    """Write an answer; the order of errors is the order in which parallel fields happen to fail, so it is sorted.

    The data are read and written again: where the database wrote them, white space stands between them.
    """
    shown = sorted((orjson.dumps(each.formatted, default=str) for each in errors or ()), key=bytes)
    return orjson.dumps(orjson.loads(orjson.dumps(data, default=str))) + b"\n" + b"\n".join(shown)


@dataclass
class Comparison:
    """Both executors over the same database; the compiled one reads directly if it can."""

    engine: AsyncEngine
    sessions: Sessions
    schema: strawberry.Schema = field(default_factory=lambda: real_schema)
    direct: Direct | None = None
    ways: Counter[str] = field(default_factory=Counter)
    last: str = ""
    checked: tuple[str, Any, list[Any]] = ("", None, [])

    def __post_init__(self) -> None:
        self.core = self.schema._schema
        self.compiled = Compiled(self.core, self._count)

    def _count(self, way: str) -> None:
        self.ways[way] += 1
        self.last = way

    def context(self, who: Actor, *, chinese: bool = False, direct: Direct | None = None) -> Context:
        read = Read(engine=self.engine, actor=who, direct=direct)
        return Context(read=read, sessions=self.sessions, actor=who, chinese=chinese)

    async def standard(
        self, document: Any, name: str | None, variables: Mapping[str, Any], context: Context
    ) -> ExecutionResult:
        nodes = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        async with as_of_one_moment(context, nodes[0].directives):
            result = self._executed(document, name, variables, context)
            return await result if inspect.isawaitable(result) else result

    def _executed(self, document: Any, name: str | None, variables: Mapping[str, Any], context: Context) -> Any:
        return execute(
            self.core,
            document,
            context_value=context,
            variable_values=dict(variables),
            operation_name=name,
            max_coercion_errors=10,
            executor_class=self.schema.execution_context_class,
            is_awaitable=cast("Any", optimized_is_awaitable),
            hide_suggestions=True,
            operation_extensions=None,
        )

    def check(self, text: str) -> tuple[Any, list[Any]]:
        """Parse and validate an operation; the last one is remembered, as that takes longer than to run it."""
        if self.checked[0] != text:
            document = parse(text)
            self.checked = (text, document, validate(self.core, document))
        return self.checked[1], self.checked[2]

    async def same(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        who: Actor = EVERYTHING,
        chinese: bool = False,
        may_leave: bool = False,
    ) -> ExecutionResult:
        """Run both; what the fast way leaves must be left because the standard executor has errors to tell."""
        document, problems = self.check(text)
        assert problems == []
        given = variables or {}
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        node = next(each for each in operations if name is None or (each.name and each.name.value == name))
        expected = await self.standard(document, name, given, self.context(who, chinese=chinese))
        asked = Asked(text, document, node, given)
        context = self.context(who, chinese=chinese, direct=self.direct)
        for _ in range(2):  # The first run learns which columns are looked at; the second reads no others.
            answer = await self.compiled.execute(asked, context, eager=True)
            self._compare(text, answer, expected, may_leave=may_leave)
        return expected

    def _compare(self, text: str, answer: Answer | None, expected: ExecutionResult, *, may_leave: bool) -> None:
        if answer is None:
            assert may_leave or expected.errors or self.last not in {"surprise", "raised"}, (
                f"left without an error: {text}"
            )
        else:
            assert expected.errors is None, f"the fast way hid {expected.errors} of {text}"
            assert answer.objects == _objects(expected.data), text
            assert written(answer.data, None) == written(expected.data, None), text
