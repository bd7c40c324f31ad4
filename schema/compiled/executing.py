"""Executing what is compiled (编译执行): the fast way of a query, or None for the standard executor.

Reads have no side effects, so whatever surprises on the fast way is run again by the standard executor, which knows
each error, its path and its place. Both ways are counted.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import VariableValues

from domain.kernel import ActorKind
from schema.base import Context
from schema.compiled.ahead import LookAhead
from schema.compiled.running import Place, Run
from schema.compiled.shelves import Shelf
from schema.compiled.surprises import CannotCompileError, SurpriseError
from schema.compiled.variables import Variables, condition_variables, outcome
from schema.compiled.writing import Writer
from schema.moments import SNAPSHOT, as_of_one_moment

PROGRAMS_MAX = 1_000
PROGRAM_BYTES_MAX = 64 * 1024 * 1024
STRANGERS_PROGRAMS_MAX = 20
STRANGERS_PROGRAM_BYTES_MAX = 2 * 1024 * 1024
# Measured: the code, its names and its constants take about this much more than the text of the program.
BYTES_PER_CHARACTER = 6

Entrance = Callable[[Run], Any]


@dataclass(frozen=True)
class Program:
    """A compiled operation with its conditions decided."""

    main: Entrance
    count: Callable[[dict[str, Any]], int]
    places: Sequence[Place]
    needs: tuple[str, ...]
    aheads: tuple[LookAhead, ...]


@dataclass(frozen=True)
class Answer:
    """A complete answer without errors, and of how many objects it is."""

    data: dict[str, Any]
    objects: int


@dataclass(frozen=True)
class Asked:
    """What is asked: an operation of a validated document, within the limits, with its variables."""

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """What all outcomes of an operation's conditions share."""

    variables: Variables
    conditions: tuple[str, ...]


def prepare(schema: GraphQLSchema, asked: Asked) -> Prepared:
    """Read the signatures of the variables and find the conditions."""
    fragments = [each for each in asked.document.definitions if isinstance(each, FragmentDefinitionNode)]
    if any(each.name.value != SNAPSHOT for each in asked.operation.directives or ()):
        raise CannotCompileError("directive")
    return Prepared(
        Variables(schema, asked.operation.variable_definitions or ()),
        condition_variables([asked.operation, *fragments]),
    )


def compile_program(schema: GraphQLSchema, asked: Asked, decided: VariableValues) -> tuple[Program, int]:
    """Write and compile the program; also say how many bytes it takes."""
    writer = Writer(schema, asked.document, asked.operation, decided)
    try:
        source = writer.source()
        code = compile(source, "<operation>", "exec")
    except (RecursionError, MemoryError, SyntaxError):
        raise CannotCompileError("too deep") from None
    exec(code, writer.names)  # noqa: S102 — The program is ours: names from the document only stand in it as literals.
    aheads = tuple({id(each.ahead): each.ahead for each in writer.places if each.ahead is not None}.values())
    needs = tuple(sorted(writer.needs))
    program = Program(writer.names["main"], writer.names["count"], writer.places, needs, aheads)
    return program, len(source) * BYTES_PER_CHARACTER


class Compiled:
    """The compiled operations of one schema in one process."""

    def __init__(self, schema: GraphQLSchema, count: Callable[[str], None] = lambda _way: None) -> None:
        self.schema, self._count = schema, count
        self._known: Shelf[Prepared | Program | str] = Shelf(PROGRAMS_MAX, PROGRAM_BYTES_MAX)
        self._strangers: Shelf[Prepared | Program | str] = Shelf(STRANGERS_PROGRAMS_MAX, STRANGERS_PROGRAM_BYTES_MAX)

    async def execute(self, asked: Asked, context: Context, *, eager: bool = False) -> Answer | None:
        """Answer a query's data, complete and without errors; None leaves it to the standard executor.

        `eager` compiles what is seen for the first time.
        """
        try:
            program, variables = self._program(asked, context, eager=eager)
            if not all(map(context.actor.may, program.needs)):
                self._count("forbidden")
                return None
            run = Run(context, variables, program.places)
            async with as_of_one_moment(context, asked.operation.directives):
                data: dict[str, Any] = await program.main(run)
        except CannotCompileError as cannot:
            self._count(cannot.reason)
            return None
        except Exception as surprise:  # noqa: BLE001 — The standard executor meets it again and answers for it.
            context.forget()
            self._count("surprise" if isinstance(surprise, SurpriseError) else "raised")
            return None
        self._count("compiled")
        for each in program.aheads:
            each.learn()
        return Answer(data, program.count(data) + run.objects)

    def _program(self, asked: Asked, context: Context, *, eager: bool) -> tuple[Program, VariableValues]:
        if asked.operation.operation is not OperationType.QUERY:
            raise CannotCompileError(asked.operation.operation.value)
        shelf = self._strangers if context.actor.kind is ActorKind.ANONYMOUS else self._known
        name = asked.operation.name.value if asked.operation.name else None
        key = (hashlib.sha256(asked.text.encode()).digest(), name)
        prepared = shelf.get(key)
        if prepared is None:
            if not eager and not shelf.seen_before(key):
                raise CannotCompileError("first time")
            prepared = _kept(shelf, key, lambda: (prepare(self.schema, asked), len(asked.text)))
        if not isinstance(prepared, Prepared):
            raise CannotCompileError(str(prepared))
        variables = prepared.variables.read(asked.variables)
        decided = (*key, outcome(prepared.conditions, variables))
        program = shelf.get(decided)
        if program is None:
            program = _kept(shelf, decided, lambda: compile_program(self.schema, asked, variables))
        if not isinstance(program, Program):
            raise CannotCompileError(str(program))
        return program, variables


def _kept(shelf: Shelf[Any], key: Any, make: Callable[[], tuple[Any, int]]) -> Any:
    """Make a thing and keep it; that it cannot be made is kept too."""
    try:
        made, size = make()
    except CannotCompileError as cannot:
        made, size = cannot.reason, 100
    shelf.keep(key, made, size)
    return made
